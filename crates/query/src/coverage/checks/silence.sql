-- Hours without an event between two of a log that is never so quiet.
WITH ordered AS (
    SELECT *, lead(hour) OVER (PARTITION BY source, account_id, region, cluster ORDER BY hour) AS next
    FROM coverage_hours
    WHERE hour IS NOT NULL AND quiet_hours IS NOT NULL
),
gaps AS (
    SELECT *, CAST((date_part('epoch', next) - date_part('epoch', hour)) / 3600 AS BIGINT) - 1 AS hours FROM ordered
)
SELECT
    source, account_id, region, cluster, hour + INTERVAL '1 hour' AS since, next AS until,
    'no event for ' || hours || CASE WHEN hours = 1 THEN ' hour' ELSE ' hours' END AS what
FROM gaps
WHERE hours >= quiet_hours
