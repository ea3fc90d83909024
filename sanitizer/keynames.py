"""Values that are secret by the name of their key, whatever they look like: `"password": 12345`, `Cookie: ...`.

Keys in JSON, also JSON inside a string at any depth, in logfmt and queries, in XML, and names of headers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from .policy import plain_name
from .spans import Buffer, Span

RULE = "generic-key-name"
# A key that ends in one of these has a secret value: db_password, awsSecretKey.
ENDINGS = (
    "password", "passwd", "passphrase", "secret", "api_key", "access_key", "secret_key", "private_key", "signing_key",
    "encryption_key", "access_token", "refresh_token", "id_token", "auth_token", "session_token", "bearer_token",
    "security_token", "client_assertion",
)  # fmt: skip
# These only as the whole key: "next_token" is a page, "max_pass" a number.
WHOLE = ("pwd", "pass", "token", "jwt", "session_id", "sessionid", "credentials", "code_verifier")
# Names of headers, which also count before a colon without quotes.
HEADERS = (
    "authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key", "x-auth-token", "x-amz-security-token",
    "x-csrf-token", "x-vault-token", "x-goog-api-key", "apikey", "api-key", "private-token",
)  # fmt: skip
# What is read before a separator, and of a value, at most.
_BEFORE = 96
_LONGEST = 1 << 16
_KEY = re.compile(rb"([A-Za-z][A-Za-z0-9_.\-]{0,63})(\\{0,63}[\"'])?[ \t]{0,4}([:=>])\Z")
_OPEN = re.compile(rb"[ \t]{0,8}(?:(\\{0,63})([\"'])|(-?[0-9][0-9.eE+\-]{0,40})|(\[))")
_QUOTE = {mark: re.compile(rb"(\\*)" + mark) for mark in (b'"', b"'")}
_BARE = re.compile(rb"\{[^}\r\n]{1,4096}\}|[^\s&;,\"'<>(){}\[\]|\\]{1,8192}")
_SCHEME = rb"(?:(?i:basic|bearer|token|digest|negotiate|apikey|api-key|bot)[ \t]{1,4}(?=\S))?"
_HEADER = re.compile(rb"[ \t]{0,8}" + _SCHEME + rb"([^\r\n\"'\\]{1,16384})")
_LINE_END = re.compile(rb"[\r\n]")
_XML = re.compile(rb"([^<\r\n]{1,8192})</")
_ITEM = re.compile(
    rb"[ \t\r\n,:]{0,64}(?:(\\{0,63})([\"'])|(-?[0-9][0-9.eE+\-]{0,40})|true|false|null|([\[{])|([\]}]))"
)


class KeyNames:
    """Finds values by the names of their keys. `own` are further names; immutable, safe to share between threads."""

    def __init__(self, own: Iterable[str] = (), *, defaults: bool = True) -> None:
        """Compile the names. With `defaults` off only `own` count."""
        own = tuple(own)
        self._endings = tuple(map(plain_name, ENDINGS)) if defaults else ()
        self._whole = frozenset(map(plain_name, (*(WHOLE + HEADERS if defaults else ()), *own)))
        self._headers = frozenset(map(plain_name, (*(HEADERS if defaults else ()), *own)))
        words = dict.fromkeys((*((*ENDINGS, *WHOLE, *HEADERS) if defaults else ()), *own))
        self._places = _places(sorted(words))

    def sensitive(self, name: str) -> bool:
        """True when the value of such a key is secret."""
        plain = plain_name(name)
        return plain in self._whole or plain.endswith(self._endings)

    def find(self, data: Buffer) -> list[Span]:
        """Return the values of such keys in the data, in order."""
        spans: list[Span] = []
        for place in self._places(data):
            spans += self._values(data, place)
        return spans

    def _values(self, data: Buffer, place: int) -> Iterator[Span]:
        low = max(0, place - _BEFORE)
        key = _KEY.search(bytes(data[low:place]))
        if key is None:
            return
        name = key[1].decode("ascii")
        if not self.sensitive(name):
            return
        begin, mark = low + key.start(), key[3]
        if mark == b"=" and data[place : place + 1] == b">":
            place, mark = place + 1, b":"
            if not key[2]:
                return
        found: Iterable[tuple[int, int, bytes]]
        if mark == b">":
            tag = begin and data[begin - 1 : begin] in (b"<", b":")
            found = _group(_XML.match(data, place)) if tag else ()
        elif key[2]:
            found = _json(data, place)
        elif mark == b":":
            found = _group(_HEADER.match(data, place)) if plain_name(name) in self._headers else ()
        else:
            found = _assigned(data, place)
        for start, end, quote in found:
            if start < end:
                yield Span(RULE, start, end, begin, name, quote)


def _group(found: Any) -> Iterator[tuple[int, int, bytes]]:
    if found:
        start, end = found.span(1)
        yield start, end - (len(found[1]) - len(found[1].rstrip())), b""


def _assigned(data: Buffer, place: int) -> Iterator[tuple[int, int, bytes]]:
    if data[place : place + 1] == b"=":
        return
    opened = _OPEN.match(data, place)
    if opened and opened[2]:
        yield from _string(data, opened.end(), opened[1], opened[2])
    elif found := _BARE.match(data, place):
        yield found.start(), found.end(), b""


def _json(data: Buffer, place: int) -> Iterator[tuple[int, int, bytes]]:
    opened = _OPEN.match(data, place)
    if not opened:
        return
    if opened[2]:
        yield from _string(data, opened.end(), opened[1], opened[2])
    elif opened[3]:
        yield opened.start(3), opened.end(3), _same_quote(data, place)
    else:
        yield from _array(data, opened.end(), _same_quote(data, place))


def _array(data: Buffer, place: int, quote: bytes) -> Iterator[tuple[int, int, bytes]]:
    """The strings and numbers of an array, of those in it too. Objects in it have keys of their own to judge by."""
    inside = [b"["]
    for _ in range(1000):
        item = _ITEM.match(data, place)
        if not item:
            return
        place = item.end()
        if item[4]:
            inside.append(item[4])
        elif item[5]:
            inside.pop()
            if not inside:
                return
        elif item[3]:
            if b"{" not in inside:
                yield item.start(3), item.end(3), quote
        elif item[2]:
            for start, end, none in _string(data, place, item[1], item[2]):
                if b"{" not in inside:
                    yield start, end, none
                place = end + len(item[1]) + 1


def _same_quote(data: Buffer, place: int) -> bytes:
    """The quotes of the key, for a value that has none: a number that becomes a string."""
    before = bytes(data[max(0, place - _BEFORE) : place])
    found = re.search(rb"(\\*\")[ \t]*[:=]>?\Z", before)
    return found[1] if found else b'"'


def _string(data: Buffer, start: int, slashes: bytes, mark: bytes) -> Iterator[tuple[int, int, bytes]]:
    """The inside of a string that has just begun; its quotes have so many backslashes, those inside it more."""
    deep = len(slashes)
    limit = min(len(data), start + _LONGEST)
    for found in _QUOTE[mark].finditer(data, start, limit):
        if len(found[1]) % (2 * (deep + 1)) == deep:
            yield start, found.end() - deep - 1, b""
            return
    # Cut off, or no string at all: the rest of the line.
    ends = _LINE_END.search(data, start, limit)
    yield start, ends.start() if ends else limit, b""


def _places(words: list[str]) -> Any:
    """A function that returns the offsets behind `word"  :` and the like in some data, in order."""
    expressions = [_expression(word) for word in words]
    try:
        import hyperscan
    except ImportError:
        pattern = re.compile(b"|".join(expressions), re.IGNORECASE)
        return lambda data: [found.end() for found in pattern.finditer(data)]
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    flags = [hyperscan.HS_FLAG_CASELESS] * len(words)
    database.compile(expressions=expressions, ids=list(range(len(words))), elements=len(words), flags=flags)
    from threading import local

    mine = local()
    mine.scratch = database.scratch = hyperscan.Scratch(database)

    def places(data: Any) -> list[int]:
        ends: list[int] = []
        scratch = getattr(mine, "scratch", None)
        if scratch is None:
            scratch = mine.scratch = database.scratch.clone()
        database.scan(data, match_event_handler=lambda number, start, end, *_: ends.append(end), scratch=scratch)
        return sorted(set(ends)) if ends else ends

    return places


def _expression(word: str) -> bytes:
    letters = "".join("[_.-]?" if mark in "_-. " else re.escape(mark) for mark in word)
    return (letters + r"""\\*["']?[ \t]{0,4}[:=>]""").encode()
