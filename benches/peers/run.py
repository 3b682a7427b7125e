"""The whole ingest of a generated archive by eksamine, DuckDB and ClickHouse, and `zcat` of the same files.

    python3 run.py --shape a --runs 3 --data /tmp/peers --python /tmp/peers-venv/bin/python

The contestants run in turn, once each round, so that what happens on the machine happens to all of them. After each
run the Parquet files are checked: rows, raw text byte for byte, order, compression. Prints Markdown.
"""

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path

import measure

CONTESTANTS = ("zcat", "eksamine", "duckdb", "duckdb-plain", "clickhouse")


def command(name, folder, out, python):
    if name == "zcat":
        # One process at a time, as many files in each as a command line takes.
        return ["xargs", "-0", "zcat"]
    if name == "eksamine":
        return [measure.program("eksamine"), "ingest", str(folder), "--lake", str(out)]
    job = {"duckdb": "duckdb_job.py", "duckdb-plain": "duckdb_plain_job.py", "clickhouse": "chdb_job.py"}[name]
    return [python, str(measure.HERE / job), str(folder), str(out)]


def checked(name, out, truth, python):
    """The facts of what a contestant wrote, if they are the generator's."""
    answer = subprocess.run([python, measure.HERE / "check.py", out], check=True, capture_output=True, text=True)
    facts = json.loads(answer.stdout)
    for table, known in truth["tables"].items():
        fact = facts[table]
        expected = {"rows": known["distinct"], "lacking": 0, "backward": 0, "codecs": ["ZSTD"]}
        for what, value in expected.items():
            if fact[what] != value:
                sys.exit(f"{name}: {what} of {table} is {fact[what]}, not {value}")
    return facts


def same_raw(by_name):
    """Whether the raw texts of all contestants are the same bytes."""
    sums = {
        name: [(facts[table]["raw_bytes"], facts[table]["raw_hash"]) for table in ("cloudtrail", "k8s_audit")]
        for name, facts in by_name.items()
    }
    for name, value in sums.items():
        if value != next(iter(sums.values())):
            sys.exit(f"the raw texts of {name} are not those of {next(iter(sums))}")


def one_round(names, folder, files, scratch, python, truth):
    samples, facts = {}, {}
    for name in names:
        out = scratch / name
        shutil.rmtree(out, ignore_errors=True)
        log = scratch / f"{name}.log"
        # The text that zcat makes goes nowhere: a file would be a disk's time, not the inflater's.
        sink = "/dev/null" if name == "zcat" else log
        stdin = files if name == "zcat" else None
        sample = measure.run(command(name, folder, out, python), sink, stdin)
        if name != "zcat":
            facts[name] = checked(name, out, truth, python)
            sample.output_bytes = facts[name]["bytes"]
        samples[name] = sample
        shutil.rmtree(out, ignore_errors=True)
        print(f"  {name}: {sample.wall_seconds:.1f} s", file=sys.stderr)
    same_raw(facts)
    return samples


def versions(python):
    code = "import duckdb, chdb; print(duckdb.__version__, chdb.query('select version()').data().strip().strip('\"'))"
    duckdb, clickhouse = subprocess.run(
        [python, "-c", code], check=True, capture_output=True, text=True
    ).stdout.split()
    ours = subprocess.run([measure.program("eksamine"), "--version"], check=True, capture_output=True, text=True)
    gzip = subprocess.run(["gzip", "--version"], check=True, capture_output=True, text=True).stdout.splitlines()[0]
    return f"{ours.stdout.strip()}, DuckDB {duckdb}, ClickHouse {clickhouse}, {gzip}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shape", choices=measure.SHAPES, default="a")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--data", type=Path, required=True, help="where archives and results lie")
    parser.add_argument("--python", default=sys.executable, help="a Python with what requirements.txt names")
    parser.add_argument("--only", nargs="+", choices=CONTESTANTS, default=CONTESTANTS)
    arguments = parser.parse_args()
    if arguments.runs < 1 or "eksamine" not in arguments.only or "zcat" not in arguments.only:
        parser.error("at least one run, of zcat and eksamine at least")

    folder = measure.archive(arguments.data.resolve(), arguments.shape)
    truth = json.loads(measure.truth_path(folder).read_text())
    scratch = arguments.data.resolve() / f"peers-{arguments.shape}"
    scratch.mkdir(parents=True, exist_ok=True)
    files = scratch / "files"
    paths = sorted(str(path) for path in folder.rglob("*") if path.is_file())
    files.write_text("\0".join(paths))
    load = measure.load()
    names = [name for name in CONTESTANTS if name in arguments.only]
    rounds = []
    for number in range(1, arguments.runs + 1):
        print(f"round {number} of {arguments.runs}", file=sys.stderr)
        rounds.append(one_round(names, folder, files, scratch, arguments.python, truth))
    shutil.rmtree(scratch)

    print(
        f"({arguments.shape}) {truth['json_bytes'] / 1e6:.0f} MB of JSON, {truth['gzip_bytes'] / 1e6:.0f} MB gzipped,"
        f" {truth['objects']:,} objects, {truth['records']:,} records,"
        f" {sum(table['distinct'] for table in truth['tables'].values()):,} of them different;"
        f" {arguments.runs} rounds, load {load:.1f} before and {measure.load():.1f} after;"
        f" {versions(arguments.python)}.\n"
    )
    print(measure.table(rounds, ["zcat", "eksamine"]))


if __name__ == "__main__":
    main()
