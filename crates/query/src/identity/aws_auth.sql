-- Versions of the ConfigMap `aws-auth`, as far as the audit log shows them.
SELECT
    kubernetes_identity(
        k8s_audit.cluster, user_name, user_access_key_id, user_arn, user_session_name, user_extra
    ) AS caller,
    k8s_audit.cluster, user_name, event_time, audit_id, source_uri, source_record, verb, object_namespace,
    coalesce(
        json_as_text(response_object, 'data', 'mapRoles'), json_as_text(request_object, 'data', 'mapRoles')
    ) AS map_roles,
    coalesce(
        json_as_text(response_object, 'data', 'mapUsers'), json_as_text(request_object, 'data', 'mapUsers')
    ) AS map_users,
    CASE WHEN verb = 'delete' THEN 1
        WHEN json_as_text(response_object, 'kind') = 'ConfigMap' THEN 1
        WHEN verb IN ('create', 'update') AND json_as_text(request_object, 'kind') = 'ConfigMap' THEN 1
        ELSE 0 END AS is_whole
FROM k8s_audit
WHERE object_resource = 'configmaps' AND object_namespace = 'kube-system' AND object_name = 'aws-auth'
    AND object_subresource IS NULL
    AND verb IN ('create', 'update', 'patch', 'delete')
    AND response_code < 300
