"""Reads one log of the whole history for the few objects that matter: which commit brought or dropped them, where.

The log lists of each commit what it changed against all of its parents, so also what only a merge brought.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from io import BytesIO
from itertools import chain
from typing import IO, TYPE_CHECKING, NamedTuple

from ...patterns.native import native
from ..git import unquoted

if TYPE_CHECKING:
    from ..git import Git, Spool
    from .folders import Folders

_rawlog = native(__package__, "_rawlog")

# Bytes of a log that are read at a time.
_CHUNK = 1 << 22
# Bytes of commits' first lines that are kept to be read a second time.
_MOST = 1 << 25
# Bytes that a log may have, and that git may take for it, and more for each object: usually it has 60 to 300.
_PRINTED, _MEMORY, _EACH = 1 << 26, 1 << 29, 1 << 10
# Bytes of one commit's lines that are read at a time.
_LONGEST = 1 << 25
_PARENTS = re.compile(r"^\x01([0-9a-f]+) -?\d* -?\d* [0-9a-f]+ ?([0-9a-f ]*)\0", re.MULTILINE)
# A folder and a file that are not as in the only parent, and anything that is not as in any of several: behind a line
# break, which is found quickest and which no name can hold.
_FOLDER = re.compile(rb"\n:[^ ]{6} 040000 [^ ]+ ([^ ]+) ")
_FILE = re.compile(rb"\n:[^ ]{6} 1[02]0[^ ]{3} [^ ]+ (?!0{40})([^ ]+) ")
_MERGED = re.compile(rb"\n(::.*)")
# A commit's first line.
_FIRST = re.compile(rb"(?<=\n)\x01.*\n")
_FORMAT = "--format=%x01%H %at %ct %T %P%x00%an <%ae>"
# The modes of a tree in another one, and of a commit.
FOLDER, SUBMODULE = b"040000", b"160000"
_CHANGES = ("--raw", "-c", "--no-abbrev")
# Settings of the repository that would change what a log shows, and one that would run a program.
_PLAIN = ("--no-show-signature", "--no-ext-diff", "--no-relative", "--no-renames", "-O/dev/null")


class Commit(NamedTuple):
    """A commit: its id, when and by whom it was written (seconds; "Name <address>"), and when it was committed."""

    id: str
    time: int
    author: str
    committed: int


class Step(NamedTuple):
    """What a commit did with the objects that matter: (object, path) that it brought, objects that it replaced."""

    commit: Commit
    brought: list[tuple[str, bytes]]
    dropped: list[tuple[str, bytes]]


class Log(NamedTuple):
    """The steps, newest first, the asked commits by id, and the first lines of all commits, if they were kept."""

    steps: list[Step]
    commits: dict[str, Commit]
    headers: Sequence[bytes] = ()


def start(
    git: Git, *, exclude: Sequence[str] = (), also: Sequence[str] = (), changes: bool = True, folders: bool = False
) -> Spool:
    """Start the log of all refs and reflogs, without what the commits in `exclude` reach.

    Without `changes` it has the first lines of commits alone, for `read_by_folders`; with `folders` also a line for
    each tree that a commit changed, for `treelog.Told`.
    """
    stdin = "".join(f"^{name}\n" for name in exclude).encode()
    words = ["log", *_PLAIN, "--all", "--reflog", _FORMAT, *also, "--stdin"]
    most = memory = 0
    if changes:
        words += [*_CHANGES, *(["-t"] if folders else [])]
        more = _EACH * git.count()
        most, memory = _PRINTED + more, _MEMORY + more
    return git.spool(*words, "--", stdin=stdin, most=most, memory=memory)


def reflogs(git: Git) -> Spool:
    """Start the log of all reflogs: where an entry is, its message, the person and the commit, with zeros between."""
    return git.spool("log", *_PLAIN, "--walk-reflogs", "--all", "--format=%gD%x00%gs%x00%gn <%ge>%x00%H")


def read(
    file: IO[bytes],
    objects: Set[bytes],
    commits: Set[bytes] = frozenset(),
    *,
    names: Set[bytes] = frozenset(),
    every: Callable[[bytes], None] | None = None,
) -> Log:
    """Read a log for the given ids of blobs and commits, and for paths with a part in `names`.

    `every` gets the ids of the files that the log names, some in a row at a time.
    """
    headers: list[bytes] = []
    room = _MOST
    log = Log([], {}, headers)
    header = b""
    # Of an id, and where the two in a line about one parent begin and end.
    width = first_end = second = second_end = 0
    step: Step | None = None
    if names or _rawlog is None:
        texts = _each(file, every)
    else:
        texts = _sifted(file, objects | commits, every, headers=bool(commits))
    for line in chain.from_iterable(map(BytesIO, texts)):
        if line[0] == 58:
            if line[1] != 58:
                old, new = line[15:first_end], line[second:second_end]
                # As nearly all are.
                if new not in objects and old not in objects and not names:
                    continue
                modes, olds = [line[1:7], line[8:14]], [old]
            else:
                modes, olds, new = combined(line)
            if FOLDER in modes:
                continue
            named = bool(names) and _named(line, names)
            if new in objects or named or not objects.isdisjoint(olds):
                if step is None:
                    step = Step(_commit(header), [], [])
                    log.steps.append(step)
                path = _path(line)
                if new in objects or (named and new.strip(b"0")):
                    step.brought.append((new.decode(), path))
                step.dropped.extend((old.decode(), path) for old in olds if old in objects or named)
        elif line[0] == 1:
            header, step = line, None
            if not width:
                width = line.index(b" ") - 1
                first_end, second, second_end = 15 + width, 16 + width, 16 + 2 * width
            if commits:
                room -= len(line)
                if room >= 0:
                    headers.append(line)
                if header[1 : 1 + width] in commits:
                    found = _commit(header)
                    log.commits[found.id] = found
    if room < 0:
        headers.clear()
    return log


def read_by_folders(file: IO[bytes], folders: Folders, objects: Set[bytes], commits: Set[bytes]) -> Log | None:
    """Return what `read` does from a log without changes; None when the folders' notes do not tell all."""
    headers: list[bytes] = []
    log = Log([], {}, headers)
    if not folders.want(objects) or not all(map(folders.roots, _noted(pieces(file), headers))):
        return None
    if commits:
        file.seek(0)
        log.commits.update(read(file, frozenset(), commits).commits)
    file.seek(0)
    for text in headers or pieces(file):
        steps = folders.steps(text)
        if steps is None:
            return None
        for line, brought, dropped in steps:
            brought.sort(key=_by_path)
            dropped.sort(key=_by_path)
            log.steps.append(Step(_commit(line), brought, dropped))
    return log


def pieces(file: IO[bytes]) -> Iterator[bytes]:
    """Yield a log in large pieces, in which a commit's lines stay together."""
    rest = b""
    while chunk := file.read(_CHUNK) or rest:
        last = chunk is rest
        chunk = chunk if last else rest + chunk
        cut = len(chunk) if last else chunk.rfind(b"\n\x01") + 1
        rest = chunk[cut:]
        if cut:
            yield chunk[:cut]
        elif len(rest) > _LONGEST and (cut := rest.rfind(b"\n") + 1):
            yield rest[:cut]
            # As if it were another one of the same name.
            rest = rest[: rest.index(b"\n") + 1] + rest[cut:]


def _sifted(
    file: IO[bytes], wanted: Set[bytes], every: Callable[[bytes], None] | None = None, *, headers: bool = False
) -> Iterator[bytes]:
    """The lines of a log that name a wanted object, and the first lines of their commits, or of all; many at a time."""
    width, ids = 0, b"".join(wanted)
    for text in pieces(file):
        width = width or text.index(b" ") - 1
        kept, named = _rawlog.sift(text, ids, width, headers)
        if every is not None and named:
            every(named)
        yield kept


def _each(file: IO[bytes], every: Callable[[bytes], None] | None) -> Iterator[bytes]:
    """All lines of a log, many at a time."""
    for text in pieces(file):
        if every is not None and (files := brought(text)[1]):
            every(b"".join(files))
        yield text


def brought(text: bytes) -> tuple[list[bytes], list[bytes]]:
    """Return the ids of the folders and of the files that the commits in a part of a log have brought."""
    folders, files = _FOLDER.findall(text), _FILE.findall(text)
    for line in _MERGED.findall(text):
        modes, _, new = combined(line)
        if modes[-1] == FOLDER:
            folders.append(new)
        elif modes[-1] != SUBMODULE and new.strip(b"0"):
            files.append(new)
    return folders, files


def _noted(texts: Iterable[bytes], notes: list[bytes]) -> Iterator[bytes]:
    """The same texts, which are noted; none of them if they are more than is worth keeping."""
    size = 0
    for text in texts:
        size += len(text)
        if size <= _MOST:
            notes.append(text)
        yield text
    if size > _MOST:
        notes.clear()


def olds_of(lines: Iterable[bytes], commits: Set[str]) -> dict[str, set[str]]:
    """Return of each of these commits the blobs that it replaced or took away."""
    found: dict[str, set[str]] = {}
    wanted: set[str] | None = None
    for line in lines:
        if line[0] == 1:
            name = line[1:].partition(b" ")[0].decode()
            wanted = found.setdefault(name, set()) if name in commits else None
        elif line[0] == 58 and wanted is not None:
            record = line.lstrip(b":")
            sides = len(line) - len(record)
            words = record.split(None, 2 * sides + 2)
            modes, olds = words[:sides], words[sides + 1 : 2 * sides + 1]
            wanted.update(
                old.decode() for mode, old in zip(modes, olds, strict=True) if mode != SUBMODULE and old.strip(b"0")
            )
    return found


def parents(file: IO[bytes], headers: Sequence[bytes] = ()) -> Iterable[tuple[str, str]]:
    """Return each commit of a log with its parents, joined by blanks, newest first; `headers` are those of `read`."""
    return chain.from_iterable(map(_PARENTS.findall, _headers(file, headers)))


def _headers(file: IO[bytes], known: Sequence[bytes]) -> Iterator[str]:
    """The first lines of commits, many at a time."""
    if known:
        texts: Iterable[bytes] = [b"".join(known)]
    elif _rawlog is not None:
        texts = _sifted(file, frozenset(), headers=True)
    else:
        texts = (b"".join(_FIRST.findall(b"\n" + text)) for text in pieces(file))
    return (text.decode("utf-8", "replace") for text in texts)


def graph(git: Git) -> Iterable[tuple[str, str]]:
    """List all commits with their parents, newest first, without a log."""
    listed = git.output("rev-list", "--all", "--reflog", "--parents").decode().splitlines()
    return [(name, others) for name, _, others in (line.partition(" ") for line in listed)]


def _commit(header: bytes) -> Commit:
    ids, _, author = header.strip(b"\x01\n").partition(b"\0")
    name, time, committed, *_ = ids.decode().split(" ")
    return Commit(name, int(time or 0), author.decode("utf-8", "surrogateescape"), int(committed or 0))


def combined(line: bytes) -> tuple[list[bytes], list[bytes], bytes]:
    """Return the modes of a line about a merge, which has as many colons as that has parents, the old ids, the new."""
    record = line.lstrip(b":")
    sides = len(line) - len(record)
    words = record.split(None, 2 * sides + 2)
    return words[: sides + 1], words[sides + 1 : 2 * sides + 1], words[2 * sides + 1]


def _by_path(row: tuple[str, bytes]) -> bytes:
    return row[1]


def _path(line: bytes) -> bytes:
    return unquoted(line.partition(b"\t")[2].rstrip(b"\n"))


def _named(line: bytes, names: Set[bytes]) -> bool:
    return not names.isdisjoint(_path(line).split(b"/"))
