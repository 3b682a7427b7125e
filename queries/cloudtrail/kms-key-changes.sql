-- title: Changes to KMS keys
-- answers: Who disabled, scheduled for deletion or re-shared a key, and does a cluster encrypt its Secrets with it?
-- reading: `encrypts_cluster` names the cluster whose Secrets rest on the key, as far as this lake holds the call
--   that said so. Disabling or deleting that key makes the cluster's Secrets unreadable for good; look at once, since a
--   deletion can be cancelled for 7 days at least. Look again at a key policy or grant for another account. Grants made
--   by AWS services are routine and left out.
-- source: eksamine
-- param: limit int = 1000; at most this many rows, newest first
WITH cluster_keys AS (
    SELECT
        split_part(
            coalesce(
                json_as_text(request_parameters, 'encryptionConfig', 0, 'provider', 'keyArn'),
                json_as_text(response_elements, 'cluster', 'encryptionConfig', 0, 'provider', 'keyArn')
            ),
            'key/',
            2
        ) AS key_id,
        min(
            coalesce(json_as_text(request_parameters, 'clusterName'), json_as_text(request_parameters, 'name'))
        ) AS encrypts_cluster
    FROM cloudtrail
    WHERE event_source = 'eks.amazonaws.com'
      AND event_name IN ('CreateCluster', 'AssociateEncryptionConfig')
      AND error_code IS NULL
    GROUP BY 1
),
changes AS (
    SELECT
        *,
        coalesce(json_as_text(request_parameters, 'keyId'), json_as_text(request_parameters, 'targetKeyId')) AS key
    FROM cloudtrail
    WHERE event_source = 'kms.amazonaws.com'
      AND (
          event_name IN (
              'DisableKey',
              'EnableKey',
              'ScheduleKeyDeletion',
              'CancelKeyDeletion',
              'DeleteImportedKeyMaterial',
              'PutKeyPolicy',
              'DisableKeyRotation',
              'CreateAlias',
              'UpdateAlias',
              'DeleteAlias',
              'ReplicateKey',
              'UpdatePrimaryRegion'
          )
          OR (event_name IN ('CreateGrant', 'RevokeGrant', 'RetireGrant') AND user_invoked_by IS NULL)
      )
)
SELECT
    event_time,
    coalesce(user_arn, user_name, user_invoked_by, user_type) AS who,
    source_identity,
    event_name,
    key,
    encrypts_cluster,
    request_parameters AS request,
    coalesce(error_code, 'ok') AS outcome,
    error_message,
    source_ip_address,
    user_agent,
    aws_region,
    recipient_account_id,
    access_key_id,
    event_id
FROM changes
LEFT JOIN cluster_keys ON split_part(concat('key/', key), 'key/', -1) = cluster_keys.key_id
ORDER BY event_time DESC NULLS LAST, event_id, source_uri, source_record
LIMIT $limit
