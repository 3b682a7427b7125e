-- Lines of aws-iam-authenticator: who logged in as which Kubernetes user, and who was refused.
SELECT
    event_time AS time,
    arrow_cast('authenticator', 'Utf8View') AS plane,
    cluster,
    kubernetes_actor(username, arn, NULL) AS actor,
    kubernetes_actor_kind(username, arn) AS actor_kind,
    arrow_cast(NULL, 'Utf8View') AS acting_as,
    authenticator_action(message) AS action,
    username AS target,
    arrow_cast(NULL, 'Utf8View') AS namespace,
    authenticator_outcome(message, level) AS outcome,
    arrow_cast(NULL, 'Utf8View') AS address,
    arrow_cast(NULL, 'Utf8View') AS user_agent,
    authenticator_severity(message, level, username, groups) AS severity,
    CASE
        WHEN message IN ('access granted', 'access denied', 'STS response') THEN arrow_cast('login', 'Utf8View')
        ELSE arrow_cast('routine', 'Utf8View')
    END AS category,
    arrow_cast(NULL, 'Utf8View') AS technique,
    authenticator_summary(message, level, arn, username, groups, error) AS summary,
    arn AS user_arn,
    access_key_id,
    arrow_cast(NULL, 'Utf8View') AS minted_access_key_id,
    kubernetes_identity(cluster, username, access_key_id, arn, session_name, NULL) AS identity,
    coalesce(log_account_id, account_id) AS account_id,
    arrow_cast(NULL, 'Utf8View') AS region,
    arrow_cast(NULL, 'Utf8View') AS event_id,
    arrow_cast(NULL, 'Utf8View') AS stage,
    source_uri,
    source_record,
    source_sha256,
    raw
FROM authenticator
