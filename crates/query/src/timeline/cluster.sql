-- The events that concern one cluster, each with the reason why it is here.
WITH own AS (
    SELECT * FROM timeline WHERE timeline.cluster = $cluster
),
-- AWS keys that logged in to the cluster. An empty key (sign-ins have them) is none.
logins AS (
    SELECT DISTINCT access_key_id AS key FROM own WHERE plane = 'kubernetes' AND access_key_id <> ''
),
-- Service accounts that the cluster's audit log shows, acting or being given a token, as web identity subjects.
accounts AS (
    SELECT actor AS subject FROM own WHERE plane = 'kubernetes' AND actor LIKE 'system:serviceaccount:%'
    UNION
    SELECT 'system:serviceaccount:' || namespace || ':' || target AS subject
    FROM own
    WHERE plane = 'kubernetes' AND action = 'create serviceaccounts/token' AND outcome = 'done'
),
-- AWS sessions that service accounts of the cluster took, by IRSA.
taken AS (
    SELECT DISTINCT minted_access_key_id AS key
    FROM timeline
    WHERE action = 'sts:AssumeRoleWithWebIdentity'
      AND minted_access_key_id <> ''
      AND actor IN (SELECT subject FROM accounts)
),
-- AWS accounts the cluster's own calls were made in.
homes AS (
    SELECT DISTINCT account_id FROM own WHERE plane = 'aws' AND account_id IS NOT NULL
),
related AS (
    SELECT
        timeline.*,
        CASE
            WHEN timeline.cluster = $cluster AND plane = 'kubernetes' THEN 'audit log of the cluster'
            WHEN timeline.cluster = $cluster THEN 'names the cluster'
            WHEN plane <> 'aws' OR timeline.cluster IS NOT NULL THEN NULL
            WHEN minted.key IS NOT NULL THEN 'made the AWS session that logged in to the cluster'
            WHEN logins.key IS NOT NULL THEN 'same AWS session logged in to the cluster'
            WHEN action = 'sts:AssumeRoleWithWebIdentity' AND accounts.subject IS NOT NULL
                THEN 'service account of the cluster took an AWS role'
            WHEN taken.key IS NOT NULL THEN 'AWS session of a service account of the cluster'
            WHEN action IN (
                'cloudtrail:StopLogging', 'cloudtrail:StartLogging', 'cloudtrail:DeleteTrail', 'cloudtrail:UpdateTrail',
                'cloudtrail:PutEventSelectors', 'cloudtrail:PutInsightSelectors'
            ) AND homes.account_id IS NOT NULL THEN 'changes what the account records'
            WHEN (action LIKE 'logs:Delete%' OR action = 'logs:PutRetentionPolicy')
                AND strpos(target, '/aws/eks/' || $cluster || '/cluster') > 0 THEN 'changes the log group of the cluster'
        END AS reason
    -- The short lists stand on the left, where a hash join keeps what it must remember; the timeline streams past them.
    FROM homes
    RIGHT JOIN (
        taken
        RIGHT JOIN (
            accounts
            RIGHT JOIN (
                logins AS minted
                RIGHT JOIN (
                    logins
                    RIGHT JOIN timeline ON timeline.access_key_id = logins.key
                ) ON timeline.minted_access_key_id = minted.key
            ) ON timeline.actor = accounts.subject
        ) ON timeline.access_key_id = taken.key
    ) ON timeline.account_id = homes.account_id
)
SELECT
    time, plane, actor, action, target, namespace, outcome, address, summary, reason, user_agent, access_key_id,
    account_id, region, event_id, stage, source_uri, source_record
FROM related
WHERE reason IS NOT NULL
