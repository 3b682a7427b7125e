-- title: Exec, attach and port-forward into pods
-- answers: Who opened a shell, a stream or a tunnel into a pod or tried to, when, with what command, from where?
-- reading: Each session is one row, though it is logged when it starts and when it ends. 101 (or 200) means that the
--   session opened. `asked` is the query part of the request: command, container and terminal, still URL-encoded;
--   what was typed later is in no log. Newer clients open sessions with `get`, older ones with `create`. Look again
--   at pods of kube-system, at shells in production, at service accounts, and at an address that no person of yours
--   has.
-- source: eksamine
-- mitre: T1609 Container Administration Command
-- param: cluster text = '%'; cluster name, LIKE pattern
-- param: limit int = 1000; at most this many rows, newest first
WITH sessions AS (
    SELECT
        event_time,
        k8s_audit.cluster,
        user_name,
        impersonated_user_name,
        user_arn,
        verb,
        object_subresource,
        object_namespace,
        object_name,
        request_uri,
        response_code,
        source_ip,
        user_agent,
        stage,
        audit_id,
        source_uri,
        source_record
    FROM k8s_audit
    WHERE object_resource = 'pods'
      AND object_subresource IN ('exec', 'attach', 'portforward')
      AND cluster LIKE $cluster
    QUALIFY row_number() OVER (
        PARTITION BY
            k8s_audit.cluster,
            coalesce(audit_id, concat(source_uri, '#', source_record)),
            event_time,
            user_name,
            request_uri
        ORDER BY response_code IS NULL, stage, source_uri, source_record
    ) = 1
)
SELECT
    event_time,
    sessions.cluster,
    user_name,
    impersonated_user_name,
    user_arn,
    object_subresource AS action,
    object_namespace,
    object_name AS pod,
    CASE WHEN strpos(request_uri, '?') > 0 THEN substr(request_uri, strpos(request_uri, '?') + 1) END AS asked,
    response_code,
    source_ip,
    user_agent,
    stage,
    audit_id
FROM sessions
ORDER BY event_time DESC NULLS LAST, audit_id, source_uri, source_record
LIMIT $limit
