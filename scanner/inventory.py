"""All that a repository holds now, and on request in its history: what a baseline is made from and compared with."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from .files import WalkOptions, fragments
from .finding import Finding, find_in
from .identity import load_key
from .review import Terms, Values
from .selection import path_filter

if TYPE_CHECKING:
    from ..patterns import Matcher
    from .coverage import Coverage


class Inventory(NamedTuple):
    """Findings, and a function that gives their secrets by fingerprint."""

    findings: list[Finding]
    values: Values


def work_tree(by: Terms, matcher: Matcher, coverage: Coverage) -> Inventory:
    """Scan the files of a repository; paths are relative to `by.root`."""
    if coverage.values is None:
        coverage.values = {}
    walk = WalkOptions(wanted=path_filter(by.settings, by.root, by.base), max_size=by.settings.max_size)
    key, found = load_key(), list[Finding]()
    for fragment in fragments(matcher, [by.root], coverage, walk):
        for one in find_in(matcher, fragment, coverage, key):
            found.append(one._replace(path=os.path.relpath(one.path, by.root)))
    values = coverage.values
    return Inventory(list(dict.fromkeys(found)), lambda names: {name: values[name] for name in names if name in values})


def staged(by: Terms, matcher: Matcher, coverage: Coverage) -> Inventory:
    """Scan what the next commit would add."""
    from . import changes
    from .git import Git

    if coverage.values is None:
        coverage.values = {}
    git, values = Git(by.root), coverage.values
    found = list(dict.fromkeys(changes.scan(git, matcher, changes.staged(git).changes, coverage)))
    return Inventory(found, lambda names: {name: values[name] for name in names if name in values})


def with_history(by: Terms, matcher: Matcher, coverage: Coverage, first: Inventory) -> Inventory:
    """Add the secrets of the history that are not among the first ones."""
    import time

    from .git import Git
    from .history.recall import recalled
    from .history.scan import Options, scan_history

    git = Git(by.root)
    options = Options(confidence=by.confidence, workers=min(8, os.cpu_count() or 2), now=time.time())
    history = scan_history(git, matcher, coverage, options)
    known = {one.fingerprint for one in first.findings}
    older = recalled(git, matcher, history.secrets)

    def values(names: list[str]) -> Mapping[str, bytes]:
        found = dict(first.values(names))
        return found | dict(older([name for name in names if name not in found]))

    more = [one.finding for one in history.secrets if one.finding.fingerprint not in known]
    return Inventory([*first.findings, *more], values)
