-- title: Changes to CronJobs and Jobs
-- answers: Who created or changed something that runs by schedule or once, with which image and command?
-- reading: Normal callers are pipelines, operators, and the controller that makes a Job of a CronJob; that one is
--   left out unless `controllers` is yes. Look again at a person, at a new image in an old CronJob, at a command that
--   fetches from the internet, and at a schedule of every few minutes. A request may show in several stages.
-- source: eksamine
-- mitre: T1053.007 Scheduled Task/Job: Container Orchestration Job
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
    coalesce(object_name, json_as_text(request_object, 'metadata', 'name')) AS object_name,
    json_as_text(request_object, 'spec', 'schedule') AS schedule,
    coalesce(
        json_as_text(request_object, 'spec', 'jobTemplate', 'spec', 'template', 'spec', 'containers', 0, 'image'),
        json_as_text(request_object, 'spec', 'template', 'spec', 'containers', 0, 'image')
    ) AS first_image,
    coalesce(
        json_as_text(request_object, 'spec', 'jobTemplate', 'spec', 'template', 'spec', 'containers', 0, 'command'),
        json_as_text(request_object, 'spec', 'template', 'spec', 'containers', 0, 'command')
    ) AS first_command,
    response_code,
    source_ip,
    user_agent,
    stage,
    audit_id
FROM k8s_audit
WHERE object_resource IN ('cronjobs', 'jobs')
  AND coalesce(object_subresource, '') = ''
  AND verb IN ('create', 'update', 'patch')
  AND (
      $controllers = 'yes'
      OR NOT regexp_like(coalesce(user_name, ''), '^system:serviceaccount:kube-system:[a-z-]+-controller$')
  )
  AND cluster LIKE $cluster
ORDER BY event_time DESC NULLS LAST, audit_id, stage, source_uri, source_record
LIMIT $limit
