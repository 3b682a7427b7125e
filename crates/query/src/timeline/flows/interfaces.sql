-- Calls that worked and gave addresses to instances and interfaces, or took them away.
SELECT event_name, request_parameters, response_elements, event_time AS first
FROM cloudtrail
WHERE event_source = 'ec2.amazonaws.com' AND error_code IS NULL
    AND event_name IN (
        'RunInstances', 'CreateNetworkInterface', 'AssignPrivateIpAddresses', 'TerminateInstances',
        'DeleteNetworkInterface', 'UnassignPrivateIpAddresses'
    )
ORDER BY event_time, source_uri, source_record
