-- title: Traffic to the internet
-- answers: Which pods and nodes sent what to which addresses outside, over which port?
-- reading: Most bytes first. `pods` are those that the audit log ever gave this address (EKS logs the status that
--   kubelets report); addresses are used again, so compare the times. Answers of services here to clients outside are
--   left out by their ports: a low port of ours to a high port there. Addresses of AWS count as outside; `service`
--   names them where the flow log has that field. What passes a NAT gateway shows twice, once more under its own
--   address. Look again at ports that are neither 80 nor 443, and at a pod with no business outside.
-- source: eksamine
-- param: since timestamp = '1970-01-01T00:00:00Z'; only flows that began at or after this time
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
flows AS (
    SELECT
        coalesce(pkt_srcaddr, srcaddr) AS source,
        coalesce(pkt_dstaddr, dstaddr) AS destination,
        dstport,
        protocol,
        action,
        min(event_time) AS first_seen,
        max(coalesce(end_time, event_time)) AS last_seen,
        max(pkt_dst_aws_service) AS service,
        min(interface_id) AS interface_id,
        min(instance_id) AS instance_id,
        sum(bytes) AS total_bytes,
        count(*) AS flows
    FROM vpc_flow
    WHERE NOT (srcport < 1024 AND dstport >= 1024)
      AND (event_time >= $since OR event_time IS NULL)
    GROUP BY source, destination, dstport, protocol, action
)
SELECT
    first_seen,
    last_seen,
    source,
    pods,
    instance_id,
    interface_id,
    destination,
    service,
    dstport,
    protocol,
    action,
    total_bytes,
    flows
FROM flows
LEFT JOIN pods ON source = pod_address
WHERE address_kind(source) <> 'public'
  AND address_kind(destination) = 'public'
ORDER BY total_bytes DESC NULLS LAST, source, destination, dstport, protocol, action
LIMIT $limit
