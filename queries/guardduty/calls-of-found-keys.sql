-- title: AWS calls with keys that GuardDuty names
-- answers: What was done in AWS with the access keys that findings name, from which addresses?
-- reading: Each row is a key, an action and an address. `at_found_address` true is the address of the finding itself;
--   the other rows are the key's rightful use, or further addresses of the thief. Look at what worked (`outcome` ok)
--   from the found address first, then at what began after `finding_first_seen`. Several findings of one key are joined
--   in `finding_types`.
-- source: eksamine
-- param: limit int = 1000; at most this many rows
WITH keys AS (
    SELECT
        access_key_id AS found_key,
        array_to_string(array_sort(array_agg(DISTINCT finding_type)), ', ') AS finding_types,
        array_agg(DISTINCT remote_ip) AS found_addresses,
        min(first_seen) AS finding_first_seen
    FROM guardduty
    WHERE access_key_id IS NOT NULL
    GROUP BY access_key_id
),
calls AS (
    SELECT
        access_key_id,
        coalesce(user_arn, user_name, user_invoked_by, user_type) AS who,
        event_source,
        event_name,
        coalesce(error_code, 'ok') AS outcome,
        source_ip_address,
        min(event_time) AS first_call,
        max(event_time) AS last_call,
        count(*) AS calls
    FROM cloudtrail
    WHERE access_key_id IS NOT NULL
    GROUP BY access_key_id, who, event_source, event_name, outcome, source_ip_address
)
SELECT
    first_call,
    last_call,
    who,
    event_source,
    event_name,
    outcome,
    source_ip_address,
    array_has(found_addresses, source_ip_address) AS at_found_address,
    calls,
    finding_types,
    finding_first_seen,
    access_key_id
FROM calls
INNER JOIN keys ON access_key_id = found_key
ORDER BY last_call DESC NULLS LAST, access_key_id, who, event_source, event_name, outcome, source_ip_address
LIMIT $limit
