-- Who went into pods.
SELECT
    kubernetes_identity(
        k8s_audit.cluster, user_name, user_access_key_id, user_arn, user_session_name, user_extra
    ) AS caller,
    k8s_audit.cluster, user_name, event_time, audit_id, source_uri, source_record, object_subresource,
    object_namespace, object_name, object_uid
FROM k8s_audit
WHERE object_resource = 'pods'
    AND object_subresource IN ('exec', 'attach', 'portforward', 'ephemeralcontainers')
    AND verb IN ('create', 'get', 'update', 'patch')
    AND response_code < 400
