"""What may be the beginning of a secret at the end of an unfinished line."""

from __future__ import annotations

import json

import pytest
from scrubjay.patterns import Matcher
from scrubjay.patterns.fronts import SHORT, Fronts

MATCHER = Matcher.default()
FRONTS = MATCHER.fronts
LEAD = b"Certainly, here it is: "


def escaped(data: bytes) -> bytes:
    return json.dumps(data.decode("latin-1"), ensure_ascii=False)[1:-1].encode("latin-1")


@pytest.mark.parametrize("form", ["prose", "JSON"])
def test_each_rule_sees_the_beginning_of_each_of_its_examples(form: str) -> None:
    """Wherever a text is cut behind the eighth byte of a secret, or the first where a keyword stands before it, the
    secret's beginning is seen by its own rule."""
    rules = 0
    for rule in MATCHER.rules:
        plan = MATCHER.plan(rule.id)
        own = Fronts((plan,))
        for example in rule.examples:
            before, secret = example.text[: example.start], example.text[example.start : example.end]
            after = example.text[example.end :]
            if form == "JSON":
                before, secret, after = b'{"text": "' + escaped(before), escaped(secret), escaped(after) + b'"}'
            else:
                before = LEAD + before
            text, start = before + secret + after, len(before)
            # Escapes of line breaks are not read by all rules, and what another line proves is held by the chunker.
            found = [match for match in MATCHER.find(text) if match.start == start and match.rule == rule.id]
            if not found:
                continue
            named = any(word.lower().encode() in text[found[0].begin : start].lower() for word in rule.keywords)
            if plan.opener and b"\n" in example.text:
                continue
            rules += example is rule.examples[0]
            low = text.rfind(b"\n", 0, start) + 1
            for cut in range(start + (1 if named else SHORT + 1), min(start + len(secret), start + 120)):
                assert own.first(text[low:cut]) <= start - low, (rule.id, cut - start)
    assert rules > 630


def test_a_value_is_seen_from_its_first_byte() -> None:
    """Where a name or a mark stands before it, nothing of a value is let go; the name itself is no secret."""
    for name in (b"password", b"Password", b"the api key", b"token", b"AWS", b"secret"):
        assert FRONTS.first(name) == len(name), name
    for before in (b'password = "', b"PASSWORD=", b'{"token": "', b"postgres://app:"):
        assert FRONTS.first(before + b"x") == len(before), before
    mark = b"gh" + b"p_"
    assert FRONTS.first(b"so " + mark) == 3 and FRONTS.first(b"so " + mark + b"is a mark") == 3 + len(mark) + 9


@pytest.mark.parametrize(
    "text",
    ["Unfortunately", "JavaScript", "```python", "**Important:**", "state-of-the-art", "don't", "self.assertEqual(",
     "https://docs.example.org/reference", "/usr/local/lib", "Zimbabwe", "Tatsächlich,", "自然言語処理について"],
)  # fmt: skip
def test_what_reads_like_words_is_no_beginning(text: str) -> None:
    """Rules whose mark comes at the end of a key take no words for its beginning."""
    assert FRONTS.first(text.encode()) == len(text.encode())


@pytest.mark.parametrize("text", ["Qx8kd93k", "aBcDeFgH", "zqxkvbjw", "XQZKVBJW"])
def test_drawn_letters_may_be_a_beginning(text: str) -> None:
    """Eight letters of no word are held: a key with its mark at the end may begin so. Seven are not."""
    assert FRONTS.first(f"a {text}".encode()) == 2
    assert FRONTS.first(f"a {text[:7]}".encode()) == 9
    # No rule has a key as long.
    assert FRONTS.first(f"a {text * 20}".encode()) == 2 + len(text) * 20


def test_a_rule_of_a_user() -> None:
    """Secrets in choices, and marks behind a secret, are understood, too."""
    from scrubjay.patterns.load import own as made

    rule = made({
        "id": "acme-token", "name": "Acme token", "keywords": [".acme."],
        "pattern": r"(?<![a-z0-9]) (?: (?P<secret> [a-z0-9]{12} \.acme\. [a-z0-9]{8} ) | never:.acme. ) (?![a-z0-9])",
    })  # fmt: skip
    front = Matcher([rule]).fronts
    text = b"a q9w8e7r6t5z4.acme.12345678"
    assert [front.first(text[:cut]) for cut in (9, 10, 14, 20, len(text))] == [9, 2, 2, 2, 2]
