"""Users' own rules: added, changed, switched off, or said to be wrong; gitleaks' rules carried over, or not."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from scrubjay.patterns import Matcher
from scrubjay.patterns import cache as cached
from scrubjay.patterns.custom import adapted, keywords_of, own
from scrubjay.patterns.errors import RuleError
from scrubjay.patterns.gitleaks import imported, toml
from scrubjay.patterns.load import load, read_shipped
from scrubjay.patterns.matcher import installed_engines
from scrubjay.patterns.rule import Rule

ACME = {"id": "acme-key", "pattern": "(?P<secret> acme_ [A-Za-z0-9]{20} ) (?![A-Za-z0-9])"}
VALUE = b"acme_" + b"q8Zx2LmN7vKd4WtR9pYs"


@pytest.fixture(scope="module")
def shipped() -> tuple[Rule, ...]:
    """All shipped rules."""
    return load(read_shipped())


def test_a_rule_is_an_id_and_a_pattern(shipped: tuple[Rule, ...]) -> None:
    """A new rule needs no more than two lines: its keywords are found in the pattern."""
    rules = adapted(shipped, {"rule": [ACME]})
    (rule,) = own(rules, {"rule": [ACME]})
    assert rule.keywords == ("acme_",)
    assert len(rules) == len(shipped) + 1
    for engine in installed_engines():
        found = Matcher([rule], engine=engine).find(b"x = " + VALUE)
        assert [(match.rule, match.start, match.end) for match in found] == [("acme-key", 4, 29)]


def test_a_shipped_rule_is_changed_by_its_id(shipped: tuple[Rule, ...]) -> None:
    """A block with a shipped id changes the keys that it gives, adds to the allowed values, and leaves the rest."""
    before = next(rule for rule in shipped if rule.id == "generic-key")
    table = {"rule": [{"id": "generic-key", "confidence": "low", "allow": ["a", "b"]}]}
    (rule,) = own(adapted(shipped, table), table)
    assert rule == before._replace(confidence="low", allow=(*before.allow, b"a", b"b"), source=".scrubjay.toml")


def test_rules_are_switched_off_by_id_or_pattern(shipped: tuple[Rule, ...]) -> None:
    """`rules.disable` takes ids and patterns of ids."""
    left = {rule.id for rule in adapted(shipped, {"rules": {"disable": ["generic-key", "aws-*"]}})}
    gone = {rule.id for rule in shipped} - left
    assert gone == {rule.id for rule in shipped if rule.id == "generic-key" or rule.id.startswith("aws-")}
    assert len(gone) > 2


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"rule": [{"id": "generic-kee", "confidence": "low"}]}, "did you mean generic-key"),
    ({"rule": [{"pattern": "x"}]}, "has no id"),
    ({"rule": [ACME, ACME]}, "two blocks"),
    ({"rule": [{**ACME, "colour": "red"}]}, "unknown key colour"),
    ({"rule": [{**ACME, "pattern": "(?P<secret> acme_ [a-z]+ )"}]}, "upper bound"),
    ({"rule": [{**ACME, "pattern": "(?P<secret> [a-f0-9]{20} )"}]}, "give keywords"),
    ({"rule": [{**ACME, "pattern": "acme (?: (?P<secret> [a-f0-9]{20} ) | none )"}]}, "take it out of the choice"),
    ({"rule": [{**ACME, "pattern": "acme (?P<secret> x{20000} )"}]}, "16384"),
    ({"rule": [{**ACME, "keywords": ["other"]}]}, "keywords"),
    ({"rule": [{**ACME, "checks": [{"name": "unlike", "pattern": "("}]}]}, "no expression"),
    ({"rule": [{**ACME, "checks": [{"name": "entropy", "min": "much"}]}]}, "wants a number"),
    ({"rule": [{**ACME, "checks": [{"name": "nonsense"}]}]}, "no check nonsense"),
    ({"rule": [{**ACME, "value": "token"}]}, "begins with generic-"),
    ({"rules": {"disable": ["github-pat-clasic"]}}, "did you mean github-pat-classic"),
    ({"rules": {"disable": "aws"}}, "list of ids"),
    ({"rules": {"enable": []}}, "disable = [...]"),
    ({"rule": [ACME], "rules": {"disable": ["acme-*"]}}, "both defined and disabled"),
    ({"rule": "x"}, "[[rule]]"),
]


@pytest.mark.parametrize(("table", "words"), WRONG, ids=[words for _, words in WRONG])
def test_what_is_wrong_is_said(shipped: tuple[Rule, ...], table: dict[str, Any], words: str) -> None:
    """Anything that can't be used is a RuleError that names the rule and what to do."""
    with pytest.raises(RuleError) as caught:
        adapted(shipped, table)
    assert words in str(caught.value)
    assert caught.value.exit_code == 2


def test_the_compiled_form_is_kept_by_what_the_settings_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings with other rules are another entry of the cache, and never answer for the shipped rules."""
    few = read_shipped()[:1]
    monkeypatch.setenv("SCRUBJAY_CACHE_DIR", str(tmp_path))
    # Few rules, which are compiled at once.
    monkeypatch.setattr("scrubjay.patterns.load.read_shipped", lambda: list(few))
    for _ in range(2):
        assert Matcher.default(custom={"rule": [ACME]}).find(VALUE)
        assert not Matcher.default().find(VALUE)
        changed = {"rule": [{**ACME, "confidence": "low"}]}
        assert [match.confidence for match in Matcher.default(custom=changed).find(VALUE)] == ["low"]
    kept = Matcher.default(custom={"rule": [ACME]})
    assert kept.rule("acme-key").source == ".scrubjay.toml"
    assert cached.folder() == str(tmp_path)


def test_own_rules_have_a_time_limit(shipped: tuple[Rule, ...]) -> None:
    """Whoever wrote the settings of a repository, its rules can't hold up a scan."""
    slow = {"id": "slow-rule", "pattern": "slow (?P<secret> [a]{0,4000} [a]{0,4000} [a]{0,4000} b )"}
    (rule,) = own(adapted(shipped, {"rule": [slow]}), {"rule": [slow]})
    from scrubjay.patterns.load import plan

    assert plan(rule).timed


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("(?P<secret> xoxb- [0-9]{10} )", {"xoxb-"}),
        ("(?P<secret> (?:AKIA|ASIA|A3T[A-Z0-9]) [A-Z0-9]{16} )", {"kia", "sia", "3t"}),
        ("(?i: acme ) [a-z]{0,5} = (?P<secret> [a-z]{9} )", {"acme"}),
        ("(?P<secret> [0-9a-f]{32} )", set()),
    ],
)
def test_keywords_of_a_pattern(pattern: str, expected: set[str]) -> None:
    """Every match holds one of the texts; a pattern without any has none."""
    assert set(keywords_of(pattern)) == expected


def gitleaks(**changes: Any) -> dict[str, Any]:
    """A gitleaks configuration with one rule."""
    rule = {"id": "acme", "regex": r"\b(acme_[a-z0-9]{20})\b", "keywords": ["acme_"]} | changes
    return {"title": "x", "rules": [rule]}


def finds(document: dict[str, Any], text: bytes) -> list[tuple[int, int]]:
    """What the imported rules find, after a way through TOML."""
    table = tomllib.loads(toml(imported(document)))
    return [(match.start, match.end) for match in Matcher(adapted([], table)).find(text)]


ACCOUNT = b"acme_" + b"q8zx2lmn7vkd4wtr9pys"


@pytest.mark.parametrize(
    ("regex", "text", "span"),
    [
        (r"\b(acme_[a-z0-9]{20})\b", b"k=" + ACCOUNT + b" ", (2, 27)),
        (r"acme_[a-z0-9]{20,}", b"k=" + ACCOUNT, (2, 27)),
        (r"(?i)ACME_[a-z0-9]{20}", ACCOUNT, (0, 25)),
        (r"acme_(?i)[A-Z0-9]{20}", ACCOUNT, (0, 25)),
        (r"acme_[[:alnum:]]{20}", ACCOUNT, (0, 25)),
        (r"(?i)[\w.-]{0,50}?(?:acme)(?:[ \t\w.-]{0,20})[\x60'\"\s=]{1,5}([a-z0-9]{20})(?:['\"\s;]|\\[nr]|$)",
         b'my.acme_key = "' + ACCOUNT[5:] + b'"', (15, 35)),
        (r"acme[ #]key: ([a-z0-9]{20})", b"acme#key: " + ACCOUNT[5:], (10, 30)),
        (r"acme_(?P<id>[a-z0-9]{20})\z", ACCOUNT, (5, 25)),
    ],
)  # fmt: skip
def test_expressions_are_carried_over(regex: str, text: bytes, span: tuple[int, int]) -> None:
    """Go's flags, classes and repeats become the form that rules have, with the same finds."""
    assert finds(gitleaks(regex=regex), text) == [span]


def test_entropy_and_allowed_values_are_carried_over() -> None:
    """Entropy, stop words and allowed expressions for the secret become checks that drop a match."""
    assert finds(gitleaks(entropy=3.5), ACCOUNT)
    assert not finds(gitleaks(entropy=3.5), b"acme_" + b"ab" * 10)
    allowed = {"regexes": ["^acme_q8"], "stopwords": ["LMN7"]}
    assert not finds(gitleaks(allowlists=[allowed]), ACCOUNT)
    assert not finds(gitleaks(allowlist={"stopwords": ["lmn7"]}), ACCOUNT)
    assert finds(gitleaks(allowlists=[{"regexes": ["^other"]}]), ACCOUNT)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"path": r"\.env$"}, "some paths only"),
        ({"regex": r"acme_[a-z0-9]{20,}"}, "without an end"),
        ({"allowlists": [{"paths": ["x"]}]}, "allowed paths"),
        ({"allowlists": [{"regexTarget": "line", "regexes": ["x"]}]}, "for the line"),
        ({"allowlists": [{"condition": "AND", "regexes": ["x"], "paths": ["y"]}]}, "condition AND"),
        ({"required": [{"id": "other"}]}, "nearby"),
        ({"verify": "x"}, "the key verify"),
    ],
)
def test_what_is_not_carried_over_is_said(changes: dict[str, Any], words: str) -> None:
    """Each part of a rule that has no equal is in the report, by the rule's id."""
    found = imported(gitleaks(**changes))
    assert [note.rule for note in found.notes if words in note.text] == ["acme"]
    assert len(found.blocks) == 1


@pytest.mark.parametrize("changes", [{"regex": ""}, {"regex": r"\pL{20}"}, {"regex": "(a"}, {"regex": "[a-f0-9]{32}"}])
def test_rules_that_can_not_be_carried_over_are_named(changes: dict[str, Any]) -> None:
    """A rule without a regex, with an unknown one, or with nothing fixed to look for is reported as lost."""
    found = imported(gitleaks(**changes))
    assert found.blocks == [] and [(note.rule, note.lost) for note in found.notes] == [("acme", True)]


def test_ids_that_are_shipped_are_left_out_or_get_another() -> None:
    """Rules of gitleaks' own set don't double the shipped ones."""
    taken = frozenset(["acme"])
    assert imported(gitleaks(), taken).blocks == []
    assert [block["id"] for block in imported(gitleaks(), taken, everything=True).blocks] == ["imported-acme"]


def test_the_whole_file_is_reported_too() -> None:
    """Global allow lists and extended files are named in the report."""
    document = gitleaks() | {
        "allowlist": {"paths": ["a"], "regexes": ["b"]},
        "extend": {"useDefault": True, "path": "x"},
    }
    texts = [note.text for note in imported(document).notes if not note.rule]
    assert len(texts) == 4
    with pytest.raises(RuleError):
        imported({"title": "x"})
