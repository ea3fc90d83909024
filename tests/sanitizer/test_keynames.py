"""Values that are secret by the name of their key, in every structure that logs are made of."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scrubjay.patterns import Matcher
from scrubjay.sanitizer import keynames
from scrubjay.sanitizer.keynames import RULE, KeyNames
from scrubjay.sanitizer.mask import Masker

NAMES = KeyNames()
MASK = f"[REDACTED:{RULE}]"
EMPTY = Matcher(())
# Words that no rule takes for a secret: the name alone decides.
DULL = "red house"


@pytest.fixture
def masker() -> Masker:
    """Key names alone: no rule judges the values."""
    return Masker(EMPTY, names=NAMES)


@pytest.mark.parametrize(
    "text",
    [
        '{"password": "«red house»", "user": "bob"}',
        '{"db": {"Db_Password" : "«red»"}}',
        '{"apiKey":"«short»","n":1}',
        "{'client_secret': '«it is»'}",
        '{"msg": "{\\"token\\": \\"«a b\\\\\\"c»\\", \\"ok\\": true}"}',
        '{"a": "{\\"b\\": \\"{\\\\\\"password\\\\\\": \\\\\\"«deep»\\\\\\"}\\"}"}',
        '{"passwd": ["«one»", "«two words»"], "rest": ["three"]}',
        "level=info password=«red» user=bob",
        'level=info password="«red house»" user=bob',
        "GET /login?user=bob&access_token=«abc»&page=2 HTTP/1.1",
        "Authorization: Basic «abc»",
        "authorization: «abc def»",
        "> Cookie: «a=b; c=d»",
        "Set-Cookie: «id=5; Path=/»",
        "curl -H 'X-Api-Key: «abc»' https://h/",
        '"Proxy-Authorization" => "«abc»"',
        "<db><password>«red»</password></db>",
        '<add key="x" password="«red»"/>',
        "Server=db;Password=«red»;Encrypt=yes",
        "Pwd={«red»;house};",
        '{"password":"«never ends',
    ],
)
def test_the_value_is_masked_and_nothing_else(masker: Masker, text: str) -> None:
    """Exactly what stands between the marks, in every one of these forms."""
    if text.startswith("Pwd="):
        text = "Pwd=«{red;house}»;"
    plain = text.replace("«", "").replace("»", "")
    expected, rest = "", text
    while "«" in rest:
        before, _, rest = rest.partition("«")
        rest = rest.partition("»")[2]
        expected += before + MASK
    masked, counts = masker.mask_text(plain)
    assert masked == expected + rest
    assert set(counts) == {RULE}
    assert masker.mask_text(masked) == (masked, {})


@pytest.mark.parametrize(
    "text",
    [
        "Password: incorrect, try again",
        "token refreshed for session",
        '{"next_token": "abc", "max_tokens": 5, "tokens": "many", "password_changed": true}',
        '{"password": null, "secret": false, "token": {}, "passwd": ""}',
        "if password == other: pass",
        "password",
        '"password"',
        "a password : secret conversation",
    ],
)
def test_other_texts_stay(masker: Masker, text: str) -> None:
    """Prose, other keys, and values that are none."""
    assert masker.mask_text(text) == (text, {})


def test_a_number_becomes_a_string(masker: Masker) -> None:
    """So that JSON stays JSON, at any depth."""
    assert json.loads(masker.mask_text('{"password": 12345, "n": 7}')[0]) == {"password": MASK, "n": 7}
    assert json.loads(masker.mask_text('{"token":[1, "two", -3.5e7]}')[0]) == {"token": [MASK] * 3}
    inner = json.loads(masker.mask_text(json.dumps({"m": json.dumps({"token": -1.5})}))[0])
    assert json.loads(inner["m"]) == {"token": MASK}


def test_own_names() -> None:
    """Names that the user gives count like the others, also as headers, whatever their case and separators."""
    masker = Masker(EMPTY, names=KeyNames(["tax_id"], defaults=False))
    assert masker.mask_text('{"TaxId": "red", "password": "red"}')[0] == f'{{"TaxId": "{MASK}", "password": "red"}}'
    assert masker.mask_text("Tax-ID: red")[0] == f"Tax-ID: {MASK}"


def test_values_of_python(masker: Masker) -> None:
    """Nested values keep their types and shape; what was given does not change."""
    given = {"user": "bob", "password": DULL, "pins": [{"token": 5}], "t": ("x", {"secret": b"red"}), 3: None}
    copy = json.loads(json.dumps({key: value for key, value in given.items() if key != "t" and key != 3}))
    masked, counts = masker.mask_value(given)
    assert masked == {
        "user": "bob", "password": MASK, "pins": [{"token": MASK}], "t": ("x", {"secret": MASK.encode()}), 3: None,
    }  # fmt: skip
    assert counts == {RULE: 3}
    assert {key: given[key] for key in copy} == copy
    assert masker.mask_value(DULL, "password") == (MASK, {RULE: 1})
    deep: Any = DULL
    for _ in range(100):
        deep = [deep]
    assert DULL not in repr(masker.mask_value(deep)[0])


LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=12)
)
KEYS = st.one_of(st.text(max_size=6), st.sampled_from(["password", "Token", "x-api-key", "clientSecret", "note"]))
DOCUMENTS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(KEYS, inner, max_size=4),
        st.dictionaries(KEYS, inner, max_size=3).map(json.dumps),
    ),
    max_leaves=12,
)


def same(before: Any, after: Any, key: str = "") -> bool:
    """Equal but for masked values of sensitive keys, also in JSON that is in a string."""
    if isinstance(before, dict):
        return list(before) == list(after) and all(same(before[name], after[name], name) for name in before)
    if isinstance(before, list):
        return len(before) == len(after) and all(same(a, b, key) for a, b in zip(before, after, strict=True))
    if NAMES.sensitive(key) and isinstance(before, str | int | float) and not isinstance(before, bool):
        return after == (MASK if before != "" else "")
    if before != after and isinstance(before, str):
        return same(json.loads(before), json.loads(after))
    return bool(before == after)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(KEYS, DOCUMENTS, min_size=1, max_size=4), st.booleans(), st.booleans())
def test_json_stays_json(document: dict[str, Any], ascii_only: bool, spaces: bool) -> None:
    """Any document parses after masking, its sensitive values are gone, everything else is equal."""
    line = json.dumps(document, ensure_ascii=ascii_only, separators=None if spaces else (",", ":"))
    masker = Masker(EMPTY, names=NAMES)
    masked = masker.mask_text(line)[0]
    assert same(document, json.loads(masked))
    assert masker.mask_text(masked)[0] == masked


_PARTS = ["password", "PassWord", "api", "key", "x", "token", "pwd", "my", "\u00e9", "secret", "Set", "cookie"]
_JOINTS = ["", "_", "-", ".", " ", "__", '"', "'", ":", "=", "=>", "\\", " =", '" :', "/", "~", "\n", "\u00e9"]
texts = st.lists(st.sampled_from(_PARTS) | st.sampled_from(_JOINTS), max_size=30).map("".join)


@pytest.mark.once
@settings(max_examples=500)
@given(
    text=texts,
    words=st.lists(
        st.sampled_from(
            ["password", "api_key", "x-api-key", "token", "pwd", "my.pwd", "set-cookie", "caf\u00e9_key", "key_"]
        )
    ),
    coded=st.booleans(),
)
def test_names_are_seen_at_the_same_places_without_hyperscan(text: str, words: list[str], coded: bool) -> None:
    """By both ways to look, and the marks of escaped colour codes and of cut lines too."""
    pytest.importorskip("hyperscan")
    data = text.encode() + (b"\\u001b[0m" if coded else b"")
    words = sorted(set(words))
    # One byte of what follows "pwd" is read with Hyperscan.
    data += b"."
    assert keynames._slow_looker(words)(data) == keynames._looker(words)(data)
