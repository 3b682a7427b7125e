"""Questions over a lake of ten million events of five clusters: who is behind each credential, a cluster's timeline of a
day, a report in HTML, coverage, verification. No contestant: what is measured is time and memory of whole processes.

    python3 questions.py --data /tmp/questions [--days 30] [--runs 3] [--lake DIR]

The archive (2.6 GB) and the lake (2.6 GB) are made once and kept under `--data`, unless `--lake` names one that is there
already. What the lake keeps of answers (`derived/`) is removed before a question that is asked "the first time". Prints
Markdown; of several runs the least wall time, and the peak memory of all.
"""

import argparse
import datetime
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import measure

ARCHIVE = ["--json-mb", "23500", "--objects", "25000", "--duplicates", "0.2", "--seed", "11"]
ARCHIVE += ["--clusters", "5", "--planes", "both"]

#: A cluster and a day of that archive.
CLUSTER, DAY = "shop-prod", "2025-03-11"


def report_until(days):
    """The end of a span from the beginning of the day that has some 200,000 events: 18 hours, if the archive's events lie
    in ten days."""
    begin = datetime.datetime.fromisoformat(DAY)
    return (begin + datetime.timedelta(hours=18) * days / 10).isoformat(timespec="seconds") + "Z"


def lake_of(data, days):
    """The lake, made if it is not there."""
    archive, lake = data / "archive", data / "lake"
    if not measure.truth_path(archive).exists():
        shutil.rmtree(archive, ignore_errors=True)
        subprocess.run([measure.program("generate"), "--out", archive, *ARCHIVE, "--days", str(days)], check=True, stdout=sys.stderr)
    if not (data / "ingested").exists():
        shutil.rmtree(lake, ignore_errors=True)
        subprocess.run([measure.program("eksamine"), "ingest", archive, "--lake", lake], check=True, stdout=sys.stderr)
        (data / "ingested").touch()
    return lake


def answer(program, lake, *question):
    """The rows of a question, as JSON objects."""
    command = [program, *question, "--lake", lake, "--format", "json"]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--lake", type=Path)
    parser.add_argument("--days", type=int, default=30, help="the days in which the events lie")
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    if not arguments.lake and not arguments.data:
        parser.error("--data or --lake is needed")
    program = measure.program("eksamine")
    lake = arguments.lake or lake_of(arguments.data, arguments.days)
    before = measure.load()

    day = ["timeline", CLUSTER, "--since", DAY, "--until", DAY, "--format", "csv"]
    report = ["timeline", CLUSTER, "--since", DAY, "--until", report_until(arguments.days)]
    identities = ["sql", "select count(*), sum(events) from identities", "--format", "csv"]
    some_key = "select credential from identities where credential like 'ASIA%' order by events desc limit 1"
    print("| question | wall s | user s | system s | peak MiB | written MB |")
    print("| --- | --: | --: | --: | --: | --: |")

    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch, "out")

        def ask(name, question, runs=arguments.runs, forget=False):
            samples = []
            for _ in range(runs):
                if forget:
                    shutil.rmtree(lake / "derived", ignore_errors=True)
                out.unlink(missing_ok=True)
                command = [program, *question, "--lake", str(lake), "-o", str(out)]
                samples.append(measure.run(command, Path(scratch, "log")))
            least = min(samples, key=lambda sample: sample.wall_seconds)
            peak = max(sample.peak_mib for sample in samples)
            written = out.stat().st_size / 1e6
            cells = [f"{least.wall_seconds:.2f}", f"{least.user_seconds:.2f}", f"{least.system_seconds:.2f}"]
            print("| " + " | ".join([name, *cells, f"{peak:,.0f}", f"{written:.1f}"]) + " |", flush=True)

        ask("identities, the first time", identities, runs=1, forget=True)
        ask("identities, again", identities)
        key = answer(program, lake, "sql", some_key)[0]["credential"]
        ask("`who` an access key", ["who", key, "--format", "json"])
        ask("coverage, the first time", ["coverage", "--format", "csv"], runs=1)
        empty = ["timeline", CLUSTER, "--since", "2030-01-01", "--until", "2030-01-01", "--format", "csv"]
        ask("an empty timeline, the first time: inventory, first-seen times, candidates", empty, runs=1)
        ask("a cluster's timeline of a day", day)
        ask("its Kubernetes plane", [*day, "--plane", "kubernetes"])
        ask("its AWS plane", [*day, "--plane", "aws"])
        ask("a report in HTML", [*report, "--format", "html"], runs=1)
        ask("coverage, again", ["coverage", "--format", "csv"])

    unfolded = [*day[:-2], "--all", "--format", "ndjson"]
    events = subprocess.run([program, *unfolded, "--lake", lake], check=True, capture_output=True).stdout.count(b"\n")
    summary = answer(program, lake, "sql", "select count(*) as n, sum(events) as events from identities")[0]
    print(f"\n{summary['events']:,} events, {summary['n']:,} identities; the day has {events:,} events.")
    print(f"Load {before:.1f} before and {measure.load():.1f} after.")


if __name__ == "__main__":
    main()
