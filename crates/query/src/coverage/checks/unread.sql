-- Objects of the archive that could not be fetched, or whose kind nobody knows.
WITH left_out AS (
    SELECT
        *,
        CASE
            WHEN status = 'failed' THEN 'not read: ' || coalesce(detail, 'no reason given')
            ELSE 'of no known kind'
        END AS why
    FROM coverage_objects
    WHERE status IN ('failed', 'unknown')
)
SELECT
    'archive' AS source, count(*) AS events, min(uri) AS source_uri,
    CASE WHEN count(*) = 1 THEN 'an object is ' ELSE count(*) || ' objects are ' END || why AS what
FROM left_out
GROUP BY why
