-- Logs that were deleted or given a shorter life after they had been written.
WITH calls AS (
    SELECT
        *,
        coalesce(user_arn, user_name, user_invoked_by, user_type, 'somebody') AS who,
        json_as_text(request_parameters, 'logGroupName') AS log_group,
        json_as_text(request_parameters, 'bucketName') AS bucket
    FROM coverage_calls
    WHERE event_source IN ('logs.amazonaws.com', 's3.amazonaws.com', 'ec2.amazonaws.com')
)
SELECT
    CASE event_source
        WHEN 'logs.amazonaws.com' THEN 'CloudWatch logs'
        WHEN 's3.amazonaws.com' THEN 'S3'
        ELSE 'vpc_flow'
    END AS source,
    recipient_account_id AS account_id, aws_region AS region,
    CASE WHEN log_group LIKE '/aws/eks/%' THEN split_part(log_group, '/', 4) END AS cluster,
    event_time AS since,
    event_name || coalesce(' of ' || coalesce(log_group, bucket), '') || ' by ' || who AS what,
    event_id, source_uri
FROM calls
WHERE (
    event_source <> 'logs.amazonaws.com'
    OR log_group LIKE '/aws/eks/%'
    OR log_group ILIKE '%cloudtrail%'
    OR log_group ILIKE '%flow%'
)
  AND (event_time >= $since OR $since IS NULL)
  AND (event_time < $until OR $until IS NULL)
