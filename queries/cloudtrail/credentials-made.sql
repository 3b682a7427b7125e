-- title: Access keys and passwords made
-- answers: Who made long-lived credentials, for whom, or took a second factor away?
-- reading: Normal is rare: clusters are best reached by roles. Look again at a key made for another user than the
--   caller, at a password set for a user that never had one, at a key made by a session whose own origin is in doubt,
--   and at a trust anchor or SAML provider, with which anyone can sign in from outside. `new_key` leads to what was
--   done with the key.
-- source: eksamine
-- mitre: T1098.001 Account Manipulation: Additional Cloud Credentials
-- param: limit int = 1000; at most this many rows, newest first
SELECT
    event_time,
    coalesce(user_arn, user_name, user_invoked_by, user_type) AS who,
    source_identity,
    event_name,
    coalesce(
        json_as_text(request_parameters, 'userName'),
        json_as_text(response_elements, 'accessKey', 'userName'),
        json_as_text(request_parameters, 'name')
    ) AS made_for,
    json_as_text(response_elements, 'accessKey', 'accessKeyId') AS new_key,
    coalesce(error_code, 'ok') AS outcome,
    error_message,
    source_ip_address,
    user_agent,
    aws_region,
    recipient_account_id,
    access_key_id,
    event_id
FROM cloudtrail
WHERE event_source IN ('iam.amazonaws.com', 'rolesanywhere.amazonaws.com')
  AND event_name IN (
      'CreateUser',
      'CreateAccessKey',
      'UpdateAccessKey',
      'CreateLoginProfile',
      'UpdateLoginProfile',
      'ChangePassword',
      'CreateServiceSpecificCredential',
      'ResetServiceSpecificCredential',
      'UploadSSHPublicKey',
      'UploadSigningCertificate',
      'DeactivateMFADevice',
      'DeleteVirtualMFADevice',
      'CreateSAMLProvider',
      'UpdateSAMLProvider',
      'CreateTrustAnchor',
      'CreateProfile'
  )
ORDER BY event_time DESC NULLS LAST, event_id, source_uri, source_record
LIMIT $limit
