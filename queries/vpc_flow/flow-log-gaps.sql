-- title: Gaps in flow logs
-- answers: For which interfaces and hours does the flow log itself say that records were left out?
-- reading: SKIPDATA means that flows happened and were not recorded, by an error or for want of capacity: in those
--   hours an absent flow proves nothing. NODATA, an interval without traffic, is no gap and not listed. Hours for which
--   there are no lines at all are not seen here.
-- source: eksamine
-- param: limit int = 1000; at most this many rows
SELECT
    date_bin(INTERVAL '1 hour', event_time) AS hour,
    interface_id,
    account_id,
    min(event_time) AS first_seen,
    max(coalesce(end_time, event_time)) AS last_seen,
    count(*) AS records
FROM vpc_flow
WHERE log_status = 'SKIPDATA'
GROUP BY hour, interface_id, account_id
ORDER BY hour DESC NULLS LAST, interface_id, account_id
LIMIT $limit
