-- Requests of every hour that say something by their bodies, and how many of them hold one.
SELECT
    k8s_audit.cluster AS name, object_resource, date_trunc('hour', event_time) AS hour, count(*) AS events,
    min(event_time) AS first, max(event_time) AS last,
    sum(CASE WHEN level IN ('Request', 'RequestResponse') THEN 1 ELSE 0 END) AS with_body
FROM k8s_audit
WHERE object_resource IN (
    'secrets', 'configmaps', 'pods', 'serviceaccounts', 'roles', 'rolebindings', 'clusterroles',
    'clusterrolebindings', 'deployments', 'daemonsets', 'cronjobs', 'jobs', 'validatingwebhookconfigurations',
    'mutatingwebhookconfigurations'
)
  AND object_subresource IS NULL
  AND (verb IN ('create', 'update', 'patch', 'delete', 'deletecollection') OR object_resource = 'secrets')
  AND (event_time >= $since OR $since IS NULL)
  AND (event_time < $until OR $until IS NULL)
GROUP BY 1, 2, 3
