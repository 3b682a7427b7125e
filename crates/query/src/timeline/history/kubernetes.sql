-- The addresses, programs and actions of each day's requests to each API server.
SELECT
    cluster,
    CASE WHEN address IS NOT NULL THEN 'address' WHEN user_agent IS NOT NULL THEN 'user_agent' ELSE 'action' END AS what,
    coalesce(address, user_agent, action) AS value,
    min(first) AS first,
    max(last) AS last
FROM (
    SELECT
        k8s_audit.cluster,
        date_trunc('day', event_time) AS day,
        source_ip AS address,
        user_agent,
        verb || ' ' || coalesce(object_resource || coalesce('/' || object_subresource, ''), request_uri) AS action,
        min(event_time) AS first,
        max(event_time) AS last
    FROM k8s_audit
    WHERE event_time IS NOT NULL
    GROUP BY 1, 2, 3, 4, 5
)
GROUP BY GROUPING SETS ((cluster, day, address), (cluster, day, user_agent), (cluster, day, action))
