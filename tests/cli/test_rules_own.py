"""`scrubjay rules import` and `rules check` of a user's settings; scans look into encoded text."""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path

import pytest
from scrubjay.cli import main
from scrubjay.patterns.matcher import installed_engines

ACME = """
[[rules]]
id = "acme-key"
description = "Acme"
regex = '''(?i)\\b(acme_[a-z0-9]{20})\\b'''
keywords = ["acme_"]
path = '''\\.env$'''

[[rules]]
id = "a-file"
path = '''\\.p12$'''
"""


def test_import_and_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A gitleaks configuration becomes settings that `rules check` reads, and the report names what is missing."""
    (tmp_path / "gitleaks.toml").write_text(ACME)
    target = tmp_path / ".scrubjay.toml"
    assert main(["rules", "import", str(tmp_path / "gitleaks.toml"), "--output", str(target)]) == 0
    report = capsys.readouterr().err
    assert "acme-key: not carried over as it was: it was for some paths only" in report
    assert "a-file: not carried over: it has no regex" in report
    assert "1 rules carried over, 1 of them not as they were, 1 not at all" in report
    assert main(["rules", "check", str(target)]) == 0
    assert "acme-key: no example" in capsys.readouterr().out
    target.write_text('[[rule]]\nid = "acme-key"\npattern = "(?P<secret> acme_ [a-z]{20} )"\nexamples = ["acme_1"]\n')
    assert main(["rules", "check", str(target)]) == 1
    assert f"acme-key: example 1 ({installed_engines()[0]})" in capsys.readouterr().out
    target.write_text('[rules]\ndisable = ["nothing-such"]\n')
    assert main(["rules", "check", str(target)]) == 2
    assert "there is no rule nothing-such" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["github-pat-classic"], ["--counts"]])
def test_bench_without_its_engine(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    """What measures Hyperscan says what to install where it is missing."""
    monkeypatch.setitem(sys.modules, "hyperscan", None)
    assert main(["rules", "bench", *words]) == 2
    assert "engine hyperscan is not installed; pip install hyperscan" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["not = [toml", "[[rule]]\nid = 'x'\n"])
def test_import_of_something_else(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    """What is no gitleaks configuration is a usage error that says so."""
    (tmp_path / "x.toml").write_text(text)
    assert main(["rules", "import", str(tmp_path / "x.toml")]) == 2
    assert "no gitleaks configuration" in (said := capsys.readouterr().err) or "not valid TOML" in said


def test_a_scan_looks_into_encoded_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A password inside base64 is reported with its line, and the reason says where it was."""
    url = ("postgres:" + "//app:" + "x7Kp" + "2mQz9w@db.internal/app").encode()
    (tmp_path / "secret.yaml").write_bytes(b"kind: Secret\ndata:\n  url: " + base64.b64encode(url) + b"\n")
    assert main(["scan", str(tmp_path), "--format", "jsonl", "--quiet"]) == 1
    (found,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert (found["rule"], found["line"]) == ("generic-url-password", 3)
    assert "inside base64" in found["reasons"]


def test_too_much_encoded_text_is_not_clean(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file that would decode to many times its size makes the scan incomplete, exit code 3."""
    (tmp_path / "many.txt").write_bytes(b"\t".join([b"%41" + b"B" * 8] * 10_000))
    assert main(["scan", str(tmp_path)]) == 3
    assert "more encoded text" in capsys.readouterr().err
