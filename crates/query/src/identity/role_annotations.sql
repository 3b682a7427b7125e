-- Versions of service accounts, as far as the audit log shows which role their pods ask for by IRSA.
SELECT
    kubernetes_identity(
        k8s_audit.cluster, user_name, user_access_key_id, user_arn, user_session_name, user_extra
    ) AS caller,
    k8s_audit.cluster, user_name, event_time, audit_id, source_uri, source_record, verb, object_namespace,
    coalesce(
        object_name, json_as_text(response_object, 'metadata', 'name'), json_as_text(request_object, 'metadata', 'name')
    ) AS name,
    CASE WHEN json_as_text(response_object, 'kind') = 'ServiceAccount' THEN response_object
        ELSE request_object END AS version,
    CASE WHEN verb = 'delete' THEN 1
        WHEN json_as_text(response_object, 'kind') = 'ServiceAccount' THEN 1
        WHEN verb IN ('create', 'update') AND json_as_text(request_object, 'kind') = 'ServiceAccount' THEN 1
        ELSE 0 END AS is_whole
FROM k8s_audit
WHERE object_resource = 'serviceaccounts' AND object_subresource IS NULL
    AND verb IN ('create', 'update', 'patch', 'delete')
    AND response_code < 300
