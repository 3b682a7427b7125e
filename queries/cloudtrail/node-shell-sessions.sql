-- title: Shells and commands on instances
-- answers: Who opened a session on an instance, sent it a command or a key, when and from where?
-- reading: A shell on a node reaches every pod there, and nothing of it is in the audit log. Where nodes are managed
--   as cattle no rows is normal. Look again at AWS-RunShellScript by a person, at an instance that is a node of the
--   cluster, and at the serial console. `target` is the instance, or what chose the instances; Systems Manager hides
--   the commands' text.
-- source: eksamine
-- mitre: T1651 Cloud Administration Command
-- param: limit int = 1000; at most this many rows, newest first
SELECT
    event_time,
    coalesce(user_arn, user_name, user_invoked_by, user_type) AS who,
    source_identity,
    event_name,
    coalesce(
        json_as_text(request_parameters, 'target'),
        json_as_text(request_parameters, 'instanceId'),
        nullif(json_as_text(request_parameters, 'instanceIds'), '[]'),
        json_as_text(request_parameters, 'targets'),
        json_as_text(request_parameters, 'sessionId')
    ) AS target,
    json_as_text(request_parameters, 'documentName') AS document_name,
    json_as_text(response_elements, 'sessionId') AS session_id,
    coalesce(error_code, 'ok') AS outcome,
    error_message,
    source_ip_address,
    user_agent,
    aws_region,
    recipient_account_id,
    access_key_id,
    event_id
FROM cloudtrail
WHERE event_source IN ('ssm.amazonaws.com', 'ec2-instance-connect.amazonaws.com')
  AND event_name IN (
      'StartSession',
      'ResumeSession',
      'SendCommand',
      'StartAutomationExecution',
      'SendSSHPublicKey',
      'SendSerialConsoleSSHPublicKey',
      'OpenTunnel'
  )
ORDER BY event_time DESC NULLS LAST, event_id, source_uri, source_record
LIMIT $limit
