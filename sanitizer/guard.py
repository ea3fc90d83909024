"""Masks a stream of chunks and fails closed: what could not be examined is withheld, never passed on. No I/O."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..patterns.chunks import Chunker
from .mask import ERROR, Masker, Tally
from .spans import Buffer

if TYPE_CHECKING:
    from ..patterns import Matcher
    from ..patterns.chunks import Piece
    from .examine import Examiner
    from .policy import Policy
    from .spans import Span

# After a failure the data is tried again in slices of this size, so that one bad line costs only its neighbours.
SLICE = 4096
# But not for ever: each failure may have taken the matcher's whole time budget.
RETRIES = 3
_BLOCK_END = b"-----END"
_END_LINE = re.compile(rb"-----END [A-Z0-9 ]{0,60}-----")
_NEWLINE = 0x0A
# More than the longest keyword of a rule that spans lines.
_KEPT = 256


class Guard:
    """Turns chunks of a stream into masked buffers. `masked`, `withheld` and `withheld_bytes` count what happened.

    `note` is called with the name of the exception whenever a piece is withheld, `spool` with what is withheld. No
    method raises for what the matcher does. One per stream; not shared between threads.
    """

    def __init__(
        self,
        matcher: Matcher | Examiner,
        note: Callable[[str], None] = lambda name: None,
        *,
        policy: Policy | None = None,
        spool: Callable[[bytes], None] = lambda raw: None,
        tell: Callable[[list[tuple[str, str, int]], int], None] | None = None,
    ) -> None:
        """`tell` gets each piece's masks (rule, action, place in the piece) and the piece's place in the stream."""
        self.masked = Tally()
        self._tell = tell
        if tell is not None:
            self.masked.events = []
        self._passed = 0
        self.withheld = 0
        self.withheld_bytes = 0
        self._matcher: Any = matcher
        self._note = note
        self._spool = spool
        self._chunker = Chunker(self._matcher)
        self._masker = Masker(self._matcher, policy=policy)
        self._room = memoryview(b"")
        # Withholding goes on over this many more bytes, unless the line or, in a block, the block ends before.
        self._skip = 0
        self._in_block = False
        self._line_open = False
        # How the unfinished line began, as far as it went out or was withheld.
        self._line = b""

    def use(self, matcher: Matcher | Examiner, policy: Policy | None = None) -> None:
        """From here on, judge by these rules and mask by this policy; what is held is judged by them too."""
        self._matcher = matcher
        self._chunker.use(self._matcher)
        self._masker = Masker(self._matcher, policy=policy)

    def passed(self, size: int) -> None:
        """Count bytes of the stream that were masked elsewhere, with the same tally, before what is fed next."""
        self._report(self._chunker.offset + self._passed)
        self._passed += size

    def _report(self, place: int) -> None:
        if self._tell is not None and self.masked.events:
            events, self.masked.events = self.masked.events, []
            self._tell(events, place)

    @property
    def settled(self) -> bool:
        """True when a line is complete and nothing is held or being withheld: what follows can be judged by itself."""
        return not (self._chunker.held or self._skip or self._line)

    @property
    def held(self) -> int:
        """How many bytes were fed and are neither released nor withheld yet."""
        return self._chunker.held

    def room(self, size: int) -> memoryview:
        """Return where the next bytes may be read to, at most `size` of them."""
        if len(self._room) < size:
            self._room = memoryview(bytearray(size))
        return self._room[:size]

    def took(self, count: int) -> list[Buffer]:
        """Take so many bytes that were read into `room`, and return what is final now."""
        return self.feed(self._room[:count])

    def ready(self) -> list[Buffer]:
        """Return what has been judged meanwhile: nothing here, for all is judged at once."""
        return []

    def feed(self, data: bytes | memoryview) -> list[Buffer]:
        """Take the next bytes and return what is final now; the buffers do not refer to `data`."""
        return self._guarded(lambda: self._chunker.feed(data))

    def drain(self) -> list[Buffer]:
        """Return what is being judged: nothing here, for all is judged at once."""
        return []

    def flush(self, keep: int = -1) -> list[Buffer]:
        """Return what a quiet stream can spare; `keep` as for `Chunker.flush`."""
        return self._guarded(lambda: self._chunker.flush(keep))

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
        # The chunker has forgotten how the line began, so what may be left of it can't be judged again.
        known = 0 if not self._line else raw.find(b"\n") + 1 or len(raw)
        if len(raw) - known <= SLICE:
            return self._withhold(raw, failure)
        return self._withhold(raw[:known], failure) + self._again(raw[known:])

    def _again(self, raw: bytes) -> list[Buffer]:
        out: list[Buffer] = []
        failures = 0
        while raw:
            cut = raw.rfind(b"\n", 0, SLICE) + 1 or SLICE
            part, raw = raw[:cut], raw[cut:]
            try:
                out += self._apply(self._chunker.feed(part))
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
                data, matches = (piece.data, piece.matches) if not self._skip else self._unskipped(piece, out)
                out += self._masker.apply(data, matches, self.masked)
                self._report(self._passed + piece.offset + len(piece.data) - len(data))
                if matches and matches[-1].finish > len(data) and piece.data[-1] != _NEWLINE:
                    # A value longer than any: its name is out of sight, so nothing else tells that it goes on.
                    out += self._cut_through()
                    continue
                self._line = b"" if piece.data[-1] == _NEWLINE else bytes(piece.data[-_KEPT:])
            except Exception as error:  # noqa: BLE001
                # The chunker has let go of these bytes already.
                out += self._withhold(bytes(piece.data), error)
        return out

    def _cut_through(self) -> list[Buffer]:
        """Withhold the rest of the line."""
        self.withheld += 1
        self._note("TooLong")
        self._line_open, self._in_block, self._skip = True, False, sys.maxsize
        return [ERROR]

    def _withhold(self, raw: bytes, error: Exception) -> list[Buffer]:
        if not raw:
            return []
        self.withheld += 1
        self.withheld_bytes += len(raw)
        self._note(type(error).__name__)
        self._spool(raw)
        self._line_open = not raw.endswith(b"\n")
        left = self._skip - len(raw) if self._in_block and _BLOCK_END not in raw else 0
        reach = max(left, self._block_reach(self._line + raw))
        self._line = raw[-_KEPT:] if self._line_open else b""
        self._in_block = reach > 0
        self._skip = max(reach, self._matcher.limits.line if self._line_open else 0)
        return [ERROR] if self._line_open else [ERROR, b"\n"]

    def _block_reach(self, raw: bytes) -> int:
        """How much of what follows may belong to a block that began in withheld bytes."""
        limits = self._matcher.limits
        # The line that ends a block holds the words of the one that begins it.
        text = _END_LINE.sub(_BLOCK_END, raw[-limits.block :]).lower()
        reach = 0
        try:
            # The matcher has just failed on these bytes, so the keywords of the rules that span lines have to do.
            words = self._matcher.blocks
        except Exception:  # noqa: BLE001
            return int(limits.block)
        for word, width in words.items():
            place = text.rfind(word)
            if place >= 0 and text.find(_BLOCK_END.lower(), place) < 0:
                reach = max(reach, place + width - len(text))
        return reach

    def _unskipped(self, piece: Piece, out: list[Buffer]) -> tuple[memoryview, list[Span]]:
        """Withhold what may belong to a secret that began in withheld bytes, and return what comes after it."""
        data, end = bytes(piece.data), 0
        while self._skip and end < len(data):
            part = data[end : end + self._skip]
            end += self._skip_block(part) if self._in_block else self._skip_line(part, out)
        self.withheld_bytes += end
        self._spool(data[:end])
        matches = [
            match._replace(start=max(match.start, end)).moved(-end) for match in piece.matches if match.end > end
        ]
        return piece.data[end:], matches

    def _skip_block(self, part: bytes) -> int:
        found = part.find(_BLOCK_END)
        if found < 0:
            self._skip -= len(part)
            return len(part)
        # The rest of that line goes too.
        self._in_block, self._skip, self._line = False, self._matcher.limits.line, b""
        return found

    def _skip_line(self, part: bytes, out: list[Buffer]) -> int:
        line_end = part.find(b"\n") + 1
        size = line_end or len(part)
        text = self._line + part[:size]
        self._line = text[-_KEPT:]
        # The words that open a block may have been cut by the failure.
        if reach := self._block_reach(text):
            self._in_block, self._skip = True, reach
        elif line_end:
            self._skip = 0
            if self._line_open:
                out.append(b"\n")
        else:
            self._skip -= size
        return size
