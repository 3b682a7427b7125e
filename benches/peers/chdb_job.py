"""ClickHouse's ingest, in process: `chdb_job.py ARCHIVE OUT`. Settings are ClickHouse's own but for those named here.

Of the ways tried, this is the fastest: the format JSONEachRow takes documents with nothing between them and, told to
read objects as strings, cuts them into records without changing a byte; records are folded before they are typed, and
one call takes all columns from a record at once, a second one those of an object that is a column of its own.
"""

import os
import sys

import chdb.session

import columns

# A truth value may come as a string (`"mfaAuthenticated":"false"`), so it is read as text first.
TYPES = {"int": "Nullable(Int64)"}
SETTINGS = {
    "input_format_json_read_objects_as_strings": 1,
    "output_format_parquet_compression_method": "'zstd'",
    "output_format_compression_level": 1,
    "output_format_parquet_row_group_size": 131072,
}


class Reader:
    """The expressions that take the columns from `raw`."""

    def __init__(self, table):
        self.kinds = {path: kind for _, kind, path in table}
        self.table = table

    def tuple_of(self, root):
        """The type of the object at a path. One that is a column itself comes as text and is read by another call."""
        elements = {}
        for path, kind in self.kinds.items():
            if path == root or path[: len(root)] != root:
                continue
            step, whole = path[len(root)], path[: len(root) + 1]
            if path == whole:
                elements[step] = TYPES.get(kind, "Nullable(String)")
            elif whole not in self.kinds and step not in elements:
                elements[step] = self.tuple_of(whole)
        if 0 in elements:
            return "Array(Nullable(String))"
        return "Tuple(" + ", ".join(f"`{step}` {kind}" for step, kind in elements.items()) + ")"

    def value(self, path):
        """The nearest object above that is a column, or the record, read once; then the way down."""
        root = next((path[:size] for size in range(len(path) - 1, 0, -1) if path[:size] in self.kinds), ())
        text = f"assumeNotNull({self.value(root)})" if root else "raw"
        expression = f"JSONExtract({text}, '{self.tuple_of(root)}')"
        for step in path[len(root) :]:
            expression = f"{expression}[{step + 1}]" if isinstance(step, int) else f"tupleElement({expression}, '{step}')"
        return expression

    def columns(self):
        for name, kind, path in self.table:
            value = self.value(path)
            if kind == "time":
                value = f"parseDateTime64BestEffortOrNull({value}, 6, 'UTC')"
            elif kind == "bool":
                value = f"accurateCastOrNull({value}, 'Bool')"
            elif name == "verb":
                value = f"lower({value})"
            yield f"{value} AS {name}"


def cloudtrail(archive):
    return f"""
    WITH records AS (
        SELECT tupleElement(record, 1) AS raw, _path AS uri, tupleElement(record, 2) - 1 AS ordinal
        FROM file('{archive}/AWSLogs/**/*.json.gz', 'JSONEachRow', 'Records Array(String)')
        ARRAY JOIN arrayZip(Records, arrayEnumerate(Records)) AS record
    ), folded AS (
        SELECT raw, min((uri, ordinal)) AS carrier FROM records GROUP BY raw
    )
    SELECT {", ".join(Reader(columns.CLOUDTRAIL).columns())}, raw,
        carrier.1 AS source_uri, carrier.2 AS source_record, toDate(event_time) AS day
    FROM folded ORDER BY day, event_time, event_id
    """


def k8s_audit(archive):
    shape = (
        "messageType String, owner String, logGroup String, logStream String,"
        " logEvents Array(Tuple(id String, timestamp Int64, message String))"
    )
    return f"""
    WITH records AS (
        SELECT event.message AS raw, logGroup AS log_group, (_path, event.id, event.timestamp, logStream, owner) AS place
        FROM file('{archive}/firehose/**/*.gz', 'JSONEachRow', '{shape}')
        ARRAY JOIN logEvents AS event WHERE messageType = 'DATA_MESSAGE'
    ), folded AS (
        SELECT raw, log_group, min(place) AS carrier FROM records GROUP BY raw, log_group
    )
    SELECT coalesce(request_received_time, stage_time, log_time) AS event_time,
        {", ".join(Reader(columns.K8S_AUDIT).columns())}, raw, log_group,
        splitByChar('/', log_group)[4] AS cluster, false AS cluster_assumed, false AS truncated,
        carrier.4 AS log_stream, fromUnixTimestamp64Milli(carrier.3, 'UTC')::DateTime64(6, 'UTC') AS log_time,
        carrier.5 AS log_account_id, carrier.1 AS source_uri, carrier.2 AS source_record, toDate(event_time) AS day
    FROM folded ORDER BY cluster, day, event_time, audit_id, stage
    """


def write(session, table, query, out, by):
    """One file for each partition, sorted: a single stream is divided by folder as it is written."""
    os.makedirs(os.path.join(out, table))
    name = "concat('', " + ", '_', ".join(f"toString({column})" for column in by) + ")"
    settings = ", ".join(f"{setting} = {value}" for setting, value in SETTINGS.items())
    session.query(
        f"INSERT INTO FUNCTION file('{out}/{table}/{{_partition_id}}.parquet', 'Parquet') PARTITION BY {name}"
        f" SELECT * FROM ({query}) SETTINGS {settings}"
    )


def main():
    archive, out = (os.path.abspath(path) for path in sys.argv[1:])
    session = chdb.session.Session()
    write(session, "cloudtrail", cloudtrail(archive), out, ["day"])
    write(session, "k8s_audit", k8s_audit(archive), out, ["cluster", "day"])


if __name__ == "__main__":
    main()
