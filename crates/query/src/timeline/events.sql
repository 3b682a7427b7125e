-- The timeline: every event of every plane in one shape. Which cluster an AWS call concerns beyond those that name
-- one is asked in cluster.sql.
WITH aws AS (
    SELECT
        *,
        aws_actor(user_type, user_arn, user_name, user_invoked_by, user_principal_id, user_account_id) AS actor,
        aws_target(event_source, request_parameters, resources) AS target,
        aws_outcome(error_code) AS outcome
    FROM cloudtrail
),
kubernetes AS (
    SELECT
        *,
        kubernetes_actor(user_name, user_arn, impersonated_user_name) AS actor,
        coalesce(object_resource || coalesce('/' || object_subresource, ''), request_uri) AS resource,
        kubernetes_outcome(arrow_cast(response_code, 'Utf8View'), stage) AS outcome
    FROM k8s_audit
)
SELECT
    event_time AS time,
    arrow_cast('aws', 'Utf8View') AS plane,
    aws_cluster(event_source, event_name, request_parameters, response_elements) AS cluster,
    actor,
    replace(event_source, '.amazonaws.com', '') || ':' || event_name AS action,
    target,
    arrow_cast(NULL, 'Utf8View') AS namespace,
    outcome,
    source_ip_address AS address,
    aws_summary(event_source, event_name, target, request_parameters, outcome, error_code) AS summary,
    user_agent,
    user_arn,
    access_key_id,
    json_as_text(response_elements, 'credentials', 'accessKeyId') AS minted_access_key_id,
    recipient_account_id AS account_id,
    aws_region AS region,
    event_id,
    arrow_cast(NULL, 'Utf8View') AS stage,
    source_uri,
    source_record,
    raw
FROM aws
UNION ALL
SELECT
    event_time AS time,
    arrow_cast('kubernetes', 'Utf8View') AS plane,
    kubernetes.cluster,
    actor,
    verb || ' ' || resource AS action,
    object_name AS target,
    object_namespace AS namespace,
    outcome,
    source_ip AS address,
    kubernetes_summary(
        verb, resource, object_name, object_namespace, outcome, arrow_cast(response_code, 'Utf8View'), stage
    ) AS summary,
    user_agent,
    user_arn,
    user_access_key_id AS access_key_id,
    arrow_cast(NULL, 'Utf8View') AS minted_access_key_id,
    log_account_id AS account_id,
    arrow_cast(NULL, 'Utf8View') AS region,
    audit_id AS event_id,
    stage,
    source_uri,
    source_record,
    raw
FROM kubernetes
