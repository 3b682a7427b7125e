-- title: Changes to the aws-auth ConfigMap
-- answers: Who changed the mapping of IAM identities to Kubernetes users and groups, and to what?
-- reading: Normal callers are `eks:node-manager` and the tool that manages the cluster. Refused attempts are listed
--   too. Look again at any person, and at a mapping to `system:masters`. `map_roles` and `map_users` are as asked
--   for; a patch names only what it changes. EKS logs this ConfigMap's body on update, patch and delete. A
--   `deletecollection` of the ConfigMaps in kube-system takes aws-auth with it and is listed. A request may show in
--   several stages. Clusters that use access entries have the same question in eks-access-entries.
-- source: EKS best practices guide, Detective controls: the audit policy for aws-auth
-- mitre: T1098.006 Account Manipulation: Additional Container Cluster Roles
-- param: cluster text = '%'; cluster name, LIKE pattern
SELECT
    event_time,
    k8s_audit.cluster,
    user_name,
    impersonated_user_name,
    user_arn,
    verb,
    json_as_text(request_object, 'data', 'mapRoles') AS map_roles,
    json_as_text(request_object, 'data', 'mapUsers') AS map_users,
    response_code,
    source_ip,
    user_agent,
    stage,
    audit_id
FROM k8s_audit
WHERE object_resource = 'configmaps'
  AND object_namespace = 'kube-system'
  AND (
      verb = 'deletecollection'
      OR coalesce(object_name, json_as_text(request_object, 'metadata', 'name')) = 'aws-auth'
  )
  AND verb NOT IN ('get', 'list', 'watch')
  AND cluster LIKE $cluster
ORDER BY event_time DESC NULLS LAST, audit_id, stage, source_uri, source_record
