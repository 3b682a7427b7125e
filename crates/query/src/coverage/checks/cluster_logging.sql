-- Control plane logs of clusters that were switched off, until they were switched on again.
WITH calls AS (
    SELECT
        event_time, recipient_account_id, aws_region, event_id, source_uri,
        coalesce(user_arn, user_name, user_invoked_by, user_type, 'somebody') AS who,
        aws_cluster(event_source, event_name, request_parameters, response_elements) AS cluster_name,
        json_as_text(request_parameters, 'logging', 'clusterLogging') AS logging
    FROM coverage_calls
    WHERE event_source = 'eks.amazonaws.com'
),
switches AS (
    SELECT
        *,
        regexp_like(logging, '"enabled"[[:space:]]*:[[:space:]]*false') AS off,
        regexp_like(logging, '"enabled"[[:space:]]*:[[:space:]]*true') AS on_again
    FROM calls
    WHERE logging IS NOT NULL
),
ordered AS (
    SELECT
        *,
        min(CASE WHEN on_again THEN event_time END) OVER (
            PARTITION BY recipient_account_id, aws_region, cluster_name ORDER BY event_time
            ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING
        ) AS begun_again
    FROM switches
)
SELECT
    'control plane logs' AS source, recipient_account_id AS account_id, aws_region AS region, cluster_name AS cluster,
    event_time AS since, begun_again AS until,
    'logs were switched off by ' || who || ': ' || logging
        || CASE WHEN begun_again IS NULL THEN '; nothing shows that they were switched on again' ELSE '' END AS what,
    event_id, source_uri
FROM ordered
WHERE off
  AND (event_time < $until OR $until IS NULL)
  AND ($since IS NULL OR begun_again IS NULL OR begun_again >= $since)
