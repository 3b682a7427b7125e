-- title: Permissions asked for
-- answers: Who asked the API server what they may do, how often, and from where?
-- reading: `kubectl auth can-i --list` asks for all rules at once (`selfsubjectrulesreviews`); single questions are
--   `selfsubjectaccessreviews`. Normal are dashboards, operators, and now and then a person. Look again at a service
--   account that asks, at an address outside, and at a burst just after a login. `questions` tells what was asked,
--   where the log holds the body.
-- source: eksamine
-- mitre: T1613 Container and Resource Discovery
-- param: cluster text = '%'; cluster name, LIKE pattern
-- param: since timestamp = '1970-01-01T00:00:00Z'; only requests at or after this time
-- param: limit int = 100; at most this many rows
SELECT
    min(event_time) AS first_seen,
    max(event_time) AS last_seen,
    k8s_audit.cluster,
    user_name,
    source_ip,
    object_resource,
    count(DISTINCT coalesce(audit_id, concat(source_uri, '#', source_record))) AS requests,
    string_agg(
        DISTINCT concat_ws(
            ' ',
            json_as_text(request_object, 'spec', 'resourceAttributes', 'verb'),
            json_as_text(request_object, 'spec', 'resourceAttributes', 'resource'),
            json_as_text(request_object, 'spec', 'resourceAttributes', 'namespace'),
            json_as_text(request_object, 'spec', 'namespace')
        ),
        ', '
        ORDER BY concat_ws(
            ' ',
            json_as_text(request_object, 'spec', 'resourceAttributes', 'verb'),
            json_as_text(request_object, 'spec', 'resourceAttributes', 'resource'),
            json_as_text(request_object, 'spec', 'resourceAttributes', 'namespace'),
            json_as_text(request_object, 'spec', 'namespace')
        )
    ) AS questions,
    max(user_agent) AS a_user_agent
FROM k8s_audit
WHERE object_resource IN ('selfsubjectaccessreviews', 'selfsubjectrulesreviews')
  AND verb = 'create'
  AND cluster LIKE $cluster
  AND (event_time >= $since OR event_time IS NULL)
GROUP BY k8s_audit.cluster, user_name, source_ip, object_resource
ORDER BY last_seen DESC NULLS LAST, k8s_audit.cluster, user_name, source_ip, object_resource
LIMIT $limit
