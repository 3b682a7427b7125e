-- Events that CloudWatch cut at its size limit: what is missing was never written.
SELECT
    source, account_id, region, coverage_hours.cluster, min(hour) AS since, max(hour) + INTERVAL '1 hour' AS until,
    sum(truncated) AS events,
    'events were cut at the size limit of CloudWatch: the rest of them was never written' AS what
FROM coverage_hours
WHERE truncated > 0
GROUP BY source, account_id, region, coverage_hours.cluster
