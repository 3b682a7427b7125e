-- title: Denied logins
-- answers: Which AWS identities were refused at the door of a cluster, and why?
-- reading: `error` tells the kinds apart: an ARN that is not mapped (a real AWS identity without access to this
--   cluster), or a token that AWS would not vouch for (expired, forged or made for another cluster). Look again at
--   identities of other accounts, and at one that gets in soon after: someone let it in, see eks-access-entries and
--   aws-auth-changes. The session and the key are those of the line `STS response` of the same connection in the two
--   seconds before. The log does not know the caller's address; the key in `cloudtrail` does.
-- source: eksamine
-- param: cluster text = '%'; cluster name, LIKE pattern
-- param: limit int = 1000; at most this many rows, newest first
WITH denied AS (
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
    WHERE message = 'access denied'
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
    denied.event_time,
    denied.cluster,
    denied.arn,
    sessions.session_arn,
    sessions.access_key_id,
    denied.account_id,
    denied.error
FROM denied
LEFT JOIN sessions
    ON denied.cluster = sessions.cluster
    AND denied.client = sessions.client
    AND sessions.event_time BETWEEN denied.event_time - INTERVAL '2 seconds' AND denied.event_time
QUALIFY row_number() OVER (
    PARTITION BY denied.source_uri, denied.source_record
    ORDER BY sessions.event_time DESC NULLS LAST, sessions.source_uri, sessions.source_record
) = 1
ORDER BY denied.event_time DESC NULLS LAST, denied.source_uri, denied.source_record
LIMIT $limit
