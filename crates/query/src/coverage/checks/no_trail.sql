-- Clusters whose own logs are there, and that no AWS call names.
SELECT
    'cloudtrail' AS source, min(account_id) AS account_id, coverage_hours.cluster, sum(events) AS events,
    'no AWS call names the cluster: how it was made and changed is not known' AS what
FROM coverage_hours
WHERE source NOT IN ('guardduty')
  AND coverage_hours.cluster IS NOT NULL
  AND coverage_hours.cluster NOT IN (
      SELECT coverage_clusters.cluster FROM coverage_clusters WHERE coverage_clusters.cluster IS NOT NULL
  )
GROUP BY coverage_hours.cluster
