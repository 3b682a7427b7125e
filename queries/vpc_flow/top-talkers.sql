-- title: Most bytes between addresses
-- answers: Between which addresses did most bytes flow?
-- reading: A flow inside the VPC is recorded at both ends, and so counts twice. The addresses are those at the
--   interface: a pod behind its node shows only in `pkt_srcaddr`, see traffic-to-the-internet. Look again at a pair
--   that is new, and at an address outside that takes more than it gives.
-- source: eksamine
-- param: limit int = 100; at most this many rows
-- insights:
--   filter ispresent(srcAddr) and ispresent(dstAddr) and ispresent(bytes)
--   | stats sum(bytes) as total_bytes, sum(packets) as total_packets, count(*) as flows
--       by srcAddr as source, dstAddr as destination
--   | sort total_bytes desc
--   | limit 100
SELECT
    srcaddr AS source,
    dstaddr AS destination,
    min(event_time) AS first_seen,
    max(coalesce(end_time, event_time)) AS last_seen,
    sum(bytes) AS total_bytes,
    sum(packets) AS total_packets,
    count(*) AS flows
FROM vpc_flow
WHERE srcaddr IS NOT NULL
  AND dstaddr IS NOT NULL
  AND bytes IS NOT NULL
GROUP BY srcaddr, dstaddr
ORDER BY total_bytes DESC, source, destination
LIMIT $limit
