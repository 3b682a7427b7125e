-- title: Calls of the EKS service-linked roles
-- answers: What did EKS itself do in the account through its service-linked roles, how often, and from where?
-- reading: Normal callers' addresses are service names such as eks.amazonaws.com and eks-nodegroup.amazonaws.com.
--   `service_linked` false is an ordinary role that only bears the name: look at who made it. Look again at an IP
--   address as the caller of a service-linked role, and at errors (a policy or quota stands in the way of EKS).
-- source: EKS user guide, Logging Amazon EKS API calls with AWS CloudTrail: log entries for service-linked roles
-- param: since timestamp = '1970-01-01T00:00:00Z'; only calls at or after this time
-- param: limit int = 1000; at most this many rows
SELECT
    min(event_time) AS first_seen,
    max(event_time) AS last_seen,
    session_issuer_name AS role,
    coalesce(session_issuer_arn LIKE '%:role/aws-service-role/%', false) AS service_linked,
    event_source,
    event_name,
    coalesce(error_code, 'ok') AS outcome,
    source_ip_address,
    aws_region,
    recipient_account_id,
    count(*) AS calls
FROM cloudtrail
WHERE session_issuer_name LIKE 'AWSServiceRoleForAmazonEKS%'
  AND (event_time >= $since OR event_time IS NULL)
GROUP BY
    session_issuer_name,
    service_linked,
    event_source,
    event_name,
    outcome,
    source_ip_address,
    aws_region,
    recipient_account_id
ORDER BY
    last_seen DESC NULLS LAST,
    role,
    service_linked,
    event_source,
    event_name,
    outcome,
    source_ip_address,
    aws_region,
    recipient_account_id
LIMIT $limit
