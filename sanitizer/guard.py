"""Masks a stream of chunks and fails closed: what could not be examined is withheld, never passed on. No I/O."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..patterns.chunks import Chunker
from .mask import ERROR, Buffer, Masker

if TYPE_CHECKING:
    from ..patterns import Matcher
    from ..patterns.chunks import Piece

# After a failure the data is tried again in slices of this size, so that one bad line costs only its neighbours.
SLICE = 4096
# But not for ever: each failure may have taken the matcher's whole time budget.
RETRIES = 3
_BLOCK_END = b"-----END"


class Guard:
    """Turns chunks of a stream into masked buffers. `masked`, `withheld` and `withheld_bytes` count what happened.

    `note` is called with the name of the exception whenever a piece is withheld. No method raises for what the matcher
    does. One per stream; not shared between threads.
    """

    def __init__(self, matcher: Matcher, note: Callable[[str], None] = lambda name: None) -> None:
        self.masked: dict[str, int] = {}
        self.withheld = 0
        self.withheld_bytes = 0
        self._matcher = matcher
        self._note = note
        self._chunker = Chunker(matcher)
        self._masker = Masker(matcher)
        # Withholding goes on over this many more bytes at most, or until `_until` is seen.
        self._skip = 0
        self._until = b""
        self._line_open = False
        self._block_words: tuple[bytes, ...] | None = None

    @property
    def held(self) -> int:
        """How many bytes were fed and are neither released nor withheld yet."""
        return self._chunker.held

    def feed(self, data: bytes | memoryview) -> list[Buffer]:
        """Take the next bytes and return what is final now; the buffers do not refer to `data`."""
        out: list[Buffer] = []
        if self._skip:
            data = self._skipped(data, out)
            if not data:
                return out
        return out + self._guarded(lambda: self._chunker.feed(data))

    def flush(self) -> list[Buffer]:
        """Return what a quiet stream can spare."""
        return self._guarded(self._chunker.flush)

    def finish(self) -> list[Buffer]:
        """Return the rest: the stream has ended."""
        out = self._guarded(self._chunker.finish)
        if self._chunker.held:
            # A failure came in between, and what was tried again ends in the middle of a line.
            try:
                out += self._apply(self._chunker.finish())
            except Exception as error:  # noqa: BLE001
                out += self._withhold(self._chunker.take_held(), error)
        return out

    def _guarded(self, step: Callable[[], list[Piece]]) -> list[Buffer]:
        try:
            return self._apply(step())
        except Exception as error:  # noqa: BLE001
            # Whatever went wrong, the bytes were not examined.
            failure = error
        raw = self._chunker.take_held()
        if len(raw) <= SLICE:
            return self._withhold(raw, failure)
        out: list[Buffer] = []
        failures = 0
        while raw:
            cut = raw.rfind(b"\n", 0, SLICE) + 1 or SLICE
            part, raw = raw[:cut], raw[cut:]
            if self._skip:
                part = bytes(self._skipped(part, out))
            try:
                out += self._apply(self._chunker.feed(part)) if part else []
            except Exception as error:  # noqa: BLE001
                failures += 1
                part = self._chunker.take_held()
                if failures == RETRIES:
                    part, raw = part + raw, b""
                out += self._withhold(part, error)
        return out

    def _apply(self, pieces: list[Piece]) -> list[Buffer]:
        out: list[Buffer] = []
        for piece in pieces:
            try:
                out += self._masker.apply(piece.data, piece.matches, self.masked)
            except Exception as error:  # noqa: BLE001
                # The chunker has let go of these bytes already.
                out += self._withhold(bytes(piece.data), error)
        return out

    def _withhold(self, raw: bytes, error: Exception) -> list[Buffer]:
        if not raw:
            return []
        self.withheld += 1
        self.withheld_bytes += len(raw)
        self._note(type(error).__name__)
        try:
            self._skip, self._until = self._open_after(raw)
        except Exception:  # noqa: BLE001
            self._skip, self._until = self._matcher.limits.block, _BLOCK_END
        self._line_open = not raw.endswith(b"\n")
        return [ERROR] if self._line_open else [ERROR, b"\n"]

    def _open_after(self, raw: bytes) -> tuple[int, bytes]:
        """How much of what follows may belong to a secret that began in withheld bytes, and what ends it sooner."""
        limits = self._matcher.limits
        if self._may_open_block(raw[-limits.block :]):
            return limits.block, _BLOCK_END
        return (0, b"") if raw.endswith(b"\n") else (limits.line, b"\n")

    def _may_open_block(self, raw: bytes) -> bool:
        # The matcher has just failed on these bytes, so plain words have to do.
        if self._block_words is None:
            from ..patterns.shape import analyse

            multiline = [rule for rule in self._matcher.rules if analyse(rule.pattern).multiline]
            self._block_words = tuple({word.lower().encode() for rule in multiline for word in rule.keywords})
        text = raw.lower()
        begin = max((text.rfind(word) for word in self._block_words), default=-1)
        return begin >= 0 and text.find(_BLOCK_END.lower(), begin) < 0

    def _skipped(self, data: bytes | memoryview, out: list[Buffer]) -> bytes | memoryview:
        """Withhold the rest of what `_open_after` found, and return what comes after it."""
        raw = bytes(data[: self._skip])
        end = len(raw)
        if self._until == _BLOCK_END and (found := raw.find(_BLOCK_END)) >= 0:
            # The rest of that line goes too.
            self._until = b"\n"
            found = raw.find(b"\n", found) + 1
        else:
            found = raw.find(self._until) + 1 if self._until == b"\n" else 0
        end = found or end
        self._skip = 0 if found else self._skip - end
        self.withheld_bytes += end
        if found and self._line_open:
            out.append(b"\n")
        return data[end:]
