-- title: Requests through the API server to nodes, pods and services
-- answers: Who used the API server as a proxy to reach kubelets, pods or services, and which path?
-- reading: Requests that are passed on to a kubelet (`nodes`) can run commands in its pods without an exec in this
--   log: `path` tells (`/run/`, `/exec/`, `/pods`). Normal are metrics (`/metrics`, `/stats`), and dashboards reached
--   through `services/proxy`. Look again at a service account or person on `nodes`, and at write verbs. A request may
--   show in several stages.
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
    object_name,
    request_uri AS path,
    response_code,
    source_ip,
    user_agent,
    stage,
    audit_id
FROM k8s_audit
WHERE object_resource IN ('nodes', 'pods', 'services')
  AND object_subresource = 'proxy'
  AND cluster LIKE $cluster
ORDER BY event_time DESC NULLS LAST, audit_id, stage, source_uri, source_record
LIMIT $limit
