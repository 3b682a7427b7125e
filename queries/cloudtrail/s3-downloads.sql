-- title: Downloads from S3
-- answers: Who downloaded how much from which bucket, and from where?
-- reading: Most bytes first. It holds what data events of S3 were logged, which by default is nothing. Normal is each
--   workload with its own bucket from the cluster's addresses. Look again at an address outside, at a caller without a
--   name (`who` is then AWSAccount or null: a public or foreign caller), at many objects in a short span, and at a
--   caller new to the bucket. Copies count too: CopyObject can take data to another account without downloading it.
-- source: eksamine
-- mitre: T1530 Data from Cloud Storage
-- param: since timestamp = '1970-01-01T00:00:00Z'; only calls at or after this time
-- param: limit int = 100; at most this many rows
WITH by_object AS (
    SELECT
        event_name,
        coalesce(user_arn, user_name, user_invoked_by, user_type) AS who,
        json_as_text(request_parameters, 'bucketName') AS bucket,
        json_as_text(request_parameters, 'key') AS object_key,
        coalesce(error_code, 'ok') AS outcome,
        source_ip_address,
        access_key_id,
        min(event_time) AS first_seen,
        max(event_time) AS last_seen,
        sum(try_cast(json_as_text(additional_event_data, 'bytesTransferredOut') AS DOUBLE)) AS bytes_out,
        count(*) AS calls
    FROM cloudtrail
    WHERE event_source = 's3.amazonaws.com'
      AND event_name IN ('GetObject', 'CopyObject', 'UploadPartCopy', 'SelectObjectContent', 'GetObjectTorrent')
      AND (event_time >= $since OR event_time IS NULL)
    GROUP BY event_name, who, bucket, object_key, outcome, source_ip_address, access_key_id
)
SELECT
    min(first_seen) AS first_seen,
    max(last_seen) AS last_seen,
    who,
    event_name,
    bucket,
    outcome,
    source_ip_address,
    access_key_id,
    count(object_key) AS objects,
    min(object_key) AS an_object,
    sum(calls) AS calls,
    CAST(sum(bytes_out) AS BIGINT) AS total_bytes
FROM by_object
GROUP BY who, event_name, bucket, outcome, source_ip_address, access_key_id
ORDER BY
    total_bytes DESC NULLS LAST,
    calls DESC,
    last_seen DESC NULLS LAST,
    who,
    event_name,
    bucket,
    outcome,
    source_ip_address,
    access_key_id
LIMIT $limit
