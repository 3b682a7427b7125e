-- The issuers of the clusters' tokens.
SELECT DISTINCT
    json_as_text(response_elements, 'cluster', 'name') AS name,
    json_as_text(response_elements, 'cluster', 'identity', 'oidc', 'issuer') AS issuer
FROM cloudtrail
WHERE event_source = 'eks.amazonaws.com'
    AND event_name IN ('CreateCluster', 'DescribeCluster', 'UpdateClusterConfig', 'UpdateClusterVersion')
    AND error_code IS NULL
