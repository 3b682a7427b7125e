-- title: Nodes' credentials used elsewhere
-- answers: Which instances' credentials were used from an address that no other instance uses?
-- reading: The session of an instance is named by its id, and its keys can be read by any pod that reaches the
--   metadata address 169.254.169.254. Flow logs do not show that reading: VPC leaves metadata traffic out. So the theft
--   is seen here, when the key is used. Nodes share the addresses of their NAT gateways; a public address under one
--   instance's name alone, while the same instance also calls from others, is listed. Look again unless that node has a
--   public address itself.
-- source: eksamine
-- mitre: T1552.005 Unsecured Credentials: Cloud Instance Metadata API
-- param: limit int = 1000; at most this many rows
WITH calls AS (
    SELECT
        event_time,
        split_part(user_arn, '/', 3) AS instance_id,
        session_issuer_name AS role_name,
        source_ip_address,
        user_agent,
        event_name,
        error_code
    FROM cloudtrail
    WHERE user_arn LIKE 'arn:%:assumed-role/%/i-%'
      AND address_kind(source_ip_address) IS NOT NULL
),
by_address AS (
    SELECT
        instance_id,
        role_name,
        source_ip_address,
        min(event_time) AS first_seen,
        max(event_time) AS last_seen,
        count(*) AS calls,
        count(*) FILTER (WHERE error_code IS NOT NULL) AS failed_calls,
        string_agg(DISTINCT event_name, ', ' ORDER BY event_name) AS actions,
        max(user_agent) AS a_user_agent
    FROM calls
    GROUP BY instance_id, role_name, source_ip_address
),
compared AS (
    SELECT
        *,
        count(*) OVER (PARTITION BY instance_id) AS addresses_of_instance,
        count(*) OVER (PARTITION BY source_ip_address) AS instances_at_address
    FROM by_address
)
SELECT
    first_seen,
    last_seen,
    instance_id,
    role_name,
    source_ip_address,
    a_user_agent,
    actions,
    calls,
    failed_calls,
    addresses_of_instance
FROM compared
WHERE address_kind(source_ip_address) = 'public'
  AND instances_at_address = 1
  AND addresses_of_instance > 1
ORDER BY last_seen DESC NULLS LAST, instance_id, role_name, source_ip_address
LIMIT $limit
