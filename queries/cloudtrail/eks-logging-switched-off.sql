-- title: Cluster logging switched off
-- answers: Who switched control plane logs of a cluster off, or removed what they had written, when and from where?
-- reading: No rows is normal, or rows from the time the cluster was set up. `request` lists log types as on and off;
--   the console names the types that were off before as well, so compare with the cluster's earlier rows. A refused
--   call did nothing. Besides UpdateClusterConfig, the calls that delete, shorten or unsubscribe a log group under
--   /aws/eks/ are listed. Afterwards the audit log has a gap: look what CloudTrail alone shows from then on.
-- source: eksamine; logging settings as in "Amazon EKS: Analyze control plane and CloudTrail logs for better
--   detective controls"
-- mitre: T1562.008 Impair Defenses: Disable or Modify Cloud Logs
-- param: cluster text = '%'; cluster name, LIKE pattern
-- param: limit int = 1000; at most this many rows, newest first
WITH calls AS (
    SELECT
        event_time,
        event_source,
        event_name,
        CASE
            WHEN event_source = 'eks.amazonaws.com'
                THEN coalesce(json_as_text(request_parameters, 'clusterName'), json_as_text(request_parameters, 'name'))
            ELSE split_part(json_as_text(request_parameters, 'logGroupName'), '/', 4)
        END AS cluster_name,
        CASE
            WHEN event_source = 'eks.amazonaws.com' THEN json_as_text(request_parameters, 'logging', 'clusterLogging')
            ELSE request_parameters
        END AS request,
        coalesce(user_arn, user_name, user_invoked_by, user_type) AS who,
        source_identity,
        error_code,
        error_message,
        source_ip_address,
        user_agent,
        aws_region,
        recipient_account_id,
        access_key_id,
        event_id,
        source_uri,
        source_record
    FROM cloudtrail
    WHERE (
        event_source = 'eks.amazonaws.com'
        AND event_name = 'UpdateClusterConfig'
        AND regexp_like(json_as_text(request_parameters, 'logging'), '"enabled"[[:space:]]*:[[:space:]]*false')
    )
    OR (
        event_source = 'logs.amazonaws.com'
        AND event_name IN ('DeleteLogGroup', 'DeleteLogStream', 'PutRetentionPolicy', 'DeleteSubscriptionFilter')
        AND json_as_text(request_parameters, 'logGroupName') LIKE '/aws/eks/%'
    )
)
SELECT
    event_time,
    who,
    source_identity,
    event_name,
    cluster_name,
    request,
    coalesce(error_code, 'ok') AS outcome,
    error_message,
    source_ip_address,
    user_agent,
    aws_region,
    recipient_account_id,
    access_key_id,
    event_id
FROM calls
WHERE coalesce(cluster_name, '') LIKE $cluster
ORDER BY event_time DESC NULLS LAST, event_id, source_uri, source_record
LIMIT $limit
