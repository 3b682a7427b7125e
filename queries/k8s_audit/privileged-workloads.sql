-- title: Workloads that reach their node
-- answers: Who created pods or workloads that are privileged or share the node's network, processes or files?
-- reading: Each column says whether the body of the request asks for it anywhere. Normal are the node agents in
--   kube-system and those of monitoring, storage and security tools, all made by pipelines. Look again at a person, at
--   a namespace of applications, at `host_path` together with `host_pid`, and at a refusal (a policy stood in the way).
--   Pods that the built-in controllers make of a workload are left out unless `controllers` is yes. Bodies are logged
--   at the levels Request and RequestResponse alone. A request may show in several stages.
-- source: eksamine
-- mitre: T1611 Escape to Host
-- param: cluster text = '%'; cluster name, LIKE pattern
-- param: controllers text = 'no'; yes to list the pods that built-in controllers made as well
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
    coalesce(
        object_name,
        json_as_text(response_object, 'metadata', 'name'),
        json_as_text(request_object, 'metadata', 'generateName')
    ) AS object_name,
    coalesce(
        json_as_text(request_object, 'spec', 'containers', 0, 'image'),
        json_as_text(request_object, 'spec', 'template', 'spec', 'containers', 0, 'image')
    ) AS first_image,
    regexp_like(request_object, '"privileged"\s*:\s*true') AS privileged,
    regexp_like(request_object, '"hostPath"\s*:') AS host_path,
    regexp_like(request_object, '"hostNetwork"\s*:\s*true') AS host_network,
    regexp_like(request_object, '"hostPID"\s*:\s*true') AS host_pid,
    regexp_like(
        request_object,
        '"add"\s*:\s*\[[^]]*"(ALL|BPF|DAC_READ_SEARCH|SYS_ADMIN|SYS_MODULE|SYS_PTRACE)"'
    ) AS strong_capabilities,
    response_code,
    source_ip,
    user_agent,
    stage,
    audit_id
FROM k8s_audit
WHERE object_resource IN (
      'pods',
      'deployments',
      'daemonsets',
      'statefulsets',
      'replicasets',
      'replicationcontrollers',
      'jobs',
      'cronjobs'
  )
  AND coalesce(object_subresource, '') = ''
  AND verb IN ('create', 'update', 'patch')
  AND (
      regexp_like(request_object, '"(privileged|hostNetwork|hostPID|hostIPC)"\s*:\s*true|"hostPath"\s*:')
      OR regexp_like(
          request_object,
          '"add"\s*:\s*\[[^]]*"(ALL|BPF|DAC_READ_SEARCH|SYS_ADMIN|SYS_MODULE|SYS_PTRACE)"'
      )
  )
  AND (
      $controllers = 'yes'
      OR NOT regexp_like(coalesce(user_name, ''), '^system:serviceaccount:kube-system:[a-z-]+-controller$')
  )
  AND cluster LIKE $cluster
ORDER BY event_time DESC NULLS LAST, audit_id, stage, source_uri, source_record
LIMIT $limit
