-- title: EKS Pod Identity associations
-- answers: Who let which service account of which cluster take which IAM role, changed that, or ended it?
-- reading: An association takes effect for every pod of that service account, also for one that does not exist yet:
--   look again where nobody runs such a service account. Normal is the pipeline that owns the cluster. Look again at a
--   role with wide rights and at a `target_role` in another account. An update or deletion names the association by its
--   id alone; `namespace` and `service_account` then come from the answer. Sessions are in pod-identity-sessions.
-- source: eksamine
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
        json_as_text(request_parameters, 'namespace'),
        json_as_text(response_elements, 'association', 'namespace')
    ) AS namespace,
    coalesce(
        json_as_text(request_parameters, 'serviceAccount'),
        json_as_text(response_elements, 'association', 'serviceAccount')
    ) AS service_account,
    coalesce(
        json_as_text(request_parameters, 'roleArn'),
        json_as_text(response_elements, 'association', 'roleArn')
    ) AS role_arn,
    coalesce(
        json_as_text(request_parameters, 'targetRoleArn'),
        json_as_text(response_elements, 'association', 'targetRoleArn')
    ) AS target_role,
    coalesce(
        json_as_text(request_parameters, 'associationId'),
        json_as_text(response_elements, 'association', 'associationId')
    ) AS association_id,
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
      'CreatePodIdentityAssociation',
      'UpdatePodIdentityAssociation',
      'DeletePodIdentityAssociation'
  )
  AND coalesce(
      json_as_text(request_parameters, 'clusterName'),
      json_as_text(request_parameters, 'name'),
      ''
  ) LIKE $cluster
ORDER BY event_time DESC NULLS LAST, event_id, source_uri, source_record
LIMIT $limit
