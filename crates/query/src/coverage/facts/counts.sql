-- Events of every hour, log, account, region and cluster, as the records tell these.
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
