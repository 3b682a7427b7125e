-- The users of the clusters' API servers.
SELECT
    kubernetes_identity(cluster, user_name, user_access_key_id, user_arn, user_session_name, user_extra) AS identity,
    *
FROM (
    SELECT
        k8s_audit.cluster, user_name, user_uid, user_access_key_id, user_arn, user_session_name, user_extra,
        min(event_time) AS first_seen, max(event_time) AS last_seen, count(*) AS events
    FROM k8s_audit
    GROUP BY 1, 2, 3, 4, 5, 6, 7
)
