-- What the authenticator wrote of logins, one line after the other for each connection.
SELECT
    authenticator.cluster, event_time, message, arn, username, access_key_id, client, source_uri, source_record
FROM authenticator
WHERE message IN ('access granted', 'STS response')
