-- Trails that were stopped, deleted or narrowed, until the same trail was started again.
WITH changes AS (
    SELECT
        event_time, event_name, recipient_account_id, aws_region, event_id, source_uri,
        coalesce(user_arn, user_name, user_invoked_by, user_type, 'somebody') AS who,
        coalesce(
            json_as_text(request_parameters, 'name'), json_as_text(request_parameters, 'trailName'),
            json_as_text(request_parameters, 'eventDataStore'), 'a trail'
        ) AS named
    FROM coverage_calls
    WHERE event_source = 'cloudtrail.amazonaws.com'
),
-- A trail is named by its name or its ARN.
trails AS (
    SELECT *, regexp_replace(named, '^arn:.*/', '') AS trail FROM changes
),
ordered AS (
    SELECT
        *,
        min(CASE WHEN event_name IN ('StartLogging', 'CreateTrail', 'StartEventDataStoreIngestion') THEN event_time END)
            OVER (
                PARTITION BY recipient_account_id, trail ORDER BY event_time
                ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING
            ) AS begun_again
    FROM trails
)
SELECT
    'cloudtrail' AS source, recipient_account_id AS account_id, aws_region AS region,
    event_time AS since,
    CASE WHEN event_name IN ('UpdateTrail', 'PutEventSelectors', 'UpdateEventDataStore') THEN NULL ELSE begun_again END
        AS until,
    CASE event_name
        WHEN 'StopLogging' THEN 'trail ' || trail || ' was stopped'
        WHEN 'DeleteTrail' THEN 'trail ' || trail || ' was deleted'
        WHEN 'UpdateTrail' THEN 'trail ' || trail || ' was changed'
        WHEN 'PutEventSelectors' THEN 'which events trail ' || trail || ' records was changed'
        WHEN 'DeleteEventDataStore' THEN 'event data store ' || trail || ' was deleted'
        WHEN 'UpdateEventDataStore' THEN 'event data store ' || trail || ' was changed'
        ELSE 'event data store ' || trail || ' was stopped'
    END
    || ' by ' || who
    || CASE
        WHEN event_name IN ('UpdateTrail', 'PutEventSelectors', 'UpdateEventDataStore', 'DeleteEventDataStore') THEN ''
        WHEN begun_again IS NULL THEN '; nothing shows that it was started again'
        ELSE ''
    END AS what,
    event_id, source_uri
FROM ordered
WHERE event_name NOT IN ('StartLogging', 'CreateTrail', 'StartEventDataStoreIngestion')
  AND (event_time < $until OR $until IS NULL)
  AND (
      $since IS NULL OR event_time >= $since
      OR (event_name IN ('StopLogging', 'DeleteTrail') AND (begun_again IS NULL OR begun_again >= $since))
  )
