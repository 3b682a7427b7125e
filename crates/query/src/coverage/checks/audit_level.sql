-- What the audit policy leaves out: resources that were changed or read, of which no body was recorded.
WITH requests AS (
    SELECT
        name, object_resource, sum(events) AS events, min(first) AS first, max(last) AS last,
        sum(with_body) AS with_body
    FROM coverage_levels
    GROUP BY name, object_resource
)
SELECT
    'k8s_audit' AS source,
    name AS cluster, first AS since, last AS until, events,
    object_resource || ': none of ' || events || CASE WHEN events = 1 THEN ' event' ELSE ' events' END
        || ' holds a body: who did it is known, what was in it is not' AS what
FROM requests
WHERE with_body = 0
