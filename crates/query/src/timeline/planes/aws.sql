-- AWS calls. The columns after `raw` are for telling which cluster a call concerns; the view leaves them out.
SELECT
    event_time AS time,
    arrow_cast('aws', 'Utf8View') AS plane,
    aws_cluster(event_source, event_name, request_parameters, response_elements) AS cluster,
    actor,
    aws_actor_kind(user_type, user_arn, user_name, user_invoked_by) AS actor_kind,
    arrow_cast(NULL, 'Utf8View') AS acting_as,
    replace(event_source, '.amazonaws.com', '') || ':' || event_name AS action,
    target,
    arrow_cast(NULL, 'Utf8View') AS namespace,
    outcome,
    source_ip_address AS address,
    user_agent,
    aws_severity(event_source, event_name, request_parameters, outcome) AS severity,
    aws_category(event_source, event_name) AS category,
    aws_technique(event_source, event_name) AS technique,
    aws_summary(event_source, event_name, target, request_parameters, outcome, error_code) AS summary,
    user_arn,
    access_key_id,
    CASE WHEN strpos(response_elements, 'accessKeyId') > 0
         THEN json_as_text(response_elements, 'credentials', 'accessKeyId') END AS minted_access_key_id,
    aws_identity(
        access_key_id, user_type, user_arn, user_principal_id, user_invoked_by, user_name, user_account_id,
        session_created
    ) AS identity,
    recipient_account_id AS account_id,
    aws_region AS region,
    event_id,
    arrow_cast(NULL, 'Utf8View') AS stage,
    source_uri,
    source_record,
    source_sha256,
    raw,
    event_source,
    event_name,
    request_parameters,
    response_elements,
    resources,
    user_name,
    user_invoked_by,
    CASE WHEN event_name = 'AssumeRoleWithWebIdentity'
         THEN coalesce(user_identity_provider, json_get_str(response_elements, 'provider')) END AS identity_provider
FROM (
    SELECT
        *,
        aws_actor(user_type, user_arn, user_name, user_invoked_by, user_principal_id, user_account_id) AS actor,
        aws_target(event_source, request_parameters, resources) AS target,
        aws_outcome(error_code) AS outcome
    FROM cloudtrail
)
