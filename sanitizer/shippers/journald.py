"""journald's export format: entries of fields, as text or with a length; the values are masked, the form stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...patterns.errors import INCOMPLETE
from ..mask import ERROR
from .input import LONGEST, Input, TooLong

if TYPE_CHECKING:
    from .message import Messages
    from .protocols import Conversation

_NAME = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")
_LENGTH = 8
# What tells one sender's messages from another's.
_SENDER = (b"_BOOT_ID", b"_MACHINE_ID", b"_HOSTNAME", b"_PID", b"SYSLOG_IDENTIFIER")

Field = tuple[bytes, bytes, bool]


class BadEntry(Exception):
    """The input is not in the export format."""


def serve(talk: Conversation) -> None:
    """Copy entries until the input ends. An entry that breaks off is left out, and the exit code is 3."""
    source = Input(talk.source, talk.signals)
    try:
        while True:
            fields = _entry(source, talk)
            if fields is None:
                return
            if fields:
                talk.write(_written(talk.messages, fields))
    except BadEntry as error:
        # Where fields begin is unknown from here on, so nothing more can be passed.
        talk.summary.status = INCOMPLETE
        talk.say(f"{error}; the rest of the input is withheld")
        talk.messages.withheld += 1
    finally:
        talk.summary.bytes_in = source.count


def _entry(source: Input, talk: Conversation) -> list[Field] | None:
    """The fields of the next entry: name, value, whether it came with a length; None at the end of input."""
    fields: list[Field] = []
    size = 0
    while True:
        try:
            line = source.line()
        except TooLong as error:
            talk.messages.withhold(b"", b"", error)
            continue
        if line == b"\n":
            return fields
        if line is None or not line.endswith(b"\n"):
            if line or fields:
                raise BadEntry("the input ends within an entry")
            return None
        name, equals, value = line[:-1].partition(b"=")
        if not name or len(name) > 64 or not _NAME.issuperset(name):
            raise BadEntry("the input is not in journald's export format")
        if not equals:
            value = _with_length(source, talk)
        size += len(value)
        if size > LONGEST:
            talk.messages.withhold(value, b"", OverflowError())
            value = ERROR
        fields.append((name, value, not equals))


def _with_length(source: Input, talk: Conversation) -> bytes:
    header = source.exactly(_LENGTH)
    length = int.from_bytes(header, "little")
    if length > LONGEST:
        talk.messages.withhold(b"", b"", OverflowError())
        source.skip(length)
        value = ERROR
    else:
        value = source.exactly(length)
        if len(value) < length:
            raise BadEntry("the input ends within an entry")
    if source.exactly(1) != b"\n":
        raise BadEntry("a field's length is wrong")
    return value


def _written(messages: Messages, fields: list[Field]) -> bytes:
    told = dict((name, value) for name, value, _ in fields if name in _SENDER)
    sender = b"\0".join(told.get(name, b"") for name in _SENDER)
    out = []
    for name, value, with_length in fields:
        masked = _masked(messages, name, value, sender)
        if with_length or b"\n" in masked:
            out += [name, b"\n", len(masked).to_bytes(_LENGTH, "little"), masked, b"\n"]
        else:
            out += [name, b"=", masked, b"\n"]
    return b"".join((*out, b"\n"))


def _masked(messages: Messages, name: bytes, value: bytes, sender: bytes) -> bytes:
    if name.startswith(b"__"):
        # Cursor and times, which journald itself writes; a reader needs them as they are.
        return value
    source = sender + b"\0" + name
    if name.startswith(b"_") or name == b"MESSAGE":
        return messages.mask(value, source)
    # A field's name says what its value is: DB_PASSWORD.
    before = name + b"="
    masked = messages.mask(before + value, source)
    return masked.removeprefix(before)
