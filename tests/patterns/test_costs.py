"""What rules cost is bounded, by counts that are the same on every machine."""

from __future__ import annotations

import hashlib

import pytest
from scrubjay.patterns.corpus import made
from scrubjay.patterns.costs import counts, over_budget
from scrubjay.patterns.load import load, read_shipped

pytest.importorskip("hyperscan")

RULE = """
provider = "Acme"
[[rule]]
id = "acme-key"
name = "Acme key"
description = "A key."
keywords = ["KEYWORD"]
pattern = '''(?P<secret> PATTERN )'''
references = ["https://acme.example/keys"]
examples = []
counterexamples = []
"""


def test_the_text_is_the_same_everywhere() -> None:
    """The text does not depend on the machine, on the version of Python or on what ran before."""
    text = made(1 << 20)
    assert hashlib.sha256(text).hexdigest() == "c6ea1124a69ad01dd5eef01541cb692947f590a297771f47a275fd2fc6325297"
    assert made(1 << 20) == text


def test_the_shipped_rules_are_within_the_budget() -> None:
    """No rule, and not all together, lead to more candidates than the budget."""
    rules = load(read_shipped())
    found = counts(rules, made())
    assert set(found) == {rule.id for rule in rules} and sum(found.values()) > 10
    assert list(over_budget(rules, found)) == []


@pytest.mark.parametrize(
    ("keyword", "pattern"),
    [("to", "to [A-Za-z]{3,20}"), ("key", "key [A-Za-z0-9_]{1,20}"), ("Qa", "Qa [A-Za-z0-9+/]{30,40}")],
)
def test_a_rule_that_fits_often_is_refused(keyword: str, pattern: str) -> None:
    """Two letters, or a common word, before a wide class are over the budget, and the complaint names the rule."""
    rules = load([("acme.toml", RULE.replace("KEYWORD", keyword).replace("PATTERN", pattern).encode())])
    assert any("acme-key" in problem for problem in over_budget(rules, counts(rules, made())))


def test_a_distinctive_rule_costs_nothing() -> None:
    """A rule with a prefix of its own has no candidate in text without it."""
    rules = load([("acme.toml", RULE.replace("KEYWORD", "acme_").replace("PATTERN", "acme_ [a-z]{20}").encode())])
    assert counts(rules, made()) == {"acme-key": 0.0}
