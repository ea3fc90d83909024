"""Gets the values of secrets back from the objects that hold them, for the hashes of a baseline; nothing is kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from ..coverage import Coverage
from ..finding import Fragment, find_in
from ..identity import load_key

if TYPE_CHECKING:
    from ...patterns import Matcher
    from ..git import Git
    from ..review import Values
    from .life import Secret


def recalled(git: Git, matcher: Matcher, secrets: Iterable[Secret]) -> Values:
    """Return a function from fingerprints to values: it reads one object for each secret again.

    One that can't be found again, as with a path that holds a secret itself, has no value, and so counts as new.
    """
    places = {secret.finding.fingerprint: _place(secret) for secret in secrets}

    def values(names: list[str]) -> Mapping[str, bytes]:
        wanted = set(names)
        found = Coverage()
        found.values = {}
        key = load_key()
        for place in dict.fromkeys(places[name] for name in names if places.get(name)):
            for kind, target in _targets(place):
                for got in git.objects([target]):
                    if got.kind:
                        find_in(matcher, Fragment(got.data, place[1], kind), found, key)
        for text in (places[name][1] for name in names if name in places):
            find_in(matcher, Fragment(text.encode("utf-8", "surrogateescape"), text, "path"), found, key)
        return {name: value for name, value in found.values.items() if name in wanted}

    return values


def _place(secret: Secret) -> tuple[str, str]:
    """The commit and the path that stand for a secret, either may be empty."""
    return secret.finding.commit or "", secret.finding.path


def _targets(place: tuple[str, str]) -> Iterable[tuple[str, str]]:
    commit, path = place
    word, _, name = path.partition(" ")
    if word in ("blob", "commit", "tag") and name:
        yield "file", name
    elif commit and path and "\n" not in path:
        yield "file", f"{commit}:{path}"
    if commit:
        yield "message", commit
