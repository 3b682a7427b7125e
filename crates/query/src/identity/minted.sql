-- The access keys that calls handed out, without what else the calls say.
SELECT
    CASE WHEN event_name = 'CreateSession'
        THEN json_as_text(response_elements, 'credentialSet', 0, 'credentials', 'accessKeyId')
        ELSE json_as_text(response_elements, 'credentials', 'accessKeyId') END AS access_key_id
FROM cloudtrail
WHERE event_source IN (
        'sts.amazonaws.com', 'eks-auth.amazonaws.com', 'rolesanywhere.amazonaws.com', 'cognito-identity.amazonaws.com'
    )
    AND event_name IN (
        'AssumeRole', 'AssumeRoleWithSAML', 'AssumeRoleWithWebIdentity', 'AssumeRoleForPodIdentity', 'AssumeRoot',
        'GetSessionToken', 'GetFederationToken', 'CreateSession', 'GetCredentialsForIdentity'
    )
    AND error_code IS NULL
