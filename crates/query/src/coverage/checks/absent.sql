-- Logs without any event in the time asked for, of which the archive has some of other times.
WITH span AS (
    SELECT coalesce($since, min(first)) AS since, coalesce($until, max(last)) AS until FROM coverage_logs
),
known AS (
    SELECT *, CAST((date_part('epoch', until) - date_part('epoch', since)) / 3600 AS BIGINT) AS hours
    FROM coverage_logs
    CROSS JOIN span
    WHERE first IS NOT NULL AND quiet_hours IS NOT NULL
)
SELECT
    source, account_id, region, known.cluster, since, until,
    'no event in all this time; of other times there are ' || events AS what
FROM known
WHERE hours >= quiet_hours
  -- An account or region that records of some hours leave out is no other log.
  AND NOT EXISTS (
      SELECT 1
      FROM coverage_hours
      WHERE coverage_hours.source = known.source
        AND coalesce(coverage_hours.cluster, '') = coalesce(known.cluster, '')
        AND (
            coverage_hours.account_id = known.account_id
            OR coverage_hours.account_id IS NULL OR known.account_id IS NULL
        )
        AND (coverage_hours.region = known.region OR coverage_hours.region IS NULL OR known.region IS NULL)
  )
