"""A checkpoint before one receiver: asks the data policy about what is to pass, and notes all of it in the audit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ..patterns.errors import ScrubjayError

if TYPE_CHECKING:
    from .datapolicy import Decision, Policies
    from .spans import Buffer, Span

# What became of a thing: it was sent, its step may go on, its value was masked, or all of it was withheld.
SENT, ALLOWED, MASKED, WITHHELD = "sent", "allowed", "masked", "withheld"
# Characters of a place that are kept.
_LONGEST = 500


class NotPermitted(ScrubjayError):
    """The data policy does not let a receiver have something, so it was not sent."""


class Seen(NamedTuple):
    """A decision, and where the thing was, such as a path or "the prompt"; `finding` if the rules found it."""

    decision: Decision
    place: str
    finding: bool = False


class Checkpoint:
    """Decides about one message to one receiver. `kind` is "agent", "host" or "model"."""

    def __init__(self, policies: Policies, kind: str, receiver: str) -> None:
        self.policies = policies
        self.receiver = receiver
        self.receives = policies.receives(kind, receiver)
        self.seen: dict[Seen, None] = {}

    def path(self, path: str, place: str) -> Decision:
        """Return the decision on a file or folder."""
        return self._noted(self.policies.of_path(self.receives, path), place)

    def rule(self, rule: str, place: str) -> Decision:
        """Return the decision on a finding."""
        return self._noted(self.policies.of_rule(self.receives, rule), place, finding=True)

    def rest(self, place: str) -> Decision:
        """Return the decision on what has no label of its own."""
        return self._noted(self.policies.of_rest(self.receives), place)

    def known(self, data: Buffer, place: str) -> list[tuple[Span, Decision]]:
        """Return the known values in some data that the receiver may not have."""
        found = self.policies.known_in(self.receives, data)
        for _, decision in found:
            self._noted(decision, place)
        return [(span, decision) for span, decision in found if not decision.allowed]

    def known_in_chunks(self, chunks: Iterable[bytes], place: str) -> Iterator[bytes]:
        """Yield chunks as they come, and note the known values in them, also those that are cut."""
        keep, tail = max(0, self.policies.longest - 1), b""
        for chunk in chunks:
            data = tail + chunk
            self.known(data, place)
            tail = data[-keep:] if keep else b""
            yield chunk

    def spans(self, data: Buffer, spans: Sequence[Span], place: str) -> list[Span]:
        """Return the spans of rules that the receiver may not have, and known values that it may not have."""
        barred = [span for span in spans if not self.rule(span.rule, place).allowed]
        return [*barred, *(span for span, _ in self.known(data, place))]

    def _noted(self, decision: Decision, place: str, *, finding: bool = False) -> Decision:
        self.seen[Seen(decision, place, finding)] = None
        return decision

    @property
    def barred(self) -> list[Seen]:
        """What was seen that the receiver may not have."""
        return [one for one in self.seen if not one.decision.allowed]

    def record(self, good: str, bad: str, **facts: Any) -> None:
        """Add a row to the audit for all that was seen: the event `good` for what the receiver may have, `bad` for the
        rest; "" leaves those out. Raises ScrubjayError when the audit can't be written."""
        if not self.policies.audit:
            return
        rows = []
        for decision, place, _ in self.seen:
            event = good if decision.allowed else bad
            if event:
                rows.append(
                    {
                        "event": event, **facts, "receiver": self.receiver, "classes": list(decision.classes),
                        "labels": list(decision.labels), "place": self._safe(place),
                    }
                )  # fmt: skip
        self.note(rows)

    def _safe(self, place: str) -> str:
        """A place without known values, which a name of a file may have."""
        raw = place[:_LONGEST].encode("utf-8", "surrogateescape")
        spans = [span for span, _ in self.policies.known_in(frozenset(), raw)]
        return _masked(raw, spans).decode("utf-8", "backslashreplace")

    def note(self, rows: list[dict[str, Any]]) -> None:
        """Add rows to the audit, if there is one. Raises ScrubjayError when it can't be written."""
        from .audit import append

        if self.policies.audit:
            append(self.policies.audit, rows)


def _masked(raw: bytes, spans: list[Span]) -> bytes:
    if not spans:
        return raw
    from .mask import marker
    from .spans import joined

    parts, done = [], 0
    for span in joined(spans):
        parts += [raw[done : span.start], marker(span.rule)]
        done = span.end
    return b"".join([*parts, raw[done:]])
