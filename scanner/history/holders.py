"""Which refs still hold what was found: in the files of their newest commit, or in a commit of their history."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from functools import reduce
from itertools import pairwise
from operator import or_
from typing import TYPE_CHECKING, NamedTuple

from ...patterns.errors import INCOMPLETE, ScrubjayError
from ..git import unquoted
from . import crew
from .text import KINDS

if TYPE_CHECKING:
    from ..git import Git
    from .folders import Folders

# Names that are looked up one by one; for more of them the whole tree is read.
_FEW = 12
# Refs that are worth several processes.
MANY = 40
# Bytes of trees that are read at a time.
_CHUNK = 1 << 16
# So many bytes of differences are read, git may take so much memory, and what must not change how it lists them.
_LONGEST, _MEMORY = 64 << 20, 1 << 30
_DIFF = ("--raw", "--no-renames", "--no-abbrev", "--no-ext-diff", "--no-relative", "-O/dev/null")
_RECORD = 58
_PARTS = re.compile(r"([0-9]+)")
_MODE = re.compile(rb"[0-7]{5}\Z")
_ENTRIES = {width: re.compile(rb"[0-7]+ ([^\0]+)\0([\s\S]{%d})" % width) for width in (20, 32)}


# A tree's name, and what is wanted below it.
_Pair = tuple[bytes, "Wanted"]


class Ref(NamedTuple):
    """A ref's full name and the object that it names; HEAD is one of them."""

    name: str
    id: str


class Tip(NamedTuple):
    """What a ref means behind all annotated tags: its id, and its kind as git calls it."""

    id: str
    kind: str


class Wanted:
    """A tree of path parts; `at` says what is found here, by the id of the entry, b"" for any entry.

    What is found are the bits of a number.
    """

    def __init__(self) -> None:
        self.below: dict[bytes, Wanted] = {}
        self.at: dict[bytes, int] = {}
        self._nodes: dict[bytes, Wanted] = {}

    def add(self, path: bytes, blob: str, found: int) -> None:
        """Want `found` to be reported where this path is this blob, or with "" whatever it is."""
        # The same path comes with each version of its file.
        node = self._nodes.get(path)
        if node is None:
            node = self
            for part in path.split(b"/"):
                if part not in node.below:
                    node.below[part] = Wanted()
                node = node.below[part]
            self._nodes[path] = node
        entry = bytes.fromhex(blob)
        node.at[entry] = node.at.get(entry, 0) | found

    def paths(self) -> Iterator[tuple[bytes, dict[bytes, int]]]:
        """Yield each whole path that is wanted, with what is found there."""
        ways = [(name, node) for name, node in self.below.items()]
        while ways:
            path, node = ways.pop()
            if node.at:
                yield path, node.at
            ways += [(path + b"/" + name, below) for name, below in node.below.items()]


class Differences:
    """How the files of many commits differ, each from those of the one before, which git lists beside other work."""

    def __init__(self, git: Git, commits: Sequence[str]) -> None:
        """Start git; the commits are different ones, and best in an order in which neighbours have much in common."""
        self._git, self._commits = git, commits
        pairs = "".join(f"{new} {old}\n" for old, new in pairwise(commits))
        words = ("diff-tree", "--stdin", "-r", "--always", *_DIFF)
        self._spool = git.spool(*words, stdin=pairs.encode(), most=_LONGEST, memory=_MEMORY)

    def close(self) -> None:
        """End git if it still runs."""
        self._spool.close()

    def held(self, wanted: Wanted) -> dict[str, int]:
        """Return for each commit what of `wanted` its files hold.

        Raises ScrubjayError when git fails or has more to say than is worth reading.
        """
        paths = {path: {name.hex().encode(): bits for name, bits in at.items()} for path, at in wanted.paths()}
        name, width = self._commits[0], len(self._commits[0])
        now: dict[bytes, int] = {}
        with closing(self._git.spool("ls-tree", "-r", "-z", "--full-tree", name, most=_LONGEST)) as first:
            listed = first.lines().read()
        for line in listed.split(b"\0"):
            words, _, path = line.partition(b"\t")
            if path in paths:
                _note(now, path, words[-width:], paths[path])
        found: dict[str, int] = {}
        bits, changed = _all(now), False
        for line in self._spool.lines():
            if line[0] == _RECORD:
                path = line[line.index(b"\t") + 1 : -1]
                path = unquoted(path) if path[:1] == b'"' else path
                if path in paths:
                    # Two modes and the former id come before.
                    _note(now, path, line[16 + width : 16 + 2 * width], paths[path])
                    changed = True
                continue
            bits, changed = _all(now) if changed else bits, False
            found[name] = bits
            name = line[:-1].decode()
        found[name] = _all(now)
        if len(found) < len(self._commits):
            raise ScrubjayError("git diff-tree left commits out", INCOMPLETE)
        return found


def _note(now: dict[bytes, int], path: bytes, name: bytes, at: Mapping[bytes, int]) -> None:
    """Note what is found in an entry that a path is from here on; one of zeros is gone."""
    bits = (at.get(name, 0) | at.get(b"", 0)) if name.strip(b"0") else 0
    if bits:
        now[path] = bits
    else:
        now.pop(path, None)


def _all(now: Mapping[bytes, int]) -> int:
    return reduce(or_, now.values(), 0)


def differences(git: Git, refs: Sequence[Ref], tips: Mapping[str, Tip]) -> Differences | None:
    """Start listing the differences between the refs' commits; None for a few, which are looked up quicker."""
    commits = commits_of(tips)
    order = sorted(refs, key=_natural)
    names = list(dict.fromkeys(commits[ref.id] for ref in order if ref.id in commits))
    return Differences(git, names) if len(names) >= MANY else None


def _natural(ref: Ref) -> list[tuple[int, str]]:
    """Where a ref stands in an order in which v1.10.0 comes after v1.9.0."""
    parts = enumerate(_PARTS.split(ref.name))
    return [(len(part.lstrip("0")) if at % 2 else 0, part) for at, part in parts]


def refs(git: Git) -> list[Ref]:
    """List all refs, sorted, and HEAD before them where it has a commit."""
    with closing(git.spool("for-each-ref", "--format=%(objectname) %(refname)")) as spool:
        head = git.place().head
        listed = spool.lines().read().decode("utf-8", "surrogateescape")
    found = [Ref(name, target) for target, name in (line.split(" ", 1) for line in listed.splitlines())]
    return [Ref("HEAD", head), *found] if head else found


def peeled(git: Git, refs: Iterable[Ref]) -> dict[str, Tip]:
    """Return what each ref means in the end, by the id that it names; what is missing is left out."""
    ids = list(dict.fromkeys(ref.id for ref in refs))
    asked = "".join(f"{name}^{{}}\n" for name in ids).encode()
    found = git.output("cat-file", "--batch-check=%(objectname) %(objecttype)", "--buffer", stdin=asked)
    lines = [line.split(" ") for line in found.decode().splitlines()]
    return {name: Tip(*words) for name, words in zip(ids, lines, strict=True) if words[-1] in KINDS}


def commits_of(tips: Mapping[str, Tip]) -> dict[str, str]:
    """Return the commits among what refs mean, by the id that a ref names."""
    return {name: tip.id for name, tip in tips.items() if tip.kind == "commit"}


def in_files(
    git: Git, tips: Mapping[str, Tip], wanted: Wanted, between: Differences | None = None, *, workers: int = 1
) -> dict[str, int]:
    """Return for each id that a ref names what of `wanted` the files of its commit, or the tree that it is, still hold.

    The differences between the commits tell, where they were listed; else only folders on a wanted way are read.
    """
    held = dict.fromkeys(tips, 0)
    names = [name for name, tip in tips.items() if tip.kind in ("commit", "tree")]
    if not wanted.below:
        return held
    if between is not None:
        try:
            found = between.held(wanted)
        except ScrubjayError:
            # Too much, or something is missing; folder by folder it may be told.
            pass
        else:
            held |= {name: found[commit] for name, commit in commits_of(tips).items()}
            names = [name for name in names if tips[name].kind != "commit"]
    if workers < 2 or len(names) < MANY or not crew.available():
        return held | _in_files(git, names, wanted)
    # Neighbours, such as the tags of one series, have most folders in common.
    size = -(-len(names) // workers)
    parts = crew.run(lambda part, _: _in_files(git, names[part * size : (part + 1) * size], wanted), workers)
    return held | {name: found for part in parts for name, found in part.items()}


def in_folders(
    git: Git, tips: Mapping[str, Tip], wanted: Wanted, folders: Folders, found: Mapping[str, int]
) -> dict[str, int]:
    """Return what `in_files` does, by notes on folders and what is `found` in blobs, by their ids."""
    by_target = folders.held([tip.id for tip in tips.values() if tip.kind in ("commit", "tree")], found)
    held = {name: by_target[tip.id] for name, tip in tips.items() if tip.id in by_target}
    return in_files(git, {name: tip for name, tip in tips.items() if name not in held}, wanted) | held


def _in_files(git: Git, names: Iterable[str], wanted: Wanted) -> dict[str, int]:
    roots = {name: f"{name}^{{tree}}" for name in names}
    if not roots:
        return {}
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
    listed: Iterable[tuple[str, str]], tips: Mapping[str, str], commits: Iterable[str]
) -> dict[str, frozenset[str]]:
    """Return for each tip which of `commits` it has in its history; `listed` are commits with their parents, joined by
    blanks.

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
        get = held.get
        for name, others in reversed(order):
            bits = get(name, 0)
            if name in own:
                bits |= own[name]
            # Nearly every commit has one parent.
            for other in others.split() if " " in others else (others,):
                more = get(other)
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
