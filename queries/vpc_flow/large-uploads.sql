-- title: Large uploads
-- answers: Which addresses of ours sent much to one address outside within a day, and from which pods?
-- reading: The sum of a UTC day for each pair of addresses. Backups, image pushes and telemetry are normal, always to
--   the same places. Look again at a destination that no other source has (`sources_to_destination` is 1), and at a pod
--   that normally receives more than it sends: `bytes_back` is what came from there the same day. What was sent is
--   known by S3 data events at best: s3-downloads. Behind a NAT gateway the same bytes show twice, once more under its
--   own address.
-- source: eksamine
-- param: bytes int = 50000000; at least this many bytes in a day
-- param: limit int = 100; at most this many rows
WITH pods AS (
    SELECT
        json_as_text(request_object, 'status', 'podIP') AS pod_address,
        string_agg(DISTINCT concat(object_namespace, '/', object_name), ', '
            ORDER BY concat(object_namespace, '/', object_name)) AS pods
    FROM k8s_audit
    WHERE object_resource = 'pods'
      AND object_subresource = 'status'
      AND json_contains(request_object, 'status', 'podIP')
    GROUP BY pod_address
),
days AS (
    SELECT
        date_trunc('day', event_time) AS day,
        coalesce(pkt_srcaddr, srcaddr) AS source,
        coalesce(pkt_dstaddr, dstaddr) AS destination,
        sum(bytes) AS total_bytes,
        count(*) AS flows,
        min(event_time) AS first_seen,
        max(coalesce(end_time, event_time)) AS last_seen
    FROM vpc_flow
    WHERE action = 'ACCEPT'
    GROUP BY day, source, destination
),
outgoing AS (
    SELECT
        *,
        count(*) OVER (PARTITION BY day, destination) AS sources_to_destination
    FROM days
    WHERE address_kind(source) <> 'public'
      AND address_kind(destination) = 'public'
)
SELECT
    outgoing.day,
    outgoing.first_seen,
    outgoing.last_seen,
    outgoing.source,
    pods,
    outgoing.destination,
    outgoing.total_bytes,
    days.total_bytes AS bytes_back,
    outgoing.flows,
    sources_to_destination
FROM outgoing
LEFT JOIN days
    ON outgoing.day = days.day
    AND outgoing.source = days.destination
    AND outgoing.destination = days.source
LEFT JOIN pods ON outgoing.source = pod_address
WHERE outgoing.total_bytes >= $bytes
ORDER BY outgoing.total_bytes DESC, outgoing.day NULLS LAST, outgoing.source, outgoing.destination
LIMIT $limit
