-- title: AWS calls by IRSA service accounts
-- answers: What did pods' service accounts do in AWS, with which role, and from which address?
-- reading: The key that AssumeRoleWithWebIdentity gave out is followed to the calls signed with it. `moved` true
--   means that the call came from another address than the one that got the key. Behind a NAT gateway and VPC
--   endpoints that can be normal; an address on the internet means that the key was taken out of the cluster.
--   `moved` false does not clear a call: who stole the pod's token gets the key himself. So look at `given_to` where
--   `given_to_addresses`, the number of addresses that got keys of this service account, is more than one. A null
--   service account means that the key was given out before the lake begins. Keys of further roles assumed from
--   there, and of EKS Pod Identity, are not followed here.
-- source: EKS best practices guide, Detective controls: Audit your CloudTrail logs
-- param: service_account text = '%'; namespace/name, LIKE pattern
-- param: limit int = 1000; at most this many rows, newest first
WITH keys AS (
    SELECT
        json_as_text(response_elements, 'credentials', 'accessKeyId') AS given_key,
        min(coalesce(json_as_text(response_elements, 'subjectFromWebIdentityToken'), user_name)) AS subject,
        min(json_as_text(request_parameters, 'roleArn')) AS role_arn,
        min(source_ip_address) AS given_to
    FROM cloudtrail
    WHERE event_source = 'sts.amazonaws.com'
      AND event_name = 'AssumeRoleWithWebIdentity'
      AND json_contains(response_elements, 'credentials', 'accessKeyId')
    GROUP BY given_key
),
subjects AS (
    SELECT
        subject,
        count(DISTINCT given_to) AS given_to_addresses
    FROM keys
    GROUP BY subject
),
calls AS (
    SELECT
        cloudtrail.event_time,
        split_part(keys.subject, ':', 3) AS namespace,
        split_part(keys.subject, ':', 4) AS service_account,
        coalesce(cloudtrail.session_issuer_arn, keys.role_arn) AS role_arn,
        cloudtrail.event_source,
        cloudtrail.event_name,
        coalesce(cloudtrail.error_code, 'ok') AS outcome,
        cloudtrail.source_ip_address,
        keys.given_to,
        subjects.given_to_addresses,
        cloudtrail.source_ip_address <> keys.given_to AS moved,
        cloudtrail.user_agent,
        cloudtrail.aws_region,
        cloudtrail.recipient_account_id,
        cloudtrail.access_key_id,
        cloudtrail.event_id,
        cloudtrail.source_uri,
        cloudtrail.source_record
    FROM keys
    INNER JOIN subjects ON keys.subject = subjects.subject
    INNER JOIN cloudtrail ON keys.given_key = cloudtrail.access_key_id
    WHERE keys.subject LIKE 'system:serviceaccount:%'
    UNION ALL
    -- Sessions of a cluster's issuer whose key was given out before the lake begins.
    SELECT
        cloudtrail.event_time,
        NULL AS namespace,
        NULL AS service_account,
        cloudtrail.session_issuer_arn AS role_arn,
        cloudtrail.event_source,
        cloudtrail.event_name,
        coalesce(cloudtrail.error_code, 'ok') AS outcome,
        cloudtrail.source_ip_address,
        NULL AS given_to,
        NULL AS given_to_addresses,
        NULL AS moved,
        cloudtrail.user_agent,
        cloudtrail.aws_region,
        cloudtrail.recipient_account_id,
        cloudtrail.access_key_id,
        cloudtrail.event_id,
        cloudtrail.source_uri,
        cloudtrail.source_record
    FROM cloudtrail
    LEFT JOIN keys ON cloudtrail.access_key_id = keys.given_key
    WHERE keys.given_key IS NULL
      AND cloudtrail.web_identity_provider LIKE '%oidc.eks.%'
)
SELECT
    event_time,
    namespace,
    service_account,
    role_arn,
    event_source,
    event_name,
    outcome,
    source_ip_address,
    given_to,
    given_to_addresses,
    moved,
    user_agent,
    aws_region,
    recipient_account_id,
    access_key_id,
    event_id
FROM calls
WHERE concat(namespace, '/', service_account) LIKE $service_account
ORDER BY event_time DESC NULLS LAST, event_id, source_uri, source_record
LIMIT $limit
