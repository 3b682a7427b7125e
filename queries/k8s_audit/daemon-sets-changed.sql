-- title: Changes to DaemonSets
-- answers: Who created, changed or deleted a DaemonSet, which runs a pod on every node, and with which image?
-- reading: Normal callers are pipelines and add-on managers (`eks:addon-manager`), at upgrades. Look again at a
--   person or a service account, at a DaemonSet nobody knows, at a new image in a known one, and at the deletion of a
--   security agent. Kubernetes' own controller writes the status and is not listed. A request may show in several
--   stages.
-- source: eksamine
-- mitre: T1543.005 Create or Modify System Process: Container Service
-- param: cluster text = '%'; cluster name, LIKE pattern
-- param: limit int = 1000; at most this many rows, newest first
SELECT
    event_time,
    k8s_audit.cluster,
    user_name,
    impersonated_user_name,
    user_arn,
    verb,
    object_namespace,
    coalesce(object_name, json_as_text(request_object, 'metadata', 'name')) AS daemon_set,
    json_as_text(request_object, 'spec', 'template', 'spec', 'containers', 0, 'image') AS first_image,
    json_as_text(request_object, 'spec', 'template', 'spec', 'serviceAccountName') AS runs_as,
    response_code,
    source_ip,
    user_agent,
    stage,
    audit_id
FROM k8s_audit
WHERE object_resource = 'daemonsets'
  AND coalesce(object_subresource, '') = ''
  AND verb IN ('create', 'update', 'patch', 'delete', 'deletecollection')
  AND cluster LIKE $cluster
ORDER BY event_time DESC NULLS LAST, audit_id, stage, source_uri, source_record
LIMIT $limit
