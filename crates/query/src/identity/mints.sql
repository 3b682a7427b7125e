-- The calls that handed out credentials.
SELECT
    aws_identity(
        access_key_id, user_type, user_arn, user_principal_id, user_invoked_by, user_name, user_account_id,
        session_created
    ) AS identity,
    access_key_id, user_type, user_arn, user_principal_id, user_invoked_by, user_name, user_account_id,
    session_created, session_issuer_arn, source_identity,
    coalesce(user_identity_provider, web_identity_provider) AS provider,
    event_time, event_id, event_name, source_uri, source_record, shared_event_id, request_parameters, response_elements
FROM cloudtrail
WHERE event_source IN (
        'sts.amazonaws.com', 'eks-auth.amazonaws.com', 'rolesanywhere.amazonaws.com', 'cognito-identity.amazonaws.com'
    )
    AND event_name IN (
        'AssumeRole', 'AssumeRoleWithSAML', 'AssumeRoleWithWebIdentity', 'AssumeRoleForPodIdentity', 'AssumeRoot',
        'GetSessionToken', 'GetFederationToken', 'CreateSession', 'GetCredentialsForIdentity'
    )
    AND error_code IS NULL
