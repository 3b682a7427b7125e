-- Events of every hour, log, account, region and cluster: what the checks of coverage count on. `quiet_hours` is how
-- long a log may be silent before that is worth a word: a cluster's audit log has entries every minute and an interface
-- with flow logs a record every ten, while a region may have no AWS call for a day. Findings come when they come.
-- Some envelopes and formats leave out the account or the region: these records are counted with the others of their
-- cluster or account, if those agree on one.
WITH placed AS (
    SELECT
        *,
        CASE
            WHEN cluster IS NULL OR source = 'guardduty' THEN account_id
            WHEN min(account_id) OVER of_cluster = max(account_id) OVER of_cluster THEN max(account_id) OVER of_cluster
            ELSE account_id
        END AS account,
        CASE
            WHEN source = 'vpc_flow' AND min(region) OVER of_account = max(region) OVER of_account
                THEN max(region) OVER of_account
            ELSE region
        END AS place
    FROM coverage_counts
    WINDOW of_cluster AS (PARTITION BY cluster), of_account AS (PARTITION BY source, account_id)
)
SELECT
    source, account AS account_id, place AS region, cluster, hour, sum(events) AS events, sum(truncated) AS truncated,
    CASE
        WHEN source IN ('k8s_audit', 'vpc_flow') THEN 1
        WHEN source IN ('guardduty', 'cloudtrail_insight') THEN NULL
        ELSE 24
    END AS quiet_hours
FROM placed
GROUP BY source, account, place, cluster, hour
