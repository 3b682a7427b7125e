-- The first event of each user whom IAM let in.
SELECT
    kubernetes_identity(
        k8s_audit.cluster, user_name, user_access_key_id, user_arn, user_session_name, NULL
    ) AS identity,
    *
FROM (
    SELECT
        k8s_audit.cluster, user_name, user_access_key_id, user_arn, user_session_name,
        first_value(audit_id ORDER BY event_time, source_uri, source_record) AS audit_id,
        first_value(source_uri ORDER BY event_time, source_uri, source_record) AS source_uri,
        first_value(source_record ORDER BY event_time, source_uri, source_record) AS source_record,
        min(event_time) AS event_time
    FROM k8s_audit
    WHERE user_arn IS NOT NULL OR user_access_key_id IS NOT NULL
    GROUP BY 1, 2, 3, 4, 5
) AS k8s_audit
