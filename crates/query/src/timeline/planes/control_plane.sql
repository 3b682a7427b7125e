-- Lines of the API server, the controller managers and the scheduler: the component is the actor, and what it says of
-- itself the event.
SELECT
    event_time AS time,
    arrow_cast('kubernetes', 'Utf8View') AS plane,
    cluster,
    component AS actor,
    arrow_cast('kubernetes_component', 'Utf8View') AS actor_kind,
    arrow_cast(NULL, 'Utf8View') AS acting_as,
    'log ' || coalesce(control_plane.severity, 'info') AS action,
    control_plane_place(source_file, arrow_cast(source_line, 'Utf8View')) AS target,
    arrow_cast(NULL, 'Utf8View') AS namespace,
    CASE WHEN control_plane.severity IN ('error', 'fatal') THEN arrow_cast('failed', 'Utf8View')
         ELSE arrow_cast('done', 'Utf8View') END AS outcome,
    arrow_cast(NULL, 'Utf8View') AS address,
    arrow_cast(NULL, 'Utf8View') AS user_agent,
    CASE control_plane.severity WHEN 'fatal' THEN arrow_cast('medium', 'Utf8View')
         WHEN 'error' THEN arrow_cast('low', 'Utf8View')
         ELSE arrow_cast('informational', 'Utf8View') END AS severity,
    arrow_cast('routine', 'Utf8View') AS category,
    arrow_cast(NULL, 'Utf8View') AS technique,
    control_plane_summary(message, error) AS summary,
    arrow_cast(NULL, 'Utf8View') AS user_arn,
    arrow_cast(NULL, 'Utf8View') AS access_key_id,
    arrow_cast(NULL, 'Utf8View') AS minted_access_key_id,
    arrow_cast(NULL, 'Utf8View') AS identity,
    log_account_id AS account_id,
    arrow_cast(NULL, 'Utf8View') AS region,
    arrow_cast(NULL, 'Utf8View') AS event_id,
    arrow_cast(NULL, 'Utf8View') AS stage,
    source_uri,
    source_record,
    source_sha256,
    raw
FROM control_plane
