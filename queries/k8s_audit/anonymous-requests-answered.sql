-- title: Anonymous requests that were answered
-- answers: What did callers without credentials get from the API server, beyond health and version?
-- reading: No rows is normal. The paths that Kubernetes shows to anybody (`/healthz`, `/livez`, `/readyz`,
--   `/version`) are left out. Anything else means that a binding gives rights to `system:anonymous` or
--   `system:unauthenticated`; look in changes-to-clusterrolebindings and changes-to-rolebindings for who made it.
--   `authorization_reason` names the binding. A request may show in several stages.
-- source: eksamine
-- mitre: T1078.001 Valid Accounts: Default Accounts
-- param: cluster text = '%'; cluster name, LIKE pattern
-- param: limit int = 1000; at most this many rows, newest first
-- insights:
--   fields @timestamp, user.username as user_name, verb, requestURI as request_uri, sourceIPs.0 as source_ip,
--       auditID as audit_id, stage
--   | filter user.username = "system:anonymous"
--   | filter responseStatus.code >= 200 and responseStatus.code <= 399
--   | filter ispresent(requestURI) and requestURI not like /^\/(healthz|livez|readyz|version)([\/?]|$)/
--   | sort @timestamp desc
--   | limit 1000
SELECT
    event_time,
    k8s_audit.cluster,
    user_name,
    verb,
    request_uri,
    object_resource,
    object_namespace,
    object_name,
    authorization_reason,
    response_code,
    source_ip,
    user_agent,
    stage,
    audit_id
FROM k8s_audit
WHERE user_name = 'system:anonymous'
  AND response_code BETWEEN 200 AND 399
  AND NOT regexp_like(request_uri, '^/(healthz|livez|readyz|version)([/?]|$)')
  AND cluster LIKE $cluster
ORDER BY event_time DESC NULLS LAST, audit_id, stage, source_uri, source_record
LIMIT $limit
