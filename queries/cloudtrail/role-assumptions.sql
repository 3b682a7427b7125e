-- title: Role assumptions
-- answers: Who assumed which IAM role, by which call, from where, how often, and which were refused?
-- reading: Normal is the same few callers for each role, day after day. Look again at a caller of another account, at
--   a refused call before one that worked, at a role that nobody took before, and at a session name a person made up.
--   AWS services take roles all the time and are left out unless `services` is yes. What was done with the session is
--   found by its key or its ARN; roles taken from roles are in role-chains.
-- source: eksamine
-- mitre: T1078.004 Valid Accounts: Cloud Accounts
-- param: services text = 'no'; yes to list the roles that AWS services took as well
-- param: since timestamp = '1970-01-01T00:00:00Z'; only calls at or after this time
-- param: limit int = 1000; at most this many rows
WITH assumptions AS (
    SELECT
        event_time,
        event_name,
        coalesce(user_arn, user_name, user_invoked_by, user_type) AS who,
        json_as_text(request_parameters, 'roleArn') AS role_arn,
        json_as_text(request_parameters, 'roleSessionName') AS session_name,
        coalesce(error_code, 'ok') AS outcome,
        source_ip_address,
        recipient_account_id
    FROM cloudtrail
    WHERE event_source = 'sts.amazonaws.com'
      AND event_name IN ('AssumeRole', 'AssumeRoleWithSAML', 'AssumeRoleWithWebIdentity', 'AssumeRoot')
      AND ($services = 'yes' OR user_type IS DISTINCT FROM 'AWSService')
      AND (event_time >= $since OR event_time IS NULL)
)
SELECT
    min(event_time) AS first_seen,
    max(event_time) AS last_seen,
    who,
    event_name,
    role_arn,
    outcome,
    source_ip_address,
    recipient_account_id,
    count(DISTINCT session_name) AS sessions,
    max(session_name) AS a_session_name,
    count(*) AS calls
FROM assumptions
GROUP BY who, event_name, role_arn, outcome, source_ip_address, recipient_account_id
ORDER BY
    last_seen DESC NULLS LAST,
    who,
    event_name,
    role_arn,
    outcome,
    source_ip_address,
    recipient_account_id
LIMIT $limit
