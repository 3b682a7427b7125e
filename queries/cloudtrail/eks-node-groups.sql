-- title: EKS node groups and Fargate profiles
-- answers: Who added, changed or removed node groups or Fargate profiles, of which cluster, when and from where?
-- reading: Normal callers are the pipeline that owns the cluster and upgrade tools. Look again at large instance
--   types or sizes (someone else's mining), at a launch template or node role you do not know, and at remote access
--   that opens SSH. Scaling by the cluster autoscaler goes through Auto Scaling, not here.
-- source: Binadox, CloudTrail logging of EKS management events: node group management (CreateNodegroup,
--   DeleteNodegroup, UpdateNodegroupConfig)
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
    coalesce(
        json_as_text(request_parameters, 'nodegroupName'),
        json_as_text(request_parameters, 'fargateProfileName')
    ) AS node_group,
    coalesce(
        json_as_text(request_parameters, 'nodeRole'),
        json_as_text(request_parameters, 'podExecutionRoleArn')
    ) AS node_role,
    json_as_text(request_parameters, 'instanceTypes') AS instance_types,
    json_as_text(request_parameters, 'scalingConfig') AS scaling,
    json_as_text(request_parameters, 'launchTemplate') AS launch_template,
    json_as_text(request_parameters, 'remoteAccess') AS remote_access,
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
      'CreateNodegroup',
      'DeleteNodegroup',
      'UpdateNodegroupConfig',
      'UpdateNodegroupVersion',
      'CreateFargateProfile',
      'DeleteFargateProfile'
  )
  AND coalesce(
      json_as_text(request_parameters, 'clusterName'),
      json_as_text(request_parameters, 'name'),
      ''
  ) LIKE $cluster
ORDER BY event_time DESC NULLS LAST, event_id, source_uri, source_record
LIMIT $limit
