"""Secrets behind colour codes and in lines that a container runtime has cut; values longer than any rule looks."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable

import pytest
from scrubjay.patterns import Matcher
from scrubjay.patterns.alphabets import BASE62, digits
from scrubjay.sanitizer.examine import Examiner
from scrubjay.sanitizer.guard import Guard
from scrubjay.sanitizer.keynames import KeyNames, riders

TIME = "2026-03-02T06:00:00.123456789Z"


@pytest.fixture(scope="module", params=["riding", "by itself"])
def examiner(request: pytest.FixtureRequest, matcher: Matcher) -> Examiner:
    """All rules and key names, in one pass of the engine and in two."""
    return Examiner(Matcher.default(riders=riders()) if request.param == "riding" else matcher)


def run(examiner: Examiner, *chunks: bytes) -> bytes:
    guard = Guard(examiner)
    out = [buffer for chunk in chunks for buffer in guard.feed(chunk)]
    return b"".join(out + guard.finish())


def docker(text: str, stream: str = "stdout") -> bytes:
    return json.dumps({"log": text, "stream": stream, "time": TIME}, separators=(",", ":")).encode() + b"\n"


def cri(text: str, tag: str, stream: str = "stdout") -> bytes:
    return f"{TIME} {stream} {tag} {text}\n".encode()


def test_colours_inside_a_value(examiner: Examiner, secret: str) -> None:
    """The codes stay, the value goes, wherever they stand in it, also as JSON writes them."""
    for code in ("\x1b[31m", "\x1b[0m\x1b[1;4;38:5:9m", "\x1b[K", "\x1b]8;;http://h\x07", "\\u001b[31m", "\\x1b[0m"):
        for cut in (1, 4, 20, len(secret) - 1):
            text = f"a {secret[:cut]}{code}{secret[cut:]} b\n".encode()
            out = run(examiner, text)
            assert out == f"a [REDACTED:github-pat-classic]{code} b\n".encode()
            assert run(examiner, out) == out


def test_a_coloured_name(examiner: Examiner) -> None:
    """Colours between a name, its separator and its value, as highlighting tools put them."""
    out = run(examiner, b"\x1b[36mpassword\x1b[0m=\x1b[32mred\x1b[0m \x1b[36muser\x1b[0m=bob\n")
    assert out == b"\x1b[36mpassword\x1b[0m=\x1b[32m[REDACTED:generic-key-name]\x1b[0m \x1b[36muser\x1b[0m=bob\n"


def test_other_escapes_stay(examiner: Examiner) -> None:
    """A screen full of codes without a secret is not changed by a byte."""
    text = (
        b"\x1b[2J\x1b[H\x1b[?25l\x1b]0;title\x07\x1b[31mred\x1b[0m \x1b \x1b[ \\u001b[ \x1b[999999999999999999m\n" * 50
    )
    assert run(examiner, text) == text


@pytest.mark.parametrize("cut", [1, 5, 20, 39])
def test_parts_of_a_cri_line(examiner: Examiner, secret: str, make_secret: Callable[[str], str], cut: int) -> None:
    """A secret on the cut is one secret; each record stays one; other streams' records in between are judged too."""
    other = make_secret("other")
    text = (
        cri(f"begin {secret[:cut]}", "P") + cri(f"noise {other} x", "F", "stderr") + cri(secret[cut:] + " more", "P")
        + cri(" end", "F") + cri("next", "F")
    )  # fmt: skip
    out = run(examiner, text)
    mark = "[REDACTED:github-pat-classic]"
    assert out == (
        cri(f"begin {mark}", "P") + cri(f"noise {mark} x", "F", "stderr") + cri(" more", "P") + cri(" end", "F")
        + cri("next", "F")
    )  # fmt: skip
    for place in range(0, len(text), 23):
        assert run(examiner, text[:place], text[place:]) == out


@pytest.mark.parametrize("cut", [1, 5, 20, 39])
def test_parts_of_a_docker_line(examiner: Examiner, secret: str, cut: int) -> None:
    """The same for Docker's json-file; every line stays JSON."""
    text = docker(f'{{"begin": "{secret[:cut]}') + docker(secret[cut:] + '"}\n') + docker("next \\n") + docker("x\n")
    out = run(examiner, text)
    logs = [json.loads(line)["log"] for line in out.splitlines()]
    assert "".join(logs) == '{"begin": "[REDACTED:github-pat-classic]"}\nnext \\nx\n'
    assert len(logs) == 4
    for place in range(0, len(text), 23):
        assert run(examiner, text[:place], text[place:]) == out


def test_a_cut_at_16_kib_as_docker_makes_it(examiner: Examiner, secret: str) -> None:
    """A real size: text of 40 kB around the cut."""
    whole = "x " * 8180 + secret + " y" * 12000 + "\n"
    parts = [whole[low : low + 16384] for low in range(0, len(whole), 16384)]
    out = run(examiner, b"".join(map(docker, parts)))
    assert "".join(json.loads(line)["log"] for line in out.splitlines()) == whole.replace(
        secret, "[REDACTED:github-pat-classic]"
    )


def test_a_cut_line_that_never_ends_is_let_go(examiner: Examiner, secret: str) -> None:
    """Memory stays bounded, and what is in one record is masked all the same."""
    guard = Guard(examiner)
    most = written = 0
    record = cri("x " * 4000 + secret + " y", "P")
    # What is held is looked at again each time, so not one by one: the second engine would take minutes.
    for _ in range(8):
        written += sum(map(len, guard.feed(100 * record)))
        most = max(most, guard.held)
    assert most < 5 << 20 < 800 * len(record)
    assert written > 1 << 20
    assert secret.encode() not in b"".join(guard.finish())


def test_a_value_longer_than_any_is_withheld(examiner: Examiner) -> None:
    """The value of a secret key over many megabytes: nothing of it comes out, and the next line is whole."""
    guard = Guard(examiner)
    out = guard.feed(b'{"user": "bob", "password": "')
    for _ in range(30):
        out += guard.feed(b"red house " * 24000)
    out += guard.feed(b'", "n": 1}\nnext line\n') + guard.finish()
    text = b"".join(out)
    assert b"red house" not in text
    assert text.startswith(b'{"user": "bob", "password": "[REDACTED:generic-key-name]')
    assert text.endswith(b"\nnext line\n")
    assert guard.withheld == 1


def test_a_word_that_chance_made_saves_nothing(examiner: Examiner) -> None:
    """A password that happens to hold a placeholder's letters in mixed cases, a token with a right checksum."""
    body = b"aZ19Kq8Lm2Nv7xxxxxw3Rt5Yb6Ud0H"
    token = b"gh" + b"p_" + body + digits(zlib.crc32(body), BASE62, 6)
    url = b"postgres://app:CpJdprZwj" + b"BDUMmYxHGfW@db.internal/shop"
    assert run(examiner, b"token " + token + b" " + url + b"\n") == (
        b"token [REDACTED:github-pat-classic] postgres://app:[REDACTED:generic-url-password]@db.internal/shop\n"
    )


def test_own_names_need_no_riders(matcher: Matcher) -> None:
    """Names of the user's are looked for in a pass of their own."""
    examiner = Examiner(matcher, names=KeyNames(["tax id"]))
    out = run(examiner, b'{"tax_id": "red house", "password": "x"}\n')
    assert out == b'{"tax_id": "[REDACTED:generic-key-name]", "password": "[REDACTED:generic-key-name]"}\n'
