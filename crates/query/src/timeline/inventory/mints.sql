-- Calls that handed out access keys.
SELECT
    json_as_text(response_elements, 'credentials', 'accessKeyId') AS minted_access_key_id,
    access_key_id,
    CASE WHEN event_name = 'AssumeRoleWithWebIdentity'
        THEN coalesce(user_name, json_get_str(response_elements, 'subjectFromWebIdentityToken')) END AS subject,
    CASE WHEN event_name = 'AssumeRoleWithWebIdentity'
        THEN coalesce(user_identity_provider, json_get_str(response_elements, 'provider')) END AS provider,
    json_get_str(request_parameters, 'roleArn') AS role_arn,
    CASE WHEN event_source = 'eks-auth.amazonaws.com' OR user_invoked_by = 'pods.eks.amazonaws.com'
        THEN aws_cluster(event_source, event_name, request_parameters, response_elements) END AS cluster,
    CASE WHEN user_invoked_by = 'pods.eks.amazonaws.com' THEN request_parameters END AS request_parameters,
    event_time, event_id, source_uri, source_record
FROM cloudtrail
WHERE event_source IN ('sts.amazonaws.com', 'eks-auth.amazonaws.com') AND error_code IS NULL
    AND strpos(response_elements, 'accessKeyId') > 0
