-- title: EKS access entries
-- answers: Who let which IAM principal into which cluster, with what rights, or shut it out?
-- reading: CreateAccessEntry names the principal; AssociateAccessPolicy gives it rights; `groups` bind it to RBAC.
--   Look again at AmazonEKSClusterAdminPolicy and AmazonEKSAdminPolicy with `scope` cluster, at principals of other
--   accounts, at a principal that lets itself in, and at an entry made and deleted within hours. What the principal
--   then did is in the audit log under `user_arn`.
-- source: eksamine
-- mitre: T1098.006 Account Manipulation: Additional Container Cluster Roles
-- param: cluster text = '%'; cluster name, LIKE pattern
-- param: limit int = 1000; at most this many rows, newest first
SELECT
    event_time,
    coalesce(user_arn, user_name, user_invoked_by, user_type) AS who,
    source_identity,
    event_name,
    coalesce(
        json_as_text(request_parameters, 'clusterName'),
        json_as_text(request_parameters, 'name')
    ) AS cluster_name,
    replace(replace(json_as_text(request_parameters, 'principalArn'), '%3A', ':'), '%2F', '/') AS principal,
    replace(replace(json_as_text(request_parameters, 'policyArn'), '%3A', ':'), '%2F', '/') AS access_policy,
    json_as_text(request_parameters, 'accessScope', 'type') AS scope,
    json_as_text(request_parameters, 'accessScope', 'namespaces') AS scope_namespaces,
    json_as_text(request_parameters, 'kubernetesGroups') AS groups,
    json_as_text(request_parameters, 'username') AS kubernetes_user,
    coalesce(error_code, 'ok') AS outcome,
    error_message,
    source_ip_address,
    user_agent,
    aws_region,
    recipient_account_id,
    access_key_id,
    event_id
FROM cloudtrail
WHERE event_source = 'eks.amazonaws.com'
  AND event_name IN (
      'CreateAccessEntry',
      'UpdateAccessEntry',
      'DeleteAccessEntry',
      'AssociateAccessPolicy',
      'DisassociateAccessPolicy'
  )
  AND coalesce(
      json_as_text(request_parameters, 'clusterName'),
      json_as_text(request_parameters, 'name'),
      ''
  ) LIKE $cluster
ORDER BY event_time DESC NULLS LAST, event_id, source_uri, source_record
LIMIT $limit
