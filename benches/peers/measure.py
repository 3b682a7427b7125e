"""Runs contestants as processes, one after the other, and tells their times as Markdown. Knows nothing of the jobs."""

import os
import shutil
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent

SHAPES = {
    "a": ["--json-mb", "900", "--objects", "800"],
    "b": ["--json-mb", "450", "--objects", "40000"],
}
ALIKE = ["--duplicates", "0.2", "--seed", "7", "--days", "3", "--clusters", "2", "--planes", "both"]


@dataclass
class Sample:
    """One run; the times and the memory are those of the process and of all it waited for."""

    wall_seconds: float
    user_seconds: float
    system_seconds: float
    peak_mib: float
    output_bytes: int = 0
    #: Processor time of a server that answered it.
    server_seconds: float = 0.0

    @property
    def cpu_seconds(self):
        return self.user_seconds + self.system_seconds


def run(command, log, stdin=None, environment=None):
    """Runs a command to its end, with what it says going to the file `log`."""
    os.sync()  # What the one before has written is not to be paid by this one.
    with open(log, "wb") as sink, open(stdin or os.devnull, "rb") as source:
        start = time.monotonic()
        process = subprocess.Popen(command, stdin=source, stdout=sink, stderr=sink, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
        wall_seconds = time.monotonic() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        tail = Path(log).read_text(errors="replace")[-2000:]
        sys.exit(f"`{command[0]}` ended with {process.returncode}:\n{tail}")
    return Sample(wall_seconds, usage.ru_utime, usage.ru_stime, usage.ru_maxrss / 1024)


def program(name):
    """A release build of ours."""
    target = Path(os.environ.get("CARGO_TARGET_DIR", REPOSITORY / "target"))
    path = target / "release" / name
    if not path.exists():
        sys.exit(f"there is no {path}; build it with `cargo build --release`")
    return str(path)


def archive(data, shape):
    """The folder of an archive, made if it is not there. Its `.truth.json` is written last."""
    folder = data / shape
    if not truth_path(folder).exists():
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([program("generate"), "--out", folder, *SHAPES[shape], *ALIKE], check=True, stdout=sys.stderr)
    return folder


def truth_path(folder):
    return folder.with_name(folder.name + ".truth.json")


def load():
    """How many processes wanted a processor in the last minute: more than 0 before a run means company."""
    return os.getloadavg()[0]


def middle(values, digits=1):
    values = list(values)
    if len(values) == 1:
        return f"{values[0]:.{digits}f}"
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f}-{max(values):.{digits}f})"


def ratio(samples, others, what):
    """Of the same round, and then the middle of the rounds."""
    return statistics.median(getattr(one, what) / getattr(other, what) for one, other in zip(samples, others))


def table(rounds, bases):
    """Markdown: a line for each contestant, with ratios to each of `bases`. `rounds` is a list of samples by name."""
    heads = ["", "wall s", "user s", "system s", "peak MiB", "written MB"]
    heads += [f"wall / {base}" for base in bases] + [f"CPU / {base}" for base in bases]
    has_server = any(sample.server_seconds for sample in rounds[0].values())
    heads += ["server CPU s"] if has_server else []
    lines = [heads, ["---"] + ["--:"] * (len(heads) - 1)]
    for name in rounds[0]:
        samples = [samples[name] for samples in rounds]
        cells = [
            name,
            middle(sample.wall_seconds for sample in samples),
            middle(sample.user_seconds for sample in samples),
            middle(sample.system_seconds for sample in samples),
            f"{max(sample.peak_mib for sample in samples):,.0f}",
            f"{samples[-1].output_bytes / 1e6:.1f}",
        ]
        for what in ("wall_seconds", "cpu_seconds"):
            cells += [f"{ratio(samples, [samples[base] for samples in rounds], what):.2f}" for base in bases]
        if has_server:
            cells.append(middle(sample.server_seconds for sample in samples))
        lines.append(cells)
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)
