-- title: Threat detection switched off
-- answers: Who weakened GuardDuty, Security Hub, Config, flow logs, alarms or event rules?
-- reading: No rows is normal, or the security team's pipeline. Look again at DeleteDetector, at UpdateDetector (see
--   `request` for what is still enabled), at a filter with the action ARCHIVE (findings then vanish by themselves), at
--   a trusted IP set, and at DeleteFlowLogs. Trails and cluster logs have queries of their own: cloudtrail-changes,
--   eks-logging-switched-off.
-- source: eksamine
-- mitre: T1562.001 Impair Defenses: Disable or Modify Tools
-- param: limit int = 1000; at most this many rows, newest first
SELECT
    event_time,
    coalesce(user_arn, user_name, user_invoked_by, user_type) AS who,
    source_identity,
    event_name,
    event_source,
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
WHERE event_source IN (
      'guardduty.amazonaws.com',
      'securityhub.amazonaws.com',
      'config.amazonaws.com',
      'ec2.amazonaws.com',
      'access-analyzer.amazonaws.com',
      'inspector2.amazonaws.com',
      'macie2.amazonaws.com',
      'detective.amazonaws.com',
      'monitoring.amazonaws.com',
      'events.amazonaws.com'
  )
  AND event_name IN (
      'DeleteDetector',
      'UpdateDetector',
      'CreateFilter',
      'UpdateFilter',
      'CreateIPSet',
      'UpdateIPSet',
      'CreateTrustedEntitySet',
      'UpdateTrustedEntitySet',
      'DeletePublishingDestination',
      'UpdatePublishingDestination',
      'ArchiveFindings',
      'DisassociateMembers',
      'DeleteMembers',
      'StopMonitoringMembers',
      'DisassociateFromMasterAccount',
      'DisassociateFromAdministratorAccount',
      'UpdateMemberDetectors',
      'DisableSecurityHub',
      'BatchDisableStandards',
      'DeleteConfigurationRecorder',
      'StopConfigurationRecorder',
      'DeleteDeliveryChannel',
      'DeleteConfigRule',
      'DeleteFlowLogs',
      'DeleteAnalyzer',
      'Disable',
      'DisableMacie',
      'DeleteGraph',
      'DeleteAlarms',
      'DisableAlarmActions',
      'DisableRule',
      'DeleteRule',
      'RemoveTargets'
  )
ORDER BY event_time DESC NULLS LAST, event_id, source_uri, source_record
LIMIT $limit
