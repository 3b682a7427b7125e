-- Tokens of service accounts that were asked for and given.
SELECT
    kubernetes_identity(
        k8s_audit.cluster, user_name, user_access_key_id, user_arn, user_session_name, user_extra
    ) AS caller,
    k8s_audit.cluster, user_name, event_time, audit_id, source_uri, source_record, object_namespace, object_name,
    json_as_text(annotations, 'authentication.kubernetes.io/issued-credential-id') AS credential_id,
    json_as_text(request_object, 'spec', 'boundObjectRef', 'kind') AS bound_kind,
    json_as_text(request_object, 'spec', 'boundObjectRef', 'name') AS bound_name,
    json_as_text(request_object, 'spec', 'boundObjectRef', 'uid') AS bound_uid
FROM k8s_audit
WHERE object_resource = 'serviceaccounts' AND object_subresource = 'token' AND verb = 'create'
    AND response_code < 300
