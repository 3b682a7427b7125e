-- title: EKS management events by class
-- answers: Which kinds of changes were made to EKS, in which accounts and regions, how often, and did they work?
-- reading: The overview to begin with; each class has a query that lists its calls. Look again at a region or account
--   where you run no cluster, at a class that should be quiet, and at refused calls. Calls that only read are left
--   out. The class `other` holds what the lists of this pack do not know yet.
-- source: Binadox, CloudTrail logging of EKS management events: cluster lifecycle, node groups, configuration,
--   security and authentication
-- param: since timestamp = '1970-01-01T00:00:00Z'; only calls at or after this time
SELECT
    min(event_time) AS first_seen,
    max(event_time) AS last_seen,
    CASE
        WHEN event_name IN (
            'CreateCluster', 'DeleteCluster', 'UpdateClusterVersion', 'RegisterCluster', 'DeregisterCluster'
        ) THEN 'cluster lifecycle'
        WHEN event_name IN (
            'CreateNodegroup', 'DeleteNodegroup', 'UpdateNodegroupConfig', 'UpdateNodegroupVersion',
            'CreateFargateProfile', 'DeleteFargateProfile'
        ) THEN 'node groups'
        WHEN event_name IN (
            'UpdateClusterConfig', 'CreateAddon', 'UpdateAddon', 'DeleteAddon',
            'CreateCapability', 'UpdateCapability', 'DeleteCapability', 'TagResource', 'UntagResource'
        ) THEN 'configuration'
        WHEN event_name IN (
            'AssociateEncryptionConfig', 'AssociateIdentityProviderConfig', 'DisassociateIdentityProviderConfig',
            'CreateAccessEntry', 'UpdateAccessEntry', 'DeleteAccessEntry',
            'AssociateAccessPolicy', 'DisassociateAccessPolicy',
            'CreatePodIdentityAssociation', 'UpdatePodIdentityAssociation', 'DeletePodIdentityAssociation'
        ) THEN 'security and authentication'
        ELSE 'other'
    END AS class,
    event_name,
    recipient_account_id,
    aws_region,
    coalesce(error_code, 'ok') AS outcome,
    count(*) AS calls,
    count(DISTINCT coalesce(user_arn, user_name, user_invoked_by, user_type)) AS callers,
    count(DISTINCT source_ip_address) AS addresses
FROM cloudtrail
WHERE event_source = 'eks.amazonaws.com'
  AND read_only IS NOT TRUE
  AND event_name NOT LIKE 'Describe%'
  AND event_name NOT LIKE 'List%'
  AND (event_time >= $since OR event_time IS NULL)
GROUP BY class, event_name, recipient_account_id, aws_region, outcome
ORDER BY class, event_name, recipient_account_id, aws_region, outcome
