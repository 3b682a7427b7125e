-- title: Pods that found no node
-- answers: Which pods could not be scheduled, since when, how often was it tried, and why?
-- reading: Normal while the cluster grows. Look again at a pod that asks for a node by name or for all tolerations,
--   at a shortage that begins with pods nobody knows (mining takes all CPU), and at nodes made unschedulable. `reason`
--   is the last one by its text; the counts of nodes in it change from try to try.
-- source: eksamine
-- param: cluster text = '%'; cluster name, LIKE pattern
-- param: since timestamp = '1970-01-01T00:00:00Z'; only lines at or after this time
-- param: limit int = 1000; at most this many rows
SELECT
    min(event_time) AS first_seen,
    max(event_time) AS last_seen,
    control_plane.cluster,
    json_as_text(fields, 'pod') AS pod,
    max(error) AS reason,
    count(*) AS tries
FROM control_plane
WHERE (message LIKE 'Unable to schedule pod%' OR message LIKE 'Error scheduling pod%')
  AND cluster LIKE $cluster
  AND (event_time >= $since OR event_time IS NULL)
GROUP BY control_plane.cluster, pod
ORDER BY last_seen DESC NULLS LAST, control_plane.cluster, pod
LIMIT $limit
