"""Which refs still hold what was found: in the files of their newest commit, or in a commit of their history."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ..git import Git

_NOTHING: frozenset[str] = frozenset()
# Names that are looked up one by one; for more of them the whole tree is read.
_FEW = 12
_MODE = re.compile(rb"[0-7]{5}\Z")
_ENTRIES = {width: re.compile(rb"[0-7]+ ([^\0]+)\0([\s\S]{%d})" % width) for width in (20, 32)}


class Ref(NamedTuple):
    """A ref's full name and the object that it names; HEAD is one of them."""

    name: str
    id: str


class Wanted:
    """A tree of path parts; `at` says what is found here, by the id of the entry, "" for any entry."""

    def __init__(self) -> None:
        self.below: dict[bytes, Wanted] = {}
        self.at: dict[str, set[str]] = {}

    def add(self, path: bytes, blob: str, found: Iterable[str]) -> None:
        """Want `found` to be reported where this path is this blob."""
        node = self
        for part in path.split(b"/"):
            node = node.below.setdefault(part, Wanted())
        node.at.setdefault(blob, set()).update(found)


def refs(git: Git) -> list[Ref]:
    """List all refs, sorted, and HEAD before them where it has a commit."""
    listed = git.output("for-each-ref", "--format=%(objectname) %(refname)").decode("utf-8", "surrogateescape")
    found = [Ref(name, target) for target, name in (line.split(" ", 1) for line in listed.splitlines())]
    head = git.place().head
    return [Ref("HEAD", head), *found] if head else found


def commits_of(git: Git, refs: Iterable[Ref]) -> dict[str, str]:
    """Return the commit of what each ref names, by its id."""
    ids = list(dict.fromkeys(ref.id for ref in refs))
    asked = "".join(f"{name}^{{commit}}\n" for name in ids).encode()
    found = git.output("cat-file", "--batch-check=%(objectname)", "--buffer", stdin=asked).decode().splitlines()
    return {name: line for name, line in zip(ids, found, strict=True) if " " not in line}


def in_files(git: Git, ids: Iterable[str], wanted: Wanted) -> dict[str, frozenset[str]]:
    """Return for each commit or tag what of `wanted` its files still hold. Only folders on a wanted way are read."""
    roots = list(dict.fromkeys(ids))
    if not wanted.below:
        return dict.fromkeys(roots, frozenset())
    Pair = tuple[str, Wanted]
    here: dict[Pair, set[str]] = {}
    below: dict[Pair, list[Pair]] = {}
    level: dict[str, dict[Wanted, None]] = {f"{name}^{{tree}}": {wanted: None} for name in roots}
    while level:
        following: dict[str, dict[Wanted, None]] = {}
        for found in git.objects(list(level)):
            data = found.data if isinstance(found.data, bytes) else b"".join(found.data)
            width = _width(found.id)
            for node in level[found.id]:
                pair = (found.id, node)
                found_here, ways = here.setdefault(pair, set()), below.setdefault(pair, [])
                children = node.below
                entries = _entries(data, list(children), width) if found.kind == "tree" else {}
                for part, entry in entries.items():
                    child = children[part]
                    if child.at:
                        found_here |= child.at.get(entry, _NOTHING) | child.at.get("", _NOTHING)
                    if child.below:
                        way = (entry, child)
                        ways.append(way)
                        if way not in here:
                            following.setdefault(entry, {})[child] = None
        level = following
    known: dict[Pair, frozenset[str]] = {}

    def all_of(pair: Pair) -> frozenset[str]:
        found = known.get(pair)
        if found is None:
            found = known[pair] = frozenset(here.get(pair, ())).union(*map(all_of, below.get(pair, ())))
        return found

    return {name: all_of((f"{name}^{{tree}}", wanted)) for name in roots}


def in_history(
    listed: Iterable[tuple[str, list[str]]], tips: Mapping[str, str], commits: Iterable[str]
) -> dict[str, frozenset[str]]:
    """Return for each tip which of `commits` it has in its history; `listed` are commits with their parents.

    `tips` are the commits of refs by what the refs name.
    """
    order = list(listed)
    held = {name: frozenset([name]) for name in commits}
    changed = bool(held)
    while changed:
        # From old to new; clocks that went wrong cost another round.
        changed = False
        for name, others in reversed(order):
            mine = held.get(name)
            for other in others:
                inherited = held.get(other)
                # Most commits have one parent, and hold the very same set.
                if inherited is None or inherited is mine:
                    continue
                if mine is None:
                    mine = inherited
                elif inherited <= mine:
                    continue
                else:
                    mine |= inherited
                held[name] = mine
                changed = True
    return {name: held.get(commit, frozenset()) for name, commit in tips.items()}


def _width(name: str) -> int:
    return len(name.partition("^")[0]) // 2


def _entries(data: bytes, parts: list[bytes], width: int) -> dict[bytes, str]:
    """The ids of a tree's entries with these names."""
    found: dict[bytes, str] = {}
    if len(parts) > _FEW:
        wanted = frozenset(parts)
        for match in _ENTRIES[width].finditer(data):
            if match[1] in wanted:
                found[match[1]] = match[2].hex()
        return found
    for part in parts:
        text = b" " + part + b"\0"
        place = data.find(text)
        while place >= 0 and not _MODE.search(data, max(0, place - 6), place):
            place = data.find(text, place + 1)
        if place >= 0:
            found[part] = data[place + len(text) : place + len(text) + width].hex()
    return found
