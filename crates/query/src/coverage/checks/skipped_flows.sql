-- Flow records that AWS left out for want of capacity or by an error.
SELECT
    'vpc_flow' AS source, account_id, region, min(event_time) AS since,
    max(end_time) AS until, count(*) AS events,
    'flows were left out by the flow log itself (SKIPDATA), interfaces: ' || count(DISTINCT interface_id) AS what,
    min(source_uri) AS source_uri
FROM vpc_flow
WHERE log_status = 'SKIPDATA'
  AND (event_time >= $since OR $since IS NULL)
  AND (event_time < $until OR $until IS NULL)
GROUP BY account_id, region
