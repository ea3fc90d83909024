"""What a rule is: the data of one TOML block, and the plan that the matcher runs. No behaviour, no I/O."""

from __future__ import annotations

from typing import NamedTuple

CONFIDENCES = ("low", "medium", "high")
RISKS = ("high", "standard", "low")
LIFETIMES = ("long-lived", "short-lived", "embedded-expiry")
GENERIC = "generic-"
# Letters of a match's beginning that are looked for before its pattern is tried.
HEAD_LENGTH = 8


class Example(NamedTuple):
    """One text that a rule must find; `start` and `end` are the byte span of its secret."""

    text: bytes
    start: int
    end: int


class Check(NamedTuple):
    """One offline validator of a rule: its name, arguments, and what a pass and a failure do to the confidence."""

    name: str
    args: dict[str, int | str]
    passes: str = "high"
    fails: str = "low"


class Rule(NamedTuple):
    """A rule as written by its author, decoded: everything that the documentation and the gate need.

    `pattern` is the whole one, context included; see `anchors.assigned`. `identifier` values name a key and are no
    secret by themselves; near a rule that names theirs in `pairs_with` they are a part of its finding. `unsaid` are the
    keys that the gate wants and that the block does not give.
    """

    id: str
    name: str
    provider: str
    description: str
    pattern: str
    anchors: tuple[str, ...]
    context: bool
    keywords: tuple[str, ...]
    checks: tuple[Check, ...]
    value: str
    allow: tuple[bytes, ...]
    confidence: str
    risk: str
    lifetime: str
    unsaid: tuple[str, ...]
    pairs_with: tuple[str, ...]
    identifier: bool
    revoke: str
    references: tuple[str, ...]
    examples: tuple[Example, ...]
    counterexamples: tuple[bytes, ...]
    source: str

    @property
    def generic(self) -> bool:
        """Generic rules judge by context and value; a provider's rule wins over them on the same text."""
        return self.id.startswith(GENERIC)


class Plan(NamedTuple):
    """The part of a rule that runs: plain data, so that it can be cached beside the compiled database.

    Widths are in bytes. A candidate that ends at offset `e` belongs to a match that starts in
    `[e - candidate_max, e - candidate_min]`; `head` is an expression for `re` that fits where a match can begin;
    a `timed` one could take long, or may go on behind a line: `regex` runs it, not `re`; for `generic` see `Rule`;
    `opener` is the candidate expression of a block rule's first line, or "". A rule with `anchors` has no candidate
    expression of its own: an anchor that ends at `e` may belong to a match that starts in `[e - candidate_max, e]`;
    with `context` only if one of the keywords is there too.
    """

    id: str
    name: str
    risk: str
    revoke: str
    pairs_with: tuple[str, ...]
    identifier: bool
    pattern: str
    anchors: tuple[str, ...]
    context: bool
    keywords: tuple[str, ...]
    checks: tuple[tuple[str, dict[str, int | str], str, str], ...]
    value: str
    allow: tuple[bytes, ...]
    confidence: str
    prefix: bytes
    head: str
    max_width: int
    ahead: int
    behind: int
    candidates: tuple[str, ...]
    candidate_min: int
    candidate_max: int
    opener: str
    opener_max: int
    generic: bool
    timed: bool
    # What `regex` has made of a timed pattern, see expressions.py; only in plans from the cache.
    made: bytes = b""
