"""What users of other log sanitizers report as broken, each as a test of this one."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from typing import Any

import pytest
from scrubjay.patterns import Matcher
from scrubjay.sanitizer.examine import Examiner
from scrubjay.sanitizer.guard import Guard
from scrubjay.sanitizer.keynames import KeyNames, riders
from scrubjay.sanitizer.known import KnownValues
from scrubjay.sanitizer.mask import Masker
from scrubjay.sanitizer.metrics import Baseline
from scrubjay.sanitizer.policy import Key, Policy


@pytest.fixture(scope="module")
def examiner() -> Examiner:
    """All rules and the usual key names."""
    return Examiner(Matcher.default(engine=os.environ.get("SCRUBJAY_ENGINE", ""), riders=riders()))


def run(examiner: Examiner, text: bytes, **options: Any) -> bytes:
    guard = Guard(examiner, **options)
    return b"".join(guard.feed(text) + guard.finish())


def test_redaction_breaks_json(examiner: Examiner) -> None:
    """An escaped quote in a value neither ends the mask early nor leaves a suffix."""
    text = b'{"password": "red\\"house\\\\", "n": 1}\n'
    assert json.loads(run(examiner, text)) == {"password": "[REDACTED:generic-key-name]", "n": 1}


def test_secret_split_over_chunks(examiner: Examiner, secret: str) -> None:
    """A secret that comes byte by byte is masked as one."""
    guard = Guard(examiner)
    out = [buffer for byte in f"x {secret} y\n".encode() for buffer in guard.feed(bytes([byte]))]
    assert b"".join(out + guard.finish()) == b"x [REDACTED:github-pat-classic] y\n"


def test_buffering_harms_liveness(examiner: Examiner) -> None:
    """Progress dots and bars come out at a pause, nothing of them is held."""
    guard = Guard(examiner)
    for text in (b"...", b".", b"\r 45% [=====>    ]", b"Downloading: 12 MB", b"Password: "):
        assert b"".join(guard.feed(text) + guard.flush()) == text


def test_over_redaction_of_words_and_numbers(examiner: Examiner) -> None:
    """Prose about passwords, counts of tokens, ids, addresses and hashes stay."""
    text = (
        b"Failed password for root from 10.0.0.1 port 22 ssh2\nsession opened for user root(uid=0)\n"
        b'{"max_tokens": 5, "next_token": null, "token_count": 7, "password_changed": true}\n'
        b"commit 9fceb02d0ae598e95dc970b74767f19372d61af8 by 123e4567-e89b-12d3-a456-426614174000\n"
        b"sudo: root : PWD=/home/root ; COMMAND=/bin/ls\nplease reset your password: it has expired\n"
    )
    assert run(examiner, text) == text


def test_over_redaction_of_short_known_values() -> None:
    """A known value of one letter or a common short word masks nothing."""
    known = KnownValues([b"e", b"f", b"true", b"root"])
    text = b"every feature is true for root"
    assert b"".join(Masker(Matcher(()), known=known).apply(text, [])) == text


def test_cannot_tell_why(examiner: Examiner) -> None:
    """The marker names the rule."""
    assert b"[REDACTED:generic-key-name]" in run(examiner, b'{"passwd": "red"}\n')


def test_under_redaction_by_depth(examiner: Examiner) -> None:
    """Key names count at any depth, and in JSON in JSON in JSON."""
    value: Any = {"Password": "red house"}
    for level in range(40):
        value = {"a": [value]} if level % 10 else {"text": json.dumps(value)}
        if level in (10, 20, 30):
            assert "red house" not in run(examiner, json.dumps(value).encode() + b"\n").decode()


def test_encoded_variants_with_only_some_characters_encoded() -> None:
    """A password in a URL whose writer encodes only what it must."""
    known = KnownValues([b"p@ss:word/1!"])
    masker = Masker(Matcher(()), known=known)
    for form in (b"p%40ss%3Aword%2F1!", b"p%40ss%3aword%2f1%21", b"p@ss:word/1!"):
        assert b"".join(masker.apply(b"x" + form + b"y", [])) == b"x[REDACTED:known-value]y"


def test_base64_of_a_pair_that_holds_the_value() -> None:
    """`user:password` in a Basic header, of which only the password is known."""
    import base64

    known = KnownValues([b"red-house-9"])
    for user in (b"a", b"ab", b"abc"):
        text = base64.b64encode(user + b":red-house-9")
        out = b"".join(Masker(Matcher(()), known=known).apply(text, []))
        assert b"[REDACTED:known-value]" in out


def test_the_marker_never_echoes(examiner: Examiner) -> None:
    """No mask but the tag holds four letters of a short value in a row."""
    keys = [Key("k", b"k" * 16)]
    for mask in ("full", "partial", "pseudonym", "drop"):
        out = run(examiner, b"password=" + b"abcd" + b"wxyz1\n", policy=Policy(mask, keys=keys))
        assert not re.search(rb"abcd|wxyz", out)


def test_longest_match_wins(examiner: Examiner, secret: str) -> None:
    """A token inside a larger secret value leaves no end of it outside of the mask."""
    out = run(examiner, f'{{"password": "before {secret} after"}}\n'.encode())
    assert json.loads(out)["password"].startswith("[REDACTED:")
    assert b"before" not in out
    assert b"after" not in out


def test_correlation_is_kept_by_pseudonyms(examiner: Examiner, secret: str) -> None:
    """The same value has the same token, another key or value another one."""
    text = f"a {secret} b\nc {secret} d\n".encode()
    out = run(examiner, text, policy=Policy("pseudonym", keys=[Key("k1", b"k" * 16)]))
    first, second = re.findall(rb":k1-[0-9a-f]{16}\]", out)
    assert first == second
    other = run(examiner, text, policy=Policy("pseudonym", keys=[Key("k1", b"q" * 16)]))
    assert first not in other


def test_a_regular_expression_as_a_secret() -> None:
    """A known value is a text, never a pattern, and an empty one matches nowhere."""
    known = KnownValues([b".*[a-z]+(x|y)$", b""])
    masker = Masker(Matcher(()), known=known)
    assert b"".join(masker.apply(b"abcdefgh", [])) == b"abcdefgh"
    assert b"".join(masker.apply(b"a .*[a-z]+(x|y)$ b", [])) == b"a [REDACTED:known-value] b"


@pytest.mark.parametrize(
    "unit", [b"A" * 64, b"password=", b'\\"', b"token: [", b"a=b;", b"\x1b[", b'{"log":"', b"stdout P ", b"-----BEGIN "]
)
def test_hostile_lines_end(examiner: Examiner, unit: bytes) -> None:
    """A quarter of a megabyte of what makes other expressions slow goes through, and nothing hangs."""
    # A quadratic expression takes hours for this: then it is the run of the tests that does not end.
    assert run(examiner, unit * ((256 << 10) // len(unit)) + b"\n")


def test_a_timeout_never_switches_masking_off(matcher: Matcher, secret: str) -> None:
    """After a failure the next line is masked as before."""

    class Slow(Examiner):
        def find_and_open(self, data: Any, start: int, end: int) -> Any:
            if b"SLOW" in bytes(data):
                raise TimeoutError
            return super().find_and_open(data, start, end)

    guard = Guard(Slow(matcher))
    out = b"".join(guard.feed(b"SLOW\n") + guard.feed(f"a {secret} b\n".encode()) + guard.finish())
    assert out == b"[REDACTED:error]\na [REDACTED:github-pat-classic] b\n"
    assert guard.withheld == 1


def test_metrics_count_every_mask_once(examiner: Examiner, make_secret: Callable[[str], str]) -> None:
    """As many as there are markers, also where rules overlap and values repeat."""
    text = "".join(f'{{"password": "x", "t": "{make_secret(str(number % 3))}"}}\n' for number in range(50)).encode()
    guard = Guard(examiner)
    out = b"".join(guard.feed(text) + guard.finish())
    assert sum(guard.masked.values()) == sum(guard.masked.actions.values()) == out.count(b"[REDACTED:") == 100


def test_a_rise_is_told_and_a_steady_flow_is_not() -> None:
    """The baseline learns what is usual; it neither cries at each interval nor sleeps through a flood."""
    baseline = Baseline()
    assert not any(baseline.add(number) for number in [100, 120, 90, 105, 110, 95, 100, 130, 80, 100] * 5)
    assert baseline.add(1000)
    quiet = Baseline()
    assert not any(quiet.add(number) for number in [0, 0, 1, 0, 0, 0, 2, 0, 5, 0, 19] * 3)
    assert quiet.add(60)


def test_case_and_separators_of_names() -> None:
    """One name stands for all its spellings."""
    names = KeyNames()
    for name in (
        "apiKey",
        "API_KEY",
        "Api-Key",
        "api.key",
        "x-api-key",
        "stripe_api_key",
        "ClientSecret",
        "DB_PASSWORD",
    ):
        assert names.sensitive(name), name
    for name in ("key", "monkey", "max_tokens", "password_reset_at", "author", "cookies_enabled"):
        assert not names.sensitive(name), name
