-- title: Sessions of EKS Pod Identity
-- answers: Which service accounts got an IAM session through EKS Pod Identity, on which node, and what was done with
--   it, from where?
-- reading: One row for each session, which belongs to one pod. The agent on the node asks for it, so `node` and
--   `node_address` are where the pod runs. `addresses` are those of the calls made with the session: one that is not
--   the cluster's means that the credentials were taken out of the pod. Look again at refusals, and at actions the
--   workload has no reason for. Associations are in pod-identity-associations, sessions of IRSA in irsa-calls.
-- source: eksamine
-- param: cluster text = '%'; cluster name, LIKE pattern
-- param: limit int = 1000; at most this many rows
WITH given AS (
    SELECT
        event_time,
        json_as_text(request_parameters, 'clusterName') AS cluster_name,
        json_as_text(response_elements, 'subject', 'namespace') AS namespace,
        json_as_text(response_elements, 'subject', 'serviceAccount') AS service_account,
        json_as_text(response_elements, 'assumedRoleUser', 'arn') AS session_arn,
        json_as_text(response_elements, 'podIdentityAssociation', 'associationId') AS association_id,
        split_part(user_arn, '/', 3) AS node,
        source_ip_address AS node_address,
        coalesce(error_code, 'ok') AS outcome
    FROM cloudtrail
    WHERE event_source = 'eks-auth.amazonaws.com'
      AND event_name = 'AssumeRoleForPodIdentity'
      AND coalesce(json_as_text(request_parameters, 'clusterName'), '') LIKE $cluster
),
sessions AS (
    SELECT
        min(event_time) AS first_given,
        max(event_time) AS last_given,
        cluster_name,
        namespace,
        service_account,
        session_arn,
        association_id,
        node,
        node_address,
        outcome,
        count(*) AS times_given
    FROM given
    GROUP BY
        cluster_name,
        namespace,
        service_account,
        session_arn,
        association_id,
        node,
        node_address,
        outcome
),
calls AS (
    SELECT
        user_arn AS caller,
        min(cloudtrail.event_time) AS first_call,
        max(cloudtrail.event_time) AS last_call,
        array_to_string(array_sort(array_agg(DISTINCT event_name)), ', ') AS actions,
        array_to_string(array_sort(array_agg(DISTINCT source_ip_address)), ', ') AS addresses,
        count(*) AS calls
    FROM cloudtrail
    WHERE user_arn IN (SELECT session_arn FROM given)
    GROUP BY user_arn
)
SELECT
    first_given,
    last_given,
    cluster_name,
    namespace,
    service_account,
    session_arn,
    association_id,
    outcome,
    node,
    node_address,
    times_given,
    first_call,
    last_call,
    actions,
    addresses,
    calls
FROM sessions
LEFT JOIN calls ON session_arn = caller
ORDER BY
    last_given DESC NULLS LAST,
    cluster_name,
    namespace,
    service_account,
    session_arn,
    association_id,
    node,
    node_address,
    outcome
LIMIT $limit
