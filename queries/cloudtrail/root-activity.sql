-- title: Use of the root user
-- answers: What was done with the root user of an account, when and from where?
-- reading: No rows is normal. The root user can't be limited by policies of its account; every call should have a
--   ticket. Look at `access_key_id` first: a root access key should not exist at all. What AWS services did in root's
--   name is left out.
-- source: eksamine
-- mitre: T1078.004 Valid Accounts: Cloud Accounts
-- param: limit int = 1000; at most this many rows, newest first
-- insights:
--   fields @timestamp, eventSource as event_source, eventName as event_name,
--       sourceIPAddress as source_ip_address, eventID as event_id
--   | filter userIdentity.type = "Root" and not ispresent(userIdentity.invokedBy)
--   | filter ispresent(eventType) and eventType != "AwsServiceEvent"
--   | sort @timestamp desc
--   | limit 1000
SELECT
    event_time,
    coalesce(user_arn, user_name, user_invoked_by, user_type) AS who,
    event_source,
    event_name,
    request_parameters AS request,
    coalesce(error_code, nullif(json_as_text(response_elements, 'ConsoleLogin'), 'Success'), 'ok') AS outcome,
    error_message,
    source_ip_address,
    user_agent,
    aws_region,
    recipient_account_id,
    access_key_id,
    event_id
FROM cloudtrail
WHERE user_type = 'Root'
  AND user_invoked_by IS NULL
  AND event_type <> 'AwsServiceEvent'
ORDER BY event_time DESC NULLS LAST, event_id, source_uri, source_record
LIMIT $limit
