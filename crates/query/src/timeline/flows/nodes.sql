-- Kubelets, by the names of their nodes, in which their addresses are. Others whom somebody gave such a name log in with
-- a session that is no instance's.
SELECT
    k8s_audit.cluster, substr(user_name, 13) AS name,
    CASE WHEN user_session_name LIKE 'i-%' THEN user_session_name
        ELSE nullif(split_part(user_arn, '/', 3), '') END AS instance,
    min(event_time) AS first, max(event_time) AS last
FROM k8s_audit
WHERE user_name LIKE 'system:node:ip-%' AND (user_arn IS NULL OR user_arn LIKE '%/i-%')
GROUP BY 1, 2, 3
