-- title: DeleteCluster by address
-- answers: From which addresses, and by whom, were clusters deleted, and had the address been seen before?
-- reading: Normal is the address of the pipeline that owns the cluster, or cloudformation.amazonaws.com. Look again
--   at an address whose `address_first_seen` is close to `first_call`: nobody in this lake had used it before.
--   Refused attempts are rows too, with their error as `outcome`.
-- source: Binadox, CloudTrail logging of EKS management events: a DeleteCluster call from an unrecognized IP address
-- mitre: T1485 Data Destruction
-- param: cluster text = '%'; cluster name, LIKE pattern
WITH deletions AS (
    SELECT
        source_ip_address,
        coalesce(user_arn, user_name, user_invoked_by, user_type) AS who,
        coalesce(
            json_as_text(request_parameters, 'clusterName'),
            json_as_text(request_parameters, 'name')
        ) AS cluster_name,
        coalesce(error_code, 'ok') AS outcome,
        min(event_time) AS first_call,
        max(event_time) AS last_call,
        count(*) AS calls
    FROM cloudtrail
    WHERE event_source = 'eks.amazonaws.com'
      AND event_name = 'DeleteCluster'
      AND coalesce(
          json_as_text(request_parameters, 'clusterName'),
          json_as_text(request_parameters, 'name'),
          ''
      ) LIKE $cluster
    GROUP BY 1, 2, 3, 4
),
addresses AS (
    SELECT
        source_ip_address AS address,
        min(event_time) AS first_seen,
        count(*) AS calls
    FROM cloudtrail
    GROUP BY source_ip_address
)
SELECT
    deletions.first_call,
    deletions.last_call,
    deletions.source_ip_address,
    deletions.who,
    deletions.cluster_name,
    deletions.outcome,
    deletions.calls,
    addresses.first_seen AS address_first_seen,
    addresses.calls AS all_calls_from_address
FROM deletions
LEFT JOIN addresses ON deletions.source_ip_address = addresses.address
ORDER BY
    deletions.last_call DESC NULLS LAST,
    deletions.source_ip_address,
    deletions.who,
    deletions.cluster_name,
    deletions.outcome
