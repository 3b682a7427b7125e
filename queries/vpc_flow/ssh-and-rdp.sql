-- title: SSH and RDP connections
-- answers: Who connected to SSH or RDP ports, from where, and did it get through?
-- reading: EKS nodes need neither; where Systems Manager is used, no accepted row is normal. REJECT from the internet
--   is noise. Look again at any ACCEPT from outside, at ACCEPT between nodes or from a pod, and at who opened the port:
--   security-groups-opened, and `remote_access` in eks-node-groups. Many bytes mean that a session took place.
-- source: eksamine
-- mitre: T1021 Remote Services
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
  AND dstport IN (22, 3389)
  AND (event_time >= $since OR event_time IS NULL)
GROUP BY source, source_kind, destination, dstport, action
ORDER BY last_seen DESC NULLS LAST, source, destination, dstport, action
LIMIT $limit
