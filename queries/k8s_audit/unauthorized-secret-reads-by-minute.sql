-- title: Unauthorized reads of Secrets by minute
-- answers: When did callers whom the API server could not identify try to read Secrets, and how often?
-- reading: No rows is normal. A minute without such a read has no row. 401 means that the credentials were missing,
--   wrong or expired. A known caller without permission gets 403, which is not counted here: see
--   denied-requests-by-address-and-user and secrets-denied-then-read. A request may be counted once for each of its
--   stages.
-- source: EKS best practices guide, Detective controls: Analyze logs with Log Insights
-- mitre: T1552.007 Unsecured Credentials: Container API
-- param: cluster text = '%'; cluster name, LIKE pattern
-- param: limit int = 100; at most this many minutes, newest first
-- insights:
--   fields @timestamp, @message
--   | sort @timestamp desc
--   | limit 100
--   | filter objectRef.resource="secrets" and verb in ["get", "watch", "list"] and responseStatus.code="401"
--   | count() by bin(1m)
SELECT
    date_bin(INTERVAL '1 minute', event_time) AS minute,
    count(*) AS events
FROM k8s_audit
WHERE response_code = 401
  AND object_resource = 'secrets'
  AND verb IN ('get', 'watch', 'list')
  AND cluster LIKE $cluster
GROUP BY minute
ORDER BY minute DESC NULLS LAST
LIMIT $limit
