"""DuckDB's ingest: `duckdb_job.py ARCHIVE OUT`. Settings are DuckDB's own; the database is in memory.

Of the ways tried, this is the fastest: a file is read as whole JSON documents (`read_json_objects`, which takes
documents with nothing between them), `json_extract` cuts them into records, records are folded before they are typed,
and one call with a list of paths takes all columns from a record at once.
"""

import os
import sys

import duckdb

import columns

TYPES = {"bool": "BOOLEAN", "int": "BIGINT", "time": "TIMESTAMPTZ"}
SUBSCRIPTION = (
    "{messageType: 'VARCHAR', owner: 'VARCHAR', logGroup: 'VARCHAR', logStream: 'VARCHAR',"
    " logEvents: 'STRUCT(id VARCHAR, timestamp BIGINT, message VARCHAR)[]'}"
)
PARQUET = "FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE 131072"


def json_path(path):
    steps = (f"[{step}]" if isinstance(step, int) else f'."{step}"' for step in path)
    return "$" + "".join(steps)


def paths(table):
    return "[" + ", ".join(f"'{json_path(path)}'" for _, _, path in table) + "]"


def typed(table, value):
    """The columns. `value` gives the SQL of the text at a column's place in the list, counted from 1, and its path."""
    for place, (name, kind, path) in enumerate(table, start=1):
        text = value(place, path)
        if kind in TYPES:
            yield f"TRY_CAST({text} AS {TYPES[kind]}) AS {name}"
        elif name == "verb":
            yield f"lower({text}) AS {name}"
        else:
            yield f"{text} AS {name}"


def taken(place, _path):
    """From the list `v` of what stands at the paths."""
    return f"v[{place}]"


def cloudtrail(archive):
    return f"""
    WITH documents AS (
        SELECT json_extract(json, '$.Records[*]') AS records, filename
        FROM read_json_objects('{archive}/AWSLogs/**/*.json.gz', format = 'unstructured', filename = true)
    ), records AS (
        SELECT unnest(records) AS raw, filename, generate_subscripts(records, 1) - 1 AS ordinal FROM documents
    ), folded AS (
        SELECT raw, min((filename, ordinal)) AS carrier FROM records GROUP BY raw
    ), taken AS (
        SELECT raw, carrier, json_extract_string(raw, {paths(columns.CLOUDTRAIL)}) AS v FROM folded
    )
    SELECT {", ".join(typed(columns.CLOUDTRAIL, taken))}, raw,
        carrier[1] AS source_uri, carrier[2] AS source_record
    FROM taken
    """


def k8s_audit(archive):
    return f"""
    WITH records AS (
        SELECT unnest(logEvents, recursive := true), logGroup AS log_group, logStream, owner, filename
        FROM read_json('{archive}/firehose/**/*.gz', format = 'unstructured', columns = {SUBSCRIPTION}, filename = true)
        WHERE messageType = 'DATA_MESSAGE'
    ), folded AS (
        SELECT message AS raw, log_group, min((filename, id, timestamp, logStream, owner)) AS carrier
        FROM records GROUP BY message, log_group
    ), taken AS (
        SELECT raw, log_group, carrier, json_extract_string(raw, {paths(columns.K8S_AUDIT)}) AS v FROM folded
    ), rows AS (
        SELECT {", ".join(typed(columns.K8S_AUDIT, taken))}, raw, log_group,
            split_part(log_group, '/', 4) AS cluster, false AS cluster_assumed, false AS truncated,
            carrier[4] AS log_stream, make_timestamp_ms(carrier[3])::TIMESTAMPTZ AS log_time,
            carrier[5] AS log_account_id, carrier[1] AS source_uri, carrier[2] AS source_record
        FROM taken
    )
    SELECT coalesce(request_received_time, stage_time, log_time) AS event_time, * FROM rows
    """


def write(connection, table, query, out, order, by):
    """One file for each partition, sorted."""
    connection.execute(f"CREATE TEMP TABLE {table} AS SELECT *, event_time::DATE AS day FROM ({query})")
    partitions = connection.execute(f"SELECT DISTINCT {', '.join(by)} FROM {table} ORDER BY ALL").fetchall()
    for values in partitions:
        folder = os.path.join(out, table, *(f"{name}={value}" for name, value in zip(by, values)))
        os.makedirs(folder)
        is_here = " AND ".join(f"{name} = '{value}'" for name, value in zip(by, values))
        connection.execute(
            f"COPY (SELECT * EXCLUDE (day) FROM {table} WHERE {is_here} ORDER BY {order})"
            f" TO '{folder}/part.parquet' ({PARQUET})"
        )
    connection.execute(f"DROP TABLE {table}")


def run(cloudtrail, k8s_audit):
    """The whole job, given the queries of both tables."""
    archive, out = sys.argv[1:]
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    write(connection, "cloudtrail", cloudtrail(archive), out, "event_time, event_id", ["day"])
    write(connection, "k8s_audit", k8s_audit(archive), out, "event_time, audit_id, stage", ["cluster", "day"])


if __name__ == "__main__":
    run(cloudtrail, k8s_audit)
