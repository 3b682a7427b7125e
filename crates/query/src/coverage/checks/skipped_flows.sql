-- Flow records that AWS left out for want of capacity or by an error.
SELECT
    'vpc_flow' AS source, account_id, region, min(first) AS since,
    max(last) AS until, sum(events) AS events,
    'flows were left out by the flow log itself (SKIPDATA), interfaces: ' || count(DISTINCT interface_id) AS what,
    min(source_uri) AS source_uri
FROM coverage_skips
GROUP BY account_id, region
