-- title: EKS configuration changes
-- answers: Who changed a cluster's configuration, add-ons or tags, how, when and from where?
-- reading: `update_type` is what EKS made of the request: EndpointAccessUpdate, LoggingUpdate, VpcConfigUpdate and so
--   on; `request` is what was asked. Endpoint access and logging have queries of their own:
--   eks-endpoint-access-changes and eks-logging-switched-off. Look again at changes outside the pipeline that owns
--   the cluster, and at an add-on given a new service account role.
-- source: Binadox, CloudTrail logging of EKS management events: configuration changes (cluster networking, VPC
--   settings, endpoint access)
-- param: cluster text = '%'; cluster name, LIKE pattern
-- param: limit int = 1000; at most this many rows, newest first
SELECT
    event_time,
    coalesce(user_arn, user_name, user_invoked_by, user_type) AS who,
    source_identity,
    event_name,
    coalesce(
        json_as_text(request_parameters, 'clusterName'),
        json_as_text(request_parameters, 'name'),
        split_part(replace(json_as_text(request_parameters, 'resourceArn'), '%2F', '/'), '/', 2)
    ) AS cluster_name,
    json_as_text(response_elements, 'update', 'type') AS update_type,
    request_parameters AS request,
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
      'UpdateClusterConfig',
      'CreateAddon',
      'UpdateAddon',
      'DeleteAddon',
      'CreateCapability',
      'UpdateCapability',
      'DeleteCapability',
      'TagResource',
      'UntagResource'
  )
  AND coalesce(
      json_as_text(request_parameters, 'clusterName'),
      json_as_text(request_parameters, 'name'),
      split_part(replace(json_as_text(request_parameters, 'resourceArn'), '%2F', '/'), '/', 2),
      ''
  ) LIKE $cluster
ORDER BY event_time DESC NULLS LAST, event_id, source_uri, source_record
LIMIT $limit
