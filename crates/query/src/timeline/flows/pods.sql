-- Addresses that kubelets reported for pods, and when. A pod of the host's network has its node's address.
SELECT
    k8s_audit.cluster, object_namespace AS namespace, object_name AS name,
    coalesce(json_as_text(request_object, 'metadata', 'uid'), object_uid) AS uid,
    json_as_text(request_object, 'status', 'podIP') AS address,
    min(event_time) AS first, max(event_time) AS last
FROM k8s_audit
WHERE object_resource = 'pods' AND object_subresource = 'status' AND strpos(request_object, '"podIP"') > 0
    AND json_get_bool(request_object, 'spec', 'hostNetwork') IS NOT TRUE
    AND (
        json_as_text(request_object, 'status', 'hostIP')
            IS DISTINCT FROM json_as_text(request_object, 'status', 'podIP')
    )
    AND response_code < 300
GROUP BY 1, 2, 3, 4, 5
