-- title: Changes to the log buckets
-- answers: Who changed the policy, lifecycle or protection of a bucket that holds logs, or deleted from it?
-- reading: A log bucket is one that a trail was pointed at, that CloudTrail itself called, that this lake was read
--   from, whose policy names CloudTrail, or that holds keys under AWSLogs/. `known_as` says which. No rows is normal.
--   Look again at a policy that lets others write or delete, or that keeps CloudTrail out (a refused try is a sign as
--   well), at a lifecycle that expires objects soon, at versioning or object lock taken away, and at any deleted
--   object (shown only where data events are logged). If your bucket is not recognized, name it with `bucket`.
-- source: Binadox, CloudTrail logging of EKS management events: recommended guardrails: prevent modification of the
--   S3 buckets where logs are stored
-- mitre: T1562.008 Impair Defenses: Disable or Modify Cloud Logs
-- param: bucket text = ''; list this bucket too, LIKE pattern, '%' for all buckets
-- param: limit int = 1000; at most this many rows, newest first
WITH named AS (
    SELECT
        json_as_text(request_parameters, 's3BucketName') AS bucket,
        'trail' AS known_as
    FROM cloudtrail
    WHERE event_source = 'cloudtrail.amazonaws.com'
      AND event_name IN ('CreateTrail', 'UpdateTrail')
    UNION
    SELECT
        json_as_text(request_parameters, 'bucketName') AS bucket,
        'called by CloudTrail' AS known_as
    FROM cloudtrail
    WHERE event_source = 's3.amazonaws.com'
      AND (user_invoked_by = 'cloudtrail.amazonaws.com' OR source_ip_address = 'cloudtrail.amazonaws.com')
    UNION
    SELECT
        json_as_text(request_parameters, 'bucketName') AS bucket,
        'policy names CloudTrail' AS known_as
    FROM cloudtrail
    WHERE event_source = 's3.amazonaws.com'
      AND event_name = 'PutBucketPolicy'
      AND strpos(request_parameters, 'cloudtrail.amazonaws.com') > 0
    UNION
    SELECT
        json_as_text(request_parameters, 'bucketName') AS bucket,
        'holds AWSLogs' AS known_as
    FROM cloudtrail
    WHERE event_source = 's3.amazonaws.com'
      AND regexp_like(json_as_text(request_parameters, 'key'), '(^|/)AWSLogs/')
    UNION
    SELECT
        split_part(source_uri, '/', 3) AS bucket,
        'source of this lake' AS known_as
    FROM cloudtrail
    WHERE source_uri LIKE 's3://%'
),
log_buckets AS (
    SELECT
        bucket,
        string_agg(known_as, ', ' ORDER BY known_as) AS known_as
    FROM named
    WHERE bucket IS NOT NULL
    GROUP BY bucket
),
changes AS (
    SELECT
        event_time,
        coalesce(user_arn, user_name, user_invoked_by, user_type) AS who,
        source_identity,
        event_name,
        json_as_text(request_parameters, 'bucketName') AS bucket,
        request_parameters AS request,
        error_code,
        error_message,
        source_ip_address,
        user_agent,
        aws_region,
        recipient_account_id,
        access_key_id,
        event_id,
        source_uri,
        source_record
    FROM cloudtrail
    WHERE event_source = 's3.amazonaws.com'
      AND (
          event_name LIKE 'PutBucket%'
          OR event_name LIKE 'DeleteBucket%'
          OR event_name IN ('PutObjectLockConfiguration', 'DeleteObject', 'DeleteObjects')
      )
)
SELECT
    event_time,
    who,
    source_identity,
    event_name,
    changes.bucket,
    known_as,
    request,
    coalesce(error_code, 'ok') AS outcome,
    error_message,
    source_ip_address,
    user_agent,
    aws_region,
    recipient_account_id,
    access_key_id,
    event_id
FROM changes
LEFT JOIN log_buckets ON changes.bucket = log_buckets.bucket
WHERE known_as IS NOT NULL
   OR changes.bucket LIKE $bucket
ORDER BY event_time DESC NULLS LAST, event_id, source_uri, source_record
LIMIT $limit
