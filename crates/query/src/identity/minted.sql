-- The access keys that calls handed out, without what else the calls say.
SELECT json_as_text(response_elements, 'credentials', 'accessKeyId') AS access_key_id
FROM cloudtrail
WHERE event_source IN ('sts.amazonaws.com', 'eks-auth.amazonaws.com')
    AND event_name IN (
        'AssumeRole', 'AssumeRoleWithSAML', 'AssumeRoleWithWebIdentity', 'AssumeRoleForPodIdentity', 'AssumeRoot',
        'GetSessionToken', 'GetFederationToken'
    )
    AND error_code IS NULL
