-- What the archive shows of trails that sign what they deliver: their digest objects with what became of them when they
-- were verified, the log files beside them, and the calls that made the trails.
WITH digests AS (
    SELECT
        regexp_replace(
            uri, '^.*/([0-9]{12})_CloudTrail-Digest_([a-z0-9-]+)_(.+)_([a-z0-9-]+)_[0-9]{8}T[0-9]{6}Z.*$', '\1 \2 \3'
        ) AS name,
        digest IN ('valid', 'relocated') AS proved
    FROM coverage_objects
    WHERE envelope = 'digest' AND uri LIKE '%\_CloudTrail-Digest\_%'
),
chains AS (
    SELECT
        split_part(name, ' ', 1) AS account_id, split_part(name, ' ', 2) AS region, split_part(name, ' ', 3) AS trail,
        count(*) AS digests, count(proved) AS checked, count(*) FILTER (WHERE NOT proved) AS unproved
    FROM digests
    GROUP BY 1, 2, 3
),
logs AS (
    SELECT
        regexp_replace(uri, '^.*/([0-9]{12})_CloudTrail_([a-z0-9-]+)_.*$', '\1 \2') AS place
    FROM coverage_objects
    WHERE digest = 'altered' AND uri LIKE '%\_CloudTrail\_%'
),
altered AS (
    SELECT split_part(place, ' ', 1) AS account_id, split_part(place, ' ', 2) AS region, count(*) AS logs
    FROM logs
    GROUP BY 1, 2
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
    FROM coverage_calls
    WHERE event_source = 'cloudtrail.amazonaws.com' AND event_name IN ('CreateTrail', 'UpdateTrail')
)
SELECT
    chains.account_id, chains.region, chains.trail, digests,
    count(*) OVER (PARTITION BY chains.account_id, chains.trail) > 1 AS multi_region, true AS validated,
    checked, unproved, coalesce(altered.logs, 0) AS altered_logs
FROM chains
LEFT JOIN altered ON altered.account_id = chains.account_id AND altered.region = chains.region
UNION ALL
SELECT account_id, arrow_cast(NULL, 'Utf8View'), trail, 0, multi_region, validated, 0, 0, 0 FROM made WHERE age = 1
