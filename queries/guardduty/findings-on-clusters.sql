-- title: GuardDuty findings on clusters
-- answers: What did GuardDuty find on EKS clusters, by which user or in which workload, from where?
-- reading: Each finding once, as its last update has it. Findings of the audit log name a user and a request; runtime
--   findings name a workload and a process (in `service`). Look for the same user and address in the audit log around
--   `first_seen` and `last_seen`: GuardDuty shows one example of what may be many requests.
-- source: eksamine
-- param: cluster text = '%'; cluster name, LIKE pattern
-- param: limit int = 1000; at most this many rows, newest first
WITH latest AS (
    SELECT *
    FROM guardduty
    QUALIFY row_number() OVER (
        PARTITION BY account_id, region, coalesce(finding_id, concat(source_uri, '#', source_record))
        ORDER BY event_time DESC NULLS LAST, source_uri, source_record
    ) = 1
)
SELECT
    event_time,
    eks_cluster_name AS cluster_name,
    severity,
    finding_type,
    title,
    kubernetes_user_name,
    kubernetes_user_groups,
    kubernetes_verb,
    kubernetes_request_uri,
    kubernetes_user_agent,
    kubernetes_workload_type,
    kubernetes_workload_namespace,
    kubernetes_workload_name,
    json_as_text(resource, 'kubernetesDetails', 'kubernetesWorkloadDetails', 'containers', 0, 'image') AS image,
    json_as_text(service, 'runtimeDetails', 'process', 'executablePath') AS process,
    remote_ip,
    count,
    first_seen,
    last_seen,
    archived,
    account_id,
    region,
    finding_id
FROM latest
WHERE (eks_cluster_name IS NOT NULL OR resource_type = 'EKSCluster' OR feature_name = 'EksAuditLogs')
  AND coalesce(eks_cluster_name, '') LIKE $cluster
ORDER BY event_time DESC NULLS LAST, finding_id, source_uri, source_record
LIMIT $limit
