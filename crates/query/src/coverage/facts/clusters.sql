-- The clusters that EKS calls name, with account and region.
SELECT name AS cluster, account_id, region, count(*) AS calls
FROM (
    SELECT
        aws_cluster(event_source, event_name, request_parameters, response_elements) AS name,
        recipient_account_id AS account_id, aws_region AS region
    FROM cloudtrail
    WHERE event_source = 'eks.amazonaws.com' AND error_code IS NULL
) AS calls
WHERE name IS NOT NULL
GROUP BY name, account_id, region
