-- title: Identities with several users, users with several identities
-- answers: Which IAM identities were given different Kubernetes users or groups, and which users stand for several
--   identities?
-- reading: A mapping with `{{SessionName}}` gives one role many users, which is normal. Look again where `groups`
--   changed: someone edited aws-auth or an access entry between `last_login` of one row and `first_login` of the next.
--   Where one user stands for several identities (`identities_of_user` above 1), the audit log alone can't tell them
--   apart: only recent clusters log the ARN and the key with each request.
-- source: eksamine
-- param: cluster text = '%'; cluster name, LIKE pattern
-- param: limit int = 1000; at most this many rows
WITH mappings AS (
    SELECT
        authenticator.cluster,
        arn,
        username,
        groups,
        min(event_time) AS first_login,
        max(event_time) AS last_login,
        count(*) AS logins
    FROM authenticator
    WHERE message = 'access granted'
      AND cluster LIKE $cluster
    GROUP BY authenticator.cluster, arn, username, groups
),
users AS (
    SELECT
        mappings.cluster AS user_cluster,
        username AS user_username,
        count(DISTINCT arn) AS identities_of_user
    FROM mappings
    GROUP BY mappings.cluster, username
),
counted AS (
    SELECT
        mappings.cluster,
        arn,
        username,
        groups,
        first_login,
        last_login,
        logins,
        count(*) OVER (PARTITION BY mappings.cluster, arn) AS mappings_of_identity,
        identities_of_user
    FROM mappings
    LEFT JOIN users ON mappings.cluster = user_cluster AND username = user_username
)
SELECT
    first_login,
    last_login,
    counted.cluster,
    arn,
    username,
    groups,
    mappings_of_identity,
    identities_of_user,
    logins
FROM counted
WHERE mappings_of_identity > 1
   OR identities_of_user > 1
ORDER BY counted.cluster, arn, first_login NULLS LAST, username, groups
LIMIT $limit
