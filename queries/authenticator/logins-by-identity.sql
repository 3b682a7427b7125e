-- title: Logins by identity
-- answers: Which IAM identities logged in to which cluster, as which Kubernetes user, with which groups, and how
--   often?
-- reading: Most logins first. A login is one line `access granted`; clients that keep asking for tokens (controllers
--   of AWS, CI) are at the top. `arn` is the role or user, not the session; the person behind a session is in the line
--   before, `STS response`. `groups` are those of aws-auth or the access entry; rights by access policies show in no
--   group. Look again at roles of other accounts and at a person under an administrator's name. The log does not know
--   the caller's address.
-- source: eksamine
-- param: cluster text = '%'; cluster name, LIKE pattern
-- param: since timestamp = '1970-01-01T00:00:00Z'; only lines at or after this time
-- param: limit int = 1000; at most this many rows
SELECT
    min(event_time) AS first_login,
    max(event_time) AS last_login,
    authenticator.cluster,
    arn,
    username,
    groups,
    account_id,
    count(*) AS logins
FROM authenticator
WHERE message = 'access granted'
  AND cluster LIKE $cluster
  AND (event_time >= $since OR event_time IS NULL)
GROUP BY authenticator.cluster, arn, username, groups, account_id
ORDER BY logins DESC, last_login DESC NULLS LAST, authenticator.cluster, arn, username, groups, account_id
LIMIT $limit
