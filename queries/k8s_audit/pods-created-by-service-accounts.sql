-- title: Pods created by service accounts
-- answers: Which service accounts created pods or tried to, where, and with which image?
-- reading: Normal callers are operators, CI runners and job schedulers, each in its own namespaces. Look again at an
--   application's service account that creates a pod at all, at `runs_as` another account, at a pod that is
--   `privileged` (its first container) or shares the node's network or processes, and at an address outside the
--   cluster: a stolen token is used from elsewhere. The controllers built into Kubernetes (ReplicaSet, DaemonSet,
--   StatefulSet, Job and the old ReplicationController) create most pods and are left out unless `controllers` is
--   yes. A request may show in several stages.
-- source: an article on reading EKS audit logs: POST to /api/v1/namespaces/*/pods by a service account
-- mitre: T1610 Deploy Container
-- param: cluster text = '%'; cluster name, LIKE pattern
-- param: controllers text = 'no'; yes to list the built-in controllers too
-- param: limit int = 1000; at most this many rows, newest first
SELECT
    event_time,
    k8s_audit.cluster,
    user_name,
    verb,
    object_namespace,
    coalesce(
        object_name,
        json_as_text(response_object, 'metadata', 'name'),
        json_as_text(request_object, 'metadata', 'generateName')
    ) AS pod,
    json_as_text(request_object, 'spec', 'containers', 0, 'image') AS first_image,
    coalesce(
        json_as_text(response_object, 'spec', 'serviceAccountName'),
        json_as_text(request_object, 'spec', 'serviceAccountName')
    ) AS runs_as,
    json_as_text(request_object, 'spec', 'containers', 0, 'securityContext', 'privileged') AS privileged,
    json_as_text(request_object, 'spec', 'hostNetwork') AS host_network,
    json_as_text(request_object, 'spec', 'hostPID') AS host_pid,
    response_code,
    source_ip,
    user_agent,
    stage,
    audit_id
FROM k8s_audit
WHERE user_name LIKE 'system:serviceaccount:%'
  AND verb IN ('create', 'post')
  AND (
      (object_resource = 'pods' AND coalesce(object_subresource, '') = '')
      OR (object_resource IS NULL AND regexp_like(request_uri, '^/api/v1/namespaces/[^/?]+/pods/?([?].*)?$'))
  )
  AND (
      $controllers = 'yes'
      OR NOT regexp_like(
          user_name,
          '^system:serviceaccount:kube-system:(replicaset|daemon-set|statefulset|job|replication)-controller$'
      )
  )
  AND cluster LIKE $cluster
ORDER BY event_time DESC NULLS LAST, audit_id, stage, source_uri, source_record
LIMIT $limit
