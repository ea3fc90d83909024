"""Several processes for one stream: whole lines are judged side by side and come out in order.

Helpers are forked, for threads would wait for each other's Python. Input is read into memory that all share, is judged
there and written from there; a helper sends back what is to be replaced. What can't be judged by itself (an unfinished
line, a block that has begun, an error), and what a helper that died has left, goes through the guard here.
"""

from __future__ import annotations

import marshal
import os
import selectors
import signal
import struct
from collections import deque
from collections.abc import Callable
from mmap import mmap
from typing import TYPE_CHECKING, Any, NamedTuple

from .guard import Guard
from .mask import Masker, Tally, spliced
from .signals import STOPPING
from .spans import Buffer

if TYPE_CHECKING:
    from ..patterns import Matcher
    from .examine import Examiner
    from .policy import Policy

# What is read at once: much, for each hand-over costs. All pieces together take at most `_MEMORY`.
_PIECE = 1 << 20
_MEMORY = 64 << 20
# So much is judged here at once, which is quicker than handing it over.
_LITTLE = 64 << 10
# Pieces that a helper has before it: while it judges one the next lies ready.
_AHEAD = 3
# Before each piece: room for the unfinished line that comes before it.
_ROOM = 64 << 10
# A line longer than this is cut by the guard.
_LONGEST = 1 << 20
# What a helper is told: the slot, where in it the piece begins and ends, and how much of it is context.
_TASK = struct.Struct("4Q")
_SIZE = struct.Struct("Q")
# More descriptors than any filter has.
_DESCRIPTORS = 1 << 16


def piece_size(jobs: int) -> int:
    """How many bytes so many processes take at once, each."""
    return min(_PIECE, _MEMORY // _slots(jobs))


def _slots(jobs: int) -> int:
    return (_AHEAD + 1) * jobs


class _Slot(NamedTuple):
    """Memory that all processes share; helpers know it by its number."""

    number: int
    memory: mmap


class _Found(NamedTuple):
    """What a piece holds: what to replace (start, end, mask), the masks by rule, by rule and mask, and one by one."""

    replaced: list[tuple[int, int, bytes]]
    masked: dict[str, int]
    actions: dict[tuple[str, str], int]
    events: list[tuple[str, str, int]] | None


class _Piece:
    """Whole lines to judge: their bytes, how many of those are context, the slot they lie in; then what was found.

    `found` stays None if it can't be judged by itself, or judging failed.
    """

    __slots__ = ("context", "done", "found", "slot", "text")

    def __init__(self, text: Buffer, context: int, slot: _Slot | None) -> None:
        self.text = text
        self.context = context
        self.slot = slot
        self.done = False
        self.found: _Found | None = None


class _Judge:
    """Says of pieces, which begin and end with a line, what is to be masked in them and how."""

    def __init__(self, matcher: Any, policy: Policy | None, each: bool) -> None:
        """With `each`, every mask is noted by itself."""
        self._matcher = matcher
        self._masker = Masker(matcher, policy=policy)
        self._each = each

    def found(self, text: Buffer, context: int) -> _Found | None:
        """Judge a piece; never raises."""
        try:
            spans, open_from = self._matcher.find_and_open(text, context, len(text))
            if open_from != len(text):
                return None
            tally = Tally()
            if self._each:
                tally.events = []
            moved = [span.moved(-context) for span in spans] if context else spans
            replaced = self._masker.replaced(memoryview(text)[context:], moved, tally)
            return _Found(replaced, dict(tally), tally.actions, tally.events)
        except Exception:  # noqa: BLE001 - the guard tries again, and withholds what fails there
            return None


class _Helper:
    """A forked process that judges pieces, one after the other."""

    def __init__(self, judge: _Judge, slots: list[_Slot]) -> None:
        """Fork it; raises OSError when the system allows no more processes."""
        tasks, self._tasks = os.pipe()
        self.fd, results = os.pipe()
        before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
        try:
            self._pid = os.fork()
            if not self._pid:
                try:
                    _help(judge, [slot.memory for slot in slots], tasks, results)
                finally:
                    os._exit(0)
        except OSError:
            os.close(self._tasks)
            os.close(self.fd)
            raise
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            os.close(tasks)
            os.close(results)
        self.waiting: deque[_Piece] = deque()

    def give(self, piece: _Piece, begin: int, end: int) -> bool:
        """Hand over a piece that lies in its slot from begin to end; False if the helper is gone."""
        assert piece.slot is not None
        try:
            os.write(self._tasks, _TASK.pack(piece.slot.number, begin, end, piece.context))
        except OSError:
            return False
        self.waiting.append(piece)
        return True

    def take(self) -> bool:
        """Wait for the oldest piece; False if the helper is gone."""
        head = _read(self.fd, _SIZE.size)
        text = _read(self.fd, _SIZE.unpack(head)[0]) if head else b""
        if not text:
            return False
        piece = self.waiting.popleft()
        if found := marshal.loads(text):
            piece.found = _Found(*found)
        piece.done = True
        return True

    def end(self) -> None:
        """Let it go; what it has not done yet is left to the guard."""
        os.close(self._tasks)
        os.close(self.fd)
        os.waitpid(self._pid, 0)
        for piece in self.waiting:
            piece.done = True


def _help(judge: _Judge, slots: list[mmap], tasks: int, results: int) -> None:
    """What a helper does until nobody gives it any more. The signals that stop a filter are not for it."""
    signal.set_wakeup_fd(-1)
    for number in STOPPING:
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)
    # Nobody shall wait for a descriptor to be closed because of this process.
    first, second = sorted((tasks, results))
    for low, high in ((0, first), (first + 1, second), (second + 1, _DESCRIPTORS)):
        os.closerange(low, high)
    while task := os.read(tasks, _TASK.size):
        number, begin, end, context = _TASK.unpack(task)
        found = judge.found(memoryview(slots[number])[begin:end], context)
        text = marshal.dumps(found and tuple(found))
        message = memoryview(_SIZE.pack(len(text)) + text)
        while message:
            message = message[os.write(results, message) :]


def _read(fd: int, size: int) -> bytes:
    """So many bytes, or none if the other side is gone."""
    data = b""
    while len(data) < size:
        more = os.read(fd, size - len(data))
        if not more:
            return b""
        data = data + more if data else more
    return data


class Crew:
    """A guard with helpers: the same methods, and the same output for the same input."""

    def __init__(
        self, jobs: int, matcher: Matcher | Examiner, note: Callable[[str], None] = lambda name: None, *,
        policy: Policy | None = None, spool: Callable[[bytes], None] = lambda raw: None,
        tell: Callable[[list[tuple[str, str, int]], int], None] | None = None,
    ) -> None:  # fmt: skip
        self._guard = Guard(matcher, note, policy=policy, spool=spool, tell=tell)
        self._each = tell is not None
        self._matcher: Any = matcher
        self._jobs = jobs
        # What is being judged, in order.
        self._queue: deque[_Piece] = deque()
        self._line = b""
        self._context = b""
        # Memory to read into. That of pieces that went out is free once these are written.
        self._all = [_Slot(number, mmap(-1, _ROOM + piece_size(jobs))) for number in range(_slots(jobs))]
        self._slot: _Slot | None = None
        self._slots = list(self._all)
        self._spent: list[_Slot] = []
        # Readable when a helper has judged something.
        self._selector = selectors.DefaultSelector()
        self.fd = self._selector.fileno()
        self._helpers: list[_Helper] = []
        self._judge = self._prepared(policy)

    def _prepared(self, policy: Policy | None) -> _Judge:
        """A judge by the present rules, which helpers have too: one less than jobs, for this process judges as well."""
        judge = _Judge(self._matcher, policy, self._each)
        for _ in range(self._jobs - 1):
            try:
                helper = _Helper(judge, self._all)
            except OSError:
                # Fewer do it as well.
                break
            self._helpers.append(helper)
            self._selector.register(helper.fd, selectors.EVENT_READ, helper)
        return judge

    def _dismiss_all(self) -> None:
        for helper in list(self._helpers):
            self._dismiss(helper)

    def _dismiss(self, helper: _Helper) -> None:
        self._helpers.remove(helper)
        self._selector.unregister(helper.fd)
        helper.end()

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
        """From here on, judge by these rules and mask by this policy; call `drain` before."""
        self._matcher = matcher
        self._dismiss_all()
        self._judge = self._prepared(policy)
        self._guard.use(matcher, policy)

    def room(self, size: int) -> memoryview:
        """Return where the next bytes may be read to, at most `size`; what was returned must be written by now."""
        self._free()
        if self._slot is None:
            self._slot = self._slots.pop()
        return memoryview(self._slot.memory)[_ROOM : _ROOM + size]

    def _free(self) -> None:
        self._slots += self._spent
        self._spent.clear()

    def took(self, count: int) -> list[Buffer]:
        """Take so many bytes that were read into `room`, and return what is final now."""
        slot, self._slot = self._slot, None
        assert slot is not None
        return self._take(memoryview(slot.memory)[_ROOM : _ROOM + count], slot)

    def feed(self, data: bytes | memoryview) -> list[Buffer]:
        """Take the next bytes and return what is final now; it is valid until the next call."""
        self._free()
        if _LITTLE < len(data) <= piece_size(self._jobs) and self._slots:
            slot = self._slots.pop()
            place = memoryview(slot.memory)[_ROOM : _ROOM + len(data)]
            place[:] = data
            return self._take(place, slot)
        return self._take(data, None)

    def _take(self, data: Buffer, slot: _Slot | None) -> list[Buffer]:
        """Take bytes, which lie in the slot if there is one."""
        out: list[Buffer] = []
        if not self._guard.settled:
            out += self._settle()
        if not self._guard.settled:
            # The line that had begun comes first.
            line, self._line = self._line + bytes(data), b""
            self._let_go(slot)
            return out + self._alone(line)
        before = self._context + self._line
        text: Buffer
        if slot is not None and len(before) <= _ROOM:
            begin = _ROOM - len(before)
            slot.memory[begin:_ROOM] = before
            end = slot.memory.rfind(b"\n", _ROOM, _ROOM + len(data)) + 1
            text = memoryview(slot.memory)[begin:end]
            rest = bytes(data[end - _ROOM if end else 0 :])
        else:
            whole = before + bytes(data)
            self._let_go(slot)
            slot, begin, end = None, 0, whole.rfind(b"\n", len(before)) + 1
            text, rest = whole[:end], whole[end or len(before) :]
        if end:
            piece = _Piece(text, len(self._context), slot)
            behind = self._matcher.limits.behind
            self._context, self._line = bytes(text[-behind:]) if behind else b"", rest
            self._judged_somewhere(piece, begin, end)
        else:
            self._let_go(slot)
            self._line += rest
        if len(self._line) > _LONGEST:
            out += self._settle()
            line, self._line = self._line, b""
            out += self._guard.feed(line)
        out += self._done()
        while self._queue and not (self._slots or self._spent):
            out += self._next()
        return out

    def _let_go(self, slot: _Slot | None) -> None:
        if slot is not None:
            self._slots.append(slot)

    def _judged_somewhere(self, piece: _Piece, begin: int, end: int) -> None:
        """Give the piece to the helper that has the least to do, or judge it here if all have enough."""
        self._queue.append(piece)
        if piece.slot is not None and end - begin > _LITTLE:
            for helper in sorted(self._helpers, key=lambda helper: len(helper.waiting)):
                if len(helper.waiting) < _AHEAD:
                    if helper.give(piece, begin, end):
                        return
                    self._dismiss(helper)
        piece.found, piece.done = self._judge.found(piece.text, piece.context), True

    def ready(self) -> list[Buffer]:
        """Return what has been judged meanwhile; for a caller who has seen that `fd` is readable."""
        return self._done()

    def _done(self) -> list[Buffer]:
        out: list[Buffer] = []
        if self._helpers:
            self._collect(0)
        while self._queue and self._queue[0].done:
            out += self._next()
        return out

    def _collect(self, timeout: float | None) -> None:
        """Take what helpers have done; without a timeout, wait for one."""
        for key, _ in self._selector.select(timeout):
            if not key.data.take():
                self._dismiss(key.data)

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
        self._dismiss_all()
        self._selector.close()
        return out

    def _settle(self) -> list[Buffer]:
        out: list[Buffer] = []
        while self._queue:
            out += self._next()
        return out

    def _next(self) -> list[Buffer]:
        """Return the oldest piece, once it has been judged."""
        piece = self._queue.popleft()
        while not piece.done:
            self._collect(None)
        if piece.slot is not None:
            self._spent.append(piece.slot)
        lines = memoryview(piece.text)[piece.context :]
        if piece.found is None or not self._guard.settled:
            return self._guard.feed(lines)
        replaced, masked, actions, events = piece.found
        self.masked.add(masked, actions, events)
        self._guard.passed(len(lines))
        return spliced(lines, replaced)
