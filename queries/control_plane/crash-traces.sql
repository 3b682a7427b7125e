-- title: Panics and fatal ends
-- answers: Where did a component of the control plane panic or end with a fatal error, and what does the trace say?
-- reading: No rows is normal. `Observed a panic` was caught, and the component went on; a fatal line was its last.
--   Look again when the same request or object appears in several traces: input that crashes the API server can be sent
--   on purpose. The trace follows in the message or in the lines after it.
-- source: eksamine
-- param: cluster text = '%'; cluster name, LIKE pattern
-- param: limit int = 1000; at most this many rows, newest first
SELECT
    event_time,
    control_plane.cluster,
    component,
    message,
    error,
    severity,
    source_file,
    source_line,
    log_stream
FROM control_plane
WHERE (
      severity = 'fatal'
      OR message ILIKE '%observed a panic%'
      OR message LIKE 'panic: %'
      OR regexp_like(message, 'goroutine [0-9]+ \[')
  )
  AND cluster LIKE $cluster
ORDER BY event_time DESC NULLS LAST, source_uri, source_record
LIMIT $limit
