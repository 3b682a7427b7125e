-- title: Denied AWS calls by caller
-- answers: Which callers were refused by AWS, how often, for how many different actions, and from where?
-- reading: Most different actions first: a program that lacks one right is refused the same thing again and again,
--   while someone who tries out a key is refused many things once. Look again at a caller from an address it never used
--   before, and at what it was allowed in the same minutes. What AWS calls refused is in its error codes: AccessDenied,
--   UnauthorizedOperation and their like.
-- source: eksamine
-- param: since timestamp = '1970-01-01T00:00:00Z'; only calls at or after this time
-- param: limit int = 100; at most this many rows
WITH by_action AS (
    SELECT
        coalesce(user_arn, user_name, user_invoked_by, user_type) AS who,
        source_ip_address,
        recipient_account_id,
        concat(replace(event_source, '.amazonaws.com', ''), ':', event_name) AS action,
        min(event_time) AS first_seen,
        max(event_time) AS last_seen,
        max(user_agent) AS a_user_agent,
        count(*) AS calls
    FROM cloudtrail
    WHERE error_code IS NOT NULL
      AND aws_outcome(error_code) = 'denied'
      AND (event_time >= $since OR event_time IS NULL)
    GROUP BY who, source_ip_address, recipient_account_id, action
)
SELECT
    min(first_seen) AS first_seen,
    max(last_seen) AS last_seen,
    who,
    source_ip_address,
    recipient_account_id,
    count(*) AS denied_actions,
    string_agg(action, ', ' ORDER BY action) AS actions,
    sum(calls) AS calls,
    max(a_user_agent) AS a_user_agent
FROM by_action
GROUP BY who, source_ip_address, recipient_account_id
ORDER BY denied_actions DESC, calls DESC, last_seen DESC NULLS LAST, who, source_ip_address, recipient_account_id
LIMIT $limit
