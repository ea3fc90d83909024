"""Markers in a line, the allow list, settings: who may keep a finding from counting, and that all are told."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest

COMMAND = (sys.executable, "-m", "scrubjay.cli")


def report(repo: Any, *words: str, **environment: str) -> tuple[int, list[dict[str, Any]]]:
    done = repo.run(*COMMAND, "scan", "-f", "json", *words, **environment)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)["findings"]


def test_a_marker_with_rule_and_reason_counts(repo: Any, secret: str) -> None:
    """scrubjay:ignore[rule] reason suppresses that rule's finding, which stays in the report with the reason."""
    repo.write("a.py", f"key = '{secret}'  # scrubjay:ignore[github-pat-classic] revoked in May\n")
    code, rows = report(repo)
    assert code == 0 and [row["suppressed"] for row in rows] == ["inline: revoked in May"]


@pytest.mark.parametrize("mark", ["scrubjay:ignore", "scrubjay:ignore[github-pat-classic]", "scrubjay:ignore[x] why"])
def test_a_marker_without_rule_or_reason_does_not_count(repo: Any, secret: str, mark: str) -> None:
    """A marker that names no rule, no reason or another rule suppresses nothing."""
    repo.write("a.py", f"key = '{secret}'  # {mark}\n")
    assert report(repo)[0] == 1


def test_forbid_inline(repo: Any, secret: str) -> None:
    """With --forbid-inline the finding counts, and the report says that there was a marker."""
    repo.write("a.py", f"key = '{secret}'  # scrubjay:ignore[github-pat-classic] revoked\n")
    code, rows = report(repo, "--forbid-inline")
    assert code == 1 and "markers in the line do not count here" in rows[0]["reasons"]


@pytest.mark.parametrize(
    ("tool", "mark"),
    [
        ("gitleaks", "gitleaks:allow"),
        ("detect-secrets", "pragma: allowlist secret"),
        ("trufflehog", "trufflehog:ignore"),
        ("kingfisher", "kingfisher:ignore"),
        ("betterleaks", "betterleaks:allow"),
    ],
)
def test_other_tools_markers_count_on_request(repo: Any, secret: str, tool: str, mark: str) -> None:
    """Another tool's marker counts only where an option or the settings name the tool."""
    repo.write("a.py", f"key = '{secret}'  # {mark}\n")
    assert report(repo)[0] == 1
    code, rows = report(repo, "--markers", tool)
    assert code == 0 and rows[0]["suppressed"] == f"inline: {tool}"
    repo.write(".scrubjay.toml", f'markers = ["{tool}"]\n')
    assert report(repo)[0] == 0
    assert report(repo, "--forbid-inline")[0] == 1


def test_allow_list(repo: Any, secret: str, make_secret: Any) -> None:
    """An [[allow]] block suppresses by rule and path until its last day, with its reason; elsewhere nothing changes."""
    repo.write("tests/data/a.txt", secret)
    repo.write("src/a.txt", make_secret("src"))
    block = '[[allow]]\nrules = ["github-*"]\npaths = ["tests/"]\nreason = "test data"\n'
    repo.write(".scrubjay.toml", block)
    code, rows = report(repo)
    assert code == 1
    assert {row["path"]: row["suppressed"] for row in rows} == {
        "tests/data/a.txt": "allowed: test data",
        "src/a.txt": "",
    }
    repo.write(".scrubjay.toml", block + "expires = 2020-01-01\n")
    assert {row["suppressed"] for row in report(repo)[1]} == {""}


def test_paths_rules_sizes_and_confidence(repo: Any, secret: str, make_secret: Any) -> None:
    """Settings leave out paths, rules, large files and low confidence, and the coverage says how many."""
    repo.write("vendor/a.txt", secret)
    repo.write("src/b.txt", make_secret("b"))
    repo.write("src/large.txt", make_secret("large") + "\n" + "x" * 3000)
    repo.write(".scrubjay.toml", 'max-size = "2 kB"\n[paths]\nexclude = ["vendor/"]\n')
    done = repo.run(*COMMAND, "scan", "-f", "json")
    document = json.loads(done.stdout)
    assert [row["path"] for row in document["findings"]] == ["src/b.txt"]
    assert document["coverage"]["excluded"] == 1
    assert [gap["path"] for gap in document["coverage"]["left_out"]] == ["src/large.txt"]
    assert b"1 files excluded, 1 too large" in done.stderr
    repo.write(".scrubjay.toml", '[rules]\ndisable = ["github-*"]\n')
    done = repo.run(*COMMAND, "scan")
    assert done.returncode == 0 and b"3 left out by the settings" in done.stderr
    repo.write(".scrubjay.toml", '[paths]\ninclude = ["src/"]\n')
    assert {row["path"] for row in report(repo)[1]} == {"src/b.txt", "src/large.txt"}


def test_the_hook_obeys_settings_markers_and_baseline(repo: Any, secret: str, make_secret: Any) -> None:
    """The hook passes what the settings exclude and what a marker explains, counts it, and stops the rest."""
    repo.write(".scrubjay.toml", '[paths]\nexclude = ["vendor/"]\n')
    repo.stage("vendor/a.txt", secret)
    repo.stage("b.py", f"k = '{make_secret('b')}'  # scrubjay:ignore[github-pat-classic] a test\n")
    hook = repo.hook("pre-commit")
    assert hook.code == 0 and "1 suppressed" in hook.err and "1 left out" in hook.err
    repo.stage("c.py", make_secret("c"))
    assert repo.hook("pre-commit").places == ["c.py:1:1 github-pat-classic"]


def test_a_named_configuration_is_the_last_word(repo: Any, secret: str, tmp_path: Any) -> None:
    """A CI scan that names its settings is moved by nothing in the scanned repository: settings, baseline, markers."""
    repo.write("a.py", f"key = '{secret}'  # scrubjay:ignore[github-pat-classic] trust me\n")
    repo.write("b.py", secret)
    repo.run(*COMMAND, "baseline", "create", check=True)
    repo.write(".scrubjay.toml", '[rules]\ndisable = ["*"]\n[paths]\nexclude = ["*"]\n')
    assert repo.run(*COMMAND, "scan").returncode == 0
    named = tmp_path / "ci.toml"
    named.write_text("")
    assert [row["suppressed"] for row in report(repo, "--config", str(named))[1]] == ["", ""]
    assert report(repo, SCRUBJAY_CONFIG=str(named))[0] == 1
    hook_repo_code = repo.run(*COMMAND, "history", "--config", str(named)).returncode
    assert hook_repo_code in (1, 3), "an empty history is incomplete, never clean"
    named.write_text("inline = true\nbaseline = true\n")
    assert report(repo, "--config", str(named))[0] == 0


def test_a_broken_configuration_stops_scan_and_hook(repo: Any, secret: str) -> None:
    """A file of settings that can't be used is an error with its line, and never means no settings."""
    repo.write(".scrubjay.toml", 'min-confidence = "high"\n\n[paths]\nexclude = "vendor"\n')
    repo.stage("a.txt", secret)
    for done in (repo.run(*COMMAND, "scan"), repo.run(*COMMAND, "hook", "pre-commit")):
        assert done.returncode == 2
        assert b".scrubjay.toml:4: paths.exclude wants a list of texts" in done.stderr
    assert repo.run(*COMMAND, "scan", "--config", "none.toml").returncode == 2


def test_own_rules_count_in_scan_and_hook(repo: Any) -> None:
    """A [[rule]] of the settings is found by scan and by the hook."""
    repo.write(".scrubjay.toml", "[[rule]]\nid = \"acme-token\"\npattern = '(?P<secret> acme_[a-z]{12} )'\n")
    repo.stage("a.txt", "acme_" + "qwkzjxvbnmpl" + "\n")
    assert repo.run(*COMMAND, "scan").returncode == 1
    assert repo.hook("pre-commit").places == ["a.txt:1:1 acme-token"]


def test_the_same_secret_in_several_files_is_one(repo: Any, secret: str) -> None:
    """A secret in three files is told once, with its places, and that it is the same."""
    for name in ("a.txt", "b.txt", "c/d.txt"):
        repo.write(name, f"key = {secret}\n")
    out = repo.run(*COMMAND, "scan").stdout.decode()
    assert "the same secret in 3 places in 3 files" in out and out.count("revoke:") == 1
    document = json.loads(repo.run(*COMMAND, "scan", "-f", "json").stdout)
    assert document["summary"]["secrets"] == 1 and document["summary"]["findings"] == 3
