"""Logs Insights beside SQL: each curated query that carries its Logs Insights original, asked in both languages, and its
SQL asked of DuckDB over the same Parquet.

    python3 insights.py --lake /tmp/lake --runs 5 [--python /tmp/peers-venv/bin/python]

Whole processes are timed, from start to the last row as CSV; the least of the runs counts. Not every pair asks for the
same columns: an original that shows `@message` has to read the records themselves. So the ratio of the two languages is
that to the SQL with the column `raw` added where the original shows the record. DuckDB is asked in a process that
has its views of the lake already, so its start is not in its times, and ours is taken off. Three functions are named
anew for it; a query that has others of ours, or asks a table without rows, is left out of the mean. Prints Markdown.
"""

import argparse
import json
import math
import re
import subprocess
import sys
import time
from pathlib import Path

import measure

ORIGINAL = re.compile(r"-- insights:\n((?:--   .*\n)+)")
PARAMETER = re.compile(r"-- param: (\w+) \w+ = ([^;]*);")
QUERIES = measure.REPOSITORY / "queries"

DUCKDB = """
import json, sys, tempfile, time
import duckdb

lake, runs = sys.argv[1], int(sys.argv[2])
sink = tempfile.NamedTemporaryFile(suffix=".csv").name
connection = duckdb.connect()
connection.execute("SET TimeZone = 'UTC'")
# Over a long query it would draw a bar into its answers.
connection.execute("SET enable_progress_bar = false")
for macro in (
    "regexp_like(text, pattern) AS regexp_matches(text, pattern)",
    "date_bin(width, time) AS time_bucket(width, time)",
    "json_as_text(json, key) AS json ->> key, (json, key, below) AS (json -> key) ->> below",
):
    connection.execute(f"CREATE MACRO {macro}")
for table in json.loads(sys.argv[3]):
    connection.execute(
        f"CREATE VIEW {table} AS SELECT * FROM read_parquet('{lake}/{table}/**/*.parquet', hive_partitioning = true)"
    )
for line in sys.stdin:
    sql, times, rows, problem = json.loads(line), [], 0, None
    try:
        for _ in range(runs + 1):
            start = time.monotonic()
            rows = connection.execute(f"COPY ({sql}) TO '{sink}' (FORMAT csv)").fetchone()[0]
            times.append(time.monotonic() - start)
    except duckdb.Error as error:
        problem = str(error).splitlines()[0]
    print(json.dumps({"seconds": min(times[1:], default=None), "rows": rows, "problem": problem}), flush=True)
"""


def originals():
    """(table, name, Logs Insights text, SQL) of the queries that have an original; parameters have their defaults."""
    for path in sorted(QUERIES.glob("*/*.sql")):
        text = path.read_text()
        found = ORIGINAL.search(text)
        if not found:
            continue
        lines = found.group(1).splitlines()
        sql = "\n".join(line for line in text.splitlines() if not line.startswith("--"))
        for name, value in PARAMETER.findall(text):
            sql = re.sub(rf"\${name}\b", value.strip(), sql)
        yield path.parent.name, path.stem, "\n".join(line.removeprefix("--   ") for line in lines), sql


def least_seconds(command, runs):
    """The least wall time of the runs, and how many rows came."""
    times = []
    for _ in range(runs):
        start = time.monotonic()
        answer = subprocess.run(command, capture_output=True, text=True)
        times.append(time.monotonic() - start)
        if answer.returncode != 0:
            sys.exit(f"{' '.join(command)}\n{answer.stderr}")
    return min(times), max(len(answer.stdout.splitlines()) - 1, 0)


def with_record(sql):
    """The same SQL with the record as its first column."""
    return re.sub(r"^SELECT$", "SELECT\n    raw,", sql, count=1, flags=re.MULTILINE)


def geometric_mean(ratios):
    return math.exp(sum(map(math.log, ratios)) / len(ratios)) if ratios else float("nan")


def duckdb(python, lake, runs, queries):
    """What DuckDB says of each query, or none without a Python that has it."""
    if python is None:
        return [None] * len(queries)
    folders = (path for path in Path(lake).iterdir() if path.is_dir() and not path.name.startswith("."))
    # `derived` holds what was worked out from the tables.
    tables = sorted({path.name for path in folders} - {"derived"})
    # A table without rows has no file, and DuckDB can't make a view of nothing.
    tables = [table for table in tables if next(Path(lake, table).rglob("*.parquet"), None)]
    answer = subprocess.run(
        [python, "-c", DUCKDB, lake, str(runs), json.dumps(tables)],
        input="".join(json.dumps(sql) + "\n" for sql in queries),
        capture_output=True,
        text=True,
    )
    if answer.returncode != 0:
        sys.exit(answer.stderr)
    return [json.loads(line) for line in answer.stdout.splitlines()]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lake", required=True)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--python", help="a Python that has duckdb")
    arguments = parser.parse_args()
    program = measure.program("eksamine")
    beside = ["--lake", arguments.lake, "--format", "csv"]

    start, _ = least_seconds([program, "--version"], 20)
    queries = list(originals())
    theirs = duckdb(arguments.python, arguments.lake, arguments.runs, [sql for *_, sql in queries])
    heads = ["query", "Logs Insights ms", "rows", "SQL ms", "rows", "with the record ms", "ratio"]
    print("| " + " | ".join([*heads, "DuckDB ms", "rows", "SQL / DuckDB"]) + " |")
    print("| --- |" + " --: |" * 9)
    ratios, beside_duckdb, left_out = [], [], []
    for (table, name, text, plain), other in zip(queries, theirs):
        insights, rows = least_seconds([program, "insights", "-g", table, *beside, text], arguments.runs)
        sql, sql_rows = least_seconds([program, "query", name, *beside], arguments.runs)
        like, shown = sql, ""
        if "@message" in text and "GROUP BY" not in plain:
            like, _ = least_seconds([program, "sql", with_record(plain), *beside], arguments.runs)
            shown = f"{1000 * like:.0f}"
        ratios.append(insights / like)
        cells = [name, f"{1000 * insights:.0f}", rows, f"{1000 * sql:.0f}", sql_rows, shown, f"{insights / like:.2f}"]
        if other is None or other["problem"]:
            left_out += [f"{name}: {other['problem']}"] if other else []
            cells += ["", "", ""]
        else:
            # Ours has to start first.
            ratio = max(sql - start, 0.001) / other["seconds"]
            beside_duckdb.append(ratio)
            cells += [f"{1000 * other['seconds']:.0f}", other["rows"], f"{ratio:.2f}"]
        print("| " + " | ".join(map(str, cells)) + " |")
    print(f"\nGeometric mean of Logs Insights to SQL: {geometric_mean(ratios):.2f}.")
    if beside_duckdb:
        mean = geometric_mean(beside_duckdb)
        print(f"Geometric mean of SQL, less the start of the program, to DuckDB, of {len(beside_duckdb)}: {mean:.2f}.")
    for line in left_out:
        print(f"Left out: {line}.")


if __name__ == "__main__":
    main()
