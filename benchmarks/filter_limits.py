"""What the filter adds to a line on a quiet pipe, and its memory: `python benchmarks/filter_limits.py`."""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from time import perf_counter, sleep
from typing import Any

import corpus
import harness

# Between two lines: long enough that each finds the pipe quiet.
GAP = 0.003


def main() -> None:
    """Measure, print both tables, keep the raw results if asked."""
    args = _arguments()
    program = shutil.which("scrubjay", path=os.path.dirname(sys.executable))
    if not program:
        raise SystemExit("scrubjay is not installed beside this Python")
    described = harness.machine()
    harness.introduce("filter limits", described)
    lines = [line + b"\n" for line in corpus.logs(0.5, 70).split(b"\n")[: args.lines] if line]
    commands = {"cat": ["cat"], "scrubjay filter": [program, "filter"]}
    waits = {name: sorted(_waits(command, lines)) for name, command in commands.items()}
    harness.show(
        f"milliseconds from the write of a line to its arrival, {len(lines)} lines, one at a time",
        ["", "median", "99%", "longest"],
        [
            [name, *(f"{1e3 * times[int(share * (len(times) - 1))]:.2f}" for share in (0.5, 0.99, 1))]
            for name, times in waits.items()
        ],
    )
    memory: dict[str, Any] = {}
    for name, script in {
        f"{args.megabytes} MB of lines": "block = corpus.logs(16, 7)",
        f"one line of {args.megabytes} MB": "block = corpus.logs(16, 7).replace(b'\\n', b' ')",
    }.items():
        # In another process: what this one holds would count as memory of the command that it starts.
        feeder = (
            f"import sys\nsys.path.insert(0, {os.path.dirname(os.path.abspath(__file__))!r})\nimport corpus\n{script}\n"
            f"for _ in range({args.megabytes} // 16): sys.stdout.buffer.write(block)"
        )
        with tempfile.TemporaryDirectory(prefix="scrubjay-benchmark-") as folder:
            numbers = os.path.join(folder, "numbers")
            done = harness.run([program, "filter", "--metrics-file", numbers], source=[sys.executable, "-c", feeder])
            with open(numbers, encoding="utf-8") as file:
                read = re.search(r"read_bytes_total{.*} (\d+)", file.read())
        memory[name] = {**done._asdict(), "read_mb": int(read[1]) / 1e6 if read else 0.0}
    harness.show(
        "memory",
        ["", "MB read", "peak MB", "MB/s of cpu", "exit code"],
        [
            [
                name,
                *(f"{number:.0f}" for number in (run["read_mb"], run["peak_mb"], run["read_mb"] / run["cpu"])),
                str(run["code"]),
            ]
            for name, run in memory.items()
        ],
    )
    harness.keep(args.json, "filter limits", described, {"seconds": waits, "memory": memory})


def _arguments() -> argparse.Namespace:
    parser = harness.parser("Added latency and memory of the filter.", runs=1)
    parser.add_argument("--lines", type=int, default=2000, metavar="N", help="lines for the latency (default 2000)")
    parser.add_argument("--megabytes", type=int, default=1024, metavar="N", help="input for the memory (default 1024)")
    args: argparse.Namespace = parser.parse_args()
    return args


def _waits(command: list[str], lines: list[bytes]) -> list[float]:
    """Send each line when the one before has come out, after a pause."""
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
    assert process.stdin and process.stdout
    times = []
    for number, line in enumerate(lines):
        begin = perf_counter()
        process.stdin.write(line)
        while not process.stdout.read(1 << 16).endswith(b"\n"):
            pass
        # The first ones wait for the start, and for parts that are loaded when they are needed.
        if number >= len(lines) // 20:
            times.append(perf_counter() - begin)
        sleep(GAP)
    process.stdin.close()
    process.wait()
    return times


if __name__ == "__main__":
    main()
