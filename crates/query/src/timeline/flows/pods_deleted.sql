-- When pods were deleted: asked for first, and at the end by their kubelets.
SELECT k8s_audit.cluster, object_namespace AS namespace, object_name AS name, event_time AS first
FROM k8s_audit
WHERE object_resource = 'pods' AND verb = 'delete' AND object_subresource IS NULL AND object_name IS NOT NULL
    AND response_code < 300
GROUP BY 1, 2, 3, 4
