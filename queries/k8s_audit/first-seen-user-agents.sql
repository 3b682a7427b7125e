-- title: Client programs by first use
-- answers: Which client programs did which users begin to use, and when was each seen first?
-- reading: Newest first. A version is part of a program's name here, so upgrades show. `log_begins` is when this
--   lake's audit log of the cluster does: what was seen first in the first hours means nothing. Look again at curl,
--   python and tools of attackers, at kubectl under a service account, and at kubectl for another system than your
--   people have. A client can call itself what it likes.
-- source: eksamine
-- param: cluster text = '%'; cluster name, LIKE pattern
-- param: since timestamp = '1970-01-01T00:00:00Z'; only what was first seen at or after this time
-- param: limit int = 100; at most this many rows
WITH clients AS (
    SELECT
        k8s_audit.cluster,
        user_agent,
        user_name,
        min(event_time) AS first_seen,
        max(event_time) AS last_seen,
        count(*) AS events,
        min(source_ip) AS an_address,
        count(DISTINCT source_ip) AS addresses
    FROM k8s_audit
    WHERE user_agent IS NOT NULL
      AND cluster LIKE $cluster
    GROUP BY k8s_audit.cluster, user_agent, user_name
),
compared AS (
    SELECT
        clients.cluster,
        user_agent,
        user_name,
        first_seen,
        last_seen,
        events,
        an_address,
        addresses,
        min(first_seen) OVER (PARTITION BY clients.cluster, user_agent) AS agent_first_seen,
        min(first_seen) OVER (PARTITION BY clients.cluster) AS log_begins
    FROM clients
)
SELECT
    first_seen,
    last_seen,
    compared.cluster,
    user_name,
    user_agent,
    agent_first_seen,
    an_address,
    addresses,
    events,
    log_begins
FROM compared
WHERE first_seen >= $since
   OR first_seen IS NULL
ORDER BY first_seen DESC NULLS LAST, compared.cluster, user_agent, user_name
LIMIT $limit
