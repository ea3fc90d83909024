"""Changes to a baseline: entries that are added, renewed, audited or removed. Pure, but for the git attribute."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from ..patterns.errors import ScrubjayError
from . import baseline as baselines
from .baseline import Baseline, Entry, parse

if TYPE_CHECKING:
    from .finding import Finding

# Two branches that both add entries merge without a conflict.
ATTRIBUTE = f"{baselines.NAME} merge=union"


def template(reason: str = "", owner: str = "", expires: str = "", path: str = "") -> Entry:
    """Return an entry without an id, for new ones to be made from. Raises ScrubjayError for what a line can't hold."""
    entry = Entry("00000[x]", "", owner, expires, path, " ".join(reason.split()))
    try:
        if parse(entry.line()) != entry:
            raise ValueError("owner and path may not hold spaces, and the reason may not begin with audit=, owner= ...")
    except ValueError as error:
        raise ScrubjayError(f"such an entry can't be written: {error}") from None
    return entry


def added(
    baseline: Baseline, findings: Iterable[Finding], ids: Mapping[str, Sequence[str]], like: Entry
) -> tuple[Baseline, int]:
    """Return the baseline with an entry for each secret that it lacks, and how many these are."""
    entries = {(entry.id, entry.path): entry for entry in baseline.entries}
    before = len(entries)
    for finding in findings:
        if found := ids.get(finding.fingerprint):
            entries.setdefault((found[0], like.path), like._replace(id=found[0]))
    return baseline._replace(entries=tuple(entries.values())), len(entries) - before


def renewed(baseline: Baseline, today: str, expires: str) -> tuple[Baseline, int]:
    """Return the baseline with a new last day for the entries that have expired, and how many these are."""
    count = sum(entry.expired(today) for entry in baseline.entries)
    entries = tuple(entry._replace(expires=expires) if entry.expired(today) else entry for entry in baseline.entries)
    return baseline._replace(entries=entries), count


def audited(baseline: Baseline, ids: Sequence[str], audit: str, reason: str = "") -> Baseline:
    """Return the baseline with a verdict on a secret: on its entries, or on a new one."""
    known = [entry for entry in baseline.entries if entry.id in ids]
    if not known:
        return baseline._replace(entries=(*baseline.entries, Entry(ids[0], audit, reason=reason)))
    return baseline._replace(
        entries=tuple(
            entry._replace(audit=audit, reason=reason or entry.reason) if entry in known else entry
            for entry in baseline.entries
        )
    )


def without(baseline: Baseline, gone: Iterable[Entry]) -> Baseline:
    """Return the baseline without some entries; a key that no entry needs stays, for entries of other branches."""
    removed = set(gone)
    return baseline._replace(entries=tuple(entry for entry in baseline.entries if entry not in removed))


def mergeable(folder: str) -> bool:
    """Add the line to `.gitattributes` that lets two branches' baselines merge; False when it is there already."""
    path = os.path.join(folder, ".gitattributes")
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
    except FileNotFoundError:
        text = ""
    except (OSError, UnicodeDecodeError):
        raise ScrubjayError(f"can't read {path}; add this line to it yourself: {ATTRIBUTE}") from None
    if any(line.split()[:1] == [baselines.NAME] for line in text.splitlines()):
        return False
    try:
        with open(path, "a", encoding="utf-8", newline="\n") as file:
            file.write(("" if not text or text.endswith("\n") else "\n") + ATTRIBUTE + "\n")
    except OSError as error:
        raise ScrubjayError(f"can't write {path}: {error.strerror}") from None
    return True
