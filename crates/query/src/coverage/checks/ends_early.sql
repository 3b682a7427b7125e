-- Logs that stop well before the others do, or before the time asked for.
WITH streams AS (
    SELECT source, account_id, region, cluster, quiet_hours, max(hour) + INTERVAL '1 hour' AS last
    FROM coverage_hours
    WHERE hour IS NOT NULL AND quiet_hours IS NOT NULL
    GROUP BY source, account_id, region, cluster, quiet_hours
),
ended AS (
    SELECT *, coalesce($until, max(last) OVER ()) AS finish FROM streams
),
early AS (
    SELECT *, CAST((date_part('epoch', finish) - date_part('epoch', last)) / 3600 AS BIGINT) AS hours FROM ended
)
SELECT
    source, account_id, region, cluster, last AS since, finish AS until,
    'no event in the last ' || hours || CASE WHEN hours = 1 THEN ' hour' ELSE ' hours' END AS what
FROM early
WHERE hours > 0 AND hours >= quiet_hours
