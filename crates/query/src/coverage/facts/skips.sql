-- Flow records of every hour that AWS left out for want of capacity or by an error.
SELECT
    account_id, region, interface_id, date_trunc('hour', event_time) AS hour, count(*) AS events,
    min(event_time) AS first, max(end_time) AS last, min(source_uri) AS source_uri
FROM vpc_flow
WHERE log_status = 'SKIPDATA'
  AND (event_time >= $since OR $since IS NULL)
  AND (event_time < $until OR $until IS NULL)
GROUP BY 1, 2, 3, 4
