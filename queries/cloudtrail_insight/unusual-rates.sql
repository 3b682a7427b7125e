-- title: Unusual rates of calls and errors
-- answers: Which AWS actions were called, or failed, far more often than usual, when, for how long, and by how much?
-- reading: One row for each activity: its start and its end share an id. `times_usual` is the rate of the activity
--   over that of the days before (an end gives the mean of the whole activity, a start its first minute). Call rates
--   count write calls alone; error rates count every call that failed with `error_code`. A deployment or a new team is
--   the usual reason. Look again at errors of denied access, and at deletions. `ended_at` null: it had not ended, or
--   its end is not in this lake.
-- source: eksamine
-- param: limit int = 1000; at most this many rows, newest first
SELECT
    min(event_time) FILTER (WHERE insight_state = 'Start') AS started_at,
    max(event_time) FILTER (WHERE insight_state = 'End') AS ended_at,
    insight_type,
    insight_event_source,
    insight_event_name,
    insight_error_code AS error_code,
    max(baseline_average) AS usual_per_minute,
    coalesce(
        max(insight_average) FILTER (WHERE insight_state = 'End'),
        max(insight_average)
    ) AS activity_per_minute,
    round(
        coalesce(max(insight_average) FILTER (WHERE insight_state = 'End'), max(insight_average))
        / nullif(max(baseline_average), 0)
    ) AS times_usual,
    max(insight_duration_minutes) AS duration_minutes,
    aws_region,
    recipient_account_id,
    shared_event_id
FROM cloudtrail_insight
GROUP BY
    coalesce(shared_event_id, event_id),
    shared_event_id,
    insight_type,
    insight_event_source,
    insight_event_name,
    insight_error_code,
    aws_region,
    recipient_account_id
ORDER BY
    coalesce(started_at, ended_at) DESC NULLS LAST,
    shared_event_id,
    insight_event_source,
    insight_event_name,
    error_code,
    aws_region,
    recipient_account_id
LIMIT $limit
