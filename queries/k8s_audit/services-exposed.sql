-- title: Services opened to the outside
-- answers: Who made a Service of type LoadBalancer or NodePort, or an Ingress, and may the whole internet use it?
-- reading: `source_ranges` is who may come in; null is everybody, unless `annotations_asked` makes the load balancer
--   internal. Normal callers are pipelines. Look again at a person, at a Service for a dashboard, a database or the API
--   of a tool, and at one in kube-system. The load balancer itself is then made in AWS by the cluster's controller. A
--   request may show in several stages.
-- source: eksamine
-- param: cluster text = '%'; cluster name, LIKE pattern
-- param: limit int = 1000; at most this many rows, newest first
SELECT
    event_time,
    k8s_audit.cluster,
    user_name,
    impersonated_user_name,
    user_arn,
    verb,
    object_resource,
    object_namespace,
    coalesce(object_name, json_as_text(request_object, 'metadata', 'name')) AS object_name,
    json_as_text(request_object, 'spec', 'type') AS service_type,
    json_as_text(request_object, 'spec', 'ports') AS ports,
    json_as_text(request_object, 'spec', 'loadBalancerSourceRanges') AS source_ranges,
    json_as_text(request_object, 'metadata', 'annotations') AS annotations_asked,
    response_code,
    source_ip,
    user_agent,
    stage,
    audit_id
FROM k8s_audit
WHERE object_resource IN ('services', 'ingresses', 'gateways')
  AND coalesce(object_subresource, '') = ''
  AND verb IN ('create', 'update', 'patch')
  AND (
      object_resource <> 'services'
      OR json_as_text(request_object, 'spec', 'type') IN ('LoadBalancer', 'NodePort')
  )
  AND cluster LIKE $cluster
ORDER BY event_time DESC NULLS LAST, audit_id, stage, source_uri, source_record
LIMIT $limit
