-- title: Console sign-ins worth a look
-- answers: Who signed in to the AWS console as root, without MFA or after failures, when and from where?
-- reading: `concern` says why a sign-in is listed: it failed, it was root, or an IAM user had no second factor.
--   Sessions that came through single sign-on show no MFA to AWS and are no concern by that; `all` set to yes lists
--   them and everything else. Look again at failures followed by a success from the same address, and at any sign-in of
--   root. A failed sign-in may not name its user: CloudTrail hides a name that does not exist.
-- source: eksamine
-- mitre: T1078.004 Valid Accounts: Cloud Accounts
-- param: all text = 'no'; yes to list the sign-ins without concern as well
-- param: limit int = 1000; at most this many rows, newest first
WITH sign_ins AS (
    SELECT
        *,
        CASE
            WHEN json_as_text(response_elements, 'ConsoleLogin') = 'Failure' OR error_code IS NOT NULL
                OR error_message IS NOT NULL THEN 'failed'
            WHEN user_type = 'Root' THEN 'root'
            WHEN user_type = 'IAMUser' AND json_as_text(additional_event_data, 'MFAUsed') = 'No' THEN 'no MFA'
        END AS concern
    FROM cloudtrail
    WHERE event_source = 'signin.amazonaws.com'
      AND event_name = 'ConsoleLogin'
)
SELECT
    event_time,
    coalesce(user_arn, user_name, user_invoked_by, user_type) AS who,
    concern,
    user_type,
    json_as_text(additional_event_data, 'MFAUsed') AS mfa_used,
    coalesce(json_as_text(response_elements, 'ConsoleLogin'), error_code) AS outcome,
    error_message,
    source_ip_address,
    user_agent,
    aws_region,
    recipient_account_id,
    event_id
FROM sign_ins
WHERE concern IS NOT NULL
   OR $all = 'yes'
ORDER BY event_time DESC NULLS LAST, event_id, source_uri, source_record
LIMIT $limit
