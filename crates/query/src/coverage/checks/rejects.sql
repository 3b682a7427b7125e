-- Records of the archive that could not be read; their bytes are in the table `rejects`.
SELECT
    'archive' AS source, count(*) AS events, min(source_uri) AS source_uri,
    'could not be read: ' || reason || ', in ' || count(DISTINCT source_uri)
        || CASE WHEN count(DISTINCT source_uri) = 1 THEN ' object' ELSE ' objects' END AS what
FROM rejects
GROUP BY reason
