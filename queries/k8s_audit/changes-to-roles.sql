-- title: Changes to Roles
-- answers: Who created, changed or deleted a Role, when, from where, and did it work?
-- reading: `rules` is the Role as it stands afterwards, or as it was asked for if the answer was not logged. Normal
--   callers are deployment tools, operators, and the API server itself (`system:apiserver`) when it starts. Look
--   again at a person, a service account or an address that does not usually do this, and at any `*`. A request may
--   show in several stages. `deletecollection` is not in the original's list of verbs and so not here.
-- source: EKS best practices guide, Detective controls: Analyze logs with Log Insights
-- mitre: T1098.006 Account Manipulation: Additional Container Cluster Roles
-- param: cluster text = '%'; cluster name, LIKE pattern
-- param: limit int = 100; at most this many rows, newest first
-- insights:
--   fields @timestamp, @message
--   | sort @timestamp desc
--   | limit 100
--   | filter objectRef.resource="roles" and verb in ["create", "update", "patch", "delete"]
SELECT
    event_time,
    k8s_audit.cluster,
    user_name,
    impersonated_user_name,
    user_arn,
    verb,
    object_namespace,
    object_name,
    coalesce(json_as_text(response_object, 'rules'), json_as_text(request_object, 'rules')) AS rules,
    response_code,
    source_ip,
    user_agent,
    stage,
    audit_id
FROM k8s_audit
WHERE object_resource = 'roles'
  AND verb IN ('create', 'update', 'patch', 'delete')
  AND cluster LIKE $cluster
ORDER BY event_time DESC NULLS LAST, audit_id, stage, source_uri, source_record
LIMIT $limit
