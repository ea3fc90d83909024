"""Several threads for one stream: whole lines are judged side by side and come out in order.

The engine lets other threads run while it looks at bytes, which is where the time goes. What can't be judged by itself
(an unfinished line, a block that has begun, an error) goes through the guard, one piece after the other.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from .guard import Guard
from .mask import Masker, Tally
from .spans import Buffer

if TYPE_CHECKING:
    from ..patterns import Matcher
    from .examine import Examiner
    from .policy import Policy

_Judged = tuple[list[Any], int]


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
        self._pool = ThreadPoolExecutor(jobs)
        # Whole lines that are being judged, in order: the bytes, how many of them are context, the result.
        self._queue: deque[tuple[bytes, int, Future[_Judged]]] = deque()
        self._line = b""
        self._context = b""

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
        return self._guard.held + len(self._line) + sum(len(data) - context for data, context, _ in self._queue)

    @property
    def settled(self) -> bool:
        """True when nothing is held and a line is complete."""
        return self._guard.settled and not self._line and not self._queue

    def use(self, matcher: Matcher | Examiner, policy: Policy | None = None) -> None:
        """From here on, judge by these rules and mask by this policy."""
        self._matcher = matcher
        self._masker = Masker(self._matcher, policy=policy)
        self._guard.use(matcher, policy)

    def feed(self, data: bytes | memoryview) -> list[Buffer]:
        """Take the next bytes and return what is final now."""
        out: list[Buffer] = []
        if not self._guard.settled:
            out += self._settle()
        if not self._guard.settled:
            # The line that had begun comes first.
            line, self._line = self._line, b""
            return out + self._alone(line + bytes(data))
        whole = self._line + bytes(data)
        end = whole.rfind(b"\n") + 1
        self._line = whole[end:]
        if end:
            context = self._context
            text = context + whole[:end]
            self._context = text[-self._matcher.limits.behind :] if self._matcher.limits.behind else b""
            judge = self._pool.submit(self._matcher.find_and_open, text, len(context), len(text))
            self._queue.append((text, len(context), judge))
        elif len(self._line) > (1 << 20):
            # A line this long is cut by the guard.
            out += self._settle()
            line, self._line = self._line, b""
            out += self._guard.feed(line)
        while len(self._queue) > self._jobs + 1 or (self._queue and self._queue[0][2].done()):
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
        self._pool.shutdown()
        return out

    def _settle(self) -> list[Buffer]:
        out: list[Buffer] = []
        while self._queue:
            out += self._next()
        return out

    def _next(self) -> list[Buffer]:
        text, context, judge = self._queue.popleft()
        if self._guard.settled:
            try:
                spans, open_from = judge.result()
                if open_from == len(text):
                    lines = memoryview(text)[context:]
                    out = self._masker.apply(lines, [span.moved(-context) for span in spans], self.masked)
                    self._guard.passed(len(lines))
                    return out
            except Exception:  # noqa: BLE001
                # The guard tries again, and withholds what fails there.
                pass
        else:
            judge.exception()
        return self._guard.feed(text[context:])
