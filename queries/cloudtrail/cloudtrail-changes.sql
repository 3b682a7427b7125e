-- title: Changes to CloudTrail
-- answers: Who stopped, deleted or narrowed a trail or event data store, when, from where, and did it work?
-- reading: No rows is normal; the pipeline that owns the trail may appear. Look again at StopLogging and DeleteTrail
--   by anyone, at UpdateTrail that changes the bucket or the regions, and at PutEventSelectors that leaves data or
--   management events out; `request` shows what was asked. StartLogging and CreateTrail are listed so that the length
--   of a gap can be seen. In the gap this lake knows nothing.
-- source: Binadox, CloudTrail logging of EKS management events: recommended guardrails: prevent changes to CloudTrail
--   configurations
-- mitre: T1562.008 Impair Defenses: Disable or Modify Cloud Logs
-- param: limit int = 1000; at most this many rows, newest first
SELECT
    event_time,
    coalesce(user_arn, user_name, user_invoked_by, user_type) AS who,
    source_identity,
    event_name,
    coalesce(
        json_as_text(request_parameters, 'name'),
        json_as_text(request_parameters, 'trailName'),
        json_as_text(request_parameters, 'eventDataStore'),
        json_as_text(request_parameters, 'resourceArn'),
        json_as_text(request_parameters, 'channel')
    ) AS trail,
    request_parameters AS request,
    coalesce(error_code, 'ok') AS outcome,
    error_message,
    source_ip_address,
    user_agent,
    aws_region,
    recipient_account_id,
    access_key_id,
    event_id
FROM cloudtrail
WHERE event_source = 'cloudtrail.amazonaws.com'
  AND event_name IN (
      'CreateTrail',
      'UpdateTrail',
      'DeleteTrail',
      'StartLogging',
      'StopLogging',
      'PutEventSelectors',
      'PutInsightSelectors',
      'CreateEventDataStore',
      'UpdateEventDataStore',
      'DeleteEventDataStore',
      'StartEventDataStoreIngestion',
      'StopEventDataStoreIngestion',
      'PutEventConfiguration',
      'PutResourcePolicy',
      'DeleteResourcePolicy',
      'CreateChannel',
      'UpdateChannel',
      'DeleteChannel',
      'RegisterOrganizationDelegatedAdmin',
      'DeregisterOrganizationDelegatedAdmin'
  )
ORDER BY event_time DESC NULLS LAST, event_id, source_uri, source_record
LIMIT $limit
