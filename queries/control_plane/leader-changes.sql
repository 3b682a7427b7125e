-- title: Leader elections
-- answers: When did controllers and schedulers take or lose the lead, and how often?
-- reading: EKS runs several of each and moves them at upgrades and when it scales the control plane: a few changes in
--   a row are normal. Look again at a leader that is lost again and again (the API server or its store is overloaded),
--   and compare with api-server-5xx. Acts of the controllers around such a moment can be late or doubled.
-- source: eksamine
-- param: cluster text = '%'; cluster name, LIKE pattern
-- param: limit int = 1000; at most this many rows, newest first
SELECT
    event_time,
    control_plane.cluster,
    component,
    CASE
        WHEN message ILIKE '%successfully acquired lease%' OR message ILIKE '%became leader%' THEN 'acquired'
        WHEN message ILIKE '%attempting to acquire%' THEN 'attempting'
        ELSE 'lost'
    END AS change,
    message,
    error,
    severity,
    source_file,
    source_line,
    log_stream
FROM control_plane
WHERE (
      message ILIKE '%successfully acquired lease%'
      OR message ILIKE '%became leader%'
      OR message ILIKE '%attempting to acquire leader lease%'
      OR message ILIKE '%failed to renew lease%'
      OR regexp_like(message, '(?i)leader ?election lost')
  )
  AND cluster LIKE $cluster
ORDER BY event_time DESC NULLS LAST, source_uri, source_record
LIMIT $limit
