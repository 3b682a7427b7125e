-- title: Errors by component
-- answers: Which components of the control plane logged errors, at which place of their code, how often, and what do
--   they say?
-- reading: Most frequent first. Every control plane logs errors while it starts and when a client breaks off; what
--   counts is what is new or suddenly much. Look again at errors that begin with an incident, at `authentication.go`
--   (see rejected-credentials), and at `fatal`. `a_message` is one of the messages, cut at 300 characters. Warnings are
--   left out unless `warnings` is yes.
-- source: eksamine
-- param: cluster text = '%'; cluster name, LIKE pattern
-- param: since timestamp = '1970-01-01T00:00:00Z'; only lines at or after this time
-- param: warnings text = 'no'; yes to count warnings as well
-- param: limit int = 100; at most this many rows
SELECT
    min(event_time) AS first_seen,
    max(event_time) AS last_seen,
    control_plane.cluster,
    component,
    severity,
    source_file,
    source_line,
    count(*) AS lines,
    min(substr(concat_ws(': ', message, error), 1, 300)) AS a_message
FROM control_plane
WHERE (severity IN ('error', 'fatal') OR ($warnings = 'yes' AND severity = 'warning'))
  AND cluster LIKE $cluster
  AND (event_time >= $since OR event_time IS NULL)
GROUP BY control_plane.cluster, component, severity, source_file, source_line
ORDER BY
    lines DESC,
    last_seen DESC NULLS LAST,
    control_plane.cluster,
    component,
    severity,
    source_file,
    source_line
LIMIT $limit
