-- title: Failing admission webhooks
-- answers: Which admission webhooks could not be reached or refused a request, and were requests let through
--   unchecked?
-- reading: `failing open` means that the request went on without the webhook's judgement: whoever can make a policy
--   engine fail so gets past it. Look again when that coincides with new privileged workloads, and at a webhook whose
--   pods were deleted before. A webhook that fails closed stops deployments, which is an outage and not an intrusion.
-- source: eksamine
-- param: cluster text = '%'; cluster name, LIKE pattern
-- param: limit int = 1000; at most this many rows, newest first
SELECT
    event_time,
    control_plane.cluster,
    component,
    CASE
        WHEN message ILIKE '%failing open%' THEN 'failing open'
        WHEN message ILIKE '%rejected by webhook%' THEN 'rejected'
        ELSE 'failed'
    END AS result,
    coalesce(
        (regexp_match(message, '(?i)webhook "([^"]+)"'))[1],
        (regexp_match(message, '(?i)failing (?:open|closed) ([^: ]+)'))[1]
    ) AS webhook,
    message,
    error,
    severity,
    source_file,
    source_line,
    log_stream
FROM control_plane
WHERE (message ILIKE '%calling webhook%' OR message ILIKE '%rejected by webhook%' OR error ILIKE '%calling webhook%')
  AND cluster LIKE $cluster
ORDER BY event_time DESC NULLS LAST, source_uri, source_record
LIMIT $limit
