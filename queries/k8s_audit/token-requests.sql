-- title: Tokens of service accounts requested
-- answers: Who asked the API server for a token of a service account, for which one, for how long?
-- reading: Kubelets do it all the time for the pods of their node, and are left out unless `nodes` is yes. The rest
--   is short: operators that act for others, and people with `kubectl create token`. Look again at a person, at an
--   account with more rights than the caller, at a long life, and at a token bound to no pod. `credential_id` is the
--   new token's own id, where the cluster is recent enough to log it: requests made with the token carry it in
--   `user_extra`.
-- source: eksamine
-- mitre: T1528 Steal Application Access Token
-- param: cluster text = '%'; cluster name, LIKE pattern
-- param: nodes text = 'no'; yes to list the requests of kubelets as well
-- param: limit int = 1000; at most this many rows, newest first
SELECT
    event_time,
    k8s_audit.cluster,
    user_name,
    impersonated_user_name,
    user_arn,
    verb,
    object_namespace,
    object_name AS service_account,
    json_as_text(request_object, 'spec', 'audiences') AS audiences,
    json_as_text(request_object, 'spec', 'expirationSeconds') AS lifetime_seconds,
    json_as_text(request_object, 'spec', 'boundObjectRef', 'name') AS bound_to,
    json_as_text(annotations, 'authentication.kubernetes.io/issued-credential-id') AS credential_id,
    response_code,
    source_ip,
    user_agent,
    stage,
    audit_id
FROM k8s_audit
WHERE object_resource = 'serviceaccounts'
  AND object_subresource = 'token'
  AND verb = 'create'
  AND ($nodes = 'yes' OR coalesce(user_name, '') NOT LIKE 'system:node:%')
  AND cluster LIKE $cluster
ORDER BY event_time DESC NULLS LAST, audit_id, stage, source_uri, source_record
LIMIT $limit
