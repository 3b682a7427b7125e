-- title: Requests under another name
-- answers: Who asked the API server to act as someone else, as whom, and what was done?
-- reading: `user_name` is the one who asked, `impersonated_user_name` whose rights were used. Normal are consoles and
--   proxies that act for their users, and an administrator's `kubectl --as`. Look again at a service account that does
--   not do this, at `system:masters` among the groups in `impersonated`, and at refusals. A request may show in several
--   stages.
-- source: eksamine
-- param: cluster text = '%'; cluster name, LIKE pattern
-- param: limit int = 1000; at most this many rows, newest first
-- insights:
--   fields @timestamp, user.username as user_name, impersonatedUser.username as impersonated_user_name, verb,
--       objectRef.resource as object_resource, auditID as audit_id, stage
--   | filter ispresent(impersonatedUser.username)
--   | sort @timestamp desc
--   | limit 1000
SELECT
    event_time,
    k8s_audit.cluster,
    user_name,
    impersonated_user_name,
    impersonated_user AS impersonated,
    user_arn,
    verb,
    object_resource,
    object_subresource,
    object_namespace,
    object_name,
    response_code,
    source_ip,
    user_agent,
    stage,
    audit_id
FROM k8s_audit
WHERE impersonated_user_name IS NOT NULL
  AND cluster LIKE $cluster
ORDER BY event_time DESC NULLS LAST, audit_id, stage, source_uri, source_record
LIMIT $limit
