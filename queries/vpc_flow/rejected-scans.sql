-- title: Rejected scans
-- answers: Which addresses were rejected at many different targets, and which ports did they try?
-- reading: Most targets first; a target is an address with a port. From the internet this is the usual noise against
--   public addresses. Look again at a source inside the VPC: a pod or node that tries its neighbours is someone looking
--   around. Accepted connections from the same address are counted too: something did answer.
-- source: eksamine
-- mitre: T1046 Network Service Discovery
-- param: since timestamp = '1970-01-01T00:00:00Z'; only flows that began at or after this time
-- param: targets int = 5; at least this many different targets
-- param: limit int = 100; at most this many rows
WITH by_target AS (
    SELECT
        coalesce(pkt_srcaddr, srcaddr) AS source,
        dstaddr,
        dstport,
        action,
        min(event_time) AS first_seen,
        max(coalesce(end_time, event_time)) AS last_seen,
        count(*) AS flows
    FROM vpc_flow
    WHERE action IN ('ACCEPT', 'REJECT')
      AND (event_time >= $since OR event_time IS NULL)
    GROUP BY source, dstaddr, dstport, action
),
by_source AS (
    SELECT
        source,
        min(first_seen) FILTER (WHERE action = 'REJECT') AS first_seen,
        max(last_seen) FILTER (WHERE action = 'REJECT') AS last_seen,
        count(*) FILTER (WHERE action = 'REJECT') AS targets,
        count(DISTINCT dstaddr) FILTER (WHERE action = 'REJECT') AS addresses,
        count(DISTINCT dstport) FILTER (WHERE action = 'REJECT') AS ports,
        min(dstport) FILTER (WHERE action = 'REJECT') AS lowest_port,
        max(dstport) FILTER (WHERE action = 'REJECT') AS highest_port,
        sum(flows) FILTER (WHERE action = 'REJECT') AS rejected_flows,
        coalesce(sum(flows) FILTER (WHERE action = 'ACCEPT'), 0) AS accepted_flows
    FROM by_target
    GROUP BY source
)
SELECT
    first_seen,
    last_seen,
    source,
    address_kind(source) AS source_kind,
    targets,
    addresses,
    ports,
    lowest_port,
    highest_port,
    rejected_flows,
    accepted_flows
FROM by_source
WHERE targets >= $targets
ORDER BY targets DESC, rejected_flows DESC, source
LIMIT $limit
