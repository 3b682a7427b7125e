-- title: Logins of administrators
-- answers: Who logged in to a cluster with the rights of system:masters, as root, or under an administrator's name?
-- reading: Each such login should be known to somebody. `reason` says what makes it one; a name alone grants nothing,
--   but is worth a look. Rights given by access policies (AmazonEKSClusterAdminPolicy) show in no group and are found
--   in eks-access-entries. The session and the key are those of the line `STS response` of the same connection in the
--   two seconds before. What was done is in the audit log under `username`.
-- source: eksamine
-- mitre: T1078.004 Valid Accounts: Cloud Accounts
-- param: cluster text = '%'; cluster name, LIKE pattern
-- param: limit int = 1000; at most this many rows, newest first
WITH granted AS (
    SELECT
        event_time,
        authenticator.cluster,
        arn,
        username,
        groups,
        account_id,
        client,
        error,
        source_uri,
        source_record
    FROM authenticator
    WHERE message = 'access granted'
      AND (
          groups LIKE '%"system:masters"%'
          OR arn LIKE 'arn:%:iam::%:root'
          OR regexp_like(coalesce(username, ''), '(?i)admin')
      )
      AND cluster LIKE $cluster
),
sessions AS (
    SELECT
        authenticator.cluster,
        event_time,
        client,
        arn AS session_arn,
        access_key_id,
        source_uri,
        source_record
    FROM authenticator
    WHERE message = 'STS response'
)
SELECT
    granted.event_time,
    granted.cluster,
    granted.arn,
    sessions.session_arn,
    sessions.access_key_id,
    granted.username,
    granted.groups,
    CASE
        WHEN granted.groups LIKE '%"system:masters"%' THEN 'system:masters'
        WHEN granted.arn LIKE 'arn:%:iam::%:root' THEN 'root'
        ELSE 'name'
    END AS reason,
    granted.account_id
FROM granted
LEFT JOIN sessions
    ON granted.cluster = sessions.cluster
    AND granted.client = sessions.client
    AND sessions.event_time BETWEEN granted.event_time - INTERVAL '2 seconds' AND granted.event_time
QUALIFY row_number() OVER (
    PARTITION BY granted.source_uri, granted.source_record
    ORDER BY sessions.event_time DESC NULLS LAST, sessions.source_uri, sessions.source_record
) = 1
ORDER BY granted.event_time DESC NULLS LAST, granted.source_uri, granted.source_record
LIMIT $limit
