-- title: EKS endpoint access changes
-- answers: Who opened or closed a cluster's API endpoint to the internet, and to which addresses?
-- reading: `public_access` true with 0.0.0.0/0 (or no list at all) lets anyone reach the API server. A null was not
--   part of the request and stays as it was. CreateCluster is listed for what the cluster began with; there a null
--   means the default, which is public and open to all addresses. Look again at any widening outside a planned
--   change, and at what reached the cluster from new addresses afterwards: failed-anonymous-requests.
-- source: Binadox, CloudTrail logging of EKS management events: unexpected changes to a cluster's public endpoint
--   access
-- mitre: T1562.007 Impair Defenses: Disable or Modify Cloud Firewall
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
    json_as_text(request_parameters, 'resourcesVpcConfig', 'endpointPublicAccess') AS public_access,
    json_as_text(request_parameters, 'resourcesVpcConfig', 'publicAccessCidrs') AS public_access_cidrs,
    json_as_text(request_parameters, 'resourcesVpcConfig', 'endpointPrivateAccess') AS private_access,
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
  AND (
      event_name = 'CreateCluster'
      OR (
          event_name = 'UpdateClusterConfig'
          AND (
              json_contains(request_parameters, 'resourcesVpcConfig', 'endpointPublicAccess')
              OR json_contains(request_parameters, 'resourcesVpcConfig', 'publicAccessCidrs')
              OR json_contains(request_parameters, 'resourcesVpcConfig', 'endpointPrivateAccess')
              OR json_as_text(response_elements, 'update', 'type') = 'EndpointAccessUpdate'
          )
      )
  )
  AND coalesce(
      json_as_text(request_parameters, 'clusterName'),
      json_as_text(request_parameters, 'name'),
      ''
  ) LIKE $cluster
ORDER BY event_time DESC NULLS LAST, event_id, source_uri, source_record
LIMIT $limit
