"""Values that are secret by the name of their key, whatever they look like: `"password": 12345`, `Cookie: ...`.

Keys in JSON, also JSON inside a string at any depth, in logfmt and queries, in XML, and names of headers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from . import records
from .policy import plain_name
from .spans import Buffer, Span

if TYPE_CHECKING:
    from ..patterns.hyperscan_engine import Rider

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
# What `look` may see besides: colour codes that JSON has escaped, lines that a container runtime has cut.
COLOURS, RECORDS = 1, 2
# An expression that has read one byte more than the others.
_ONE_MORE = 4
_TAIL = re.compile(rb"\\{1,63}[\"'][ \t]{0,4}[:=>]")
# A shell's working folder is no password.
_FOLDER = re.compile(rb"[\"']?(?:/|~|[A-Za-z]:\\)")
# Read backwards, from the separator: a search for the end of some bytes would try every place before it.
_YEK = re.compile(rb"([:=>])[ \t]{0,4}([\"']\\{0,63})?([A-Za-z0-9_.\-]{0,63}[A-Za-z])")
_OPEN = re.compile(rb"[ \t]{0,8}(?:(\\{0,63})([\"'])|(-?[0-9][0-9.eE+\-]{0,40})|(\[))")
# What may follow a name, without Hyperscan.
_AFTER = re.compile(rb"""([_.\-]{0,64})(?:["']?[ \t]?[:=>]|\\)""")
_SEPARATORS = re.compile(r"[_\-. ]")
_CODE_MARKS = (rb"\x1b\[[0-9;:?A-Za-z]", rb"\x1b\][0-9]", rb"\\(?:u00|x)1[Bb]\[")
_QUOTE = {mark: re.compile(rb"(\\*)" + mark + rb"|[\r\n]") for mark in (b'"', b"'")}
_BARE = re.compile(rb"\{[^}\r\n]{1,4096}\}|[^\s&;,\"'<>(){}\[\]|\\]{1,8192}")
_SCHEME = rb"(?:(?i:basic|bearer|token|digest|negotiate|apikey|api-key|bot)[ \t]{1,4}(?=\S))?"
_HEADER = re.compile(rb"[ \t]{0,8}" + _SCHEME + rb"([^\r\n\"'\\]+)")
_LINE_END = re.compile(rb"[\r\n]")
_XML = re.compile(rb"([^<\r\n]+)</")
_ITEM = re.compile(rb"[ \t,:]{0,64}(?:(\\{0,63})([\"'])|(-?[0-9][0-9.eE+\-]{0,40})|true|false|null|([\[{])|([\]}]))")


def riders() -> list[Rider]:
    """What a matcher looks for in its own pass on behalf of `KeyNames` with no names of the user's."""
    from ..patterns.hyperscan_engine import Rider

    words = sorted({*ENDINGS, *WHOLE, *HEADERS})
    return [
        Rider(kind, expression.decode("latin-1"), kind in (0, _ONE_MORE)) for kind, expression in _expressions(words)
    ]


class KeyNames:
    """Finds values by the names of their keys. `own` are further names; immutable, safe to share between threads."""

    def __init__(self, own: Iterable[str] = (), *, defaults: bool = True) -> None:
        """Compile the names. With `defaults` off only `own` count."""
        own = tuple(own)
        self._endings = tuple(map(plain_name, ENDINGS)) if defaults else ()
        self._whole = frozenset(map(plain_name, (*(WHOLE + HEADERS if defaults else ()), *own)))
        self._headers = frozenset(map(plain_name, (*(HEADERS if defaults else ()), *own)))
        words = dict.fromkeys((*((*ENDINGS, *WHOLE, *HEADERS) if defaults else ()), *own))
        self._riding = defaults and not own
        self._look = _looker(sorted(words)) if not defaults or own else None
        # Names that were met, without case and separators if their values are secret.
        self._plain: dict[str, str] = {}

    def sensitive(self, name: str) -> bool:
        """True when the value of such a key is secret."""
        plain = plain_name(name)
        return plain in self._whole or plain.endswith(self._endings)

    @property
    def riding(self) -> bool:
        """True if these are the names that `riders` looks for."""
        return self._riding

    # No place is longer, its key included.
    longest = _BEFORE + _LONGEST + 16

    def find(self, data: Buffer) -> list[Span]:
        """Return the values of such keys in the data, in order."""
        return self.values(data, self.look(data)[0])

    def begins(self, line: bytes) -> bool:
        """True when an unfinished line holds such a key, so that its end may be half a value."""
        return bool(self.look(line)[0])

    def look(self, data: Buffer) -> tuple[list[int], int]:
        """Return where keys may stand, for `values`, and what else was seen: bits of COLOURS and RECORDS."""
        if self._look is None:
            self._look = _looker(sorted({*ENDINGS, *WHOLE, *HEADERS}))
        return self._look(data)

    def values(self, data: Buffer, places: Iterable[int]) -> list[Span]:
        """Return the values of the keys at these places, in order."""
        spans: list[Span] = []
        for place in places:
            spans += self._values(data, place)
        return spans

    def _values(self, data: Buffer, place: int) -> Iterator[Span]:
        if data[place - 1] == 0x5C:
            # Inside a string in a string; how deep is not known yet.
            tail = _TAIL.match(data, place - 1)
            if tail is None:
                return
            place = tail.end()
        low = max(0, place - _BEFORE)
        key = _YEK.match(bytes(data[low:place])[::-1])
        if key is None:
            return
        name = key[3][::-1].decode("ascii")
        plain = self._plain.get(name)
        if plain is None:
            if len(self._plain) > 4096:
                self._plain.clear()
            plain = self._plain[name] = plain_name(name) if self.sensitive(name) else ""
        if not plain:
            return
        begin, mark = place - key.end(), key[1]
        if mark == b"=" and data[place : place + 1] == b">":
            place, mark = place + 1, b":"
            if not key[2]:
                return
        if plain == "pwd" and _FOLDER.match(data, place):
            return
        found: Iterable[tuple[int, int, bytes]]
        if mark == b">":
            tag = begin and data[begin - 1 : begin] in (b"<", b":")
            found = _group(_XML.match(data, place)) if tag else ()
        elif key[2]:
            found = _json(data, place)
        elif mark == b":":
            found = _group(_HEADER.match(data, place)) if plain in self._headers else ()
        else:
            found = _assigned(data, place)
        for start, end, quote in found:
            if start < end:
                yield Span(RULE, start, end, begin, name, quote, end)


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
    """The inside of a string that has just begun; its quotes have so many backslashes, those inside it more.

    One that is cut off goes on to the end of its line.
    """
    deep = len(slashes)
    for found in _QUOTE[mark].finditer(data, start):
        if found[1] is None:
            yield start, found.start(), b""
            return
        if len(found[1]) % (2 * (deep + 1)) == deep:
            yield start, found.end() - deep - 1, b""
            return
    yield start, len(data), b""


def _expressions(words: list[str]) -> list[tuple[int, bytes]]:
    """The expressions to look for, with their kinds: 0, _ONE_MORE, COLOURS, RECORDS."""
    # Every line of sudo has PWD=/some/folder.
    found = [(_ONE_MORE, _expression(word) + b"[^/~]") if word == "pwd" else (0, _expression(word)) for word in words]
    return [*found, *((COLOURS, mark) for mark in _CODE_MARKS), *((RECORDS, mark) for mark in records.MARKS)]


def sorted_out(rides: Iterable[tuple[int, int]]) -> tuple[list[int], int]:
    """Return what `KeyNames.look` returns, from what was found: (kind, end)."""
    places: set[int] = set()
    seen = 0
    for kind, end in rides:
        if not kind:
            places.add(end)
        elif kind == _ONE_MORE:
            places.add(end - 1)
        else:
            seen |= kind
    return sorted(places), seen


def _looker(words: list[str]) -> Callable[[Buffer], tuple[list[int], int]]:
    """A function that does what `KeyNames.look` does, in one pass over the data."""
    expressions = _expressions(words)
    try:
        import hyperscan
    except ImportError:
        return _slow_looker(words)
    database = _compiled(expressions)
    from threading import local

    mine = local()
    mine.scratch = database.scratch = hyperscan.Scratch(database)

    def look(data: Buffer) -> tuple[list[int], int]:
        rides: list[tuple[int, int]] = []
        scratch = getattr(mine, "scratch", None)
        if scratch is None:
            scratch = mine.scratch = database.scratch.clone()
        database.scan(data, match_event_handler=lambda kind, start, end, *_: rides.append((kind, end)), scratch=scratch)
        return sorted_out(rides) if rides else ([], 0)

    return look


def _compiled(expressions: list[tuple[int, bytes]]) -> Any:
    """The database, which takes a fifth of a second to compile, from the cache if it is there."""
    import hyperscan

    from ..patterns import cache

    text = b"\n".join(b"%d %b" % pair for pair in expressions)
    name = cache.key([("key names", text)], f"hyperscan {hyperscan.__version__}")  # type: ignore[attr-defined]
    if entry := cache.load(name):
        try:
            return hyperscan.loadb(entry[1], hyperscan.HS_MODE_BLOCK)
        except hyperscan.error:
            # Made on another processor, in a shared home.
            pass
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(
        expressions=[expression for _, expression in expressions],
        ids=[kind for kind, _ in expressions],
        elements=len(expressions),
        flags=[hyperscan.HS_FLAG_CASELESS if kind in (0, _ONE_MORE) else 0 for kind, _ in expressions],
    )
    cache.store(name, (), bytes(hyperscan.dumpb(database)))
    return database


def _slow_looker(words: list[str]) -> Callable[[Buffer], tuple[list[int], int]]:
    """The same without Hyperscan: the last parts of names by Aho-Corasick, then what is around each."""
    import ahocorasick

    automaton = ahocorasick.Automaton()
    for word in words:
        part = _SEPARATORS.split(word.rstrip("_-. "))[-1].encode().lower().decode("latin-1")
        if part:
            automaton.add_word(part, len(part))
    if len(automaton):
        automaton.make_automaton()
    # Backwards from what follows a name; where "pwd" is the end of another name, that counts.
    names = [b"".join(reversed(_letters(word, -1))) for word in sorted(words, key="pwd".__eq__)]
    backwards = re.compile(b"|".join(names), re.IGNORECASE)
    longest = max((len(word.encode()) for word in words), default=0)
    others = [(kind, re.compile(expression)) for kind, expression in _expressions([])]

    def look(data: Buffer) -> tuple[list[int], int]:
        seen = 0
        for kind, expression in others:
            if expression.search(data):
                seen |= kind
        places: set[int] = set()
        for last, _ in automaton.iter(bytes(data).lower().decode("latin-1")) if len(automaton) else ():
            after = _AFTER.match(data, last + 1)
            if after is None:
                continue
            name = backwards.match(bytes(data[max(0, last + 1 - longest) : after.end(1)])[::-1])
            if name and (name[0].lower() != b"dwp" or data[after.end() : after.end() + 1] not in (b"/", b"~")):
                places.add(after.end())
        return sorted(places), seen

    return look


def _expression(word: str) -> bytes:
    """A name and what may follow it; a longer tail than this would make the pass over all bytes half as fast."""
    return b"".join(_letters(word)) + rb"""(?:["']?[ \t]?[:=>]|\\)"""


def _letters(word: str, step: int = 1) -> list[bytes]:
    """Expressions for the letters of a name; a step of -1 turns the bytes of each around."""
    return [b"[_.-]?" if mark in "_-. " else re.escape(mark.encode()[::step]) for mark in word]
