-- title: Access keys used from several addresses
-- answers: Which access keys were used from more than one address, and who holds them?
-- reading: Calls that AWS services make with a key are left out. Two addresses are normal where a network has several
--   exits, and where calls go partly through VPC endpoints and show private addresses. Look again at addresses of
--   different kinds of network, at two user agents of different kinds (an SDK here, a CLI there), and at temporary
--   keys: they are rarely carried about. Then list the calls: `select * from cloudtrail where access_key_id = '…'`.
-- source: eksamine
-- mitre: T1078.004 Valid Accounts: Cloud Accounts
-- param: limit int = 1000; at most this many rows
-- insights:
--   filter ispresent(userIdentity.accessKeyId) and userIdentity.accessKeyId != ""
--   | filter ispresent(sourceIPAddress)
--   | filter sourceIPAddress not like /amazonaws.com$/ and sourceIPAddress != "AWS Internal"
--   | stats count_distinct(sourceIPAddress) as addresses, count(*) as calls
--       by userIdentity.accessKeyId as access_key_id
--   | filter addresses > 1
--   | sort addresses desc
--   | limit 1000
WITH used AS (
    SELECT access_key_id, source_ip_address, event_time, user_arn, user_name, user_invoked_by, user_type, user_agent
    FROM cloudtrail
    WHERE access_key_id <> ''
      AND source_ip_address NOT LIKE '%amazonaws.com'
      AND source_ip_address <> 'AWS Internal'
),
several AS (
    SELECT access_key_id, count(*) AS addresses, max(last_seen) AS last_seen
    FROM (SELECT access_key_id, source_ip_address, max(event_time) AS last_seen FROM used GROUP BY 1, 2)
    GROUP BY access_key_id
    HAVING count(*) > 1
    ORDER BY addresses DESC, last_seen DESC NULLS LAST, access_key_id
    LIMIT $limit
)
SELECT
    min(event_time) AS first_seen,
    max(event_time) AS last_seen,
    used.access_key_id,
    min(coalesce(user_arn, user_name, user_invoked_by, user_type)) AS who,
    count(DISTINCT source_ip_address) AS addresses,
    string_agg(DISTINCT source_ip_address, ', ' ORDER BY source_ip_address) AS address_list,
    min(user_agent) AS a_user_agent,
    nullif(max(user_agent), min(user_agent)) AS another_user_agent,
    count(*) AS calls
FROM used JOIN several ON used.access_key_id = several.access_key_id
GROUP BY used.access_key_id
ORDER BY addresses DESC, last_seen DESC NULLS LAST, access_key_id
LIMIT $limit
