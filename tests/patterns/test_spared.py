"""What is not judged because a provider's rule has won already is what would have lost."""

from __future__ import annotations

import os

from scrubjay.patterns import Matcher

CONTEXTS = [
    b'password = "%b"',
    b"https://user:%b@host.example/x",
    b"token=%b&secret=%b",
    b'{"api_key": "%b"}, "%b", pwd=%b',
]


def test_sparing_changes_no_match() -> None:
    """Every rule's examples in contexts of generic rules give what all spans, judged and settled, give."""
    matcher = Matcher.default(engine=os.environ.get("SCRUBJAY_ENGINE", ""))
    for rule in matcher.rules:
        example = rule.examples[0]
        value = example.text[example.start : example.end]
        if len(value) > 500:
            continue
        for context in CONTEXTS:
            text = context.replace(b"%b", value)
            regions, _ = matcher._engine.candidates(text)
            assert matcher.find(text) == matcher._resolve(matcher._spans(text, regions, 0)), (rule.id, context)
