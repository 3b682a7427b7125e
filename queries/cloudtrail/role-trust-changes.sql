-- title: Changes to who may take a role
-- answers: Who changed the trust policy of an IAM role, or made a role, and whom does it let in?
-- reading: `trust_policy` is what was asked for, and it may be cut or URL-encoded. Normal are infrastructure
--   pipelines. Look again at a principal of another account or `*`, at a federated OIDC issuer that is no cluster of
--   yours, and at a condition on `sub` that is missing or ends in `*`: every service account of the cluster could take
--   the role.
-- source: eksamine
-- mitre: T1098 Account Manipulation
-- param: limit int = 1000; at most this many rows, newest first
SELECT
    event_time,
    coalesce(user_arn, user_name, user_invoked_by, user_type) AS who,
    source_identity,
    event_name,
    json_as_text(request_parameters, 'roleName') AS role_name,
    coalesce(
        json_as_text(request_parameters, 'policyDocument'),
        json_as_text(request_parameters, 'assumeRolePolicyDocument')
    ) AS trust_policy,
    coalesce(error_code, 'ok') AS outcome,
    error_message,
    source_ip_address,
    user_agent,
    aws_region,
    recipient_account_id,
    access_key_id,
    event_id
FROM cloudtrail
WHERE event_source = 'iam.amazonaws.com'
  AND event_name IN ('UpdateAssumeRolePolicy', 'CreateRole')
ORDER BY event_time DESC NULLS LAST, event_id, source_uri, source_record
LIMIT $limit
