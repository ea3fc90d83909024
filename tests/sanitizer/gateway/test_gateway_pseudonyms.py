"""Pseudonyms: what leaves, what comes back, and what never does."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scrubjay.patterns import Matcher
from scrubjay.patterns.errors import MatchTimeout
from scrubjay.sanitizer.gateway.pseudonyms import HOLD_BACK, LENGTH, PREFIX, Pseudonyms, Restorer, token, tokens
from scrubjay.sanitizer.keynames import KeyNames
from scrubjay.sanitizer.policy import Key

KEY, OTHER = Key("one", b"k" * 16), Key("two", b"l" * 16)
ODD = 'x7"Kp\\2mQ\n9z/wLré☃'


def test_same_value_same_token_over_runs(matcher: Matcher, secret: str) -> None:
    """A token depends on key and value alone: another process makes the same, another key another."""
    code = "from scrubjay.sanitizer.gateway.pseudonyms import token\nfrom scrubjay.sanitizer.policy import Key\n"
    code += f"print(token(Key('one', b'k' * 16), 'gh' + {secret[2:]!r}))"
    there = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    one, two = Pseudonyms(matcher, KEY), Pseudonyms(matcher, KEY)
    assert one.hide(secret) == two.hide("see " + secret)[4:] == there
    assert Pseudonyms(matcher, OTHER).hide(secret) != there
    assert re.fullmatch(r"SCRUBJAY-PSEUDO-[0-9A-F]{16}", there) and len(there) == LENGTH


def test_the_digits_are_those_of_masks_in_logs(matcher: Matcher, secret: str) -> None:
    """A value that went to a model can be found in logs whose masks are pseudonyms with the same key."""
    assert KEY.pseudonym(secret.encode()) == "one-" + Pseudonyms(matcher, KEY).hide(secret)[len(PREFIX) :].lower()


def test_round_trip(pseudonyms: Pseudonyms, secret: str, password: bytes) -> None:
    """What is hidden comes back exactly; hiding what came back, or hiding twice, gives the same text."""
    text = f"é use {secret}, then postgres://app:{password.decode()}@db/app\nagain: {secret}"
    hidden = pseudonyms.hide(text)
    assert secret not in hidden and password.decode() not in hidden and len(set(tokens(hidden))) == 2
    assert pseudonyms.restore(hidden) == text
    assert pseudonyms.hide(hidden) == hidden
    assert pseudonyms.fresh().hide(text) == hidden
    assert sum(pseudonyms.counts.values()) == 3 and secret not in repr(pseudonyms)


def test_unknown_tokens_are_never_restored(pseudonyms: Pseudonyms, secret: str) -> None:
    """What was not given out here stays: invented tokens, other keys' tokens, altered ones."""
    real = pseudonyms.hide(secret)
    foreign = token(OTHER, secret)
    for text in (foreign, PREFIX + "A" * 16, real.lower(), real[:-1], real.replace("-", "_"), PREFIX):
        assert pseudonyms.restore(text) == text
        restorer = Restorer(pseudonyms)
        assert restorer.feed(text) + restorer.finish() == text
    assert pseudonyms.fresh().restore(real) == real


def test_a_value_with_escapes_has_one_token(pseudonyms: Pseudonyms, password: bytes) -> None:
    """In JSON text a value is taken without its escapes, and comes back with those of the place where it stands."""
    value = password.decode() + '"\\é'
    inside = json.dumps({"url": f"postgres://app:{password.decode()}@db/app", "password": value})
    hidden = pseudonyms.hide(inside)
    assert password.decode() not in hidden
    name = pseudonyms.hide(f'password="{password.decode()}"')[10:-1]
    assert name in hidden and value in pseudonyms.issued.values()
    assert json.loads(pseudonyms.restore(hidden, escaped=True)) == json.loads(inside)


def test_values_by_the_name_of_their_key(matcher: Matcher) -> None:
    """On request what the name of a key says is secret is hidden, in JSON within JSON too."""
    pseudonyms = Pseudonyms(matcher, KEY, finders=[KeyNames()])
    text = json.dumps({"db": json.dumps({"password": "simple", "user": "root"})})
    hidden = pseudonyms.hide(text)
    assert "simple" not in hidden and "root" in hidden and pseudonyms.restore(hidden) == text


def test_escaped_values_are_exact(pseudonyms: Pseudonyms) -> None:
    """Quotes, backslashes and line ends of a value are escaped in a tool's arguments, and raw in prose."""
    name = token(KEY, ODD)
    pseudonyms.issued[name] = ODD
    arguments = json.dumps({"command": f"login {name} now", "list": [name]})
    assert json.loads(pseudonyms.restore(arguments, escaped=True)) == {"command": f"login {ODD} now", "list": [ODD]}
    assert pseudonyms.restore(f"login {name} now") == f"login {ODD} now"


@pytest.mark.parametrize("escaped", [False, True])
def test_every_split(pseudonyms: Pseudonyms, secret: str, escaped: bool) -> None:
    """A text cut at any place, or at any two, is restored as the whole; at most HOLD_BACK characters wait."""
    name = token(KEY, ODD)
    pseudonyms.issued[name] = ODD
    text = f'{{"a": "{pseudonyms.hide(secret)}{name}", "S": "{PREFIX}{name}SCRUBJAY{PREFIX}AB"}} SCRUBJAY-P'
    whole = pseudonyms.restore(text, escaped=escaped)
    assert secret in whole and name not in whole
    for first in range(len(text) + 1):
        for second in (first, min(len(text), first + 1), min(len(text), first + LENGTH)):
            restorer = Restorer(pseudonyms, escaped=escaped)
            out = ""
            for piece in (text[:first], text[first:second], text[second:]):
                out += restorer.feed(piece)
                assert len(restorer.held) <= HOLD_BACK
            assert out + restorer.finish() == whole


def test_plain_text_never_waits(pseudonyms: Pseudonyms, secret: str) -> None:
    """Only what may become a token is held back, and nothing where none was given out."""
    assert Restorer(pseudonyms).feed("a S") == "a S"
    pseudonyms.hide(secret)
    restorer = Restorer(pseudonyms)
    for piece in ("Hello", " ", "world", " SCRUB the floor", " in Seattle", "!", "\n"):
        assert restorer.feed(piece) == piece
    assert (restorer.feed("a S"), restorer.feed("CRUBJAY"), restorer.feed("-X")) == ("a ", "", "SCRUBJAY-X")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(["T", "U", PREFIX, "S", "a ", "\\", "é", "SCRUBJAY-", "AB"]), max_size=12), st.data())
def test_any_text_in_any_pieces(parts: list[str], data: st.DataObject) -> None:
    """Whatever the text and the cuts: the pieces give what the whole gives."""
    pseudonyms = Pseudonyms(None, KEY)  # type: ignore[arg-type]
    name = token(KEY, ODD)
    pseudonyms.issued[name] = ODD
    text = "".join(parts).replace("T", name).replace("U", PREFIX + "B" * 16)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6)))
    restorer = Restorer(pseudonyms)
    out = "".join(restorer.feed(text[low:high]) for low, high in zip([0, *cuts], [*cuts, len(text)], strict=True))
    assert out + restorer.finish() == pseudonyms.restore(text)


def test_a_failure_is_not_swallowed(matcher: Matcher) -> None:
    """A text that could not be examined is not returned."""

    class Broken:
        def find(self, data: bytes) -> None:
            raise MatchTimeout("some-rule")

    with pytest.raises(MatchTimeout):
        Pseudonyms(Broken(), KEY).hide("text")  # type: ignore[arg-type]
