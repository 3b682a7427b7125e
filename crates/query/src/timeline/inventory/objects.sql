-- Nodes as the API server knows them, with their instance and address, and, where there are flows to compare, the
-- addresses of pods.
SELECT
    k8s_audit.cluster,
    CASE WHEN object_resource = 'nodes' THEN coalesce(
        json_get_str(request_object, 'spec', 'providerID'), json_get_str(response_object, 'spec', 'providerID')
    ) END AS provider_id,
    CASE WHEN object_resource = 'nodes' THEN coalesce(
        json_get_str(request_object, 'status', 'addresses', 0, 'address'),
        json_get_str(response_object, 'status', 'addresses', 0, 'address')
    ) END AS address,
    CASE WHEN object_resource = 'pods'
        AND json_get_bool(request_object, 'spec', 'hostNetwork') IS NOT TRUE
        THEN json_get_str(request_object, 'status', 'podIP') END AS pod_address,
    min(event_time) AS event_time, min(audit_id) AS event_id, min(source_uri) AS source_uri,
    min(source_record) AS source_record
FROM k8s_audit
WHERE verb IN ('create', 'update', 'patch')
    AND (
        (object_resource = 'nodes'
            AND (strpos(request_object, 'aws:///') > 0 OR strpos(response_object, 'aws:///') > 0))
        OR (object_resource = 'pods' AND object_subresource = 'status' AND strpos(request_object, '"podIP"') > 0
            AND (SELECT count(*) FROM vpc_flow LIMIT 1) > 0)
    )
GROUP BY 1, 2, 3, 4
