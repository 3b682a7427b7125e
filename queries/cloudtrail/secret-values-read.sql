-- title: Secrets read from AWS
-- answers: Who read values from Secrets Manager or encrypted parameters of Systems Manager, which ones, and from
--   where?
-- reading: Normal is each workload with its own few secrets from the cluster's addresses, and the operator that syncs
--   secrets into clusters. Look again at one caller with many secrets, at a person, at an address outside, and at
--   refused reads. Reads of parameters are listed only if they asked for decryption. `secrets` counts different ones,
--   and a batch that names none counts none.
-- source: eksamine
-- mitre: T1555.006 Credentials from Password Stores: Cloud Secrets Management Stores
-- param: since timestamp = '1970-01-01T00:00:00Z'; only calls at or after this time
-- param: limit int = 1000; at most this many rows
WITH reads AS (
    SELECT
        event_time,
        event_name,
        coalesce(user_arn, user_name, user_invoked_by, user_type) AS who,
        coalesce(
            json_as_text(request_parameters, 'secretId'),
            json_as_text(request_parameters, 'secretIdList'),
            json_as_text(request_parameters, 'name'),
            json_as_text(request_parameters, 'names'),
            json_as_text(request_parameters, 'path')
        ) AS secret,
        coalesce(error_code, 'ok') AS outcome,
        source_ip_address,
        recipient_account_id,
        aws_region
    FROM cloudtrail
    WHERE (
          (event_source = 'secretsmanager.amazonaws.com' AND event_name IN ('GetSecretValue', 'BatchGetSecretValue'))
          OR (
              event_source = 'ssm.amazonaws.com'
              AND event_name IN ('GetParameter', 'GetParameters', 'GetParametersByPath', 'GetParameterHistory')
              AND json_as_text(request_parameters, 'withDecryption') = 'true'
          )
      )
      AND (event_time >= $since OR event_time IS NULL)
)
SELECT
    min(event_time) AS first_seen,
    max(event_time) AS last_seen,
    who,
    event_name,
    outcome,
    source_ip_address,
    aws_region,
    recipient_account_id,
    count(DISTINCT secret) AS secrets,
    min(secret) AS a_secret,
    count(*) AS calls
FROM reads
GROUP BY who, event_name, outcome, source_ip_address, aws_region, recipient_account_id
ORDER BY
    last_seen DESC NULLS LAST,
    who,
    event_name,
    outcome,
    source_ip_address,
    aws_region,
    recipient_account_id
LIMIT $limit
