-- Who used the API servers, and which service accounts were given tokens.
SELECT
    k8s_audit.cluster, user_name, user_access_key_id AS access_key_id, user_arn AS arn,
    user_session_name AS session_name, min(audit_id) AS event_id
FROM k8s_audit
GROUP BY 1, 2, 3, 4, 5
UNION ALL
SELECT
    k8s_audit.cluster, 'system:serviceaccount:' || object_namespace || ':' || object_name, NULL, NULL, NULL,
    min(audit_id)
FROM k8s_audit
WHERE verb = 'create' AND object_resource = 'serviceaccounts' AND object_subresource = 'token' AND response_code < 300
GROUP BY 1, 2
UNION ALL
SELECT authenticator.cluster, username, access_key_id, arn, session_name, NULL
FROM authenticator
WHERE message IN ('access granted', 'STS response')
GROUP BY 1, 2, 3, 4, 5
