-- Requests to the API servers.
SELECT
    event_time AS time,
    arrow_cast('kubernetes', 'Utf8View') AS plane,
    cluster,
    actor,
    kubernetes_actor_kind(user_name, user_arn) AS actor_kind,
    impersonated_user_name AS acting_as,
    verb || ' ' || resource AS action,
    object_name AS target,
    object_namespace AS namespace,
    outcome,
    source_ip AS address,
    user_agent,
    kubernetes_severity(verb, resource, object_name, object_namespace, user_name, request_object, outcome) AS severity,
    kubernetes_category(verb, resource) AS category,
    kubernetes_technique(verb, resource, user_name) AS technique,
    kubernetes_summary(
        verb, resource, object_name, object_namespace, outcome, arrow_cast(response_code, 'Utf8View'), stage,
        user_name, request_object
    ) AS summary,
    user_arn,
    user_access_key_id AS access_key_id,
    arrow_cast(NULL, 'Utf8View') AS minted_access_key_id,
    kubernetes_identity(cluster, user_name, user_access_key_id, user_arn, user_session_name, user_extra) AS identity,
    log_account_id AS account_id,
    arrow_cast(NULL, 'Utf8View') AS region,
    audit_id AS event_id,
    stage,
    source_uri,
    source_record,
    source_sha256,
    raw
FROM (
    SELECT
        *,
        kubernetes_actor(user_name, user_arn, impersonated_user_name) AS actor,
        coalesce(object_resource || coalesce('/' || object_subresource, ''), request_uri) AS resource,
        kubernetes_outcome(arrow_cast(response_code, 'Utf8View'), stage) AS outcome
    FROM k8s_audit
)
