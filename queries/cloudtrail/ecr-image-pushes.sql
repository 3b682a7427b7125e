-- title: Changes to container images
-- answers: Who pushed, deleted or re-shared container images in ECR, which ones, and from where?
-- reading: Normal callers are build pipelines. Look again at a person or a new address that pushes, at a tag that
--   clusters already run (`latest`, or one pushed before), at a repository policy for another account, and at tags made
--   mutable. `digest` is what a pod's status calls the image by.
-- source: eksamine
-- mitre: T1525 Implant Internal Image
-- param: limit int = 1000; at most this many rows, newest first
SELECT
    event_time,
    coalesce(user_arn, user_name, user_invoked_by, user_type) AS who,
    source_identity,
    event_name,
    json_as_text(request_parameters, 'repositoryName') AS repository,
    coalesce(
        json_as_text(request_parameters, 'imageTag'),
        json_as_text(response_elements, 'image', 'imageId', 'imageTag')
    ) AS image_tag,
    json_as_text(response_elements, 'image', 'imageId', 'imageDigest') AS digest,
    coalesce(error_code, 'ok') AS outcome,
    error_message,
    source_ip_address,
    user_agent,
    aws_region,
    recipient_account_id,
    access_key_id,
    event_id
FROM cloudtrail
WHERE event_source IN ('ecr.amazonaws.com', 'ecr-public.amazonaws.com')
  AND event_name IN (
      'PutImage',
      'BatchDeleteImage',
      'DeleteRepository',
      'SetRepositoryPolicy',
      'DeleteRepositoryPolicy',
      'PutRegistryPolicy',
      'DeleteRegistryPolicy',
      'PutReplicationConfiguration',
      'PutImageTagMutability',
      'PutImageScanningConfiguration',
      'PutRegistryScanningConfiguration',
      'PutLifecyclePolicy'
  )
ORDER BY event_time DESC NULLS LAST, event_id, source_uri, source_record
LIMIT $limit
