"""Decides which findings count: settings, allow list, markers and baseline in one place, for every command and hook."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from . import baseline as baselines
from . import configuration, suppress
from .reports import ending
from .selection import select

if TYPE_CHECKING:
    from .baseline import Baseline, Entry
    from .finding import Finding
    from .settings import Settings

Values = Callable[[list[str]], Mapping[str, bytes]]


class Terms(NamedTuple):
    """What a run is judged by. `root` is where relative paths of findings start, `base` where those of settings do."""

    settings: Settings
    baseline: Baseline | None
    root: str
    base: str
    confidence: str
    forbid_inline: bool = False


class Reviewed(NamedTuple):
    """Findings that count, those that are suppressed, how many are below the confidence, how many the settings leave
    out, the entries of the baseline that met nothing here, and the ids of the rest by fingerprint."""

    findings: list[Finding]
    suppressed: list[Finding]
    hidden: int
    left_out: int
    unmet: list[Entry]
    ids: dict[str, tuple[str, ...]]


def terms(
    root: str,
    *,
    settings: Settings | None = None,
    config: str | None = None,
    baseline: str | None = None,
    no_baseline: bool = False,
    confidence: str | None = None,
    forbid_inline: bool = False,
    markers: Sequence[str] = (),
) -> Terms:
    """Gather what a scan of a folder is judged by: options win over settings.

    Raises ScrubjayError for a configuration or baseline that can't be read.
    """
    settings = settings or configuration.settle(root, config)
    if markers:
        settings = settings._replace(markers=(*settings.markers, *markers))
    if no_baseline:
        path = ""
    elif baseline or settings.baseline:
        path = baseline or os.path.join(os.path.dirname(settings.path), settings.baseline or "")
    else:
        path = baselines.find(root) if settings.baseline is None else ""
    own = bool(settings.path) and not settings.named
    base = os.path.dirname(settings.path) if own else top(root)
    return Terms(
        settings,
        baselines.load(path) if path else None,
        os.path.abspath(root),
        base,
        confidence or settings.min_confidence,
        forbid_inline or not settings.inline,
    )


def top(folder: str) -> str:
    """Return the root of the work tree that a folder is in, or the folder itself."""
    folder = start = os.path.abspath(folder)
    while not os.path.lexists(os.path.join(folder, ".git")):
        parent = os.path.dirname(folder)
        if parent == folder:
            return start
        folder = parent
    return folder


def review(findings: Sequence[Finding], by: Terms, values: Values) -> Reviewed:
    """Sort findings into what counts and what does not. `values` gives secrets by fingerprint; see suppress.judge."""
    selected, left_out = select(findings, by.settings, by.root, by.base)
    kept = ending.at_least(selected, by.confidence)
    policy = suppress.Policy(by.baseline, by.settings.markers, by.forbid_inline, by.root, by.settings.allow, by.base)
    judged = suppress.judge(kept, policy, values)
    return Reviewed(
        [one for one in judged.findings if not one.suppressed],
        [one for one in judged.findings if one.suppressed],
        len(selected) - len(kept),
        left_out,
        baselines.dead(by.baseline, judged.met) if by.baseline else [],
        judged.ids,
    )


def remembered(values: Mapping[str, bytes] | None) -> Values:
    """Return the function that `review` asks, for secrets that a scan kept in memory."""
    return lambda names: {name: values[name] for name in names if values and name in values}
