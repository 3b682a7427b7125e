-- title: Roles taken from roles
-- answers: Which sessions took a further role, and who was behind the first one?
-- reading: Each row is one step: the key that signed the call was itself handed out by STS to `origin`. Normal are
--   deployment tools that go from account to account. Look again at a step into a role with more rights, at an address
--   that differs from `first_address` (the key was carried elsewhere), and at refused steps, which show what someone
--   was after. A chain of three roles is two rows. Where `next_key` is set it leads on to the calls made with it.
-- source: eksamine
-- mitre: T1078.004 Valid Accounts: Cloud Accounts
-- param: limit int = 1000; at most this many rows, newest first
WITH given AS (
    SELECT
        json_as_text(response_elements, 'credentials', 'accessKeyId') AS given_key,
        min(event_time) AS first_time,
        min(event_name) AS first_call,
        min(coalesce(user_arn, user_name, user_invoked_by, user_type)) AS origin,
        min(json_as_text(request_parameters, 'roleArn')) AS first_role,
        min(source_ip_address) AS first_address
    FROM cloudtrail
    WHERE event_source = 'sts.amazonaws.com'
      AND event_name IN (
          'AssumeRole',
          'AssumeRoleWithSAML',
          'AssumeRoleWithWebIdentity',
          'GetFederationToken',
          'GetSessionToken'
      )
      AND json_contains(response_elements, 'credentials', 'accessKeyId')
    GROUP BY given_key
)
SELECT
    event_time,
    coalesce(user_arn, user_name, user_invoked_by, user_type) AS who,
    source_identity,
    given.origin,
    given.first_call,
    given.first_time,
    given.first_role,
    given.first_address,
    json_as_text(request_parameters, 'roleArn') AS next_role,
    json_as_text(request_parameters, 'roleSessionName') AS next_session,
    json_as_text(response_elements, 'credentials', 'accessKeyId') AS next_key,
    coalesce(error_code, 'ok') AS outcome,
    error_message,
    source_ip_address,
    user_agent,
    aws_region,
    recipient_account_id,
    access_key_id,
    event_id
FROM cloudtrail
INNER JOIN given ON cloudtrail.access_key_id = given.given_key
WHERE event_source = 'sts.amazonaws.com'
  AND event_name = 'AssumeRole'
ORDER BY event_time DESC NULLS LAST, event_id, source_uri, source_record
LIMIT $limit
