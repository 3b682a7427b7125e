-- Clusters that AWS calls name, and of whose Kubernetes audit log there is nothing.
SELECT
    'k8s_audit' AS source, account_id, region, coverage_clusters.cluster,
    calls AS events,
    calls || CASE WHEN calls = 1 THEN ' EKS call names' ELSE ' EKS calls name' END
        || ' the cluster, and there is no audit log of it: what was done inside is not known' AS what
FROM coverage_clusters
WHERE coverage_clusters.cluster NOT IN (
    SELECT coverage_logs.cluster FROM coverage_logs WHERE source = 'k8s_audit' AND coverage_logs.cluster IS NOT NULL
)
