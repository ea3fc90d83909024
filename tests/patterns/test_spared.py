"""What is not judged because a provider's rule has won already is what would have lost."""

from __future__ import annotations

import os

import pytest
from scrubjay.patterns import Matcher
from scrubjay.sanitizer.keynames import riders

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
            assert matcher.find(text) == matcher.resolved(matcher._spans(text, regions, 0), text), (rule.id, context)


def test_masks_do_not_depend_on_the_checks_that_are_left_out() -> None:
    """What is masked without a verdict of its checks is what a scan finds, with right checksums and wrong ones."""
    pytest.importorskip("hyperscan", reason="the second engine takes no riders")
    matcher = Matcher.default(riders=riders())
    unchecked = 0
    for rule in matcher.rules:
        example = rule.examples[0]
        value = example.text[example.start : example.end]
        if len(value) > 500:
            continue
        for other in (value, value[:-1] + (b"q" if value[-1:] != b"q" else b"z")):
            for context in CONTEXTS:
                text = context.replace(b"%b", other)
                spans, _, _ = matcher.find_open_and_rides(text, 0, len(text))
                found = [(span.rule, span.start, span.end, span.begin, span.finish) for span in spans]
                assert found == [match[:5] for match in matcher.find(text)], (rule.id, context)
                unchecked += any(span.reasons == ("not checked",) for span in spans)
    assert unchecked > 100
