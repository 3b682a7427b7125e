-- Logs that begin well after the others do, or after the time asked for.
WITH streams AS (
    SELECT source, account_id, region, cluster, quiet_hours, min(hour) AS first
    FROM coverage_hours
    WHERE hour IS NOT NULL AND quiet_hours IS NOT NULL
    GROUP BY source, account_id, region, cluster, quiet_hours
),
begun AS (
    SELECT *, coalesce(date_trunc('hour', $since), min(first) OVER ()) AS begin FROM streams
),
late AS (
    SELECT *, CAST((date_part('epoch', first) - date_part('epoch', begin)) / 3600 AS BIGINT) AS hours FROM begun
)
SELECT
    source, account_id, region, cluster, begin AS since, first AS until,
    'no event in the first ' || hours || CASE WHEN hours = 1 THEN ' hour' ELSE ' hours' END AS what
FROM late
WHERE hours > 0 AND hours >= quiet_hours
