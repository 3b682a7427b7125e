-- Calls that worked and say who may enter a cluster, or which role its pods get.
SELECT
    aws_identity(
        access_key_id, user_type, user_arn, user_principal_id, user_invoked_by, user_name, user_account_id,
        session_created
    ) AS caller,
    user_arn, user_invoked_by,
    aws_cluster(event_source, event_name, request_parameters, response_elements) AS cluster,
    event_name, request_parameters, response_elements, event_time, event_id, source_uri, source_record
FROM cloudtrail
WHERE event_source = 'eks.amazonaws.com'
    AND event_name IN (
        'CreateCluster', 'CreateAccessEntry', 'UpdateAccessEntry', 'DeleteAccessEntry', 'AssociateAccessPolicy',
        'DisassociateAccessPolicy', 'CreatePodIdentityAssociation', 'UpdatePodIdentityAssociation',
        'DeletePodIdentityAssociation'
    )
    AND error_code IS NULL
