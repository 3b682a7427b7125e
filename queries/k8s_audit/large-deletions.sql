-- title: Namespaces and collections deleted
-- answers: Who deleted a whole namespace, or many objects in one request?
-- reading: A namespace takes everything in it along, and the rest is then deleted by the namespace controller, which
--   is left out unless `controllers` is yes. Normal callers are pipelines that take down previews and tests. Look again
--   at a person, at production, at `events` (someone may hide what the cluster noted), and at volumes. Refused attempts
--   are listed.
-- source: eksamine
-- mitre: T1485 Data Destruction
-- param: cluster text = '%'; cluster name, LIKE pattern
-- param: controllers text = 'no'; yes to list what built-in controllers did as well
-- param: limit int = 1000; at most this many rows, newest first
SELECT
    event_time,
    k8s_audit.cluster,
    user_name,
    impersonated_user_name,
    user_arn,
    verb,
    object_resource,
    object_namespace,
    object_name,
    CASE
        WHEN strpos(request_uri, '?') > 0 THEN substr(request_uri, strpos(request_uri, '?') + 1)
    END AS selected_by,
    response_code,
    source_ip,
    user_agent,
    stage,
    audit_id
FROM k8s_audit
WHERE (verb = 'deletecollection' OR (verb = 'delete' AND object_resource IN ('namespaces', 'persistentvolumes')))
  AND (
      $controllers = 'yes'
      OR NOT regexp_like(coalesce(user_name, ''), '^system:serviceaccount:kube-system:[a-z-]+-controller$')
  )
  AND cluster LIKE $cluster
ORDER BY event_time DESC NULLS LAST, audit_id, stage, source_uri, source_record
LIMIT $limit
