-- title: Containers added to running pods
-- answers: Who put an ephemeral container into a running pod (`kubectl debug`), with which image, aimed at which
--   container?
-- reading: Rare, and always by people. The new container shares the pod's network and service account, and with a
--   target also its processes. Look again at an image from a registry that is not yours, at pods that hold secrets, and
--   at an address no person of yours has. What was typed there is in no log; an attach to it is in exec-into-pods.
-- source: eksamine
-- mitre: T1610 Deploy Container
-- param: cluster text = '%'; cluster name, LIKE pattern
-- param: limit int = 1000; at most this many rows, newest first
SELECT
    event_time,
    k8s_audit.cluster,
    user_name,
    impersonated_user_name,
    user_arn,
    verb,
    object_namespace,
    object_name AS pod,
    coalesce(
        json_as_text(request_object, 'spec', 'ephemeralContainers', 0, 'image'),
        json_as_text(response_object, 'spec', 'ephemeralContainers', 0, 'image')
    ) AS first_image,
    json_as_text(request_object, 'spec', 'ephemeralContainers') AS ephemeral_containers,
    response_code,
    source_ip,
    user_agent,
    stage,
    audit_id
FROM k8s_audit
WHERE object_resource = 'pods'
  AND object_subresource = 'ephemeralcontainers'
  AND verb IN ('update', 'patch')
  AND cluster LIKE $cluster
ORDER BY event_time DESC NULLS LAST, audit_id, stage, source_uri, source_record
LIMIT $limit
