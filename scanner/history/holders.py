"""Which refs still hold what was found: in the files of their newest commit, or in a commit of their history."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from ...patterns.errors import INCOMPLETE, ScrubjayError
from . import crew

if TYPE_CHECKING:
    from ..git import Git

# Names that are looked up one by one; for more of them the whole tree is read.
_FEW = 12
# Refs that are worth several processes.
_MANY = 40
# Bytes of trees that are read at a time.
_CHUNK = 1 << 16
_MODE = re.compile(rb"[0-7]{5}\Z")
_ENTRIES = {width: re.compile(rb"[0-7]+ ([^\0]+)\0([\s\S]{%d})" % width) for width in (20, 32)}


# A tree's name, and what is wanted below it.
_Pair = tuple[bytes, "Wanted"]


class Ref(NamedTuple):
    """A ref's full name and the object that it names; HEAD is one of them."""

    name: str
    id: str


class Wanted:
    """A tree of path parts; `at` says what is found here, by the id of the entry, b"" for any entry.

    What is found are the bits of a number.
    """

    def __init__(self) -> None:
        self.below: dict[bytes, Wanted] = {}
        self.at: dict[bytes, int] = {}

    def add(self, path: bytes, blob: str, found: int) -> None:
        """Want `found` to be reported where this path is this blob."""
        node = self
        for part in path.split(b"/"):
            node = node.below.setdefault(part, Wanted())
        entry = bytes.fromhex(blob)
        node.at[entry] = node.at.get(entry, 0) | found


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


def in_files(git: Git, ids: Iterable[str], wanted: Wanted, *, workers: int = 1) -> dict[str, int]:
    """Return for each commit or tag what of `wanted` its files still hold. Only folders on a wanted way are read."""
    names = list(dict.fromkeys(ids))
    if not wanted.below:
        return dict.fromkeys(names, 0)
    if workers < 2 or len(names) < _MANY or not crew.available():
        return _in_files(git, names, wanted)
    # Neighbours, such as the tags of one series, have most folders in common.
    size = -(-len(names) // workers)
    parts = crew.run(lambda part, _: _in_files(git, names[part * size : (part + 1) * size], wanted), workers)
    return {name: found for part in parts for name, found in part.items()}


def _in_files(git: Git, names: Iterable[str], wanted: Wanted) -> dict[str, int]:
    roots = {name: f"{name}^{{tree}}" for name in names}
    # What is in a folder itself, and the folders in it; each comes before those in it.
    here: dict[_Pair, int] = {}
    below: dict[_Pair, list[_Pair]] = {}
    level: dict[str, list[_Pair]] = {name: [(name.encode(), wanted)] for name in roots.values()}
    while level:
        following: dict[_Pair, None] = {}
        for name, data in _trees(git, level):
            width = _width(name)
            for pair in level[name]:
                children = pair[1].below
                entries = _entries(data, children, width)
                held = [(entries[part], children[part]) for part in children.keys() & entries.keys()]
                bits = 0
                for entry, child in held:
                    if child.at:
                        bits |= child.at.get(entry, 0) | child.at.get(b"", 0)
                here[pair], below[pair] = bits, [way for way in held if way[1].below]
                # No folder of this depth is below another one, so none of these is known yet.
                following.update(dict.fromkeys(below[pair]))
        level = {}
        for entry, node in following:
            level.setdefault(entry.hex(), []).append((entry, node))
    for pair in reversed(here):
        bits = here[pair]
        for way in below[pair]:
            bits |= here[way]
        here[pair] = bits
    return {name: here[root.encode(), wanted] for name, root in roots.items()}


def in_history(
    listed: Iterable[tuple[str, list[str]]], tips: Mapping[str, str], commits: Iterable[str]
) -> dict[str, frozenset[str]]:
    """Return for each tip which of `commits` it has in its history; `listed` are commits with their parents.

    `tips` are the commits of refs by what the refs name.
    """
    order = list(listed)
    numbers = list(dict.fromkeys(commits))
    own = {name: 1 << number for number, name in enumerate(numbers)}
    # By commit: a bit for each of `commits` in its history.
    held: dict[str, int] = {}
    early = bool(own)
    while early:
        # From old to new; where clocks went wrong a parent comes late, which costs another round.
        early = False
        before = dict.fromkeys(name for name, _ in order) if not held else {}
        for name, others in reversed(order):
            bits = held.get(name, 0) | own.get(name, 0)
            for other in others:
                more = held.get(other)
                if more is None:
                    early = early or other in before
                elif more:
                    bits |= more
            held[name] = bits
    sets: dict[int, frozenset[str]] = {}
    found = {}
    for name, commit in tips.items():
        bits = held.get(commit, 0)
        if bits not in sets:
            sets[bits] = frozenset(one for number, one in enumerate(numbers) if bits >> number & 1)
        found[name] = sets[bits]
    return found


def _trees(git: Git, names: Collection[str]) -> Iterator[tuple[str, bytes]]:
    """Yield each name with the data of the tree that it means, b"" where it means none."""
    asked = (f"{name}\n".encode() for name in names)
    chunks = git.pour("cat-file", "--batch", "--buffer", lines=asked, size=_CHUNK)
    text, place = b"", 0
    for name in names:
        while (stop := text.find(b"\n", place)) < 0:
            text, place = text[place:] + _more(chunks), 0
        words = text[place:stop].split()
        place = stop + 1
        if len(words) != 3:
            # Missing, or ambiguous.
            yield name, b""
            continue
        end = place + int(words[2])
        if end >= len(text):
            parts = [text[place:]]
            end, place = end - place, 0
            while sum(map(len, parts)) <= end:
                parts.append(_more(chunks))
            text = b"".join(parts)
        yield name, text[place:end] if words[1] == b"tree" else b""
        place = end + 1
    for _ in chunks:
        # Its end tells whether git has failed.
        pass


def _more(chunks: Iterator[bytes]) -> bytes:
    if not (chunk := next(chunks, b"")):
        raise ScrubjayError("git cat-file ended too early", INCOMPLETE)
    return chunk


def _width(name: str) -> int:
    return len(name.partition("^")[0]) // 2


def _entries(data: bytes, parts: Collection[bytes], width: int) -> dict[bytes, bytes]:
    """The ids of a tree's entries, of those with these names at least."""
    if len(parts) > _FEW:
        return dict(_ENTRIES[width].findall(data))
    found: dict[bytes, bytes] = {}
    for part in parts:
        text = b" " + part + b"\0"
        place = data.find(text)
        while place >= 0 and not _MODE.search(data, max(0, place - 6), place):
            place = data.find(text, place + 1)
        if place >= 0:
            found[part] = data[place + len(text) : place + len(text) + width]
    return found
