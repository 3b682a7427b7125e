-- Calls that worked and that stop, narrow or remove logs, or begin them again: those that the checks look for.
SELECT
    event_time, event_source, event_name, recipient_account_id, aws_region, event_id, source_uri, user_arn, user_name,
    user_invoked_by, user_type, request_parameters, response_elements
FROM cloudtrail
WHERE error_code IS NULL
  AND (
      (
          event_source = 'cloudtrail.amazonaws.com'
          AND event_name IN (
              'StopLogging', 'StartLogging', 'DeleteTrail', 'CreateTrail', 'UpdateTrail', 'PutEventSelectors',
              'DeleteEventDataStore', 'StopEventDataStoreIngestion', 'StartEventDataStoreIngestion',
              'UpdateEventDataStore'
          )
      )
      OR (event_source = 'eks.amazonaws.com' AND event_name = 'UpdateClusterConfig')
      OR (
          event_source = 'logs.amazonaws.com'
          AND event_name IN ('DeleteLogGroup', 'DeleteLogStream', 'PutRetentionPolicy', 'DeleteSubscriptionFilter')
      )
      OR (
          event_source = 's3.amazonaws.com'
          AND event_name IN ('DeleteBucket', 'PutBucketLifecycle', 'PutBucketLifecycleConfiguration')
      )
      OR (event_source = 'ec2.amazonaws.com' AND event_name = 'DeleteFlowLogs')
  )
