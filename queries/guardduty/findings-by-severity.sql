-- title: GuardDuty findings by severity
-- answers: What did GuardDuty find, how severe is it, and on what?
-- reading: The worst first; each finding once, as its last update has it. `resource_name` is the cluster, instance,
--   key or user it is about. Archived findings are listed too: somebody, or a filter, put them away, see
--   detection-switched-off. A finding is a lead and no proof: follow `access_key_id`, the user and `remote_ip` into the
--   other tables.
-- source: eksamine
-- param: severity int = 0; only findings at least this severe: 4 is medium, 7 high, 9 critical
-- param: limit int = 1000; at most this many rows
WITH latest AS (
    SELECT *
    FROM guardduty
    QUALIFY row_number() OVER (
        PARTITION BY account_id, region, coalesce(finding_id, concat(source_uri, '#', source_record))
        ORDER BY event_time DESC NULLS LAST, source_uri, source_record
    ) = 1
)
SELECT
    event_time,
    severity,
    CASE
        WHEN severity >= 9 THEN 'critical'
        WHEN severity >= 7 THEN 'high'
        WHEN severity >= 4 THEN 'medium'
        ELSE 'low'
    END AS severity_name,
    finding_type,
    title,
    resource_type,
    coalesce(eks_cluster_name, instance_id, access_key_id, user_name) AS resource_name,
    kubernetes_user_name,
    access_key_id,
    remote_ip,
    count,
    first_seen,
    last_seen,
    archived,
    account_id,
    region,
    finding_id
FROM latest
WHERE severity >= $severity
ORDER BY severity DESC NULLS LAST, event_time DESC NULLS LAST, finding_id, source_uri, source_record
LIMIT $limit
