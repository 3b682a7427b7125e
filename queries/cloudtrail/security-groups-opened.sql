-- title: Security groups opened to the world
-- answers: Who let any address in through a security group, to which ports?
-- reading: No rows is best; load balancers on ports 80 and 443 are the usual reason. Look again at ports 22, 3389,
--   10250 (kubelet) and 30000 to 32767 (NodePorts), and at groups of the cluster or its nodes. `permissions` is what
--   was asked for. A row whose rule is gone again is worth more, not less: RevokeSecurityGroupIngress would be in
--   `cloudtrail`.
-- source: eksamine
-- mitre: T1562.007 Impair Defenses: Disable or Modify Cloud Firewall
-- param: limit int = 1000; at most this many rows, newest first
SELECT
    event_time,
    coalesce(user_arn, user_name, user_invoked_by, user_type) AS who,
    source_identity,
    event_name,
    coalesce(
        json_as_text(request_parameters, 'groupId'),
        json_as_text(request_parameters, 'groupName'),
        json_as_text(request_parameters, 'ModifySecurityGroupRulesRequest', 'GroupId')
    ) AS security_group,
    coalesce(
        json_as_text(request_parameters, 'ipPermissions', 'items'),
        json_as_text(request_parameters, 'ModifySecurityGroupRulesRequest', 'SecurityGroupRule'),
        request_parameters
    ) AS permissions,
    coalesce(error_code, 'ok') AS outcome,
    error_message,
    source_ip_address,
    user_agent,
    aws_region,
    recipient_account_id,
    access_key_id,
    event_id
FROM cloudtrail
WHERE event_source = 'ec2.amazonaws.com'
  AND event_name IN ('AuthorizeSecurityGroupIngress', 'ModifySecurityGroupRules')
  AND (strpos(request_parameters, '"0.0.0.0/0"') > 0 OR strpos(request_parameters, '"::/0"') > 0)
ORDER BY event_time DESC NULLS LAST, event_id, source_uri, source_record
LIMIT $limit
