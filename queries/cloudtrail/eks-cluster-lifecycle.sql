-- title: EKS cluster lifecycle
-- answers: Who created, upgraded or deleted a cluster, or registered one from outside, when, from where, did it work?
-- reading: Normal callers are the pipeline or CloudFormation that owns the cluster, from its usual address. Look
--   again at a person, at a region without clusters of yours, and at a deletion outside a planned change. The creator
--   of a cluster may hold administrator rights in it. Refused calls carry their error as `outcome`.
-- source: Binadox, CloudTrail logging of EKS management events: cluster lifecycle (CreateCluster, DeleteCluster,
--   UpdateClusterVersion)
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
    json_as_text(request_parameters, 'version') AS version,
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
      'CreateCluster',
      'DeleteCluster',
      'UpdateClusterVersion',
      'RegisterCluster',
      'DeregisterCluster'
  )
  AND coalesce(
      json_as_text(request_parameters, 'clusterName'),
      json_as_text(request_parameters, 'name'),
      ''
  ) LIKE $cluster
ORDER BY event_time DESC NULLS LAST, event_id, source_uri, source_record
LIMIT $limit
