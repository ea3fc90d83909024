"""Several threads for one stream: whole lines are judged side by side and come out in order.

The engine lets other threads run while it looks at bytes, which is where the time goes; input is read into the buffers
that are judged, and written from them. What can't be judged by itself (an unfinished line, a block that has begun, an
error) goes through the guard, one piece after the other.
"""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any

from .guard import Guard
from .mask import Masker, Tally
from .spans import Buffer

if TYPE_CHECKING:
    from ..patterns import Matcher
    from .examine import Examiner
    from .policy import Policy

# What is read at once: much, for the threads wait for each other at every hand-over. All pieces together take at most
# `_MEMORY`.
_PIECE = 1 << 20
_MEMORY = 64 << 20
# Before each piece: room for the unfinished line that comes before it.
_ROOM = 64 << 10
# A line longer than this is cut by the guard.
_LONGEST = 1 << 20


def piece_size(jobs: int) -> int:
    """How many bytes so many threads take at once, each."""
    return min(_PIECE, _MEMORY // (jobs + 2))


class _Piece:
    """Whole lines to judge: their bytes, how many of those are context, the buffer they lie in; then what was found.

    `found` stays None if judging has failed.
    """

    __slots__ = ("context", "done", "found", "matcher", "slot", "text")

    def __init__(self, matcher: Any, text: Buffer, context: int, slot: bytearray | None) -> None:
        self.matcher = matcher
        self.text = text
        self.context = context
        self.slot = slot
        self.done = False
        self.found: tuple[list[Any], int] | None = None


class _Bell:
    """What one thread can wait for, readable at `fd`, while others ring."""

    def __init__(self) -> None:
        if sys.platform == "linux":
            # Who writes to a pipe is taken to sleep soon: the reader gets its processor, and it waits for another.
            self.fd = self._ringing = os.eventfd(0)
        else:
            self.fd, self._ringing = os.pipe()

    def ring(self) -> None:
        """Ring once."""
        os.write(self._ringing, (1).to_bytes(8, sys.byteorder) if self.fd == self._ringing else b".")

    def heard(self) -> int:
        """Return how often it rang, after waiting for the first time."""
        rings = os.read(self.fd, 64)
        return int.from_bytes(rings, sys.byteorder) if self.fd == self._ringing else len(rings)

    def close(self) -> None:
        """Nobody rings any more."""
        for fd in {self.fd, self._ringing}:
            os.close(fd)


class Crew:
    """A guard with helpers: the same methods, and the same output for the same input."""

    def __init__(
        self, jobs: int, matcher: Matcher | Examiner, note: Callable[[str], None] = lambda name: None, *,
        policy: Policy | None = None, spool: Callable[[bytes], None] = lambda raw: None,
        tell: Callable[[list[tuple[str, str, int]], int], None] | None = None,
    ) -> None:  # fmt: skip
        self._guard = Guard(matcher, note, policy=policy, spool=spool, tell=tell)
        self._matcher: Any = matcher
        self._masker = Masker(self._matcher, policy=policy)
        self._jobs = jobs
        # What is being judged, in order.
        self._queue: deque[_Piece] = deque()
        self._line = b""
        self._context = b""
        # Buffers to read into. Those of pieces that went out are free once these are written.
        self._slot: bytearray | None = None
        self._slots = [bytearray(_ROOM + piece_size(jobs)) for _ in range(jobs + 2)]
        self._spent: list[bytearray] = []
        # Each piece rings once when it is done, in whatever order; of the rings read, those of pieces not taken yet.
        self._bell = _Bell()
        self.fd = self._bell.fd
        self._rings = 0
        self._todo: SimpleQueue[_Piece | None] = SimpleQueue()
        self._threads = [Thread(target=self._work, name=f"judge {number}", daemon=True) for number in range(jobs)]
        for thread in self._threads:
            thread.start()

    @property
    def masked(self) -> Tally:
        """Masks by rule."""
        return self._guard.masked

    @property
    def withheld(self) -> int:
        """Pieces withheld."""
        return self._guard.withheld

    @property
    def withheld_bytes(self) -> int:
        """Bytes withheld."""
        return self._guard.withheld_bytes

    @property
    def held(self) -> int:
        """How many bytes were fed and are neither released nor withheld yet."""
        return self._guard.held + len(self._line) + sum(len(piece.text) - piece.context for piece in self._queue)

    @property
    def settled(self) -> bool:
        """True when nothing is held and a line is complete."""
        return self._guard.settled and not self._line and not self._queue

    def use(self, matcher: Matcher | Examiner, policy: Policy | None = None) -> None:
        """From here on, judge by these rules and mask by this policy."""
        self._matcher = matcher
        self._masker = Masker(self._matcher, policy=policy)
        self._guard.use(matcher, policy)

    def room(self, size: int) -> memoryview:
        """Return where the next bytes may be read to, at most `size`; what was returned must be written by now."""
        self._slots += self._spent
        self._spent.clear()
        if self._slot is None:
            self._slot = self._slots.pop()
        return memoryview(self._slot)[_ROOM : _ROOM + size]

    def took(self, count: int) -> list[Buffer]:
        """Take so many bytes that were read into `room`, and return what is final now."""
        return self._take(count, None)

    def feed(self, data: bytes | memoryview) -> list[Buffer]:
        """Take the next bytes and return what is final now; it is valid until `room` is called."""
        return self._take(len(data), data)

    def _take(self, count: int, data: bytes | memoryview | None) -> list[Buffer]:
        """Take bytes, those in the slot if none are given."""
        out: list[Buffer] = []
        slot = self._slot if data is None else None
        if slot is not None:
            data = memoryview(slot)[_ROOM : _ROOM + count]
        assert data is not None
        if not self._guard.settled:
            out += self._settle()
        if not self._guard.settled:
            # The line that had begun comes first.
            line, self._line = self._line, b""
            return out + self._alone(line + bytes(data))
        before = self._context + self._line
        text: Buffer
        if slot is not None and len(before) <= _ROOM:
            begin = _ROOM - len(before)
            slot[begin:_ROOM] = before
            end = slot.rfind(b"\n", _ROOM, _ROOM + count) + 1
            text = memoryview(slot)[begin:end]
            rest = bytes(data[end - _ROOM if end else 0 :])
        else:
            slot = None
            whole = before + bytes(data)
            end = whole.rfind(b"\n", len(before)) + 1
            text, rest = whole[:end], whole[end or len(before) :]
        if end:
            context, self._line = len(self._context), rest
            behind = self._matcher.limits.behind
            self._context = bytes(text[-behind:]) if behind else b""
            piece = _Piece(self._matcher, text, context, slot)
            self._queue.append(piece)
            self._todo.put(piece)
            if slot is not None:
                self._slot = None
        else:
            self._line += rest
        if len(self._line) > _LONGEST:
            out += self._settle()
            line, self._line = self._line, b""
            out += self._guard.feed(line)
        while len(self._queue) > self._jobs + (self._slot is not None):
            out += self._next()
        return out + self._done()

    def ready(self) -> list[Buffer]:
        """Return what has been judged meanwhile; for a caller who has seen that `fd` is readable."""
        self._rings += self._bell.heard()
        return self._done()

    def _done(self) -> list[Buffer]:
        out: list[Buffer] = []
        while self._queue and self._queue[0].done:
            out += self._next()
        return out

    def _alone(self, data: bytes) -> list[Buffer]:
        """Go on with the guard, and no longer than it must be."""
        end = data.rfind(b"\n") + 1
        out = self._guard.feed(data[:end]) if end else []
        if end and self._guard.settled:
            self._line = data[end:]
        elif data[end:]:
            out += self._guard.feed(data[end:])
        return out

    def drain(self) -> list[Buffer]:
        """Return all that is being judged, for no more input is waiting."""
        return self._settle()

    def flush(self) -> list[Buffer]:
        """Return what a quiet stream can spare."""
        out = self._settle()
        line, self._line = self._line, b""
        if line:
            out += self._guard.feed(line)
        return out + self._guard.flush()

    def finish(self) -> list[Buffer]:
        """Return the rest: the stream has ended."""
        out = self._settle()
        line, self._line = self._line, b""
        if line:
            out += self._guard.feed(line)
        out += self._guard.finish()
        for _ in self._threads:
            self._todo.put(None)
        for thread in self._threads:
            thread.join()
        self._bell.close()
        return out

    def _settle(self) -> list[Buffer]:
        out: list[Buffer] = []
        while self._queue:
            out += self._next()
        return out

    def _next(self) -> list[Buffer]:
        """Return the oldest piece, once it has been judged."""
        piece = self._queue.popleft()
        while not (piece.done and self._rings):
            self._rings += self._bell.heard()
        self._rings -= 1
        if piece.slot is not None:
            self._spent.append(piece.slot)
        lines = memoryview(piece.text)[piece.context :]
        if piece.found and self._guard.settled:
            spans, open_from = piece.found
            if open_from == len(piece.text):
                try:
                    moved = [span.moved(-piece.context) for span in spans] if piece.context else spans
                    out = self._masker.apply(lines, moved, self.masked)
                    self._guard.passed(len(lines))
                    return out
                except Exception:  # noqa: BLE001
                    # The guard tries again, and withholds what fails there.
                    pass
        return self._guard.feed(lines)

    def _work(self) -> None:
        while piece := self._todo.get():
            try:
                piece.found = piece.matcher.find_and_open(piece.text, piece.context, len(piece.text))
            except Exception:  # noqa: BLE001
                # The guard tries again, and withholds what fails there.
                pass
            piece.done = True
            self._bell.ring()
