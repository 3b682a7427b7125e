-- Who made pods, and what makes pods.
SELECT
    kubernetes_identity(
        k8s_audit.cluster, user_name, user_access_key_id, user_arn, user_session_name, user_extra
    ) AS caller,
    k8s_audit.cluster, user_name, event_time, audit_id, source_uri, source_record, verb, object_resource,
    object_namespace,
    coalesce(
        object_name, json_as_text(response_object, 'metadata', 'name'), json_as_text(request_object, 'metadata', 'name')
    ) AS name,
    coalesce(object_uid, json_as_text(response_object, 'metadata', 'uid')) AS uid,
    json_as_text(request_object, 'metadata', 'ownerReferences', 0, 'kind') AS owner_kind,
    json_as_text(request_object, 'metadata', 'ownerReferences', 0, 'name') AS owner_name,
    coalesce(
        json_as_text(request_object, 'spec', 'serviceAccountName'),
        json_as_text(response_object, 'spec', 'serviceAccountName')
    ) AS service_account
FROM k8s_audit
WHERE object_subresource IS NULL
    AND response_code < 300
    AND (
        object_resource = 'pods' AND verb = 'create'
        OR object_resource IN (
            'deployments', 'statefulsets', 'daemonsets', 'replicasets', 'replicationcontrollers', 'jobs', 'cronjobs'
        ) AND verb IN ('create', 'update', 'patch')
    )
