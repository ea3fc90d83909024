"""Each benchmark runs with its documented command, on tiny input, and shows all of its rows. No time is asserted."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
OURS = ("scrubjay hook pre-commit", "scrubjay diff --staged")

pytestmark = pytest.mark.skipif(not BENCHMARKS.is_dir(), reason="the benchmarks are not beside the tests")


def run(name: str, *arguments: str, results: Path) -> tuple[str, dict[str, Any]]:
    """Run a benchmark once, and return what it printed and the raw results it wrote."""
    command = [sys.executable, str(BENCHMARKS / name), "--runs", "1", "--json", str(results), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    raw = json.loads(results.read_text(encoding="utf-8"))
    assert raw["date"] and raw["machine"]["processor"] and raw["machine"]["Python"]
    return done.stdout, raw


def has_hyperscan() -> bool:
    """True when the first engine is installed."""
    try:
        import hyperscan  # noqa: F401
    except ImportError:
        return False
    return True


def test_the_matcher_benchmark_shows_both_engines_on_code_and_logs(tmp_path: Path) -> None:
    """Every engine that is installed has its rows for each corpus, and the slowest rules are listed."""
    arguments = ("--megabytes", "0.05", "--per-rule", "2", "--rules", "npm-", "--rule-megabytes", "0.01")
    text, raw = run("matcher.py", *arguments, results=tmp_path / "raw.json")
    engines = ["keywords", *(["hyperscan"] if has_hyperscan() else [])]
    rows = {(timing["corpus"], timing["what"]) for timing in raw["results"]["timings"]}
    for engine in engines:
        for stage in ("stage 1 alone", "Matcher.find"):
            label = re.compile(rf"{engine}, \d+ rules, {stage}")
            shown = {what for _, what in rows if label.fullmatch(what)}
            # All rules with each engine; with the first one the most used rules, too.
            assert len(shown) == 1 + (engine == "hyperscan")
            for what in shown:
                assert text.count(what) == 2 and {("code", what), ("logs", what)} <= rows
    if has_hyperscan():
        assert "slowest rules alone on logs" in text and raw["results"]["rules"]
    else:
        assert "hyperscan: missing" in text


@pytest.mark.once
def test_the_hook_benchmark_names_missing_and_failing_tools(tmp_path: Path) -> None:
    """A tool that is not installed is named with what to install; one that fails is not taken for a quick one."""
    (tmp_path / "betterleaks").symlink_to(shutil.which("false") or "/bin/false")
    text, raw = run("hook.py", "--tools", str(tmp_path), results=tmp_path / "raw.json")
    for ours in OURS:
        assert ours in text and [one["code"] for one in raw["results"]["tools"][ours]["runs"]] == [0]
    for peer in ("gitleaks", "kingfisher", "detect-secrets-hook"):
        assert f"{peer}: missing; install" in text
    assert text.count("should have ended") == 1
    assert "betterleaks (native binary) should have ended with exit code 0" in text


@pytest.mark.once
def test_the_hook_benchmark_measures_a_stopped_commit(tmp_path: Path) -> None:
    """With a made-up token in the staged file, ours end with findings."""
    text, raw = run("hook.py", "--tools", str(tmp_path), "--found", results=tmp_path / "raw.json")
    for ours in OURS:
        assert [one["code"] for one in raw["results"]["tools"][ours]["runs"]] == [1]
    assert "it holds one made-up token" in text and "should have ended" not in text


@pytest.mark.once
def test_the_filter_benchmark_masks_what_was_planted(tmp_path: Path) -> None:
    """Ours leaves no planted token, `cat` leaves all; VRL is named when its Python is not given."""
    arguments = ("--megabytes", "1", "--slow-megabytes", "1", "--temp", str(tmp_path))
    text, raw = run("filter.py", *arguments, results=tmp_path / "raw.json")
    left = {label: row["secrets_left"] for label, row in raw["results"]["tools"].items()}
    assert left["cat"] == "7 of 7"
    assert "scrubjay filter" in left
    assert all(found.startswith("0 of ") for label, found in left.items() if label != "cat")
    assert "VRL redact: missing" in text


@pytest.mark.once
def test_the_limits_benchmark_shows_latency_and_memory(tmp_path: Path) -> None:
    """Both tables, also of the one long line, and every run ends well."""
    arguments = ("--lines", "40", "--megabytes", "16")
    text, raw = run("filter_limits.py", *arguments, results=tmp_path / "raw.json")
    assert "99%" in text and "one line of 16 MB" in text
    assert [one["code"] for one in raw["results"]["memory"].values()] == [0, 0]
    assert all(one["read_mb"] > 15 for one in raw["results"]["memory"].values())


@pytest.mark.parametrize("form", ["codex", "shell", "json", "sqlite"])
def test_the_scrub_under_load_loses_and_leaves_nothing(tmp_path: Path, form: str) -> None:
    """While a program adds to transcripts and the scrub is killed, all records stay, and no key does."""
    _, raw = run("scrub_load.py", "--transcripts", "12", form, results=tmp_path / "raw.json")
    counts = raw["results"][form][0]
    assert counts["transcripts"] == 12 and counts["keys"] > 24 and counts["added"] > 24 and counts["killed"] >= 5
    assert [counts[name] for name in ("lost", "altered", "unparsed", "half", "left")] == [0] * 5


def test_the_generated_logs_are_always_the_same_and_hold_no_secret() -> None:
    """Two processes make the same bytes, and the matcher reports nothing in them."""
    code = (
        "import sys, hashlib; sys.path.insert(0, sys.argv[1]); import corpus\n"
        "from scrubjay.patterns import Matcher\n"
        "data = corpus.logs(0.2)\n"
        "print(hashlib.sha256(data).hexdigest(), len(Matcher.default().find(data)))"
    )
    command = [sys.executable, "-c", code, str(BENCHMARKS)]
    outputs = {subprocess.run(command, capture_output=True, text=True, check=True).stdout for _ in range(2)}
    assert len(outputs) == 1 and outputs.pop().split()[1] == "0"
