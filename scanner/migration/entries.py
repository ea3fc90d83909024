"""Finds the secrets that other tools' lists mean, by place or by SHA-1, and makes entries of a baseline of them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from ..coverage import Coverage
from ..finding import Finding, Fragment, find_in
from ..identity import load_key

if TYPE_CHECKING:
    from ...patterns import Matcher
    from ..git import Git
    from .sources import Known, Place


class Met(NamedTuple):
    """Findings that were meant, with the verdict on each; their values by fingerprint; how many were not met."""

    findings: list[tuple[Finding, bool | None]]
    values: dict[str, bytes]
    unmet: int


def at_places(git: Git | None, root: str, matcher: Matcher, places: Iterable[Place]) -> Met:
    """Find the secrets on the lines of a list of places."""
    key, coverage = load_key(), Coverage()
    coverage.values = {}
    by_file: dict[tuple[str, str], list[int]] = {}
    for place in places:
        by_file.setdefault((place.commit, place.path), []).append(place.line)
    met: list[tuple[Finding, bool | None]] = []
    unmet = 0
    for (commit, path), lines in by_file.items():
        data = _blob(git, f"{commit}:{path}") if commit else _file(os.path.join(root, path))
        found = find_in(matcher, Fragment(data, path, "file", commit or None), coverage, key) if data else []
        for line in lines:
            here = [one for one in found if one.line <= line <= one.end_line]
            met += [(one, None) for one in here]
            unmet += not here
    return Met(met, coverage.values, unmet)


def by_digest(findings: Iterable[Finding], values: dict[str, bytes], known: Iterable[Known]) -> Met:
    """Find the secrets whose SHA-1 is in a list; the digests are compared in memory and kept nowhere."""
    from hashlib import sha1

    wanted = {one.digest: one.verdict for one in known}
    digests = {name: sha1(value, usedforsecurity=False).hexdigest() for name, value in values.items()}
    met = [
        (one, wanted[digests[one.fingerprint]])
        for one in findings
        if one.fingerprint in digests and digests[one.fingerprint] in wanted
    ]
    seen = {digests[one.fingerprint] for one, _ in met}
    return Met(met, values, len(set(wanted) - seen))


def _file(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""


def _blob(git: Git | None, name: str) -> bytes:
    if git is None or "\n" in name:
        return b""
    found = next(iter(git.objects([name])))
    if found.kind != "blob":
        return b""
    return found.data if isinstance(found.data, bytes) else b"".join(found.data)
