"""Key id and secret are one finding wherever the scanner looks, and both are masked."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest
from scrubjay.patterns.load import load, read_shipped

SCRUBJAY = (sys.executable, "-m", "scrubjay.cli")
RULES = {rule.id: rule for rule in load(read_shipped())}


def value(rule: str, number: int = 0) -> str:
    """The secret of a rule's example."""
    example = RULES[rule].examples[number]
    return example.text[example.start : example.end].decode()


ID, SECRET = value("aws-access-key-id"), value("aws-secret-access-key")
ID_LINE, SECRET_LINE = f"aws_access_key_id = {ID}\n", "aws_sec" + f"ret_access_key = {SECRET}\n"
PROFILE = "[default]\n" + ID_LINE + SECRET_LINE
OTHER = "[other]\naws_access_key_id = " + value("aws-access-key-id", 1) + "\naws_sec" + "ret_access_key = "
OTHER += value("aws-secret-access-key", 1) + "\n"


def found(repo: Any, *words: str) -> list[dict[str, Any]]:
    """Run a command and return its findings."""
    document = json.loads(repo.run(*SCRUBJAY, *words, "--format", "json").stdout)
    findings: list[dict[str, Any]] = document["findings"]
    return findings


def test_a_key_of_two_halves_is_one_finding(repo: Any) -> None:
    """The finding stands at the secret, names the line of the id, and is of high confidence; no value is shown."""
    repo.write("credentials", PROFILE)
    done = repo.run(*SCRUBJAY, "scan", "--format", "json")
    (finding,) = json.loads(done.stdout)["findings"]
    assert (finding["rule"], finding["line"], finding["confidence"]) == ("aws-secret-access-key", 3, "high")
    assert finding["paired"] == [{"rule": "aws-access-key-id", "line": 2, "column": 21, "masked": "AKIA********"}]
    text = repo.run(*SCRUBJAY, "scan").stdout
    assert (
        b"with line 2:21: AWS access key id: AKIA********" in text
        and b"1 finding" in repo.run(*SCRUBJAY, "scan").stderr
    )
    assert all(part.encode() not in done.stdout + text for part in (ID, SECRET))


def test_each_profile_has_its_own_key(repo: Any) -> None:
    """Two profiles are two findings, each with its own id."""
    repo.write("credentials", PROFILE + OTHER)
    assert [(one["line"], [half["line"] for half in one["paired"]]) for one in found(repo, "scan")] == [
        (3, [2]),
        (6, [5]),
    ]


@pytest.mark.parametrize(("alone", "rule"), [(ID_LINE, "aws-access-key-id"), (SECRET_LINE, "aws-secret-access-key")])
def test_a_half_alone_is_a_finding(repo: Any, alone: str, rule: str) -> None:
    """An id without its secret, and a secret without its id, are findings of their own."""
    repo.write("credentials", alone)
    (finding,) = found(repo, "scan")
    assert finding["paired"] == [] and finding["rule"] == rule


def test_the_identity_does_not_depend_on_the_other_half(repo: Any) -> None:
    """The secret has the same fingerprint alone and beside its id, so a baseline knows it either way."""
    repo.write("alone", SECRET_LINE)
    repo.write("both", PROFILE)
    assert len({one["fingerprint"] for one in found(repo, "scan")}) == 1


@pytest.mark.parametrize(("before", "after"), [(ID_LINE, SECRET_LINE), (SECRET_LINE, ID_LINE)])
def test_a_commit_that_adds_either_half_is_reported(repo: Any, before: str, after: str) -> None:
    """A range that adds the second half reports the pair, wherever the finding itself stands."""
    repo.commit("first", a=before)
    repo.commit("second", a=before + after)
    (finding,) = found(repo, "diff", "HEAD~1..HEAD")
    assert finding["rule"] == "aws-secret-access-key" and len(finding["paired"]) == 1


def test_a_change_beside_a_pair_is_not_reported(repo: Any) -> None:
    """A line added next to a pair that was there before brings no finding."""
    repo.commit("first", a=PROFILE)
    repo.commit("second", a=PROFILE + "region = eu-west-1\n")
    assert found(repo, "diff", "HEAD~1..HEAD") == []


def test_a_history_knows_the_pair(repo: Any) -> None:
    """The full history has one secret with its id, also when it is read from memory the second time."""
    repo.commit("first", a=PROFILE)
    repo.commit("gone", a="")
    for _ in range(2):
        (finding,) = found(repo, "history")
        assert finding["rule"] == "aws-secret-access-key"
        assert [half["rule"] for half in finding["paired"]] == ["aws-access-key-id"]


def test_the_filter_masks_both_halves(repo: Any) -> None:
    """Joined or not, neither half gets through the filter."""
    out = repo.run(*SCRUBJAY, "filter", stdin=PROFILE.encode()).stdout.decode()
    assert ID not in out and SECRET not in out and out.count("aws-") == 2
