"""Settings: every mistake is named with its line, and what is good comes back from `config show`."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrubjay.scanner.configuration import told
from scrubjay.scanner.settings import Allow, parse

COMMAND = (sys.executable, "-m", "scrubjay.cli")
WHOLE = """\
min-confidence = "low"
max-size = "20 MB"
inline = false
markers = ["gitleaks"]
baseline = "known"

[paths]
include = ["src/"]
exclude = [
  "vendor/",  # theirs
]

[rules]
enable = ["*"]
disable = ["generic-flag"]

[rotation]
high = 7

[[allow]]
rules = ["generic-*"]
paths = ["tests/"]
reason = "a \\"test\\""
expires = 2030-01-31
"""


def test_every_setting_is_read() -> None:
    """A file with every key gives every field."""
    settings, problems = parse(WHOLE)
    assert problems == []
    assert settings.min_confidence == "low" and settings.max_size == 20_000_000 and not settings.inline
    assert settings.markers == ("gitleaks",) and settings.baseline == "known"
    assert settings.include == ("src/",) and settings.exclude == ("vendor/",)
    assert settings.enable == ("*",) and settings.disable == ("generic-flag",)
    assert settings.rotation == {"high": 7, "standard": 90, "low": 180}
    assert settings.allow == (Allow('a "test"', ("generic-*",), ("tests/",), "2030-01-31"),)


def test_what_show_prints_is_the_same_settings() -> None:
    """The text of settings reads back as the same settings."""
    settings, _ = parse(WHOLE)
    assert parse(told(settings)) == (settings, [])
    assert parse(told(parse("")[0])) == parse("")


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("min-confidence = 3", 1, "wants one of"),
        ("\nmin_confidence = 'low'", 2, "do you mean min-confidence?"),
        ("[paths]\n\nexclude = ['a']\ninclude = [1]", 4, "paths.include wants a list"),
        ("a = '''\n[paths]\ninclude = 3\n'''\n[paths]\ninclude = 3", 6, "paths.include wants a list"),
        ("rotation.high = 0", 1, "number of days"),
        ("[rotation]\nlow = true", 2, "number of days"),
        ("max-size = '3 pages'", 1, "20 MB"),
        ("markers = ['mytool']", 1, "wants names among"),
        ("rules.disable = ['Not An Id']", 1, "ids of rules"),
        ("[[allow]]\nreason = 'x'\nrules = ['a']\n[[allow]]\nrules = ['a']", 4, "wants a reason"),
        ("[[allow]]\nreason = 'x'", 1, "rules or paths"),
        ("[[allow]]\nreason = 'x'\npaths = ['a']\nexpires = 'soon'", 4, "YYYY-MM-DD"),
        ("[[allow]]\nreason = 'x'\npath = ['a']", 3, "no setting path in allow"),
        ("allow = 3", 1, "[[allow]]"),
        ("[paths]\nexclude = [", 2, "not valid TOML"),
        ("x = 1\nx = 2", 2, "not valid TOML"),
    ],
)
def test_a_mistake_is_named_with_its_line(text: str, line: int, words: str) -> None:
    """Each wrong key or value gives one complaint that says where and what."""
    _, problems = parse(text)
    found = [problem for problem in problems if words in problem.text]
    assert [problem.line for problem in found] == [line], problems


@given(st.text(alphabet="abc[]='\"\n#.-_ 1", max_size=80))
def test_any_text_is_settings_or_a_complaint(text: str) -> None:
    """No text makes the reader fail, and a complaint names a line of the text."""
    _, problems = parse(text)
    assert all(1 <= problem.line <= text.count("\n") + 2 for problem in problems)


def test_config_check(repo: Any) -> None:
    """`config check` says good, or each mistake with its line; unknown rules are named; the code is 2 for mistakes."""
    repo.write(".scrubjay.toml", "rules.disable = ['no-such-rule']\n")
    done = repo.run(*COMMAND, "config", "check")
    assert done.returncode == 0 and b"no rule has the id no-such-rule" in done.stdout
    repo.write(".scrubjay.toml", "x = 1\ny = 2\n")
    done = repo.run(*COMMAND, "config", "check")
    assert done.returncode == 2 and b".scrubjay.toml:1: " in done.stderr and b".scrubjay.toml:2: " in done.stderr
    repo.write(".scrubjay.toml", "[[rule]]\nid = 'mine'\npattern = '('\n")
    assert repo.run(*COMMAND, "config", "check").returncode == 2


def test_config_show_says_where_from(repo: Any, tmp_path: Any) -> None:
    """`config show` prints the settings that count, the file and the baseline."""
    repo.write(".scrubjay.toml", "rotation.high = 5\n")
    shown = repo.run(*COMMAND, "config", "show").stdout.decode()
    assert str(repo.path / ".scrubjay.toml") in shown and "high = 5" in shown
    (tmp_path / "ci.toml").write_text("rotation.high = 6\n")
    shown = repo.run(*COMMAND, "config", "show", SCRUBJAY_CONFIG=str(tmp_path / "ci.toml")).stdout.decode()
    assert "high = 6" in shown and "named by" in shown and "inline = false" in shown
