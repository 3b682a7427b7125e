-- title: Connections to a cluster's API endpoint inside the VPC
-- answers: Who connected to the interfaces of a cluster's control plane, from where, and did it get through?
-- reading: The interfaces are known from the calls with which EKS made them, if this lake holds those; name others
--   with `interface`. Normal are the nodes and whatever runs kubectl inside the VPC. Who uses the public endpoint does
--   not pass here: for those there is only the audit log. Look again at a source that is no node, and at REJECT.
-- source: eksamine
-- param: interface text = ''; interfaces to list too, LIKE pattern: 'eni-0123456789abcdef0'
-- param: since timestamp = '1970-01-01T00:00:00Z'; only flows that began at or after this time
-- param: limit int = 1000; at most this many rows
WITH endpoints AS (
    SELECT
        json_as_text(response_elements, 'networkInterface', 'networkInterfaceId') AS endpoint_id,
        min(replace(json_as_text(request_parameters, 'description'), 'Amazon EKS ', '')) AS cluster_name
    FROM cloudtrail
    WHERE event_source = 'ec2.amazonaws.com'
      AND event_name = 'CreateNetworkInterface'
      AND error_code IS NULL
      AND json_as_text(request_parameters, 'description') LIKE 'Amazon EKS %'
    GROUP BY endpoint_id
)
SELECT
    min(event_time) AS first_seen,
    max(coalesce(end_time, event_time)) AS last_seen,
    endpoints.cluster_name,
    interface_id,
    coalesce(pkt_srcaddr, srcaddr) AS source,
    dstaddr AS destination,
    action,
    sum(bytes) AS total_bytes,
    count(*) AS flows
FROM vpc_flow
LEFT JOIN endpoints ON interface_id = endpoint_id
WHERE dstport = 443
  AND (endpoint_id IS NOT NULL OR interface_id LIKE $interface)
  AND (event_time >= $since OR event_time IS NULL)
GROUP BY endpoints.cluster_name, interface_id, source, destination, action
ORDER BY last_seen DESC NULLS LAST, interface_id, source, destination, action
LIMIT $limit
