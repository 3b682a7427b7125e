-- title: DNS to resolvers outside
-- answers: Who asked resolvers outside the VPC, which ones, and how much?
-- reading: Pods ask CoreDNS, and nodes the resolver of the VPC, whose traffic flow logs leave out: so no rows is
--   normal. Look again at a pod that asks a public resolver: names can carry data out, and get past what watches the
--   VPC's resolver. Port 853 is DNS over TLS; DNS over HTTPS can't be told from other traffic to port 443.
-- source: eksamine
-- mitre: T1071.004 Application Layer Protocol: DNS
-- param: since timestamp = '1970-01-01T00:00:00Z'; only flows that began at or after this time
-- param: limit int = 1000; at most this many rows
SELECT
    min(event_time) AS first_seen,
    max(coalesce(end_time, event_time)) AS last_seen,
    coalesce(pkt_srcaddr, srcaddr) AS source,
    coalesce(pkt_dstaddr, dstaddr) AS destination,
    dstport,
    action,
    min(instance_id) AS instance_id,
    min(interface_id) AS interface_id,
    sum(bytes) AS total_bytes,
    count(*) AS flows
FROM vpc_flow
WHERE dstport IN (53, 853)
  AND address_kind(coalesce(pkt_dstaddr, dstaddr)) = 'public'
  AND (event_time >= $since OR event_time IS NULL)
GROUP BY source, destination, dstport, action
ORDER BY last_seen DESC NULLS LAST, source, destination, dstport, action
LIMIT $limit
