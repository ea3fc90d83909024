"""Speed of `scrubjay filter` in a pipe, beside cat, sed, re and Vector's VRL: `python benchmarks/filter.py`."""

from __future__ import annotations

import argparse
import os
import re
import shlex
import shutil
import string
import subprocess
import sys
import tempfile
from pathlib import Path
from random import Random
from typing import NamedTuple

import corpus
import harness

OURS = "scrubjay filter"
HERE = Path(__file__).parent
# The generated logs are this long, and repeated.
BLOCK_MB = 16
# Lines have some 140 bytes: one secret in a thousand lines, and one in ten.
SPARSE, DENSE = 7, 700
KNOWN_VALUES = 10_000
# So many times as long is the log that shows what a second process brings.
_LONG = 4
TWICE = '"$0" filter < "$1" & "$0" filter < "$1"; wait'
TOKEN = re.compile(rb"https://x:(gh[p]_[0-9A-Za-z]{36})@")
# The same six for sed and for VRL; ours runs with all of its rules.
EXPRESSIONS = [
    "AKIA[A-Z0-9]{16}",
    "gh[pousr]_[A-Za-z0-9]{36}",
    "eyJ[A-Za-z0-9_-]+[.][A-Za-z0-9_-]+[.][A-Za-z0-9_-]+",
    "Bearer [A-Za-z0-9._~+/=-]+",
    "password=[^ &]+",
    "://[^/ :@]+:[^/ @]+@",
]


class Task(NamedTuple):
    """A command to time, what it is called in the table, and its input, through a pipe or the file itself."""

    label: str
    command: list[str]
    source: str
    piped: bool = True


def main() -> None:
    """Measure, print the table, and keep the raw results if asked."""
    args = _arguments()
    with tempfile.TemporaryDirectory(prefix="scrubjay-benchmark-", dir=args.temp) as folder:
        names = ("block", "whole", "long", "half", "part", "dense", "known")
        block, whole, long, half, part, dense, known = (os.path.join(folder, f"{name}.log") for name in names)
        size, repeat = min(args.megabytes, BLOCK_MB), max(1, round(args.megabytes / BLOCK_MB))
        _write(block, size)
        _write(whole, size, repeat)
        _write(long, size, _LONG * repeat)
        _write(half, size, _LONG * repeat // 2)
        _write(part, min(args.slow_megabytes, size))
        _write(dense, size, max(1, repeat // 4), DENSE)
        _write_known(known)
        tasks, missing = _tasks(args.vrl_python, whole, long, half, part, dense, known)
        described = harness.machine(sed=_version(["sed", "--version"]), cat=_version(["cat", "--version"]))
        if args.vrl_python and (version := _vrl_version(args.vrl_python)):
            described["vector-vrl"] = version
        harness.introduce("filter", described)
        env = dict(os.environ, LC_ALL="C")
        left = {
            task.label: _left(
                task.command,
                block if task.source in (whole, long) else task.source,
                os.path.join(folder, "out.log"),
                env,
            )
            for task in tasks
        }
        calls = {
            task.label: lambda task=task: (
                harness.run(task.command, env=env, source=["cat", task.source])
                if task.piped
                else harness.run(task.command, env=env, path=task.source)
            )
            for task in tasks
        }
        runs: dict[str, list[harness.Run]] = harness.interleaved(calls, args.runs)
        sizes = {task.label: os.path.getsize(task.source) / 1e6 for task in tasks}
    _print(tasks, missing, runs, sizes, left)
    raw = {
        task.label: {
            "command": task.command,
            "megabytes": sizes[task.label],
            "secrets_left": left[task.label],
            "runs": [one._asdict() for one in runs[task.label]],
        }
        for task in tasks
    }
    harness.keep(args.json, "filter", described, {"missing": missing, "tools": raw})


def _arguments() -> argparse.Namespace:
    parser = harness.parser("Megabytes a second through a pipe.", runs=5)
    parser.add_argument("--megabytes", type=int, default=512, metavar="N", help="input of each run (default 512)")
    parser.add_argument(
        "--slow-megabytes",
        type=int,
        default=2,
        metavar="N",
        help="input for the second engine, which is many times slower (default 2)",
    )
    parser.add_argument("--vrl-python", metavar="FILE", help="a Python 3.12 or newer that has vector-vrl")
    parser.add_argument("--temp", metavar="DIR", help="where the input is written; best in memory")
    args: argparse.Namespace = parser.parse_args()
    return args


def _write(path: str, megabytes: float, repeat: int = 1, secrets: int = SPARSE) -> None:
    # In another process: what this one holds would count as memory of the commands that it starts.
    options = ["--megabytes", str(megabytes), "--repeat", str(repeat), "--secrets-per-mb", str(secrets)]
    subprocess.run([sys.executable, str(HERE / "corpus.py"), path, *options], check=True)


def _write_known(path: str) -> None:
    """Values as a secrets manager has them: 20 to 40 random characters."""
    random = Random(corpus.SEED)
    letters = string.ascii_letters + string.digits + "-_+/=!"
    with open(path, "w", encoding="utf-8") as file:
        for _ in range(KNOWN_VALUES):
            file.write("".join(random.choices(letters, k=random.randrange(20, 41))) + "\n")


def _tasks(
    vrl_python: str | None, whole: str, long: str, half: str, part: str, dense: str, known: str
) -> tuple[list[Task], list[str]]:
    """What can be run here, and a line about each thing that is missing."""
    program = shutil.which("scrubjay", path=os.path.dirname(sys.executable))
    if not program:
        raise SystemExit("scrubjay is not installed beside this Python")
    tasks, missing = [], []
    if harness.installed("hyperscan") == "missing":
        missing.append("hyperscan: missing, so only the second engine is measured")
        tasks.append(Task(OURS, [program, "filter"], part))
    else:
        tasks.append(Task(OURS, [program, "filter"], whole))
        tasks.append(Task("scrubjay filter --jobs 2", [program, "filter", "--jobs", "2"], whole))
        tasks.append(Task("scrubjay filter < LOG", [program, "filter"], whole, False))
        # The producer takes a part of the second processor, and the start is done by one, so what helpers bring shows
        # best in a long file.
        tasks.append(Task("scrubjay filter < LONG", [program, "filter"], long, False))
        tasks.append(Task("scrubjay filter --jobs 2 < LONG", [program, "filter", "--jobs", "2"], long, False))
        # What the machine has for two: nothing that these wait for is shared but its memory.
        tasks.append(Task("two scrubjay filter at once, half each", ["sh", "-c", TWICE, program, half], long, False))
        tasks.append(Task("scrubjay filter --no-key-names", [program, "filter", "--no-key-names"], whole))
        many = [program, "filter", "--known-file", known]
        tasks.append(Task("scrubjay filter, 10,000 known values", many, whole))
        tasks.append(Task("scrubjay filter, 10,000 known values < LOG", many, whole, False))
        tasks.append(Task("the same with --jobs 1", [*many, "--jobs", "1"], whole, False))
        tasks.append(Task("scrubjay filter, a secret in 10 lines", [program, "filter"], dense))
        tasks.append(Task("scrubjay filter, second engine", [program, "filter", "--engine", "keywords"], part))
    tasks.append(Task("Python's re, the same rules", [sys.executable, str(HERE / "re_redact.py")], part))
    tasks.append(Task("cat", ["cat"], whole))
    if shutil.which("sed"):
        substitutions = [word for text in EXPRESSIONS for word in ("-e", f"s%{text}%[REDACTED]%g")]
        tasks.append(Task("sed, 6 expressions", ["sed", "-E", *substitutions], whole))
    else:
        missing.append("sed: missing")
    if vrl_python and _vrl_version(vrl_python):
        for unit, words in {"line": "by line", "block": "by 64 KiB"}.items():
            command = [vrl_python, str(HERE / "vrl_redact.py"), unit, *EXPRESSIONS]
            tasks.append(Task(f"VRL redact, 6 filters, {words}", command, whole))
    else:
        missing.append("VRL redact: missing; install vector-vrl in Python 3.12 or newer, then --vrl-python FILE")
    return tasks, missing


def _version(command: list[str]) -> str:
    try:
        lines = subprocess.run(command, capture_output=True, text=True, check=False).stdout.splitlines()
    except OSError:
        return "missing"
    return lines[0] if lines else "unknown version"


def _vrl_version(python: str) -> str:
    code = "import importlib.metadata as m; print(m.version('vector-vrl'))"
    try:
        return subprocess.run([python, "-c", code], capture_output=True, text=True, check=False).stdout.strip()
    except OSError:
        return ""


def _left(command: list[str], source: str, output: str, env: dict[str, str]) -> str:
    """Warm the command up on a short input, and say how many of the planted tokens come through it."""
    with open(output, "wb") as file:
        done = harness.run(command, env=env, source=["cat", source], output=file)
    if done.code:
        return f"failed ({done.code})"
    # Line by line: what this process holds would count as memory of the commands that it starts.
    planted, left = _tokens(source), _tokens(output)
    return f"{len(planted & left)} of {len(planted)}"


def _tokens(path: str) -> set[bytes]:
    found: set[bytes] = set()
    with open(path, "rb") as file:
        for line in file:
            if b"https://x:" in line:
                found.update(TOKEN.findall(line))
    return found


def _print(
    tasks: list[Task],
    missing: list[str],
    runs: dict[str, list[harness.Run]],
    sizes: dict[str, float],
    left: dict[str, str],
) -> None:
    speeds = {task.label: sizes[task.label] / harness.median([one.wall for one in runs[task.label]]) for task in tasks}
    rows = []
    for task in tasks:
        own = runs[task.label]
        rows.append(
            [
                task.label,
                f"{sizes[task.label]:.0f}",
                f"{speeds[task.label]:.0f}",
                f"{sizes[task.label] / harness.median([one.cpu for one in own]):.0f}",
                f"{max(one.peak_mb for one in own):.0f}",
                f"{speeds[task.label] / speeds['cat']:.3f}",
                f"{speeds[OURS] / speeds[task.label]:.2f}",
                left[task.label],
            ]
        )
    harness.show(
        f"`cat LOG | command > /dev/null`, or `< LOG`; median of {len(runs[OURS])}",
        ["", "MB", "MB/s", "MB/s of cpu", "peak MB", "part of cat", "ours / this", "secrets left"],
        rows,
    )
    for line in missing:
        print(f"  {line}")
    print("\nthe commands")
    for task in tasks:
        words = [word.removeprefix(f"{HERE}{os.sep}") for word in task.command[1:]]
        print(f"  {shlex.join([os.path.basename(task.command[0]), *words])}")


if __name__ == "__main__":
    main()
