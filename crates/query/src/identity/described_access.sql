-- Access entries that were there when somebody looked: the first sight of each.
SELECT
    caller, user_arn, user_invoked_by, cluster, event_name, request_parameters, response_elements, event_time, event_id,
    source_uri, source_record
FROM (
    SELECT
        *,
        row_number() OVER (
            PARTITION BY cluster, request_parameters ORDER BY event_time, source_uri, source_record
        ) AS place
    FROM (
        SELECT
            aws_identity(
                access_key_id, user_type, user_arn, user_principal_id, user_invoked_by, user_name, user_account_id,
                session_created
            ) AS caller,
            user_arn, user_invoked_by,
            aws_cluster(event_source, event_name, request_parameters, NULL) AS cluster,
            event_name, request_parameters, arrow_cast(NULL, 'Utf8View') AS response_elements, event_time, event_id,
            source_uri, source_record
        FROM cloudtrail
        WHERE event_source = 'eks.amazonaws.com' AND event_name = 'DescribeAccessEntry' AND error_code IS NULL
    )
)
WHERE place = 1
