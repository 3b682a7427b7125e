-- Nodes that say which instance they are.
SELECT
    k8s_audit.cluster,
    coalesce(object_name, json_as_text(request_object, 'metadata', 'name')) AS name,
    coalesce(
        json_as_text(request_object, 'spec', 'providerID'), json_as_text(response_object, 'spec', 'providerID')
    ) AS provider_id
FROM k8s_audit
WHERE object_resource = 'nodes' AND verb = 'create' AND object_subresource IS NULL AND response_code < 300
