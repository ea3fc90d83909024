"""The mask: what stands in the place of a secret, and how spans become masked bytes. Pure, no I/O."""

from __future__ import annotations

import re
from collections.abc import Mapping, MutableMapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from .policy import DROP, FULL, TAG
from .spans import Buffer, Finder, Span, joined, of_matches

if TYPE_CHECKING:
    from ..patterns import Match, Matcher
    from .examine import Examiner
    from .keynames import KeyNames
    from .policy import Policy

# Letters, digits, '-', '.', ':' and brackets: needs no escape in a JSON string, XML, a quoted word or a log format.
_MARKER = re.compile(
    rb"\[REDACTED:([a-z0-9][a-z0-9-]{0,99})(?::(?:\.\.[A-Za-z0-9_-]{4}|[a-z0-9]{1,12}-[0-9a-f]{16}))?\]"
)
_TAG = re.compile(rb"\[SECRET:([a-z0-9][a-z0-9-]{0,99})\]\Z")
_TAG_FIRST = re.compile(rb"\[SECRET:([a-z0-9][a-z0-9-]{0,99})\]")
_MANY = 20
# How far from a place a marker over it may begin or end.
_REACH = 140
# Bytes of a line that are looked at at a time.
_STEP = 1 << 10
# Deeper values are not looked into: a placeholder stands for them.
DEEPEST = 64
# What is not a rule of the matcher, and may stand in a marker all the same.
OWN_RULES = frozenset({b"error", b"lost", b"known", b"known-value", b"generic-key-name", b"too-deep"})


@cache
def _plain(rule: str) -> bytes:
    return marker(rule)


def marker(rule: str, detail: str = "") -> bytes:
    """Return the bytes that stand for a secret of this rule; `detail` is its end or its pseudonym, if one is shown."""
    return f"[REDACTED:{rule}:{detail}]".encode("ascii") if detail else b"[REDACTED:%b]" % rule.encode("ascii")


ERROR = marker("error")


def redact(matcher: Matcher, data: bytes) -> bytes:
    """Return `data` with a marker in the place of each secret; raises what `matcher.find` raises, e.g. MatchTimeout."""
    return b"".join(Masker(matcher).apply(data, matcher.find(data)))


def spliced(view: memoryview, replaced: Sequence[tuple[int, int, bytes]]) -> list[Buffer]:
    """Return data as slices, with what is `replaced` (start, end, mask; in order) by its masks."""
    parts: list[Buffer] = []
    done = 0
    for start, end, mask in replaced:
        if start > done:
            parts.append(view[done:start])
        if mask:
            parts.append(mask)
        done = end
    if done < len(view):
        parts.append(view[done:])
    return parts


class Tally(dict[str, int]):
    """Masks by rule; `actions` has them by rule and mask. `events` says of each where it is, if they are wanted."""

    def __init__(self) -> None:
        super().__init__()
        self.actions: dict[tuple[str, str], int] = {}
        self.events: list[tuple[str, str, int]] | None = None

    def note(self, span: Span, action: str) -> None:
        """Count one mask."""
        rule = span.rule
        self[rule] = self[rule] + 1 if rule in self else 1
        case = rule, action
        actions = self.actions
        actions[case] = actions[case] + 1 if case in actions else 1
        if self.events is not None:
            self.events.append((rule, action, span.start))

    def add(
        self,
        masked: Mapping[str, int],
        actions: Mapping[tuple[str, str], int],
        events: list[tuple[str, str, int]] | None,
    ) -> None:
        """Add what another tally has counted."""
        for rule, count in masked.items():
            self[rule] = self.get(rule, 0) + count
        for case, count in actions.items():
            self.actions[case] = self.actions.get(case, 0) + count
        if self.events is not None and events:
            self.events += events


class Masker:
    """Puts masks in the place of secrets, and counts them by rule. Immutable, may be shared between threads.

    What overlaps a marker of an earlier pass, or is proved by one, is left alone: there the earlier pass has decided.
    So masking twice changes nothing.
    """

    def __init__(
        self,
        matcher: Matcher | Examiner,
        *,
        policy: Policy | None = None,
        names: KeyNames | None = None,
        known: Finder | None = None,
    ) -> None:
        """`names` are keys whose values are secret, `known` finds known values; either is left out if not given.

        An examiner finds both itself, and its names count where a value is given with its key.
        """
        self._matcher = matcher
        self._policy = policy
        self._names: KeyNames | None = names or getattr(matcher, "names", None)
        self._finders: tuple[Finder, ...] = tuple(finder for finder in (names, known) if finder is not None)
        self._ids: frozenset[bytes] | None = None

    def apply(
        self, data: Buffer, matches: Sequence[Match] | Sequence[Span], counts: MutableMapping[str, int] | None = None
    ) -> list[Buffer]:
        """Return `data` as slices, with matches replaced; `counts` grows by one for each mask, under its rule."""
        spans: list[Any] = list(matches)
        for finder in self._finders:
            spans += finder.find(data)
        if not spans:
            return [data]
        view = memoryview(data)
        return spliced(view, self.replaced(view, spans, counts))

    def replaced(
        self,
        view: memoryview,
        matches: Sequence[Match] | Sequence[Span],
        counts: MutableMapping[str, int] | None = None,
    ) -> list[tuple[int, int, bytes]]:
        """Return what matches are replaced by, in order: (start, end, mask); `counts` as for `apply`."""
        spans = of_matches(matches)
        note = counts.note if isinstance(counts, Tally) else None
        # With many spans one look for any marker is cheaper than one at each.
        fresh = len(spans) > _MANY and self._policy is None and not _MARKER.search(view)
        left = spans if fresh else [span for span in spans if not self._settled(view, span)]
        found: list[tuple[int, int, bytes]] = []
        done = 0
        for span in joined(left) if len(left) > 1 else left:
            start, end, mask = self._masked(view, span)
            if counts is not None and not span.rest:
                if note:
                    note(span, FULL if self._policy is None else self._policy.mask(span.rule, span.name))
                else:
                    counts[span.rule] = counts.get(span.rule, 0) + 1
            # Else its line was dropped.
            if end > done:
                found.append((max(start, done), end, mask))
                done = end
        return found

    def mask(self, data: bytes) -> tuple[bytes, dict[str, int]]:
        """Return the data masked, and how many masks of which rule; raises what `Matcher.find` raises."""
        counts: dict[str, int] = {}
        return b"".join(self.apply(data, self._matcher.find(data), counts)), counts

    def mask_text(self, text: str) -> tuple[str, dict[str, int]]:
        """Like `mask`, for text; what UTF-8 can't hold is kept."""
        masked, counts = self.mask(text.encode("utf-8", "surrogatepass"))
        return masked.decode("utf-8", "surrogatepass") if counts else text, counts

    def mask_value(self, value: Any, key: str = "") -> tuple[Any, dict[str, int]]:
        """Return a value of any type masked, as the value of `key` if one is given; what is given does not change.

        Texts, bytes, mappings, lists, tuples and sets are looked into, to any depth that is sane; a number is masked
        where the name of its key says that it is secret. Anything else is returned as it is.
        """
        counts: dict[str, int] = {}
        return self._value(value, key, counts, 0), counts

    def _value(self, value: Any, key: str, counts: dict[str, int], depth: int) -> Any:
        if isinstance(value, str):
            raw = value.encode("utf-8", "surrogatepass")
            masked = self._text(raw, key, counts)
            return value if masked is raw else masked.decode("utf-8", "surrogatepass")
        if isinstance(value, bytes | bytearray):
            raw = bytes(value)
            masked = self._text(raw, key, counts)
            return value if masked is raw else type(value)(masked)
        if isinstance(value, bool) or value is None:
            return value
        if isinstance(value, int | float):
            return self._text(str(value).encode(), key, counts).decode() if self._by_name(key) else value
        if not isinstance(value, Mapping | list | tuple | set | frozenset):
            return value
        if depth == DEEPEST:
            counts["too-deep"] = counts.get("too-deep", 0) + 1
            return marker("too-deep").decode()
        if isinstance(value, Mapping):
            found = {
                self._value(name, "", counts, depth + 1) if isinstance(name, str | bytes) else name: self._value(
                    item, name if isinstance(name, str) else key, counts, depth + 1
                )
                for name, item in value.items()
            }
            return found if type(value) is dict else _like(value, found)
        items = [self._value(item, key, counts, depth + 1) for item in value]
        if hasattr(value, "_fields"):
            return type(value)(*items)
        return items if type(value) is list else _like(value, items)

    def _by_name(self, key: str) -> bool:
        return bool(key) and self._names is not None and self._names.sensitive(key)

    def _text(self, raw: bytes, key: str, counts: dict[str, int]) -> bytes:
        """The bytes masked, or the same object if there is nothing to mask."""
        if self._by_name(key) and raw and not self._is_masked(raw):
            rule = "generic-key-name"
            counts[rule] = counts.get(rule, 0) + 1
            return self._masked(memoryview(raw), Span(rule, 0, len(raw), 0, key))[2]
        before = f'{key}: "'.encode("utf-8", "surrogatepass") if key else b""
        data = before + raw + b'"' if key else raw
        matches: list[Any] = list(self._matcher.find(data))
        if key:
            size = len(before)
            matches = [
                match._replace(end=min(match.end, size + len(raw))).moved(-size)
                for match in matches
                if match.start >= size
            ]
        if not matches and not self._finders:
            return raw
        own: dict[str, int] = {}
        masked = b"".join(self.apply(raw, matches, own))
        for rule, number in own.items():
            counts[rule] = counts.get(rule, 0) + number
        return masked if own else raw

    def _masked(self, data: memoryview, span: Span) -> tuple[int, int, bytes]:
        """What a span is replaced by, and from where to where."""
        start, end = span.start, span.end
        if span.rest:
            tagged = self._policy is not None and self._policy.mask(span.rule, span.name) == TAG
            return start, start if tagged else end, b""
        if self._policy is None:
            mark = _plain(span.rule)
            return start, end, span.quote + mark + span.quote if span.quote else mark
        mask = self._policy.mask(span.rule, span.name)
        if mask == DROP:
            return *_line(data, start, end), b""
        if mask == TAG:
            tag = f"[SECRET:{span.rule}]".encode("ascii")
            return start, end, span.quote + tag + bytes(data[start:end]) + span.quote
        value = span.value or bytes(data[start:end])
        return start, end, span.quote + marker(span.rule, self._policy.detail(mask, value)) + span.quote

    def _settled(self, data: memoryview, span: Span) -> bool:
        low = max(0, min(span.begin, span.start) - _REACH)
        high = min(len(data), span.end + _REACH)
        for found in _MARKER.finditer(data, low, high):
            if not self._is_marker(found[1]):
                continue
            start, end = found.span()
            # A rule's id may read like the context of a secret ("...-password]: x").
            if (start < span.end and span.start < end) or start < span.begin < end:
                return True
        if self._policy is None:
            return False
        # The tag of an earlier pass stands before the value, or is its beginning now.
        tag = _TAG.search(bytes(data[max(0, span.start - _REACH) : span.start])) or _TAG_FIRST.match(data, span.start)
        return tag is not None and self._is_marker(tag[1])

    def _is_masked(self, value: bytes) -> bool:
        found = _MARKER.fullmatch(value)
        return found is not None and self._is_marker(found[1])

    def _is_marker(self, name: bytes) -> bool:
        # Other names don't count: anything could be written between the brackets to keep it from being masked.
        if self._ids is None:
            self._ids = frozenset(rule.id.encode() for rule in self._matcher.rules) | OWN_RULES
        return name in self._ids


def _line(data: memoryview, start: int, end: int) -> tuple[int, int]:
    """Where the lines that hold a place begin and end, found in steps, for the data may be much longer."""
    low, high = start, end
    while low and (place := bytes(data[max(0, low - _STEP) : low]).rfind(b"\n")) < 0:
        low = max(0, low - _STEP)
    if low:
        low = max(0, low - _STEP) + place + 1
    while high < len(data) and (place := bytes(data[high : high + _STEP]).find(b"\n")) < 0:
        high += _STEP
    return low, min(len(data), high + place + 1 if high < len(data) else high)


def _like(value: Any, items: Any) -> Any:
    """The items in a container of the value's type, or in the plain one if that can't be made so."""
    try:
        return type(value)(items)
    except Exception:  # noqa: BLE001
        return items if isinstance(items, Mapping) or not isinstance(value, tuple) else tuple(items)
