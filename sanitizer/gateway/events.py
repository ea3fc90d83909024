"""HTTP bodies as bytes: a request's JSON hidden, an answer's JSON or stream of server-sent events restored. No I/O."""

from __future__ import annotations

import json
import re
from typing import Any

from ...patterns.errors import ScrubjayError
from .answer import Answer, Event, hide
from .pseudonyms import Pseudonyms

# Between two events; the form of the line ends may be any.
_END = re.compile(rb"\r\n\r\n|\n\n|\r\r")
_LINE = re.compile(rb"\r\n|\n|\r")


class NotExamined(ScrubjayError):
    """A request has a body that can't be examined, so it was not sent."""


def hide_body(pseudonyms: Pseudonyms, body: bytes) -> bytes:
    """Return a request's body with tokens in the place of secrets; byte for byte the same if there are none.

    JSON is treated string by string, other text as a whole. Raises NotExamined for bytes that are neither.
    """
    if not body:
        return body
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise NotExamined("the request's body is not text, so it can't be examined and was not sent") from None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return pseudonyms.hide(text).encode()
    hidden = hide(pseudonyms, value)
    return body if hidden == value else _dumped(hidden)


def restore_body(answer: Answer, body: bytes) -> bytes:
    """Return an answer's JSON restored; what is not JSON as it is."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return body
    restored = answer.whole(value)
    return body if restored == value else _dumped(restored)


class Events:
    """Restores a stream of server-sent events that comes in chunks, cut anywhere."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._buffer = b""

    def feed(self, data: bytes) -> bytes:
        """Take the next bytes and return what is final now: whole events."""
        # The last bytes of what was there may be half of an end.
        low = max(0, len(self._buffer) - 3)
        self._buffer += data
        out, done = [], 0
        while found := _END.search(self._buffer, max(low, done)):
            out.append(self._event(self._buffer[done : found.end()]))
            done = found.end()
        self._buffer = self._buffer[done:]
        return b"".join(out)

    def finish(self) -> bytes:
        """Return the rest: the stream has ended."""
        rest, self._buffer = self._buffer, b""
        last = self._event(rest) if rest else b""
        return last + b"".join(_sent(event, named=b"event:" in last) for event in self._answer.finish())

    def _event(self, raw: bytes) -> bytes:
        lines = _LINE.split(raw)
        data = b"\n".join(line[5:].removeprefix(b" ") for line in lines if line.startswith(b"data:"))
        others = [line for line in lines if line and not line.startswith(b"data:")]
        named = any(line.startswith(b"event:") for line in others)
        if data.strip() == b"[DONE]":
            return b"".join(_sent(event, named) for event in self._answer.finish()) + raw
        try:
            value = json.loads(data)
        except (ValueError, RecursionError):
            return raw
        if not isinstance(value, dict):
            return raw
        *before, own = self._answer.event(value)
        first = b"".join(_sent(event, named) for event in before)
        if own == value:
            return first + raw
        return first + b"".join(line + b"\n" for line in others) + _sent(own, named=False)


def _sent(event: Event, named: bool) -> bytes:
    name = b"event: %b\n" % str(event.get("type", "message")).encode() if named else b""
    return name + b"data: " + _dumped(event) + b"\n\n"


def _dumped(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode("ascii")
