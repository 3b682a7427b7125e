-- title: Changes to admission webhooks
-- answers: Who created, changed or deleted an admission webhook or policy, and where does it send requests?
-- reading: A mutating webhook sees and may rewrite every object it matches, Secrets too; deleting a validating one or
--   a policy lifts the guard it stood for. Normal callers are the operators and pipelines that own them, and
--   certificate injectors that patch `caBundle` again and again. Look again at a person, at a `url` outside the
--   cluster, at rules for secrets or pods, and at a `failure_policy` set to Ignore. A request may show in several
--   stages.
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
    coalesce(object_name, json_as_text(request_object, 'metadata', 'name')) AS object_name,
    json_as_text(request_object, 'webhooks', 0, 'clientConfig', 'url') AS first_url,
    json_as_text(request_object, 'webhooks', 0, 'clientConfig', 'service', 'namespace') AS first_service_namespace,
    json_as_text(request_object, 'webhooks', 0, 'rules') AS first_rules,
    json_as_text(request_object, 'webhooks', 0, 'failurePolicy') AS failure_policy,
    response_code,
    source_ip,
    user_agent,
    stage,
    audit_id
FROM k8s_audit
WHERE object_resource IN (
      'mutatingwebhookconfigurations',
      'validatingwebhookconfigurations',
      'validatingadmissionpolicies',
      'validatingadmissionpolicybindings',
      'mutatingadmissionpolicies',
      'mutatingadmissionpolicybindings'
  )
  AND verb IN ('create', 'update', 'patch', 'delete', 'deletecollection')
  AND cluster LIKE $cluster
ORDER BY event_time DESC NULLS LAST, audit_id, stage, source_uri, source_record
LIMIT $limit
