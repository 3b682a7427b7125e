-- title: Who was behind unusual rates
-- answers: Which identities, programs and errors stood out while a rate was unusual, compared with the days before?
-- reading: CloudTrail names up to five values of each attribute, in the activity and before. A value with
--   `usual_per_minute` null was not among those of the days before: it is new or was rare. Look again at an identity or
--   user agent that is only in the activity. The error `null` means calls that worked.
-- source: eksamine
-- param: limit int = 1000; at most this many rows, newest first
WITH attributes AS (
    SELECT
        event_time,
        insight_state,
        insight_event_source,
        insight_event_name,
        shared_event_id,
        event_id,
        aws_region,
        recipient_account_id,
        unnest(insights_json_elements(attributions)) AS attribution
    FROM cloudtrail_insight
    WHERE attributions IS NOT NULL
),
in_activity AS (
    SELECT
        event_time,
        insight_state,
        insight_event_source,
        insight_event_name,
        shared_event_id,
        event_id,
        aws_region,
        recipient_account_id,
        attribution,
        json_as_text(attribution, 'attribute') AS attribute,
        unnest(insights_json_elements(json_get_json(attribution, 'insight'))) AS entry
    FROM attributes
),
before AS (
    SELECT
        event_id AS before_event_id,
        json_as_text(attribution, 'attribute') AS before_attribute,
        json_as_text(unnested, 'value') AS before_value,
        max(try_cast(json_as_text(unnested, 'average') AS DOUBLE)) AS usual_per_minute
    FROM (
        SELECT
            event_id,
            attribution,
            unnest(insights_json_elements(json_get_json(attribution, 'baseline'))) AS unnested
        FROM attributes
    ) AS baselines
    GROUP BY event_id, before_attribute, before_value
)
SELECT
    event_time,
    insight_state,
    insight_event_source,
    insight_event_name,
    attribute,
    json_as_text(entry, 'value') AS value,
    try_cast(json_as_text(entry, 'average') AS DOUBLE) AS activity_per_minute,
    usual_per_minute,
    aws_region,
    recipient_account_id,
    shared_event_id,
    event_id
FROM in_activity
LEFT JOIN before
    ON event_id = before_event_id
    AND attribute = before_attribute
    AND json_as_text(entry, 'value') = before_value
ORDER BY event_time DESC NULLS LAST, event_id, attribute, activity_per_minute DESC NULLS LAST, value
LIMIT $limit
