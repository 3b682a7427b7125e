-- Sessions of instances that EC2 itself delivered.
SELECT DISTINCT
    aws_identity(
        access_key_id, user_type, user_arn, user_principal_id, user_invoked_by, user_name, user_account_id,
        session_created
    ) AS identity
FROM cloudtrail
WHERE user_arn LIKE '%:assumed-role/%/i-%'
    AND json_as_text(user_identity, 'sessionContext', 'ec2RoleDelivery') IS NOT NULL
