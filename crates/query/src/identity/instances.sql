-- Instances with the names they have inside their network, which are those of nodes.
SELECT response_elements
FROM cloudtrail
WHERE event_source = 'ec2.amazonaws.com' AND event_name = 'RunInstances' AND error_code IS NULL
