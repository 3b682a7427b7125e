-- title: Rights granted in IAM
-- answers: Who gave which rights to which role, user or group, or took a limit away?
-- reading: Normal are infrastructure pipelines. Look again at AdministratorAccess and PowerUserAccess, at an inline
--   policy (`Put…Policy`), at rights given to the caller's own role, at a node role or a service account's role that
--   gets more than it had, and at a permissions boundary deleted. `policy` is the ARN or name; `document` the inline
--   text, if any. Inline policies are also how sessions are revoked: AWSRevokeOlderSessions denies everything older.
-- source: eksamine
-- mitre: T1098.003 Account Manipulation: Additional Cloud Roles
-- param: limit int = 1000; at most this many rows, newest first
SELECT
    event_time,
    coalesce(user_arn, user_name, user_invoked_by, user_type) AS who,
    source_identity,
    event_name,
    coalesce(
        json_as_text(request_parameters, 'roleName'),
        json_as_text(request_parameters, 'userName'),
        json_as_text(request_parameters, 'groupName'),
        json_as_text(request_parameters, 'instanceProfileName')
    ) AS granted_to,
    coalesce(
        json_as_text(request_parameters, 'policyArn'),
        json_as_text(request_parameters, 'policyName'),
        json_as_text(request_parameters, 'permissionsBoundary'),
        json_as_text(request_parameters, 'groupName')
    ) AS policy,
    json_as_text(request_parameters, 'policyDocument') AS document,
    coalesce(error_code, 'ok') AS outcome,
    error_message,
    source_ip_address,
    user_agent,
    aws_region,
    recipient_account_id,
    access_key_id,
    event_id
FROM cloudtrail
WHERE event_source = 'iam.amazonaws.com'
  AND event_name IN (
      'AttachRolePolicy',
      'AttachUserPolicy',
      'AttachGroupPolicy',
      'PutRolePolicy',
      'PutUserPolicy',
      'PutGroupPolicy',
      'CreatePolicyVersion',
      'SetDefaultPolicyVersion',
      'AddUserToGroup',
      'AddRoleToInstanceProfile',
      'PutRolePermissionsBoundary',
      'DeleteRolePermissionsBoundary',
      'PutUserPermissionsBoundary',
      'DeleteUserPermissionsBoundary'
  )
ORDER BY event_time DESC NULLS LAST, event_id, source_uri, source_record
LIMIT $limit
