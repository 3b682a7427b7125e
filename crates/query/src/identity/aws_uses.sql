-- The credentials with which AWS calls were made.
SELECT
    aws_identity(
        access_key_id, user_type, user_arn, user_principal_id, user_invoked_by, user_name, user_account_id,
        session_created
    ) AS identity,
    *
FROM (
    SELECT
        access_key_id, user_type, user_arn, user_principal_id, user_invoked_by, user_name, user_account_id,
        session_created, session_issuer_arn, source_identity,
        coalesce(user_identity_provider, web_identity_provider) AS provider,
        min(event_time) AS first_seen, max(event_time) AS last_seen, count(*) AS events
    FROM cloudtrail
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
)
