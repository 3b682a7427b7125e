-- What the archive shows of trails that sign what they deliver: their digest objects, and the calls that made them.
WITH digests AS (
    SELECT
        regexp_replace(
            uri, '^.*/([0-9]{12})_CloudTrail-Digest_([a-z0-9-]+)_(.+)_([a-z0-9-]+)_[0-9]{8}T[0-9]{6}Z.*$', '\1 \2 \3'
        ) AS name
    FROM objects
    WHERE uri LIKE '%/CloudTrail-Digest/%\_CloudTrail-Digest\_%'
),
chains AS (
    SELECT
        split_part(name, ' ', 1) AS account_id, split_part(name, ' ', 2) AS region, split_part(name, ' ', 3) AS trail,
        count(*) AS digests
    FROM digests
    GROUP BY 1, 2, 3
),
made AS (
    SELECT
        recipient_account_id AS account_id,
        regexp_replace(
            coalesce(json_as_text(response_elements, 'trailARN'), json_as_text(request_parameters, 'name')),
            '^arn:.*/', ''
        ) AS trail,
        json_as_text(response_elements, 'isMultiRegionTrail') = 'true' AS multi_region,
        json_as_text(response_elements, 'logFileValidationEnabled') = 'true' AS validated,
        event_time,
        row_number() OVER (
            PARTITION BY recipient_account_id, json_as_text(response_elements, 'trailARN') ORDER BY event_time DESC
        ) AS age
    FROM cloudtrail
    WHERE event_source = 'cloudtrail.amazonaws.com' AND event_name IN ('CreateTrail', 'UpdateTrail')
      AND error_code IS NULL
)
SELECT
    account_id, region, trail, digests,
    count(*) OVER (PARTITION BY account_id, trail) > 1 AS multi_region, true AS validated, 'digests' AS shown_by
FROM chains
UNION ALL
SELECT account_id, arrow_cast(NULL, 'Utf8View'), trail, 0, multi_region, validated, 'calls' FROM made WHERE age = 1
