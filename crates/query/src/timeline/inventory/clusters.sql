-- The names of clusters, and the accounts and regions in which calls that worked name them. Names stand in calls of the
-- EKS API, in ARNs of any other call, in findings, and in the lake's own division of the Kubernetes logs.
SELECT name, account, region, min(event_id) AS event_id
FROM (
    SELECT
        aws_cluster(event_source, event_name, request_parameters, response_elements) AS name,
        CASE WHEN error_code IS NULL AND event_source IN ('eks.amazonaws.com', 'eks-auth.amazonaws.com')
             THEN recipient_account_id END AS account,
        aws_region AS region,
        event_id
    FROM cloudtrail
    WHERE event_source IN ('eks.amazonaws.com', 'eks-auth.amazonaws.com')
        OR strpos(request_parameters, ':cluster/') > 0
        OR strpos(response_elements, ':cluster/') > 0
    UNION ALL
    SELECT eks_cluster_name, account_id, region, finding_id FROM guardduty
    UNION ALL
    SELECT DISTINCT parts.cluster, NULL, NULL, NULL FROM parts WHERE table_name <> 'sightings'
)
WHERE name IS NOT NULL
GROUP BY 1, 2, 3
