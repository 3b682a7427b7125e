-- Events of every hour, log, account, region and cluster: what the checks of coverage count on. `quiet_hours` is how
-- long a log may be silent before that is worth a word: a cluster's audit log has entries every minute and an interface
-- with flow logs a record every ten, while a region may have no AWS call for a day. Findings come when they come.
-- Some envelopes and formats leave out the account or the region: these records are counted with the others of their
-- cluster or account, if those agree on one.
WITH counted AS (
    SELECT
        source, account_id, region, cluster, date_trunc('hour', event_time) AS hour, count(*) AS events,
        sum(CASE WHEN truncated THEN 1 ELSE 0 END) AS truncated
    FROM (
        SELECT 'cloudtrail' AS source, recipient_account_id AS account_id, aws_region AS region,
            arrow_cast(NULL, 'Utf8View') AS cluster, event_time, false AS truncated
        FROM cloudtrail
        UNION ALL
        SELECT 'cloudtrail_insight', recipient_account_id, aws_region, arrow_cast(NULL, 'Utf8View'), event_time, false
        FROM cloudtrail_insight
        UNION ALL
        SELECT 'k8s_audit', log_account_id, arrow_cast(NULL, 'Utf8View'), k8s_audit.cluster, event_time, truncated
        FROM k8s_audit
        UNION ALL
        SELECT 'authenticator', log_account_id, arrow_cast(NULL, 'Utf8View'), authenticator.cluster, event_time,
            truncated
        FROM authenticator
        UNION ALL
        SELECT coalesce(component, 'control_plane'), log_account_id, arrow_cast(NULL, 'Utf8View'),
            control_plane.cluster, event_time, truncated
        FROM control_plane
        UNION ALL
        SELECT 'vpc_flow', account_id, region, arrow_cast(NULL, 'Utf8View'), event_time, false
        FROM vpc_flow
        UNION ALL
        SELECT 'guardduty', account_id, region, eks_cluster_name, event_time, false
        FROM guardduty
    ) AS records
    WHERE (event_time >= $since OR $since IS NULL) AND (event_time < $until OR $until IS NULL)
    GROUP BY 1, 2, 3, 4, 5
),
placed AS (
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
    FROM counted
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
