-- Unusual rates of calls, found by CloudTrail Insights. The column after `raw` is for telling which cluster one concerns;
-- the view leaves it out.
SELECT
    event_time AS time,
    arrow_cast('finding', 'Utf8View') AS plane,
    arrow_cast(NULL, 'Utf8View') AS cluster,
    arrow_cast(NULL, 'Utf8View') AS actor,
    arrow_cast('unknown', 'Utf8View') AS actor_kind,
    arrow_cast(NULL, 'Utf8View') AS acting_as,
    coalesce(insight_type, event_type) || ' ' || coalesce(insight_state, '') AS action,
    replace(insight_event_source, '.amazonaws.com', '') || ':' || insight_event_name AS target,
    arrow_cast(NULL, 'Utf8View') AS namespace,
    arrow_cast('done', 'Utf8View') AS outcome,
    arrow_cast(NULL, 'Utf8View') AS address,
    arrow_cast(NULL, 'Utf8View') AS user_agent,
    CASE insight_state WHEN 'End' THEN arrow_cast('low', 'Utf8View')
         ELSE arrow_cast('medium', 'Utf8View') END AS severity,
    arrow_cast('finding', 'Utf8View') AS category,
    arrow_cast(NULL, 'Utf8View') AS technique,
    rate_summary(
        insight_state, insight_event_source, insight_event_name, insight_error_code,
        arrow_cast(insight_average, 'Utf8View'), arrow_cast(baseline_average, 'Utf8View')
    ) AS summary,
    arrow_cast(NULL, 'Utf8View') AS user_arn,
    arrow_cast(NULL, 'Utf8View') AS access_key_id,
    arrow_cast(NULL, 'Utf8View') AS minted_access_key_id,
    arrow_cast(NULL, 'Utf8View') AS identity,
    recipient_account_id AS account_id,
    aws_region AS region,
    event_id,
    arrow_cast(NULL, 'Utf8View') AS stage,
    source_uri,
    source_record,
    source_sha256,
    raw,
    insight_event_source,
    attributions
FROM cloudtrail_insight
