-- title: Secrets denied and then read
-- answers: Which reads of Secrets succeeded for a user or an address that had been denied Secrets before?
-- reading: No rows is normal. Each row is a successful read. `denials_of_user` are all earlier refusals of the same
--   user in this cluster; `denials_of_address` are refusals of any user from the same address in the hour before,
--   which catches a caller who changed identity. Look first for a grant between `last_denial` and the read:
--   changes-to-rolebindings, changes-to-clusterrolebindings, eks-access-entries. A denial caused by a deployment that
--   ran before its RoleBinding looks the same, and is harmless.
-- source: eksamine
-- mitre: T1552.007 Unsecured Credentials: Container API
-- param: cluster text = '%'; cluster name, LIKE pattern
-- param: limit int = 1000; at most this many rows, newest first
WITH reads AS (
    -- One row for each request: a watch is logged when it starts and when it ends.
    SELECT
        event_time,
        k8s_audit.cluster,
        user_name,
        impersonated_user_name,
        user_arn,
        verb,
        object_namespace,
        object_name,
        response_code,
        source_ip,
        user_agent,
        audit_id,
        source_uri,
        source_record
    FROM k8s_audit
    WHERE object_resource = 'secrets'
      AND verb IN ('get', 'list', 'watch')
      AND response_code IS NOT NULL
      AND cluster LIKE $cluster
    QUALIFY row_number() OVER (
        PARTITION BY
            k8s_audit.cluster,
            coalesce(audit_id, concat(source_uri, '#', source_record)),
            event_time,
            user_name,
            request_uri
        ORDER BY stage, source_uri, source_record
    ) = 1
),
with_history AS (
    SELECT
        event_time,
        reads.cluster,
        user_name,
        impersonated_user_name,
        user_arn,
        verb,
        object_namespace,
        object_name,
        response_code,
        source_ip,
        user_agent,
        audit_id,
        source_uri,
        source_record,
        count(*) FILTER (WHERE response_code IN (401, 403)) OVER (
            PARTITION BY reads.cluster, user_name
            ORDER BY event_time
            RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS denials_of_user,
        max(CASE WHEN response_code IN (401, 403) THEN event_time END) OVER (
            PARTITION BY reads.cluster, user_name
            ORDER BY event_time
            RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS last_denial_of_user,
        count(*) FILTER (WHERE response_code IN (401, 403) AND source_ip IS NOT NULL) OVER (
            PARTITION BY reads.cluster, source_ip
            ORDER BY event_time
            RANGE BETWEEN INTERVAL '1 hour' PRECEDING AND CURRENT ROW
        ) AS denials_of_address,
        max(CASE WHEN response_code IN (401, 403) AND source_ip IS NOT NULL THEN event_time END) OVER (
            PARTITION BY reads.cluster, source_ip
            ORDER BY event_time
            RANGE BETWEEN INTERVAL '1 hour' PRECEDING AND CURRENT ROW
        ) AS last_denial_of_address
    FROM reads
)
SELECT
    event_time,
    with_history.cluster,
    user_name,
    impersonated_user_name,
    user_arn,
    verb,
    object_namespace,
    object_name,
    response_code,
    source_ip,
    greatest(last_denial_of_user, last_denial_of_address) AS last_denial,
    denials_of_user,
    denials_of_address,
    user_agent,
    audit_id
FROM with_history
WHERE response_code BETWEEN 200 AND 299
  AND (denials_of_user > 0 OR denials_of_address > 0)
ORDER BY event_time DESC NULLS LAST, audit_id, source_uri, source_record
LIMIT $limit
