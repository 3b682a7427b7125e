"""DuckDB's ingest as its manual shows it: `duckdb_plain_job.py ARCHIVE OUT`. `duckdb_job.py` is the same, tuned.

Documents are read with `read_json`, lists taken apart with `unnest`, columns taken from a record with `->>`, and repeats
folded with `DISTINCT ON`. Types, partitions, order and compression are those of the tuned job.
"""

import columns
from duckdb_job import SUBSCRIPTION, json_path, run, typed


def looked_up(_place, path):
    return f"raw ->> '{json_path(path)}'"


def cloudtrail(archive):
    return f"""
    WITH records AS (
        SELECT unnest(Records) AS raw, generate_subscripts(Records, 1) - 1 AS source_record, filename AS source_uri
        FROM read_json('{archive}/AWSLogs/**/*.json.gz', columns = {{Records: 'JSON[]'}}, filename = true)
    ), folded AS (
        SELECT DISTINCT ON (raw) * FROM records ORDER BY source_uri, source_record
    )
    SELECT {", ".join(typed(columns.CLOUDTRAIL, looked_up))}, raw, source_uri, source_record FROM folded
    """


def k8s_audit(archive):
    return f"""
    WITH records AS (
        SELECT unnest(logEvents, recursive := true), logGroup AS log_group, logStream AS log_stream,
            owner AS log_account_id, filename AS source_uri
        FROM read_json('{archive}/firehose/**/*.gz', format = 'unstructured', columns = {SUBSCRIPTION}, filename = true)
        WHERE messageType = 'DATA_MESSAGE'
    ), folded AS (
        SELECT DISTINCT ON (raw, log_group) message AS raw, * EXCLUDE (message, id), id AS source_record
        FROM records ORDER BY source_uri, id
    ), rows AS (
        SELECT {", ".join(typed(columns.K8S_AUDIT, looked_up))}, raw, log_group, split_part(log_group, '/', 4) AS cluster,
            false AS cluster_assumed, false AS truncated, log_stream,
            make_timestamp_ms(timestamp)::TIMESTAMPTZ AS log_time, log_account_id, source_uri, source_record
        FROM folded
    )
    SELECT coalesce(request_received_time, stage_time, log_time) AS event_time, * FROM rows
    """


if __name__ == "__main__":
    run(cloudtrail, k8s_audit)
