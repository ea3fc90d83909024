"""Which findings and files the settings are about: rules by patterns of ids, paths by patterns as of gitignore."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from .suppress import below

if TYPE_CHECKING:
    from .finding import Finding
    from .settings import Settings


def named(patterns: Iterable[str]) -> Callable[[str], bool]:
    """Return a function that says if a rule's id fits one of the patterns, such as `generic-*`."""
    from fnmatch import fnmatchcase

    listed = tuple(patterns)
    return lambda rule: any(fnmatchcase(rule, pattern) for pattern in listed)


def paths(patterns: Sequence[str]) -> Callable[[str], bool]:
    """Return a function that says if a path fits the patterns, which mean what they mean in `.gitignore`."""
    from pathspec import GitIgnoreSpec

    return GitIgnoreSpec.from_lines(patterns).match_file


def path_filter(settings: Settings, root: str, base: str) -> Callable[[str], bool] | None:
    """Return a function that says if a path, relative to `root`, is to be examined; None when all are.

    Names of findings that are no files, such as a commit message's, are never left out.
    """
    if not settings.include and not settings.exclude:
        return None
    included = paths(settings.include) if settings.include else None
    excluded = paths(settings.exclude) if settings.exclude else None

    def examined(path: str) -> bool:
        place = below(path, root, base)
        if place.startswith(os.pardir):
            return True
        return not (included and not included(place)) and not (excluded and excluded(place))

    return examined


def rule_filter(settings: Settings) -> Callable[[str], bool] | None:
    """Return a function that says if a rule is to be obeyed; None when all are."""
    if not settings.enable and not settings.disable:
        return None
    enabled = named(settings.enable or ("*",))
    disabled = named(settings.disable)
    return lambda rule: enabled(rule) and not disabled(rule)


# Findings of these kinds have the path of a file.
FILES = ("file", "path", "symlink")


def select(findings: Iterable[Finding], settings: Settings, root: str, base: str) -> tuple[list[Finding], int]:
    """Return the findings that the settings ask for, and how many they leave out."""
    wanted, obeyed = path_filter(settings, root, base), rule_filter(settings)
    kept: list[Finding] = []
    left_out = 0
    for finding in findings:
        if (obeyed and not obeyed(finding.rule)) or (wanted and finding.kind in FILES and not wanted(finding.path)):
            left_out += 1
        else:
            kept.append(finding)
    return kept, left_out
