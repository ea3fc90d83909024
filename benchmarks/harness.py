"""What the benchmarks share: run a command and take its resources, name the machine, print tables, keep results."""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from time import perf_counter
from typing import IO, Any, NamedTuple

# Above this load, something else runs on the machine and the times are not to be trusted.
QUIET_LOAD = 0.5


class Run(NamedTuple):
    """One run of a command: seconds by the clock and of the processor, peak resident megabytes, exit code."""

    wall: float
    cpu: float
    peak_mb: float
    code: int


def run(
    command: Sequence[str],
    *,
    cwd: str | None = None,
    env: Mapping[str, str] | None = None,
    source: Sequence[str] | None = None,
    path: str = "",
    output: IO[bytes] | int = subprocess.DEVNULL,
) -> Run:
    """Run a command from its start to its exit, its standard input the file `path` or a pipe from `source`, if given.

    Linux counts the memory of the starting process until the command takes over, so keep this process small.
    """
    begin = perf_counter()
    feeder = subprocess.Popen(source, stdout=subprocess.PIPE) if source else None
    given = open(path, "rb") if path else None
    stdin: IO[bytes] | int | None = feeder.stdout if feeder else given or subprocess.DEVNULL
    process = subprocess.Popen(command, cwd=cwd, env=env, stdin=stdin, stdout=output, stderr=subprocess.DEVNULL)
    if feeder and feeder.stdout:
        feeder.stdout.close()
    _, status, usage = os.wait4(process.pid, 0)
    wall = perf_counter() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    if given:
        given.close()
    if feeder:
        feeder.wait()
    unit = 1e6 if sys.platform == "darwin" else 1e3
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / unit, process.returncode)


def interleaved(tasks: Mapping[str, Callable[[], Any]], rounds: int) -> dict[str, list[Any]]:
    """Call each task once a round, A B C A B C, so that a drift of the machine hits all alike; return all results."""
    results: dict[str, list[Any]] = {name: [] for name in tasks}
    for number in range(rounds):
        for name, task in tasks.items():
            if sys.stderr.isatty():
                sys.stderr.write(f"\r\033[Kround {number + 1} of {rounds}: {name}")
            results[name].append(task())
    if sys.stderr.isatty():
        sys.stderr.write("\r\033[K")
    return results


def median(values: Sequence[float]) -> float:
    """Return the median; raises statistics.StatisticsError when there is none."""
    return statistics.median(values)


def machine(**tools: str) -> dict[str, str]:
    """Describe the machine: processor, cores, system, Python, scrubjay and the given tools with their versions."""
    described = {
        "processor": _processor(),
        "cores": str(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()),
        "system": f"{platform.system()} {platform.machine()}",
        "Python": platform.python_version(),
        "scrubjay": f"{installed('scrubjay')}, {_kind_of_install()}",
        "hyperscan": installed("hyperscan"),
        "load": f"{os.getloadavg()[0]:.2f}",
    }
    return described | tools


def installed(package: str) -> str:
    """Return the version of an installed Python package, or "missing"."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "missing"


def programs(name: str, module: str, folder: str | None) -> dict[str, str]:
    """Return the ways to start a tool, by kind: the program, and the Python script that a package puts before it.

    Nothing is returned when the tool is not there; a script is "" when that of another package has its place.
    """
    path = shutil.which(name, path=folder)
    if not path:
        return {}
    with open(path, "rb") as file:
        content = file.read(4096)
    if not content.startswith(b"#!"):
        return {" (native binary)": path}
    pattern = f"lib/python*/site-packages/{module}/bin/{name}"
    native = next((str(found) for found in Path(path).parent.parent.glob(pattern)), "")
    # Two packages may bring scripts of the same name: the last one installed has won.
    wrapper = path if module.encode() in content else ""
    return {" (native binary)": native, " (Python wrapper)": wrapper} if native else {"": wrapper}


def is_editable() -> bool:
    """True when scrubjay runs from a source folder: that start is slower than that of an installed wheel."""
    import scrubjay.patterns

    place = Path(scrubjay.patterns.__file__ or "").resolve()
    return not any(place.is_relative_to(Path(sysconfig.get_path(name)).resolve()) for name in ("purelib", "platlib"))


def _kind_of_install() -> str:
    return "editable install" if is_editable() else "installed"


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            for line in file:
                if line.startswith("model name"):
                    return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or "unknown processor"


def parser(text: str, runs: int) -> argparse.ArgumentParser:
    """Return a command line with the options that all benchmarks have."""
    made = argparse.ArgumentParser(description=text)
    made.add_argument("--runs", type=int, default=runs, metavar="N", help=f"measured rounds (default {runs})")
    made.add_argument("--json", metavar="FILE", help="write the raw results to FILE")
    return made


def show(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table: the first column to the left, the others to the right."""
    widths = [max(len(row[index]) for row in (columns, *rows)) for index in range(len(columns))]
    print(f"\n{title}")
    for row in (columns, *rows):
        cells = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        print("  " + "  ".join(cells).rstrip())


def introduce(name: str, described: Mapping[str, str]) -> None:
    """Print the head of a report: the benchmark, the date and the machine."""
    print(f"{name} benchmark, {datetime.now(UTC):%Y-%m-%d}")
    for label, text in described.items():
        print(f"  {label:12} {text}")
    if float(described["load"]) > QUIET_LOAD:
        print(f"  NOTE: other work is running (load {described['load']}): these times are noisy")


def keep(path: str | None, name: str, described: Mapping[str, str], results: object) -> None:
    """Write the raw results as JSON, with date and machine; nothing is written without a path."""
    if not path:
        return
    content = {
        "benchmark": name,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": dict(described),
        "results": results,
    }
    Path(path).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
