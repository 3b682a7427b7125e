"""What the Parquet files of a contestant hold: `check.py OUT`, answered as one line of JSON, by DuckDB.

For each table: rows, rows without a time or a raw text, bytes of raw, a sum over the hashes of the raw texts (equal
sums: the same texts, whatever their order), how often a file goes back in time, columns, and the compression.
"""

import json
import os
import sys

import duckdb


def main():
    (out,) = sys.argv[1:]
    connection = duckdb.connect()
    facts = {}
    for table in ("cloudtrail", "k8s_audit"):
        files = f"'{out}/{table}/**/*.parquet'"
        read = f"read_parquet({files}, hive_partitioning = false, filename = true, file_row_number = true)"
        rows, lacking, raw_bytes, raw_hash, distinct = connection.execute(
            f"SELECT count(*), count(*) FILTER (event_time IS NULL OR coalesce(raw::VARCHAR, '') = ''),"
            f" sum(strlen(raw::VARCHAR)), sum(hash(raw::VARCHAR))::VARCHAR, count(DISTINCT raw) FROM {read}"
        ).fetchone()
        (backward,) = connection.execute(
            "SELECT count(*) FROM (SELECT event_time < lag(event_time) OVER"
            f" (PARTITION BY filename ORDER BY file_row_number) AS back FROM {read}) WHERE back"
        ).fetchone()
        columns = connection.execute(f"DESCRIBE SELECT * FROM read_parquet({files}, hive_partitioning = false)").fetchall()
        codecs = connection.execute(f"SELECT DISTINCT compression FROM parquet_metadata({files})").fetchall()
        facts[table] = {
            "rows": rows,
            "distinct": distinct,
            "lacking": lacking,
            "raw_bytes": int(raw_bytes),
            "raw_hash": raw_hash,
            "backward": backward,
            "columns": len(columns),
            "codecs": sorted(codec for (codec,) in codecs),
        }
    facts["bytes"] = sum(
        os.path.getsize(os.path.join(folder, name)) for folder, _, names in os.walk(out) for name in names
    )
    print(json.dumps(facts))


if __name__ == "__main__":
    main()
