-- title: Service accounts from outside
-- answers: Which service accounts and nodes called the API server from public addresses, and who else is at that
--   address?
-- reading: Where nodes reach a public API endpoint through a NAT gateway, all of them show its address:
--   `users_at_address` is then large. An address with one or two service accounts, or one that also appears with a
--   person's name or anonymously, is where a stolen token is used. `address` is the first the request names; only the
--   last of `source_ips` in the table was seen by the API server itself. Look next at what was done: `select * from
--   k8s_audit where source_ip = '…'`.
-- source: eksamine
-- mitre: T1550.001 Use Alternate Authentication Material: Application Access Token
-- param: cluster text = '%'; cluster name, LIKE pattern
-- param: limit int = 100; at most this many rows
WITH by_address AS (
    SELECT
        k8s_audit.cluster,
        source_ip,
        user_name,
        min(event_time) AS first_seen,
        max(event_time) AS last_seen,
        count(*) AS events,
        count(*) FILTER (WHERE response_code IN (401, 403)) AS refused,
        string_agg(DISTINCT verb || ' ' || object_resource, ', ' ORDER BY verb || ' ' || object_resource) AS actions,
        max(user_agent) AS a_user_agent
    FROM k8s_audit
    WHERE address_kind(source_ip) = 'public'
      AND cluster LIKE $cluster
    GROUP BY k8s_audit.cluster, source_ip, user_name
),
counted AS (
    SELECT
        *,
        count(*) OVER (PARTITION BY by_address.cluster, source_ip) AS users_at_address
    FROM by_address
)
SELECT
    first_seen,
    last_seen,
    counted.cluster,
    user_name,
    source_ip AS address,
    users_at_address,
    events,
    refused,
    actions,
    a_user_agent
FROM counted
WHERE user_name LIKE 'system:serviceaccount:%'
   OR user_name LIKE 'system:node:%'
ORDER BY users_at_address, last_seen DESC NULLS LAST, counted.cluster, address, user_name
LIMIT $limit
