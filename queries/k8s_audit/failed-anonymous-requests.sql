-- title: Failed anonymous requests
-- answers: What did callers without credentials ask of the API server and not get, and from where?
-- reading: A public endpoint is scanned all the time: a few paths from many addresses are noise. Look again at one
--   address that asks for many kinds of objects, at private addresses, and at addresses that later appear with a user
--   name. Only the last entry of `source_ips` was seen by the API server itself; a client can make up the earlier
--   ones. A request may show in several stages.
-- source: EKS best practices guide, Detective controls: Analyze logs with Log Insights
-- param: cluster text = '%'; cluster name, LIKE pattern
-- param: limit int = 100; at most this many rows, newest first
-- insights:
--   fields @timestamp, @message, sourceIPs.0
--   | sort @timestamp desc
--   | limit 100
--   | filter user.username="system:anonymous" and responseStatus.code in ["401", "403"]
SELECT
    event_time,
    k8s_audit.cluster,
    user_name,
    verb,
    request_uri,
    response_code,
    response_message,
    source_ip,
    source_ips,
    user_agent,
    stage,
    audit_id
FROM k8s_audit
WHERE user_name = 'system:anonymous'
  AND response_code IN (401, 403)
  AND cluster LIKE $cluster
ORDER BY event_time DESC NULLS LAST, audit_id, stage, source_uri, source_record
LIMIT $limit
