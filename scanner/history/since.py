"""A part of the history: what the commits since a revision or a date brought, in files, names and messages.

A secret counts for the commit that brought it: one in which no file that the commit replaces held it before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple

from ...patterns.errors import USAGE, ScrubjayError
from .commitlog import olds_of
from .listing import listing
from .stream import stream
from .text import KINDS, Hit, Judge

if TYPE_CHECKING:
    from ...patterns import Matcher
    from ..coverage import Coverage
    from ..git import Git
    from .commitlog import Log


class Since(NamedTuple):
    """Where a part of the history begins: a commit whose history is left out, or seconds of commit time."""

    commit: str
    time: int

    @property
    def words(self) -> tuple[str, ...]:
        """What to ask git's log for."""
        return () if self.commit else (f"--since=@{self.time}",)

    @property
    def exclude(self) -> list[str]:
        """The commits whose history is left out."""
        return [self.commit] if self.commit else []


def resolve(git: Git, text: str) -> Since:
    """Return what a revision, or else a date, means; raises ScrubjayError when it is neither.

    git itself takes any word for a date and means now, so that nothing would be scanned; hence dates are strict.
    """
    try:
        return Since(git.commit(text), 0)
    except ScrubjayError as error:
        if error.exit_code != USAGE:
            raise
        unknown = error
    from datetime import UTC, datetime

    try:
        moment = datetime.fromisoformat(text)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        seconds = max(0, int(moment.timestamp()))
    except (ValueError, OverflowError):
        raise ScrubjayError(f"{unknown}; a date would be like 2026-01-31 or 2026-01-31T12:00:00+01:00", USAGE) from None
    return Since("", seconds)


def scan_since(
    git: Git, matcher: Matcher, judge: Judge, coverage: Coverage, since: Since,
    *, workers: int, progress: Callable[[int], None] | None,
) -> int:  # fmt: skip
    """Give `judge` all objects that came since; return their bytes. The coverage counts them."""
    given = "".join(f"^{name}\n" for name in since.exclude).encode()
    words = ("rev-list", "--objects", "--no-object-names", "--all", "--reflog", *since.words, "--stdin")
    objects = listing(git, git.output(*words, stdin=given).decode().split())
    read = stream(git, matcher, judge, coverage, objects, workers=workers, progress=progress)
    coverage.commits += read.counts[KINDS.index("commit")]
    coverage.blobs += read.counts[KINDS.index("blob")]
    coverage.bytes += read.bytes
    return read.bytes


def brought(
    git: Git, matcher: Matcher, key: bytes, hits: list[Hit], log: Log, lines: Iterable[bytes], archives: bool,
    coverage: Coverage,
) -> list[Hit]:  # fmt: skip
    """Return the hits of secrets that a commit in the log brought: of files, those that it did not find there."""
    by_object: dict[str, set[str]] = {}
    for hit in hits:
        if hit.kind == "blob":
            by_object.setdefault(hit.id, set()).add(hit.finding.fingerprint)
    replaced = olds_of(lines, {step.commit.id for step in log.steps})
    before = Judge(matcher, coverage, key, archives=archives)
    olds = sorted({old for found in replaced.values() for old in found} - by_object.keys())
    if olds:
        stream(git, matcher, before, coverage, listing(git, olds))
    for hit in before.hits:
        by_object.setdefault(hit.id, set()).add(hit.finding.fingerprint)
    new = set()
    for step in log.steps:
        held = set().union(*(by_object.get(old, set()) for old in replaced.get(step.commit.id, ())))
        for name, _ in step.brought:
            new |= {(name, fingerprint) for fingerprint in by_object.get(name, set()) - held}
    fresh = {fingerprint for _, fingerprint in new}
    # Of a secret that is new in one place, all places of this part are told.
    return [hit for hit in hits if hit.kind != "blob" or hit.finding.fingerprint in fresh]
