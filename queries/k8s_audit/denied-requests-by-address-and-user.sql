-- title: Denied requests by address and user
-- answers: From which addresses and by which users came requests answered with 401 or 403, how many, and for what?
-- reading: Most denied first. A client that asks a little too much, again and again, for months, is normal. Look
--   again at many kinds of objects in a short span (someone is trying what works), at 401 from one address under many
--   names, and at secrets. `address` is the first that the request names; a client can make it up if a proxy is named
--   after it, see `source_ips` in the table. A request with credentials that are not valid (401) has no user name.
--   Each request counts once.
-- source: EKS best practices guide, Detective controls: Create alarms for suspicious events
-- param: cluster text = '%'; cluster name, LIKE pattern
-- param: since timestamp = '1970-01-01T00:00:00Z'; only requests at or after this time
-- param: limit int = 100; at most this many rows
WITH requests AS (
    -- One row for each request, whatever stages were logged: one refused at the door (401) ends as ResponseStarted.
    SELECT
        event_time,
        k8s_audit.cluster,
        source_ip,
        user_name,
        response_code,
        object_resource,
        object_namespace,
        user_agent
    FROM k8s_audit
    WHERE response_code IN (401, 403)
      AND cluster LIKE $cluster
      AND (event_time >= $since OR event_time IS NULL)
    QUALIFY row_number() OVER (
        PARTITION BY
            k8s_audit.cluster,
            coalesce(audit_id, concat(source_uri, '#', source_record)),
            event_time,
            user_name,
            request_uri
        ORDER BY stage, source_uri, source_record
    ) = 1
)
SELECT
    min(event_time) AS first_seen,
    max(event_time) AS last_seen,
    requests.cluster,
    source_ip AS address,
    user_name,
    response_code,
    count(*) AS requests,
    count(DISTINCT object_resource) AS kinds_of_objects,
    count(*) FILTER (WHERE object_resource = 'secrets') AS for_secrets,
    count(DISTINCT object_namespace) AS namespaces,
    max(user_agent) AS a_user_agent
FROM requests
GROUP BY requests.cluster, source_ip, user_name, response_code
ORDER BY requests DESC, last_seen DESC NULLS LAST, requests.cluster, address, user_name, response_code
LIMIT $limit
