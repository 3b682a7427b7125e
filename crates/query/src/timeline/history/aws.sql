-- The addresses, programs and actions of each day's AWS calls.
SELECT
    NULL AS cluster,
    CASE WHEN address IS NOT NULL THEN 'address' WHEN user_agent IS NOT NULL THEN 'user_agent' ELSE 'action' END AS what,
    coalesce(address, user_agent, action) AS value,
    min(first) AS first,
    max(last) AS last
FROM (
    SELECT
        date_trunc('day', event_time) AS day,
        source_ip_address AS address,
        user_agent,
        replace(event_source, '.amazonaws.com', '') || ':' || event_name AS action,
        min(event_time) AS first,
        max(event_time) AS last
    FROM cloudtrail
    WHERE event_time IS NOT NULL
    GROUP BY 1, source_ip_address, user_agent, event_source, event_name
)
GROUP BY GROUPING SETS ((day, address), (day, user_agent), (day, action))
