-- Calls that worked and changed something: those of EKS, with what they name, and those of others that can have made or
-- tagged something for a cluster.
SELECT
    aws_cluster(event_source, event_name, request_parameters, response_elements) AS cluster,
    event_source, event_name, recipient_account_id AS account, user_arn, request_parameters, response_elements,
    event_time, event_id, source_uri, source_record
FROM cloudtrail
WHERE error_code IS NULL
    AND (
        (event_source = 'eks.amazonaws.com' AND event_name NOT LIKE 'List%'
            AND (event_name NOT LIKE 'Describe%' OR response_elements IS NOT NULL))
        OR (event_source IN ('ec2.amazonaws.com', 'autoscaling.amazonaws.com', 'elasticloadbalancing.amazonaws.com')
            AND (event_name LIKE 'Create%' OR event_name LIKE 'Run%' OR event_name LIKE 'Attach%'
                OR event_name LIKE 'Assign%' OR event_name LIKE 'Add%' OR event_name LIKE 'Update%'
                OR event_name LIKE 'Register%'))
        OR (event_source = 'iam.amazonaws.com' AND event_name IN ('CreateRole', 'CreateOpenIDConnectProvider'))
    )
