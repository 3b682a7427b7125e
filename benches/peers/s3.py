"""From an S3 on loopback: eksamine's whole ingest, and `aws s3 sync`, which only copies the same objects.

    python3 s3.py --shape b --runs 2 --data /tmp/peers --bin /tmp/peers-venv/bin

Both have AWS's default settings and the same server, `serve-s3` of the testkit, in a process of its own. Prints
Markdown.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import measure

#: The only key the server knows; nothing of the user's configuration is read.
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_CONFIG_FILE": "/dev/null",
    "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_REGION": "us-east-1",
}
#: Proxies of the machine are not for loopback.
PROXIES = ("http_proxy", "https_proxy", "all_proxy")


def environment():
    kept = {name: value for name, value in os.environ.items() if name.lower() not in PROXIES}
    return {**kept, **ENVIRONMENT}


def processor_seconds(pid):
    """Of a process that still runs, from proc(5)'s `stat`, in which the name, in brackets, may hold anything."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def copied(out, truth):
    """The size of what sync wrote, if it wrote all."""
    sizes = [path.stat().st_size for path in out.rglob("*") if path.is_file()]
    if (len(sizes), sum(sizes)) != (truth["objects"], truth["gzip_bytes"]):
        sys.exit(f"sync copied {len(sizes)} objects, {sum(sizes)} bytes")
    return sum(sizes)


def ingested(out, truth):
    """The size of the lake, if the rows are those of the generator."""
    query = "select sum(rows) as rows from parts where table_name in ('cloudtrail', 'k8s_audit')"
    command = [measure.program("eksamine"), "sql", "--lake", out, "--format", "csv", query]
    answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    expected = sum(table["distinct"] for table in truth["tables"].values())
    if answer[-1] != str(expected):
        sys.exit(f"the lake has {answer[-1]} rows, not {expected}")
    return sum(path.stat().st_size for path in out.rglob("*.parquet"))


def one_round(endpoint, server, scratch, arguments, truth):
    where = ["--endpoint-url", endpoint, "--region", "us-east-1"]
    eksamine, sync = scratch / "lake", scratch / "copy"
    contestants = {
        "eksamine": ([measure.program("eksamine"), "ingest", "s3://archive/", "--lake", str(eksamine), *where], eksamine, ingested),
        "aws s3 sync": (
            [str(arguments.bin / "aws"), "s3", "sync", "s3://archive/", str(sync), "--only-show-errors", *where],
            sync,
            copied,
        ),
    }
    samples = {}
    for name, (command, out, size) in contestants.items():
        shutil.rmtree(out, ignore_errors=True)
        before = processor_seconds(server.pid)
        sample = measure.run(command, scratch / "log", environment=environment())
        sample.server_seconds = processor_seconds(server.pid) - before
        sample.output_bytes = size(out, truth)
        samples[name] = sample
        shutil.rmtree(out, ignore_errors=True)
        print(f"  {name}: {sample.wall_seconds:.1f} s", file=sys.stderr)
    return samples


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shape", choices=measure.SHAPES, default="b")
    parser.add_argument("--runs", type=int, default=2)
    parser.add_argument("--data", type=Path, required=True, help="where archives and results lie")
    parser.add_argument("--bin", type=Path, default=Path(sys.executable).parent, help="where `aws` is")
    arguments = parser.parse_args()
    if arguments.runs < 1:
        parser.error("at least one run")

    folder = measure.archive(arguments.data.resolve(), arguments.shape)
    truth = json.loads(measure.truth_path(folder).read_text())
    scratch = arguments.data.resolve() / f"peers-s3-{arguments.shape}"
    scratch.mkdir(parents=True, exist_ok=True)
    load = measure.load()
    rounds = []
    # The server ends when its standard input does, and so with this process, however that ends.
    command = [measure.program("serve-s3"), str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        endpoint = server.stdout.readline().strip()
        for number in range(1, arguments.runs + 1):
            print(f"round {number} of {arguments.runs}", file=sys.stderr)
            rounds.append(one_round(endpoint, server, scratch, arguments, truth))
        server.stdin.close()
    shutil.rmtree(scratch)

    version = subprocess.run([arguments.bin / "aws", "--version"], check=True, capture_output=True, text=True)
    ours = subprocess.run([measure.program("eksamine"), "--version"], check=True, capture_output=True, text=True)
    print(
        f"({arguments.shape}) {truth['objects']:,} objects, {truth['gzip_bytes'] / 1e6:.0f} MB gzipped,"
        f" {truth['json_bytes'] / 1e6:.0f} MB of JSON; {arguments.runs} rounds, load {load:.1f} before and"
        f" {measure.load():.1f} after; {ours.stdout.strip()}, {version.stdout.split()[0]}.\n"
    )
    print(measure.table(rounds, ["eksamine"]))


if __name__ == "__main__":
    main()
