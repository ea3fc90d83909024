"""Verdicts on lines, used again for other versions of a file: only where nothing but the line has a say."""

from __future__ import annotations

import base64
import random
from itertools import accumulate
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrubjay.patterns import Matcher
from scrubjay.scanner.coverage import Coverage
from scrubjay.scanner.history import knownlines, stream
from scrubjay.scanner.history.batch import Batch, Rows
from scrubjay.scanner.history.knownlines import AROUND, BESIDE, Known, found_again, joined
from scrubjay.scanner.history.text import KINDS, Hit, Judge, Suspects

NAME = "0" * 40
TOKEN = b"gh" + b"p_" + b"S4zJ9qLw2XvB7nKc5RtY8mHd3FgP6sAe1Uo0"
KEY_ID = b"AK" + b"IA" + b"Q7ZL2MX4TR6VN3WB"
ENV = b"env:\n  - name: DB_PASSWORD\n    # of the test\n    value: none\n"


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    return Matcher.default()


def _judge(matcher: Matcher, *, archives: bool = False) -> Judge:
    return Judge(matcher, Coverage(), b"k" * 32, archives=archives)


@pytest.mark.parametrize("archives", [False, True])
def test_the_first_line_of_what_may_go_on_is_part_of_what_is_known(matcher: Matcher, archives: bool) -> None:
    found, lines = _judge(matcher, archives=archives).learn(NAME, b"a: 1\n" + ENV + b"b: 2\n" * 30)
    assert not found and lines is not None
    assert [entry.reach > AROUND for entry in lines.values()] == [True]
    assert found_again(b"b: 2\n" * 9 + ENV + b"b: 2\n" * 200, lines) is None, "other lines around it"
    assert found_again(b"b: 2\n" * 200, lines) is None, "without its first line what follows may mean something else"


def test_a_line_is_found_again_with_its_place(matcher: Matcher) -> None:
    text = b"first\nx = " + TOKEN + b"\nthe next line of it\nlast\n"
    _, lines = _judge(matcher).learn(NAME, text)
    assert lines is not None
    told = found_again(b"one\ntwo, long enough\nfirst\n" + text[6:] + b"more\n", lines)
    # What is around the line is another one here.
    assert told is None
    told = found_again(b"one\ntwo\nof some length\n" + text, joined(lines, lines) or {})
    assert told is None
    told = found_again(text + b"more\n" * 3, lines)
    assert told is not None and [(line, finding.rule) for line, finding in told[1]] == [(2, "github-pat-classic")]
    assert found_again(b"nothing of it\n", lines) == ({}, [])
    assert found_again(b"nothing of it\n", lines, must=list(lines)) is None


def test_what_depends_on_more_than_a_line_is_told_apart(matcher: Matcher) -> None:
    judge = _judge(matcher)
    half = b"key = " + KEY_ID + b"\n"
    assert judge.spot(half, 6, 6 + len(KEY_ID)) == {half[:-1]: Known(AROUND, {})}, "only where it is, it can be told"
    _, lines = judge.learn(NAME, half)
    assert lines is not None and [entry.reach >= BESIDE for entry in lines.values()] == [True]
    wide = ("x = " + TOKEN.decode() + "\n").encode("utf-16")
    assert judge.learn(NAME, wide) == (True, None)
    assert judge.by_lines(NAME, wide, {}, {}) == (True, None)
    begin = b"-----BEGIN RSA PRIVATE " + b"KEY-----"
    for high in (len(begin), len(begin) + 1):
        assert judge.spot(begin + b"\nx\n", 0, high) == {begin: Known(AROUND, {})}
    assert judge.spot(begin + b"\nx\n", 0, len(begin) + 2) is None
    _, lines = judge.learn(NAME, begin + b"\nx\n")
    assert lines is None, "as long as a key may be"
    coded = b"x = " + base64.b64encode(b"the token is " + TOKEN)
    assert judge.spot(coded, 4, len(coded)) is None
    assert judge.learn(NAME, coded) == (True, None)


def test_a_suspect_line_is_judged_once_for_all(matcher: Matcher) -> None:
    judge = _judge(matcher)
    line = b"token: " + TOKEN
    one = judge.spot(b"a\n" + line + b"\nb\n", 9, 9 + len(TOKEN))
    other = judge.spot(b"a\n" + line + b"\nb\n", 9, 9 + len(TOKEN))
    assert one is not None and one is other and list(one) == [line]
    told = judge.by_lines(NAME, b"a\n" + line + b"\nb\n", {}, one)
    assert told is not None and told[0]
    assert [(hit.id, hit.line, hit.placed().line, hit.placed().path) for hit in judge.hits] == [(NAME, 2, 2, NAME)]


KEY_IDS = [KEY_ID, b"AK" + b"IA" + b"W5RB7TQX2LM4ZK6C", b"AS" + b"IA" + b"T2YN4KLV6QBX3MRJ"]
KEYS = [b"h8Kd2Lq0Vx7Rz4Tn" + b"1Wb6Yc9Mf3Jg5Ps+QaEuIoXk", b"Zr5Tq8Wm1Xc4Vb7N" + b"2La9Ks6Jd3Hf0Gp/YuIoPeRt"]


def _kinds(choose: random.Random, matcher: Matcher) -> list[list[bytes]]:
    """Kinds of lines, or a few lines, in which something may be found by itself or with others; some, for one text."""
    rules = (
        "private-key",
        "jwk-symmetric-key",
        "aws-secret-access-key-beside-id",
        "gcs-hmac-secret",
        "twilio-api-secret",
    )
    blocks = [example.text for rule in rules for example in matcher.rule(rule).examples]
    kinds = [
        [b"aws_access_key_id = " + key for key in KEY_IDS],
        [b"id: " + key for key in KEY_IDS],
        [b"aws_secret_access_key = " + key for key in KEYS],
        [b"id " + one + b" aws_secret_access_key = " + other for one in KEY_IDS for other in KEYS],
        [b"  - name: DB_PASSWORD\n    value: " + value for value in (b"none", b"kV7" + b"xQ2mZ9", b'"${HERE}"')],
        [b"  - name: DB_PASSWORD", b"    value: kV7" + b"xQ2mZ9", b"pass" + b"word=kV7" + b"xQ2mZ9"],
        [b"token = " + TOKEN, TOKEN],
        [b"z" * size + b" " + text for size in (950, 2000, 9000, 13_000) for text in (TOKEN, KEY_IDS[0], b"")],
        [b"data: " + base64.b64encode(b"the token is " + TOKEN)],
        *([block, block[: block.find(b"\n")]] for block in blocks),
    ]  # fmt: skip
    return choose.sample(kinds, choose.randint(1, 4))


def _line(choose: random.Random, kinds: list[list[bytes]]) -> bytes:
    words = bytes(choose.choices(b"abcdefghij klmnop qrstuv", k=choose.choice([0, 3, 20, 60, 110])))
    return choose.choice(choose.choice(kinds)) if choose.random() < 0.3 else words


def _next(choose: random.Random, data: bytes, kinds: list[list[bytes]]) -> bytes:
    """A text with some lines or bytes of it removed, moved, copied, or new."""
    lines = data.split(b"\n")
    for _ in range(choose.randint(1, 3)):
        low = choose.randint(0, len(lines))
        part = lines[low : low + choose.choice([1, 1, 2, 5, 20])]
        place = choose.randint(0, len(lines))
        kind = choose.randrange(6)
        if kind in (0, 1):
            del lines[low : low + len(part)]
        if kind in (1, 2):
            lines[place:place] = part
        if kind == 3:
            lines[place:place] = [_line(choose, kinds) for _ in range(choose.randint(1, 3))]
        if kind == 4 and lines:
            place = choose.randrange(len(lines))
            at = choose.randint(0, len(lines[place]))
            lines[place] = lines[place][:at] + choose.choice([b"x", b"", b"\n", b" "]) + lines[place][at + 1 :]
        if kind == 5 and part:
            lines[low : low + len(part)] = [b"".join(part)]
    return b"\n".join(lines)


class _Counting(Judge):
    whole = 0

    def learn(self, name: str, data: bytes) -> tuple[bool, Any]:
        self.whole += 1
        return super().learn(name, data)


def _judged(matcher: Matcher, versions: list[bytes]) -> int:
    """Judge blobs as they follow one another, and each for itself; return how many had to be matched as a whole."""
    judge, alone = _Counting(matcher, Coverage(), b"k" * 32), _judge(matcher)
    names = [b"%040d" % number for number in range(len(versions))]
    # As git prints them.
    texts = [b"%s blob %d\n%s\n" % (name, len(data), data) for name, data in zip(names, versions, strict=True)]
    ends = [end - 1 for end in accumulate(map(len, texts))]
    begins = [end - len(data) for end, data in zip(ends, versions, strict=True)]
    rows = Rows(names, bytearray([KINDS.index("blob")] * len(versions)), begins, ends)
    one = stream._Stream(None, matcher, Coverage(), None, range(len(versions)), judge, None)  # type: ignore[arg-type]
    one._match_texts(Batch(b"".join(texts), rows))
    for name, data in zip(names, versions, strict=True):
        alone.blob(name.decode(), data)
    assert _told(judge.hits) == _told(alone.hits)
    return judge.whole


def _told(hits: list[Hit]) -> list[Any]:
    return sorted((hit.id, hit.placed()) for hit in hits)


@pytest.mark.parametrize("seed", range(12))
def test_each_version_is_judged_as_if_it_were_alone(
    matcher: Matcher, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Whatever was cut, moved or copied between halves of keys, chains of them, beginnings of blocks and long lines."""
    monkeypatch.setattr(stream, "_LEAST", 1)
    choose = random.Random(seed)
    kinds = _kinds(choose, matcher)
    versions = [b"\n".join(_line(choose, kinds) for _ in range(choose.choice([10, 60, 200])))]
    while len(versions) < 40:
        versions.append(_next(choose, versions[-1], kinds))
    _judged(matcher, versions)


WORDS = [b"some words, line %d of them" % number for number in range(400)]
FILLED = b"\n".join(WORDS)
ID_LINE = b"aws_access_key_id = " + KEY_ID
KEY_LINE = b"aws_secret_access_key = " + KEYS[0]
OPENER = b"  - name: DB_PASSWORD"
VALUE = b"    value: kV7" + b"xQ2mZ9"
BODY = [bytes(random.Random(1).choices(b"+/" + bytes(range(48, 58)) + bytes(range(65, 91)), k=64)) for _ in range(40)]
BLOCK = b"\n".join([b"-----BEGIN RSA PRIVATE " + b"KEY-----", *BODY, b"-----END RSA PRIVATE " + b"KEY-----"])


def _example(matcher: Matcher, rule: str) -> bytes:
    return matcher.rule(rule).examples[0].text


def _with(*lines: bytes, at: int = 200) -> bytes:
    return b"\n".join([*WORDS[:at], *lines, *WORDS[at:]])


@pytest.mark.parametrize(
    "versions",
    [
        pytest.param([FILLED, _with(ID_LINE), _with(KEY_LINE)], id="a half comes, and another one instead"),
        pytest.param([_with(ID_LINE), _with(ID_LINE, *WORDS[:10], KEY_LINE)], id="the other half comes"),
        pytest.param([_with(ID_LINE, *WORDS[:14], KEY_LINE), _with(ID_LINE, *WORDS[:14])], id="the secret goes"),
        pytest.param([_with(ID_LINE, *WORDS[:14], KEY_LINE), _with(*WORDS[:14], KEY_LINE)], id="the id goes"),
        pytest.param([_with(ID_LINE, *WORDS[:13], KEY_LINE), _with(ID_LINE, *WORDS[:30], KEY_LINE)], id="too far away"),
        pytest.param([FILLED, _with(b"x" * 5000 + b" token = " + TOKEN)], id="a long line"),
    ],
)
def test_only_what_is_near_is_matched_again(
    matcher: Matcher, monkeypatch: pytest.MonkeyPatch, versions: list[bytes]
) -> None:
    monkeypatch.setattr(stream, "_LEAST", 1)
    assert _judged(matcher, versions) == 0


@pytest.mark.parametrize(
    "versions",
    [
        pytest.param([_with(*BLOCK.split(b"\n")[1:]), _with(BLOCK)], id="the first line of a long block comes"),
        pytest.param([_with(BLOCK), _with(*BLOCK.split(b"\n")[1:])], id="the first line of a long block goes"),
        pytest.param([_with(OPENER, b"    value: none"), _with(OPENER, VALUE)], id="what an opener has waited for"),
        pytest.param([_with(OPENER, VALUE, OPENER), _with(b"  - name", b"X", VALUE, OPENER)], id="an opener goes"),
        pytest.param([_with(OPENER, VALUE), _with(OPENER, VALUE, VALUE)], id="two values"),
        pytest.param([ID_LINE, ID_LINE + b"\n", ID_LINE + b"\n" + KEY_LINE + b"\n" + ID_LINE], id="small"),
        pytest.param([FILLED, _with(b"data: " + base64.b64encode(b"the token is " + TOKEN))], id="encoded"),
        pytest.param([FILLED, _with(b"x" * 30_000 + b" token = " + TOKEN)], id="a very long line"),
    ],
)
def test_where_more_may_be_found_all_is_matched(
    matcher: Matcher, monkeypatch: pytest.MonkeyPatch, versions: list[bytes]
) -> None:
    monkeypatch.setattr(stream, "_LEAST", 1)
    assert _judged(matcher, versions) > 0


@pytest.mark.parametrize("gone", [0, 1])
def test_the_other_half_is_found_alone(matcher: Matcher, monkeypatch: pytest.MonkeyPatch, gone: int) -> None:
    """An id, too, in a line that has not changed, and in which nothing was found before."""
    monkeypatch.setattr(stream, "_LEAST", 1)
    halves = [_example(matcher, "alibaba-access-key-id"), _example(matcher, "alibaba-access-key-secret")]
    kept = [half for half in halves if half != halves[gone]]
    lines = [_with(*WORDS[:8], halves[0], *WORDS[:8], halves[1]), _with(*WORDS[:8], *kept, *WORDS[:8])]
    assert _judged(matcher, lines) == 0
    lines = [_with(halves[0], *WORDS[:8], halves[1]), _with(*kept, *WORDS[:8])]
    assert _judged(matcher, [*lines, lines[0]]) == 0


def test_which_halves_are_joined_depends_on_the_whole_chain(matcher: Matcher, monkeypatch: pytest.MonkeyPatch) -> None:
    """Around each line is what was around it before, but that was in a chain that began with the other half."""
    monkeypatch.setattr(stream, "_LEAST", 1)
    name, key = _example(matcher, "alibaba-access-key-id"), _example(matcher, "alibaba-access-key-secret")
    gap = WORDS[100:112]
    # Every id is as far from the secret before it as from the one behind it.
    wider = [*gap, b"x" * (key.index(b"=") - name.index(b"=") - 1)]
    long, short = [name, *gap, key, *wider] * 8, [key, *wider, name, *gap, key, *wider, name]
    cut = 1 + len(gap) // 2
    chain = [*short[: 1 + len(wider) + cut], *long[cut:]]
    before, between, after = WORDS[:40], WORDS[40:80], WORDS[120:160]
    versions = [[*before, *short, *between, *long, *after], [*before, *chain, *after]]
    _judged(matcher, list(map(b"\n".join, versions)))
    _judged(matcher, list(map(b"\n".join, reversed(versions))))


def test_a_value_needs_its_own_opener(matcher: Matcher, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not one that is elsewhere in the text, as it was before."""
    monkeypatch.setattr(stream, "_LEAST", 1)
    block, cut = [OPENER, VALUE], [b"  -", OPENER[4:], VALUE]
    _judged(matcher, [_with(*lines, *WORDS[:50], *block) for lines in (block, cut, block, block[:1], block)])


def test_what_is_not_known_of_a_line_stays_so() -> None:
    """Also where it is joined with what was found in it, or with what reaches further."""
    told, wider, untold = ({b"x": entry} for entry in (Known(16, {(0, b"x"): []}), Known(20, {}), Known(16, {})))
    assert joined(told, told) == told
    assert joined(told, untold) == joined(untold, told) == untold
    assert joined(told, wider) == joined(wider, told) == wider
    assert found_again(b"x", told) is not None and found_again(b"x", untold) is None


def test_spans_tell_what_is_in_a_line(matcher: Matcher) -> None:
    """The same that matching the line alone does, for the examples of all rules side by side."""
    lines = [example.text for rule in matcher.rules for example in rule.examples if b"\n" not in example.text]
    lines += [b"and " + one + b" " + other for one, other in zip(lines[::7], lines[3::7], strict=False)]
    random.Random(3).shuffle(lines)
    text = b"\nfar enough between\n".join([b"first", *lines, b"last"])
    found = Suspects(matcher, b"before\n" + text)
    told, alone = _judge(matcher), _judge(matcher)
    known = 0
    for low, high in found.places:
        place, end = text.rfind(b"\n", 0, low - 7) + 1, text.find(b"\n", low - 7)
        known += found.within(place + 7, end + 7) is not None
        one, other = told.spot(text, low - 7, high - 7, found, 7), alone.spot(text, low - 7, high - 7)
        assert one == other, text[place:end]
    assert known > len(found.places) // 2


def test_spans_beside_something_else_do_not_tell(matcher: Matcher) -> None:
    token = b"token " + TOKEN
    for line in (b"%s\n%s" % (token, base64.b64encode(token)), token + b"\n" + OPENER):
        text = b"a\n" + line + b"\nb\n"
        found = Suspects(matcher, text)
        assert len(found.places) > 1
        assert found.within(2, text.index(b"\n", 2)) is None
    alone = b"a\n" + token + b"\nb\n"
    assert len(Suspects(matcher, alone).within(2, len(alone) - 3) or []) == 1


some_lines = st.lists(st.sampled_from([b"", b"a", b"ab", b"ba", b"a" * 300, b"\r", b"\0"]), max_size=12)


@given(text=some_lines.map(b"\n".join), known=some_lines)
def test_known_lines_are_found_in_order(text: bytes, known: list[bytes]) -> None:
    """The same as splitting the text gives, with the C file and without it."""
    wanted = {line: knownlines.Known(0, {}) for line in known if line}
    expected = []
    place = 0
    for number, line in enumerate(text.split(b"\n"), 1):
        if line in wanted:
            expected.append((place, number, line))
        place += len(line) + 1
    assert list(knownlines.places_of(text, wanted)) == expected
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(knownlines, "_knownlines", None)
        assert list(knownlines.places_of(text, wanted)) == expected


def test_only_bytes_are_lines() -> None:
    if knownlines._knownlines is None:
        pytest.skip("no compiler was there at installation")
    with pytest.raises(TypeError):
        knownlines._knownlines.lines(b"x", {"x": 1})
