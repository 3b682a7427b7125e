-- Records of the archive that could not be read; their bytes are in the table `rejects`.
SELECT
    'archive' AS source, events, source_uri,
    'could not be read: ' || reason || ', in ' || objects
        || CASE WHEN objects = 1 THEN ' object' ELSE ' objects' END AS what
FROM coverage_rejects
