-- title: EKS security and authentication changes
-- answers: Who changed encryption, identity providers, access entries or pod identity of a cluster, how and from
--   where?
-- reading: These calls decide who gets in. Normal callers are the pipeline that owns the cluster. Look again at a
--   person, at access for a principal of another account, and at an identity provider you do not run: an OIDC
--   provider lets its issuer log in to the cluster (EKS) or assume roles (IAM). IAM's own OIDC providers name no
--   cluster; `provider` shows their address, so leave `cluster` at its default to see them.
-- source: Binadox, CloudTrail logging of EKS management events: security and authentication (encryption
--   configuration, IAM OIDC identity providers)
-- param: cluster text = '%'; cluster name, LIKE pattern
-- param: limit int = 1000; at most this many rows, newest first
SELECT
    event_time,
    coalesce(user_arn, user_name, user_invoked_by, user_type) AS who,
    source_identity,
    event_name,
    coalesce(
        json_as_text(request_parameters, 'clusterName'),
        json_as_text(request_parameters, 'name')
    ) AS cluster_name,
    replace(replace(json_as_text(request_parameters, 'principalArn'), '%3A', ':'), '%2F', '/') AS principal,
    replace(replace(json_as_text(request_parameters, 'policyArn'), '%3A', ':'), '%2F', '/') AS access_policy,
    coalesce(
        json_as_text(request_parameters, 'oidc', 'issuerUrl'),
        json_as_text(request_parameters, 'identityProviderConfig', 'name'),
        json_as_text(request_parameters, 'openIDConnectProviderArn'),
        json_as_text(request_parameters, 'url')
    ) AS provider,
    request_parameters AS request,
    coalesce(error_code, 'ok') AS outcome,
    error_message,
    source_ip_address,
    user_agent,
    aws_region,
    recipient_account_id,
    access_key_id,
    event_id
FROM cloudtrail
WHERE (
      (
          event_source = 'eks.amazonaws.com'
          AND (
              event_name IN (
                  'AssociateEncryptionConfig',
                  'AssociateIdentityProviderConfig',
                  'DisassociateIdentityProviderConfig',
                  'CreateAccessEntry',
                  'UpdateAccessEntry',
                  'DeleteAccessEntry',
                  'AssociateAccessPolicy',
                  'DisassociateAccessPolicy',
                  'CreatePodIdentityAssociation',
                  'UpdatePodIdentityAssociation',
                  'DeletePodIdentityAssociation'
              )
              OR (event_name = 'UpdateClusterConfig' AND json_contains(request_parameters, 'accessConfig'))
          )
      )
      OR (
          event_source = 'iam.amazonaws.com'
          AND event_name IN (
              'CreateOpenIDConnectProvider',
              'DeleteOpenIDConnectProvider',
              'UpdateOpenIDConnectProviderThumbprint',
              'AddClientIDToOpenIDConnectProvider',
              'RemoveClientIDFromOpenIDConnectProvider'
          )
      )
  )
  AND coalesce(
      json_as_text(request_parameters, 'clusterName'),
      json_as_text(request_parameters, 'name'),
      ''
  ) LIKE $cluster
ORDER BY event_time DESC NULLS LAST, event_id, source_uri, source_record
LIMIT $limit
