"""rsyslog's mmexternal: one message in, one JSON object out, with what to change and the mark of the examined."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ..mask import ERROR
from .input import Input, TooLong

if TYPE_CHECKING:
    from .message import Messages
    from .protocols import Conversation

# In every reply: $!scrubjay is "ok". What comes by the guard without it did not go through the filter.
MARK = "scrubjay"
# A message in full has these; a program's own JSON text does not.
_FULL = {"msg", "rawmsg", "syslogtag", "hostname", "timereported"}
# What a helper can't change: rsyslog keeps the first value that was asked for.
_FIXED = ("programname", "app-name")
# Besides the message, what a sender can write something into and rsyslog lets a helper change.
_FIELDS = ("syslogtag", "hostname", "structured-data", "msgid", "procid")


class Unchangeable(Exception):
    """A secret stands where rsyslog lets nothing be changed."""


def serve(talk: Conversation) -> None:
    """Answer every line until the input ends; raises OSError when rsyslog has gone."""
    source = Input(talk.source, talk.signals)
    try:
        while True:
            try:
                line = source.line()
                if line is None:
                    return
                text = answer(talk.messages, line.removesuffix(b"\n"))
            except TooLong as error:
                talk.messages.withhold(b"", b"", error)
                text = reply({"msg": ERROR.decode()})
            talk.write(text)
    finally:
        talk.summary.bytes_in = source.count


def answer(messages: Messages, line: bytes) -> bytes:
    """Return the reply to one message, given as its text (interface.input msg, rawmsg) or in full (fulljson)."""
    try:
        full = _parsed(line)
        if full is None:
            masked = messages.mask(line)
            return reply({} if masked == line else {"msg": _text(masked)})
        return CLEAN if messages.clean(_texts(full)) else reply(_changes(messages, full))
    except Unchangeable as error:
        # Without the mark, the ruleset's guard keeps the message back.
        messages.withhold(line, b"", error)
        return reply({"msg": ERROR.decode()}, "withheld")
    except Exception as error:  # noqa: BLE001
        # Whatever went wrong, rsyslog would pass the message on if it got no answer.
        messages.withhold(line, b"", error)
        return reply({"msg": ERROR.decode()})


def reply(changes: dict[str, Any], mark: str = "ok") -> bytes:
    """Return the line that makes rsyslog apply the changes and set the mark."""
    tree = {**changes.get("$!", {}), MARK: mark}
    text = json.dumps({**changes, "$!": tree}, ensure_ascii=False, separators=(",", ":"))
    try:
        return text.encode("utf-8", "surrogateescape") + b"\n"
    except UnicodeEncodeError:
        # Half of a surrogate pair, which no encoding has.
        return text.encode("utf-8", "replace") + b"\n"


CLEAN = reply({})


def _texts(value: Any, name: str = "") -> list[bytes]:
    """All texts in a message that was given in full, those of its tree with their names."""
    if isinstance(value, str):
        return [_bytes(f'{name}="{value}"' if name else value)]
    if isinstance(value, list):
        return [text for inner in value for text in _texts(inner, name)]
    if isinstance(value, dict):
        top = "$!" in value
        return [text for key, inner in value.items() for text in _texts(inner, "" if top else key)]
    return []


def _parsed(line: bytes) -> dict[str, Any] | None:
    if not line.startswith(b"{"):
        return None
    try:
        value = _loads(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) and value.keys() >= _FULL else None


def _loads(line: bytes) -> Any:
    """Parse JSON as rsyslog writes it, which may be no UTF-8."""
    import orjson

    try:
        return orjson.loads(line)
    except ValueError:
        return json.loads(_text(line), strict=False)


def _changes(messages: Messages, full: dict[str, Any]) -> dict[str, Any]:
    """What has to be changed in a message that was given in full."""
    if any(_masked(messages, full[name]) != full[name] for name in _FIXED if isinstance(full.get(name), str)):
        raise Unchangeable
    source = _bytes(f"{full['hostname']} {full['syslogtag']}")
    msg = _bytes(full["msg"])
    changes: dict[str, Any] = {}
    masked = messages.mask(msg, source)
    if masked != msg:
        changes["msg"] = _text(masked)
    for name in _FIELDS:
        value = full.get(name)
        if isinstance(value, str) and (clean := _masked(messages, value)) != value:
            changes[name] = clean
    if tree := _masked_tree(messages, full.get("$!")):
        changes["$!"] = tree
    _mask_head(messages, full, msg, changes)
    return changes


def _mask_head(messages: Messages, full: dict[str, Any], msg: bytes, changes: dict[str, Any]) -> None:
    """Mask what stands before the message in the raw line.

    Of `msg` and `rawmsg` only one may be changed, and rsyslog finds the message in the raw line by its offset.
    """
    raw = _bytes(full["rawmsg"])
    at = len(raw) - len(msg)
    if at <= 0 or not raw.endswith(msg):
        return
    head = messages.mask(raw[:at], b"head")
    if head == raw[:at]:
        return
    # As long as before: a marker that does not fit is cut.
    head = head[:at].ljust(at, b"*")
    changes["rawmsg"] = _text(head + _bytes(changes.pop("msg", full["msg"])))


def _masked(messages: Messages, value: str) -> str:
    return _text(messages.mask(_bytes(value), b"field"))


def _masked_tree(messages: Messages, value: Any, name: str = "") -> Any:
    """The parts of a tree that must change, or nothing; lists are given whole. A name says what its value is."""
    if isinstance(value, str):
        clean = _masked_named(messages, name, value) if name else _masked(messages, value)
        return clean if clean != value else None
    if isinstance(value, dict):
        parts = {key: _masked_tree(messages, inner, key) for key, inner in value.items()}
        return {key: part for key, part in parts.items() if part is not None} or None
    if isinstance(value, list):
        changes = [_masked_tree(messages, inner, name) for inner in value]
        if any(change is not None for change in changes):
            return [_merged(inner, change) for inner, change in zip(value, changes, strict=True)]
    return None


def _masked_named(messages: Messages, name: str, value: str) -> str:
    before = _bytes(name) + b'="'
    masked = messages.mask(before + _bytes(value) + b'"', b"field")
    inside = masked.startswith(before) and masked.endswith(b'"')
    return _text(masked[len(before) : -1] if inside else masked)


def _merged(value: Any, part: Any) -> Any:
    if part is None:
        return value
    if isinstance(value, dict) and isinstance(part, dict):
        return {**value, **{name: _merged(value[name], inner) for name, inner in part.items()}}
    return part


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
