"""A key's id and its secret half, near each other, are one."""

from __future__ import annotations

import pytest
from scrubjay.patterns import Match, Matcher
from scrubjay.patterns.load import load, read_shipped
from scrubjay.patterns.pairs import REACH, paired

RULES = {rule.id: rule for rule in load(read_shipped())}
PAIRS = [
    (identifier, secret.id)
    for secret in RULES.values()
    if not secret.identifier
    for identifier in secret.pairs_with
    if RULES[identifier].identifier
]
PARTNERS = {"secret": {"id", "other-id"}}


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    return Matcher(tuple(RULES.values()))


def at(rule: str, start: int, confidence: str = "medium") -> Match:
    """Make a match of ten bytes."""
    return Match(rule, start, start + 10, start, start + 10, confidence, "***", (f"about {rule}",))


def shape(matches: list[Match]) -> list[tuple[int, list[int]]]:
    """The places of what is one: a match, and the identifiers joined to it."""
    return [(pair.match.start, [one.start for one in pair.identifiers]) for pair in paired(matches, PARTNERS)]


@pytest.mark.parametrize(("identifier", "secret"), PAIRS)
@pytest.mark.parametrize("turned", [False, True])
def test_every_pair_of_the_shipped_rules_is_one(matcher: Matcher, identifier: str, secret: str, turned: bool) -> None:
    """Examples of the id and of the secret, a line apart, are one in either order; the matcher still finds both."""
    texts = [RULES[identifier].examples[0].text, RULES[secret].examples[0].text]
    data = b"\n# the other half\n".join(reversed(texts) if turned else texts)
    found = matcher.find(data)
    assert {identifier, secret} <= {match.rule for match in found}
    joined = {pair.match.rule: {one.rule for one in pair.identifiers} for pair in paired(found, matcher.partners)}
    assert identifier in joined[secret] and (identifier not in joined)


def test_the_documented_providers_have_pairs() -> None:
    """AWS, Alibaba, Tencent, Google Cloud Storage, Twilio and more know both halves."""
    providers = {RULES[secret].provider for _, secret in PAIRS}
    assert len(PAIRS) >= 10 and {"AWS", "Tencent Cloud", "Twilio"} <= providers


def test_an_identifier_joins_the_nearest_secret() -> None:
    """In a file with several keys each id goes to the secret next to it."""
    matches = [at("id", 0), at("secret", 20), at("id", 60), at("secret", 80)]
    assert shape(matches) == [(20, [0]), (80, [60])]


def test_a_secret_takes_one_of_each_rule() -> None:
    """A second id of the same kind stays a finding of its own; one of another kind joins."""
    matches = [at("id", 0), at("id", 20), at("secret", 40), at("other-id", 60)]
    assert shape(matches) == [(0, []), (40, [20, 60])]


def test_far_apart_they_are_two() -> None:
    """Beyond the reach nothing is joined."""
    assert shape([at("id", 0), at("secret", 10 + REACH)]) == [(10 + REACH, [0])]
    assert shape([at("id", 0), at("secret", 11 + REACH)]) == [(0, []), (11 + REACH, [])]


def test_other_rules_are_left_alone() -> None:
    """Rules that know of no pair pass through, in order, as they are."""
    matches = [at("x", 0), at("id", 20), at("y", 40)]
    assert [pair.match for pair in paired(matches, PARTNERS)] == matches
    assert paired([], PARTNERS) == []


@pytest.mark.parametrize(
    ("secret", "identifier", "together"),
    [
        ("medium", "medium", "high"),
        ("low", "medium", "medium"),
        ("medium", "low", "medium"),
        ("low", "low", "low"),
        ("high", "low", "high"),
        ("low", "high", "high"),
    ],
)
def test_both_halves_raise_the_confidence(secret: str, identifier: str, together: str) -> None:
    """Two halves of medium confidence are high together; a low one does not lower the other."""
    (pair,) = paired([at("id", 0, identifier), at("secret", 20, secret)], PARTNERS)
    assert pair.match.confidence == together
    assert pair.match.reasons == ("about secret", "about id", "the id of its key is near")
