"""Logs Insights beside SQL: each curated query that carries its Logs Insights original, asked in both languages.

    python3 insights.py --lake /tmp/lake --runs 5

Whole processes are timed, from start to the last row as CSV; the least of the runs counts. Not every pair asks for the
same columns: an original that shows `@message` has to read the records themselves. Prints Markdown.
"""

import argparse
import re
import subprocess
import sys
import time
from pathlib import Path

import measure

ORIGINAL = re.compile(r"-- insights:\n((?:--   .*\n)+)")
QUERIES = measure.REPOSITORY / "queries"


def originals():
    """(table, name, Logs Insights text) of the queries that have one."""
    for path in sorted(QUERIES.glob("*/*.sql")):
        found = ORIGINAL.search(path.read_text())
        if found:
            lines = found.group(1).splitlines()
            yield path.parent.name, path.stem, "\n".join(line.removeprefix("--   ") for line in lines)


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


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lake", required=True)
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    program = measure.program("eksamine")
    beside = ["--lake", arguments.lake, "--format", "csv"]

    start, _ = least_seconds([program, "--version"], 20)
    translation, _ = least_seconds([program, "insights", "-g", "cloudtrail", "--sql", "stats count(*) by bin(1h)"], 20)
    print(f"A translation takes {1000 * (translation - start):.1f} ms at most: `--sql` less `--version`.\n")
    print("| query | Logs Insights ms | rows | SQL ms | rows | ratio |\n| --- | --: | --: | --: | --: | --: |")
    for table, name, text in originals():
        insights, rows = least_seconds([program, "insights", "-g", table, *beside, text], arguments.runs)
        sql, sql_rows = least_seconds([program, "query", name, *beside], arguments.runs)
        print(f"| {name} | {1000 * insights:.0f} | {rows} | {1000 * sql:.0f} | {sql_rows} | {insights / sql:.2f} |")


if __name__ == "__main__":
    main()
