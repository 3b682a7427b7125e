-- title: IRSA role assumptions
-- answers: Which service accounts assumed which IAM roles, from where, how often, and which were refused?
-- reading: Normal is one service account for each role, from the cluster's addresses, at least once an hour. Look
--   again at a service account that has no business with the role (its trust policy is too wide), at a refusal, and
--   at an address outside the cluster: the token was taken along. `provider` ends in the id of the cluster's issuer.
-- source: EKS best practices guide, Detective controls: Audit your CloudTrail logs
-- param: since timestamp = '1970-01-01T00:00:00Z'; only calls at or after this time
-- param: limit int = 1000; at most this many rows
WITH assumptions AS (
    SELECT
        event_time,
        coalesce(json_as_text(response_elements, 'subjectFromWebIdentityToken'), user_name) AS subject,
        json_as_text(request_parameters, 'roleArn') AS role_arn,
        user_identity_provider,
        source_ip_address,
        coalesce(error_code, 'ok') AS outcome
    FROM cloudtrail
    WHERE event_source = 'sts.amazonaws.com'
      AND event_name = 'AssumeRoleWithWebIdentity'
      AND (event_time >= $since OR event_time IS NULL)
)
SELECT
    min(event_time) AS first_seen,
    max(event_time) AS last_seen,
    split_part(subject, ':', 3) AS namespace,
    split_part(subject, ':', 4) AS service_account,
    role_arn,
    outcome,
    source_ip_address,
    user_identity_provider AS provider,
    count(*) AS calls
FROM assumptions
WHERE subject LIKE 'system:serviceaccount:%'
GROUP BY subject, role_arn, outcome, source_ip_address, user_identity_provider
ORDER BY last_seen DESC NULLS LAST, namespace, service_account, role_arn, outcome, source_ip_address, provider
LIMIT $limit
