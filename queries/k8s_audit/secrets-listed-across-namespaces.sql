-- title: Secrets of all namespaces listed
-- answers: Who listed or watched the Secrets of the whole cluster in one request?
-- reading: One such request holds every Secret's content. Normal callers are the controllers of Kubernetes itself,
--   and operators for secrets, certificates and ingress, each from the cluster's own addresses and with its own user
--   agent. Look again at kubectl and curl, at a person, and at a service account that reads this for the first time. A
--   watch is logged when it starts and when it ends.
-- source: eksamine
-- mitre: T1552.007 Unsecured Credentials: Container API
-- param: cluster text = '%'; cluster name, LIKE pattern
-- param: limit int = 1000; at most this many rows, newest first
-- insights:
--   fields @timestamp, user.username as user_name, verb, requestURI as request_uri, auditID as audit_id, stage
--   | filter objectRef.resource = "secrets" and verb in ["list", "watch"]
--   | filter not ispresent(objectRef.namespace) and not ispresent(objectRef.name)
--   | filter responseStatus.code >= 200 and responseStatus.code <= 299
--   | sort @timestamp desc
--   | limit 1000
SELECT
    event_time,
    k8s_audit.cluster,
    user_name,
    impersonated_user_name,
    user_arn,
    verb,
    request_uri,
    response_code,
    source_ip,
    user_agent,
    stage,
    audit_id
FROM k8s_audit
WHERE object_resource = 'secrets'
  AND verb IN ('list', 'watch')
  AND object_namespace IS NULL
  AND object_name IS NULL
  AND response_code BETWEEN 200 AND 299
  AND cluster LIKE $cluster
ORDER BY event_time DESC NULLS LAST, audit_id, stage, source_uri, source_record
LIMIT $limit
