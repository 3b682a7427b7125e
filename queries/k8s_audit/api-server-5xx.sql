-- title: Server errors of the API server
-- answers: Which requests did the API server answer with a 5xx, and whose were they?
-- reading: A few 503 and 504 while the control plane scales or is upgraded are normal. Look again at a lasting run of
--   them, at errors from an admission webhook (the message names it), and at one client whose requests alone fail.
--   The original's filter on @logStream picks the audit stream out of the cluster's log group; this table holds
--   nothing else. A request may show in several stages.
-- source: "Amazon EKS: Analyze control plane and CloudTrail logs for better detective controls", Find HTTP 5xx Server
--   Errors
-- param: cluster text = '%'; cluster name, LIKE pattern
-- param: limit int = 50; at most this many rows, newest first
-- insights:
--   fields @logStream, @timestamp, responseStatus.code, @message
--   | filter @logStream like /^kube-apiserver-audit/
--   | filter responseStatus.code >= 500
--   | limit 50
SELECT
    event_time,
    k8s_audit.cluster,
    response_code,
    response_reason,
    response_message,
    user_name,
    verb,
    request_uri,
    source_ip,
    user_agent,
    log_stream,
    stage,
    audit_id
FROM k8s_audit
WHERE response_code >= 500
  AND cluster LIKE $cluster
ORDER BY event_time DESC NULLS LAST, audit_id, stage, source_uri, source_record
LIMIT $limit
