-- Findings of GuardDuty. The columns after `raw` are for telling which cluster a finding concerns; the view leaves them
-- out.
SELECT
    event_time AS time,
    arrow_cast('finding', 'Utf8View') AS plane,
    eks_cluster_name AS cluster,
    coalesce(kubernetes_actor(kubernetes_user_name, NULL, NULL), user_name, instance_id) AS actor,
    CASE WHEN kubernetes_user_name IS NOT NULL THEN kubernetes_actor_kind(kubernetes_user_name, NULL)
         WHEN user_type = 'Root' THEN arrow_cast('root', 'Utf8View')
         WHEN user_type = 'IAMUser' THEN arrow_cast('iam_user', 'Utf8View')
         WHEN user_type IN ('AssumedRole', 'Role') THEN arrow_cast('role', 'Utf8View')
         WHEN instance_id IS NOT NULL THEN arrow_cast('node', 'Utf8View')
         ELSE arrow_cast('unknown', 'Utf8View') END AS actor_kind,
    arrow_cast(NULL, 'Utf8View') AS acting_as,
    finding_type AS action,
    coalesce(kubernetes_workload_name, instance_id, eks_cluster_name, access_key_id) AS target,
    kubernetes_workload_namespace AS namespace,
    arrow_cast('done', 'Utf8View') AS outcome,
    remote_ip AS address,
    kubernetes_user_agent AS user_agent,
    CASE WHEN guardduty.severity >= 9 THEN arrow_cast('critical', 'Utf8View')
         WHEN guardduty.severity >= 7 THEN arrow_cast('high', 'Utf8View')
         WHEN guardduty.severity >= 4 THEN arrow_cast('medium', 'Utf8View')
         ELSE arrow_cast('low', 'Utf8View') END AS severity,
    arrow_cast('finding', 'Utf8View') AS category,
    arrow_cast(NULL, 'Utf8View') AS technique,
    coalesce(title, finding_type) AS summary,
    arrow_cast(NULL, 'Utf8View') AS user_arn,
    access_key_id,
    arrow_cast(NULL, 'Utf8View') AS minted_access_key_id,
    CASE WHEN access_key_id IS NOT NULL
         THEN aws_identity(access_key_id, user_type, NULL, principal_id, NULL, user_name, account_id, NULL)
         ELSE kubernetes_identity(eks_cluster_name, kubernetes_user_name, NULL, NULL, NULL, NULL) END AS identity,
    account_id,
    region,
    finding_id AS event_id,
    arrow_cast(NULL, 'Utf8View') AS stage,
    source_uri,
    source_record,
    source_sha256,
    raw,
    resource,
    instance_id
FROM guardduty
