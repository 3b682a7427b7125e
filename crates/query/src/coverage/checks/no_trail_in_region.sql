-- Accounts and regions that other logs show and CloudTrail does not.
WITH seen AS (
    SELECT account_id, region, sum(events) AS events, min(source) AS shown_by
    FROM coverage_hours
    WHERE source IN ('vpc_flow', 'guardduty') AND account_id <> 'unknown' AND region IS NOT NULL
    GROUP BY account_id, region
),
recorded AS (
    SELECT DISTINCT account_id AS account, region AS place FROM coverage_hours WHERE source = 'cloudtrail'
)
SELECT
    'cloudtrail' AS source, account_id, region, events,
    shown_by || ' has events of this account and region, CloudTrail has none' AS what
FROM seen
LEFT JOIN recorded ON account = account_id AND place = region
WHERE place IS NULL
