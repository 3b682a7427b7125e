-- title: Connections to kubelets
-- answers: Who connected to the kubelet's ports on nodes, from where, and did it get through?
-- reading: Normal are the cluster's own interfaces (API server), metrics collectors, and nodes to themselves. Look
--   again at any other pod, at addresses outside, and at 10255, the old port that needs no credentials. A kubelet can
--   run commands in its pods, and nothing of that is in the audit log when it is reached directly.
-- source: eksamine
-- param: since timestamp = '1970-01-01T00:00:00Z'; only flows that began at or after this time
-- param: limit int = 1000; at most this many rows
SELECT
    min(event_time) AS first_seen,
    max(coalesce(end_time, event_time)) AS last_seen,
    coalesce(pkt_srcaddr, srcaddr) AS source,
    address_kind(coalesce(pkt_srcaddr, srcaddr)) AS source_kind,
    coalesce(pkt_dstaddr, dstaddr) AS destination,
    dstport,
    action,
    min(instance_id) AS instance_id,
    min(interface_id) AS interface_id,
    sum(bytes) AS total_bytes,
    count(*) AS flows
FROM vpc_flow
WHERE protocol = 6
  AND dstport IN (10250, 10255)
  AND (event_time >= $since OR event_time IS NULL)
GROUP BY source, source_kind, destination, dstport, action
ORDER BY last_seen DESC NULLS LAST, source, destination, dstport, action
LIMIT $limit
