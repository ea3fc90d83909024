"""Reads one log of the whole history for the few objects that matter: which commit brought or dropped them, where.

The log lists of each commit what it changed against all of its parents, so also what only a merge brought.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence, Set
from typing import TYPE_CHECKING, NamedTuple

from ..git import unquoted

if TYPE_CHECKING:
    from ..git import Git, Spool

_FORMAT = "--format=%x01%H %at %ct %P%x00%an <%ae>"
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
    """The steps, newest first, and the asked commits by id."""

    steps: list[Step]
    commits: dict[str, Commit]


def start(git: Git, *, exclude: Sequence[str] = (), also: Sequence[str] = ()) -> Spool:
    """Start the log of all refs and reflogs, without what the commits in `exclude` reach."""
    stdin = "".join(f"^{name}\n" for name in exclude).encode()
    return git.spool(
        "log", *_PLAIN, "--all", "--reflog", "--raw", "-c", "--no-abbrev", _FORMAT, *also, "--stdin", "--", stdin=stdin
    )


def read(
    lines: Iterable[bytes],
    objects: Set[bytes],
    commits: Set[bytes] = frozenset(),
    *,
    names: Set[bytes] = frozenset(),
    keep: Callable[[Commit], bool] | None = None,
    every: Callable[[bytes], None] | None = None,
) -> Log:
    """Read a log for the given ids of blobs and commits, and for paths with a part in `names`.

    `keep` leaves out steps; `every` gets each id of a blob that the log names.
    """
    log = Log([], {})
    header = b""
    width = 0
    step: Step | None = None
    for line in lines:
        if line[0] == 58:
            if line[1] == 58:
                olds, new = _combined(line)
            else:
                olds, new = [line[15 : 15 + width]], line[16 + width : 16 + 2 * width]
            if every is not None and b" 160000 " not in line[: 8 * len(olds) + 8]:
                every(new)
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
            width = width or line.index(b" ") - 1
            if commits and header[1 : 1 + width] in commits:
                found = _commit(header)
                log.commits[found.id] = found
    return log


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
                old.decode() for mode, old in zip(modes, olds, strict=True) if mode != b"160000" and old.strip(b"0")
            )
    return found


def parents(lines: Iterable[bytes]) -> Iterable[tuple[str, list[str]]]:
    """Yield each commit of a log with its parents, newest first."""
    for line in lines:
        if line[0] == 1:
            name, _, _, *others = line[1:].partition(b"\0")[0].decode().split()
            yield name, others


def graph(git: Git) -> Iterable[tuple[str, list[str]]]:
    """List all commits with their parents, newest first, without a log."""
    listed = git.output("rev-list", "--all", "--reflog", "--parents").decode().splitlines()
    return [(name, others) for name, *others in map(str.split, listed)]


def _commit(header: bytes) -> Commit:
    ids, _, author = header[1:-1].partition(b"\0")
    name, time, committed, *_ = ids.decode().split()
    return Commit(name, int(time or 0), author.decode("utf-8", "surrogateescape"), int(committed or 0))


def _combined(line: bytes) -> tuple[list[bytes], bytes]:
    """The ids before and after in a line about a merge, which has as many colons as the merge has parents."""
    record = line.lstrip(b":")
    sides = len(line) - len(record)
    words = record.split(None, 2 * sides + 2)
    return words[sides + 1 : 2 * sides + 1], words[2 * sides + 1]


def _path(line: bytes) -> bytes:
    return unquoted(line.partition(b"\t")[2].rstrip(b"\n"))


def _named(line: bytes, names: Set[bytes]) -> bool:
    return not names.isdisjoint(_path(line).split(b"/"))
