"""Masks whole messages, one in and one out, and fails closed. Secrets that go on in the next message are followed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..mask import ERROR, Masker, Tally
from ..spans import Span

if TYPE_CHECKING:
    from ...patterns import Matcher
    from ..audit import Audit
    from ..examine import Examiner
    from ..policy import Policy

# Messages of other programs that may come between two lines of one block.
PATIENCE = 64
# Sources with an unfinished block that are remembered; the oldest one is given up.
SOURCES = 256
# A word at the end of a line that may be a line of a block, behind a time stamp or a program's name.
_TAIL = 16


class _Block:
    """What a source has said so far of a block that may go on, and the column at which it began."""

    __slots__ = ("column", "patience", "text")

    def __init__(self, text: bytes, column: int) -> None:
        self.text = text
        self.column = column
        self.patience = PATIENCE


class Messages:
    """Masks messages. `masked` counts markers by rule; `withheld` and `withheld_bytes` what came out as a placeholder.

    Block rules (private keys) also match across messages of one source, for system logs get them line by line.
    Not shared between threads.
    """

    def __init__(
        self, matcher: Matcher | Examiner, note: Callable[[str], None] = lambda name: None, *,
        policy: Policy | None = None, spool: Callable[[bytes], None] | None = None, audit: Audit | None = None,
    ) -> None:  # fmt: skip
        """`note` gets the kind of an error, `spool` what is withheld, `audit` each mask and its message's number."""
        self.masked = Tally()
        self.withheld = 0
        self.withheld_bytes = 0
        self.use(matcher, policy)
        self._note = note
        self._spool = spool
        self._audit = audit
        self._number = 0
        if audit is not None:
            self.masked.events = []
        self._blocks: dict[bytes, _Block] = {}

    def use(self, matcher: Matcher | Examiner, policy: Policy | None = None) -> None:
        """From here on, judge by these rules and mask by this policy."""
        self._matcher: Any = matcher
        self._masker = Masker(self._matcher, policy=policy)

    def _report(self, messages: int) -> None:
        if self._audit is not None and self.masked.events:
            # Where in its message a mask stands tells little; its place among the messages finds it again.
            events = [(rule, action, 0) for rule, action, _ in self.masked.events]
            self.masked.events = []
            self._audit.masks(events, self._number, "message")
        self._number += messages

    def mask(self, message: bytes, source: bytes = b"") -> bytes:
        """Return the message masked, or a placeholder if it could not be examined; never raises."""
        try:
            masked = self._mask(message, source)
            self._report(1)
            return masked
        except Exception as error:  # noqa: BLE001
            # Whatever went wrong, the message was not examined.
            return self.withhold(message, source, error)

    def clean(self, texts: list[bytes]) -> bool:
        """True when the texts hold nothing to mask and no earlier message goes on; raises what the matcher raises."""
        text = b"\n".join(texts)
        return not self._blocks and self._matcher.find_and_open(text, 0, len(text)) == ([], len(text))

    def withhold(self, message: bytes, source: bytes, error: Exception) -> bytes:
        """Return the placeholder for a message, and remember that a block may have begun in it."""
        self.withheld += 1
        self.withheld_bytes += len(message)
        self._note(type(error).__name__)
        if self._spool:
            self._spool(message)
        text = message.lower()
        if any(word in text for word in self._matcher.blocks):
            self._remember(source, _Block(message[-self._matcher.limits.block :], 0))
        return ERROR

    def lines(self, block: bytes) -> bytes:
        """Return whole lines masked, each by itself: as many line ends come out as went in. Never raises."""
        try:
            if not self._blocks:
                matches, open_from = self._matcher.find_and_open(block, 0, len(block))
                if not matches and open_from == len(block):
                    self._report(block.count(b"\n"))
                    return block
                if open_from == len(block) and not any(b"\n" in block[m.begin : m.finish] for m in matches):
                    masked = b"".join(self._masker.apply(block, matches, self.masked))
                    self._report(block.count(b"\n"))
                    return masked
        except Exception:  # noqa: BLE001
            # Line by line, a bad one costs no other.
            pass
        out = []
        for line in split_lines(block):
            body = line[:-1] if line.endswith(b"\n") else line
            out += [self.mask(body), line[len(body) :]]
        return b"".join(out)

    def _mask(self, message: bytes, source: bytes) -> bytes:
        matches, open_from = self._matcher.find_and_open(message, 0, len(message))
        block = self._blocks.get(source) if self._blocks else None
        if block is not None:
            matches = matches + self._continued(message, source, block)
            matches.sort(key=lambda match: (match.start, match.end))
        if open_from < len(message):
            self._remember(source, _Block(message[open_from:], open_from))
        if not matches:
            return message
        return b"".join(self._masker.apply(message, matches, self.masked))

    def _continued(self, message: bytes, source: bytes, block: _Block) -> list[Span]:
        """The matches that began in earlier messages of the source and reach into this one."""
        before = block.text + b"\n"
        for start in _starts(message, block.column):
            text = before + message[start:]
            matches, open_from = self._matcher.find_and_open(text, 0, len(text))
            reaching = [match for match in matches if match.begin < len(before) < match.end]
            if not reaching:
                continue
            if open_from < len(before):
                block.text, block.patience = text[open_from:], PATIENCE
            else:
                self._blocks.pop(source, None)
            shift = start - len(before)
            return [match._replace(start=max(match.start, len(before))).moved(shift) for match in reaching]
        block.patience -= 1
        if not block.patience:
            del self._blocks[source]
        return []

    def _remember(self, source: bytes, block: _Block) -> None:
        self._blocks.pop(source, None)
        if len(self._blocks) >= SOURCES:
            del self._blocks[next(iter(self._blocks))]
        self._blocks[source] = block


def _starts(message: bytes, column: int) -> list[int]:
    """Where in a message the next line of a block may begin: at the block's column, at its last word, at its start."""
    starts = [column] if 0 < column < len(message) else []
    end = message.rfind(b"-----END ")
    word = end if end >= 0 else message.rfind(b" ") + 1
    if word and word not in starts and (end >= 0 or len(message) - word >= _TAIL):
        starts.append(word)
    return [*starts, 0]


def split_lines(block: bytes) -> list[bytes]:
    """Split at LF only: bytes.splitlines would split at CR too."""
    parts = block.split(b"\n")
    return [part + b"\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])
