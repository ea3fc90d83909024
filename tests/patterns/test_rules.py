"""The shipped rules pass the gate, and the gate refuses bad ones."""

from __future__ import annotations

import pytest
from scrubjay.patterns import ScrubjayError
from scrubjay.patterns.gate import check
from scrubjay.patterns.load import SPLIT, load, read_shipped

GOOD = """
provider = "Acme"
[[rule]]
id = "acme-key"
name = "Acme key"
description = "A key."
keywords = ["acme_"]
pattern = '''(?P<secret> acme_ [a-z0-9]{16} ) (?![a-z0-9])'''
risk = "high"
lifetime = "long-lived"
revoke = "the console"
references = ["https://acme.example/keys"]
examples = ["ac¦me_k3v9¦x2m7¦q4w8¦z1t6", "key: «ac¦me_p8d2¦n5r7¦j3h9¦b6f4»."]
counterexamples = ["acme_short", "acme_K3V9X2M7Q4W8Z1T6"]
"""


def problems(text: str) -> str:
    sources = [("acme.toml", text.encode())]
    return "\n".join(problem.text for problem in check(load(sources), sources))


@pytest.mark.once
@pytest.mark.parametrize("part", range(2))
def test_every_shipped_rule_passes_the_gate(part: int) -> None:
    """Engines, examples, spans, counterexamples, keywords, hostile texts, references of all rules are in order."""
    sources = read_shipped()
    rules = load(sources)
    assert [f"{problem.rule}: {problem.text}" for problem in check(rules, sources, rules[part::2])] == []


def test_a_new_rule_is_one_block() -> None:
    """A well-made block passes the gate with nothing else to write."""
    assert problems(GOOD) == ""


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('["acme_"]', '["other"]', "not every match must hold one"),
        ("[a-z0-9]{16}", "[a-z0-9]{15}", "example 1"),
        ('"acme_short"', '"ac¦me_k3v9¦x2m7¦q4w8¦z1t7"', "counterexample 1"),
        ('["https://acme.example/keys"]', "[]", "references"),
        ('"ac¦me_k3v9¦x2m7¦q4w8¦z1t6", ', "", "at least two different examples"),
        ("«ac¦me_p8d2¦n5r7¦j3h9¦b6f4»", "«ac¦me_p8d2¦n5r7¦j3h9¦b6f»4", "example 2"),
        ('ac¦me_k3v9¦x2m7¦q4w8¦z1t6"', 'acme_k3v9x2m7q4w8z1t6"', "split the example"),
        ('revoke = "the console"', "", "revoke is missing"),
        ('risk = "high"', "", "risk is missing"),
        ('lifetime = "long-lived"', "", "lifetime is missing"),
        ('provider = "Acme"', "", "provider is missing"),
        ('"acme_K3V9X2M7Q4W8Z1T6"', '"acme_short"', "two different examples and two counterexamples"),
        ('revoke = "the console"', 'revoke = "the console"\npairs_with = "acme-id"', "no other rule acme-id"),
        ("acme_ [a-z0-9]{16}", "acme_ [a-z0-9]{16} (?: (?: [a-z0-9]{1,60} ){1,60} ! )?", "hostile"),
    ],
)  # fmt: skip
def test_the_gate_names_what_is_wrong(old: str, new: str, complaint: str) -> None:
    """Each kind of mistake in a rule is refused with its reason."""
    assert old in GOOD
    assert complaint in problems(GOOD.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("{16}", "{16,}", "unbounded"),
        ("(?P<secret>", "(?P<value>", "group named secret"),
        ("acme_ [a-z0-9]{16}", "(acme_) [a-z0-9]{16}", "unnamed group"),
        ("acme_ [a-z0-9]{16} )", "acme_ [a-z0-9]{16}", "does not parse"),
        ('id = "acme-key"', 'id = "Acme Key"', "lower-case"),
        ('name = "Acme key"', "", "missing name"),
        ('name = "Acme key"', 'name = "Acme key"\ncolour = "blue"', "unknown key colour"),
        ('name = "Acme key"', "name = 7", "name must be a string"),
        ('name = "Acme key"', 'name = "Acme key"\nidentifier = "yes"', "identifier must be true or false"),
        ('name = "Acme key"', 'name = "Acme key"\npairs_with = 7', "pairs_with must be a list of strings"),
        ('risk = "high"', 'risk = "huge"', "risk must be one of"),
        ("[[rule]]", "[[rule", "not valid TOML"),
        ('keywords = ["acme_"]', 'keywords = ["acme_"]\nchecks = [{ name = "no-such" }]', "there is no check"),
        ('keywords = ["acme_"]', 'keywords = ["acme_"]\nchecks = [{ name = "jwt", marker = 3 }]', "takes"),
        (GOOD, GOOD + GOOD.replace('provider = "Acme"', ""), "already defined"),
    ],
)
def test_a_malformed_block_is_refused_with_its_place(old: str, new: str, complaint: str) -> None:
    """A block that can't be used raises an error that names the file, the rule and the reason."""
    assert old in GOOD
    with pytest.raises(ScrubjayError, match=complaint) as error:
        problems(GOOD.replace(old, new))
    assert "acme.toml" in str(error.value)


def test_a_new_rule_leaves_the_others_their_examples() -> None:
    """Of the rules beside the chosen ones, the gate says which a new one takes an example from."""
    wide = GOOD.replace("acme-key", "acme-all").replace("[a-z0-9]{16}", "[a-z0-9]{16} ;?").replace('"acme_"]', '"ac"]')
    rules = load([("acme.toml", GOOD.encode()), ("wide.toml", wide.encode())])
    said = [problem.rule for problem in check(rules, [], [], beside=rules)]
    assert said and set(said) <= {"acme-key", "acme-all"}
    assert not list(check(load([("acme.toml", GOOD.encode())]), [], [], beside=load([("acme.toml", GOOD.encode())])))


def test_an_identifier_needs_its_secret() -> None:
    """The gate refuses an identifier whose secret does not know of it, since the two would never be joined."""
    half = GOOD.replace("acme-key", "acme-secret").replace("acme_", "acse_").replace("ac¦me_", "ac¦se_")
    identifier = GOOD.replace("revoke =", 'identifier = true\npairs_with = ["acme-secret"]\nrevoke =')
    assert "has to name this one" in problems(identifier + half.replace('provider = "Acme"', ""))
    named = half.replace("revoke =", 'pairs_with = "acme-key"\nrevoke =')
    assert problems(identifier + named.replace('provider = "Acme"', "")) == ""


def test_at_least_450_complete_types() -> None:
    """The shipped rules of providers are at least 450 credential types, each with all that the gate wants."""
    rules = [rule for rule in load(read_shipped()) if not rule.generic and not rule.unsaid and rule.references]
    assert sum(len(set(r.examples)) >= 2 and len(set(r.counterexamples)) >= 2 for r in rules) >= 450


def test_shipped_examples_are_split() -> None:
    """Rule files hold their fake secrets in pieces, so that no scanner takes them for real ones."""
    for name, content in read_shipped():
        assert SPLIT.encode() in content, name


@pytest.mark.parametrize("flag", ["(?i)", "(?s)", "(?m)"])
def test_flags_for_a_whole_rule_are_refused(flag: str) -> None:
    """A flag of the whole pattern would not reach the candidate expression, so the rule is refused."""
    with pytest.raises(ScrubjayError, match="flag for all"):
        problems(GOOD.replace("'''(?P<secret>", f"'''{flag}(?P<secret>"))


def test_group_q_is_a_quote() -> None:
    """A back-referenced group other than a quote is refused: the candidate expression assumes a quote there."""
    with pytest.raises(ScrubjayError, match="one quote"):
        problems(GOOD.replace("(?P<secret> acme_", "(?P<q> [a-z] ) (?P<secret> acme_").replace(") (?!", ") (?P=q) (?!"))


def test_value_model_and_checks_exclude_each_other() -> None:
    """Checks beside a value model would never run, so the rule is refused."""
    with pytest.raises(ScrubjayError, match="not both"):
        problems(GOOD.replace("revoke =", 'value = "token"\nchecks = [{ name = "jwt" }]\nrevoke ='))
