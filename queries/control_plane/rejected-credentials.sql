-- title: Credentials the API server did not accept
-- answers: Which credentials did the API server refuse to accept, for what reason, how often, and when?
-- reading: These callers have no name in the audit log (401), and the reason is only here. Expired tokens of
--   long-lived clients are normal, in a steady stream. Look again at a burst, at signatures that do not verify (a
--   forged token, or one of another cluster), and at `service account … not found` or `has been deleted`: somebody
--   still uses the token of something that is gone.
-- source: eksamine
-- param: cluster text = '%'; cluster name, LIKE pattern
-- param: since timestamp = '1970-01-01T00:00:00Z'; only lines at or after this time
-- param: limit int = 100; at most this many rows
SELECT
    min(event_time) AS first_seen,
    max(event_time) AS last_seen,
    control_plane.cluster,
    error,
    count(*) AS lines
FROM control_plane
WHERE message LIKE '%Unable to authenticate the request%'
  AND cluster LIKE $cluster
  AND (event_time >= $since OR event_time IS NULL)
GROUP BY control_plane.cluster, error
ORDER BY lines DESC, last_seen DESC NULLS LAST, control_plane.cluster, error
LIMIT $limit
