-- title: First logins of identities
-- answers: Which IAM identities logged in to a cluster for the first time, and when?
-- reading: Newest first. `log_begins` is the first line of the cluster's log in this lake: a first login soon after
--   it says nothing. Look again at an identity that appears long after, at one that came only once, and at one first
--   seen minutes after its access entry was made. `denied_before` counts how often it had been turned away until then.
-- source: eksamine
-- param: cluster text = '%'; cluster name, LIKE pattern
-- param: since timestamp = '1970-01-01T00:00:00Z'; only those whose first login was at or after this time
-- param: limit int = 100; at most this many rows
WITH logins AS (
    SELECT
        authenticator.cluster,
        arn,
        min(event_time) FILTER (WHERE message = 'access granted') AS first_login,
        max(event_time) FILTER (WHERE message = 'access granted') AS last_login,
        count(*) FILTER (WHERE message = 'access granted') AS logins,
        max(username) AS a_username
    FROM authenticator
    WHERE message IN ('access granted', 'access denied')
      AND cluster LIKE $cluster
    GROUP BY authenticator.cluster, arn
),
beginnings AS (
    SELECT
        authenticator.cluster AS log_cluster,
        min(event_time) AS log_begins
    FROM authenticator
    GROUP BY authenticator.cluster
),
refusals AS (
    SELECT
        authenticator.cluster AS denied_cluster,
        arn AS denied_arn,
        event_time AS denied_time
    FROM authenticator
    WHERE message = 'access denied'
)
SELECT
    first_login,
    max(last_login) AS last_login,
    logins.cluster,
    arn,
    max(a_username) AS a_username,
    max(logins) AS logins,
    count(denied_time) AS denied_before,
    max(log_begins) AS log_begins
FROM logins
INNER JOIN beginnings ON logins.cluster = log_cluster
LEFT JOIN refusals ON logins.cluster = denied_cluster AND arn = denied_arn AND denied_time <= first_login
WHERE logins > 0
  AND (first_login >= $since OR first_login IS NULL)
GROUP BY logins.cluster, arn, first_login
ORDER BY first_login DESC NULLS LAST, logins.cluster, arn
LIMIT $limit
