"""Evidence bundles: what `eksamine export` and `eksamine check` take for many rows.

    python3 bundle.py --lake /tmp/questions/lake --data /tmp/bundles --since 2025-03-05 --until 2025-03-05 --runs 2

Exports the rows of a span of a lake, as a folder and as a zip, and checks both; prints Markdown with rows per second of
wall time and the peak of memory. With `--cluster` the rows are those of its timeline, and with `--objects SOURCE` the
source objects are included too, so that `check` reads each row anew. The lake of `questions.py` is of ten million events.
"""

import argparse
import json
import shutil
import subprocess
from pathlib import Path

import measure


def rows_of(bundle):
    """The rows that the manifest of a folder states."""
    evidence = json.loads((bundle / "manifest.json").read_text())["statement"]["evidence"]
    return sum(table["rows"] for table in evidence["tables"])


def size_of(bundle):
    if bundle.is_file():
        return bundle.stat().st_size
    return sum(path.stat().st_size for path in bundle.rglob("*") if path.is_file())


def remove(bundle):
    if bundle.is_dir():
        shutil.rmtree(bundle)
    else:
        bundle.unlink(missing_ok=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lake", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True, help="where the bundles are made; they stay there")
    parser.add_argument("--cluster")
    parser.add_argument("--since", required=True)
    parser.add_argument("--until", required=True)
    parser.add_argument("--objects", help="the archive, to include the source objects")
    parser.add_argument("--runs", type=int, default=1)
    arguments = parser.parse_args()
    arguments.data.mkdir(parents=True, exist_ok=True)
    eksamine, log = measure.program("eksamine"), arguments.data / "log"
    key = arguments.data / "key.pem"
    if not key.exists():
        subprocess.run([eksamine, "export", "--new-key", key], check=True, capture_output=True)
    choice = [arguments.cluster] if arguments.cluster else []
    choice += ["--since", arguments.since, "--until", arguments.until, "--lake", arguments.lake]
    choice += ["--with-objects", arguments.objects] if arguments.objects else []
    before, rounds = measure.load(), []
    for _ in range(arguments.runs):
        samples = {}
        for form, bundle in (("a folder", arguments.data / "bundle"), ("a zip", arguments.data / "bundle.zip")):
            remove(bundle)
            command = [eksamine, "export", *choice, "-o", bundle, "--key", key]
            samples[f"export, {form}"] = measure.run(command, log)
            samples[f"export, {form}"].output_bytes = size_of(bundle)
            command = [eksamine, "check", bundle, "--key", f"{key}.pub"]
            samples[f"check, {form}"] = measure.run(command, log)
        rounds.append(samples)
    rows = rows_of(arguments.data / "bundle")
    print(f"{rows:,} rows; load {before:.1f} before and {measure.load():.1f} after.\n")
    print(measure.table(rounds, []))
    print("\n| | rows per second |\n| --- | --: |")
    for name in rounds[0]:
        best = min(samples[name].wall_seconds for samples in rounds)
        print(f"| {name} | {rows / best:,.0f} |")


if __name__ == "__main__":
    main()
