"""Says which findings do not count, and why: known by the baseline, allowed, or marked in their line."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from . import baseline as baselines

if TYPE_CHECKING:
    from .baseline import Baseline
    from .finding import Finding
    from .settings import Allow


class Policy(NamedTuple):
    """What may keep a finding from counting. `honour` are other tools whose markers count; `forbid_inline` means that
    no marker does. `root` is the folder that relative paths of findings start from, `base` that of `allow`'s paths."""

    baseline: Baseline | None = None
    honour: tuple[str, ...] = ()
    forbid_inline: bool = False
    root: str = ""
    allow: tuple[Allow, ...] = ()
    base: str = ""


class Judged(NamedTuple):
    """Findings with `suppressed` filled in, their entry ids by fingerprint, and the ids of entries that matched one."""

    findings: list[Finding]
    ids: dict[str, tuple[str, ...]]
    met: list[str]


def today() -> str:
    """The current day, as in expiry dates."""
    import time

    return time.strftime("%Y-%m-%d", time.gmtime())


def judge(findings: Sequence[Finding], policy: Policy, values: Callable[[list[str]], Mapping[str, bytes]]) -> Judged:
    """Fill in why findings do not count. `values` gives secrets by fingerprint, for the hashes of the baseline."""
    allowed = _allowed(policy)
    judged = [allowed(_inline(finding, policy)) for finding in findings]
    baseline = policy.baseline
    if baseline is None or not baseline.keys:
        return Judged(judged, {}, [])
    ids = baselines.identities(baseline, {one.fingerprint: one.rule for one in judged}, values)
    entries: dict[str, list[baselines.Entry]] = {}
    for entry in baseline.entries:
        entries.setdefault(entry.id, []).append(entry)
    met, day = [], today()
    for place, finding in enumerate(judged):
        path = below(finding.path, policy.root, baseline.folder)
        known = [
            entry for name in ids.get(finding.fingerprint, ()) for entry in entries.get(name, ()) if entry.covers(path)
        ]
        met += [entry.id for entry in known]
        valid = [entry for entry in known if not entry.expired(day)]
        if valid and not finding.suppressed:
            judged[place] = finding._replace(suppressed=_told(valid[0]))
        elif known and not finding.suppressed:
            judged[place] = finding._replace(
                reasons=(*finding.reasons, f"its entry in the baseline expired on {known[0].expires}")
            )
    return Judged(judged, ids, met)


def _allowed(policy: Policy) -> Callable[[Finding], Finding]:
    """A function that fills in the first [[allow]] of the settings that covers a finding."""
    if not policy.allow:
        return lambda finding: finding
    from .selection import named, paths

    day = today()
    rows = [
        (one, named(one.rules), paths(one.paths)) for one in policy.allow if not (one.expires and one.expires < day)
    ]

    def judged(finding: Finding) -> Finding:
        if finding.suppressed:
            return finding
        path = below(finding.path, policy.root, policy.base)
        for one, rules, places in rows:
            if (not one.rules or rules(finding.rule)) and (not one.paths or places(path)):
                return finding._replace(suppressed=f"allowed: {one.reason}")
        return finding

    return judged


def _inline(finding: Finding, policy: Policy) -> Finding:
    mark = finding.marker
    if not mark:
        return finding
    if mark == "incomplete":
        note = "its marker scrubjay:ignore lacks the rule in brackets or a reason, so it does not count"
    elif not (mark.startswith("scrubjay: ") or mark in policy.honour):
        return finding
    elif policy.forbid_inline:
        note = "markers in the line do not count here"
    else:
        return finding._replace(suppressed=f"inline: {mark.removeprefix('scrubjay: ')}")
    return finding._replace(reasons=(*finding.reasons, note))


def _told(entry: baselines.Entry) -> str:
    words = [
        "false alarm" if entry.audit == "false" else "",
        f"owner {entry.owner}" if entry.owner else "",
        f"until {entry.expires}" if entry.expires else "",
        entry.reason,
    ]
    return "baseline: " + (", ".join(word for word in words if word) or "known")


def below(path: str, root: str, folder: str) -> str:
    """Return a finding's path, which starts at `root`, as one that starts at `folder`."""
    if not root:
        return path
    return os.path.relpath(os.path.join(root, path), folder)
