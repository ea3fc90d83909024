"""What a commit brings: the staged changes, the commits of a range, and the findings on lines that they add.

Changes come from git's raw object listings, so attributes, colours, external diffs and encodings can't hide any. The
whole new blob is scanned; only when it has findings are its added lines asked for.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import TYPE_CHECKING, NamedTuple

from ..patterns.errors import INCOMPLETE, USAGE, ScrubjayError
from .finding import Fragment, find_in, path_fragment, shown
from .git import TOO_MUCH

if TYPE_CHECKING:
    from ..patterns import Matcher
    from .added import Added
    from .coverage import Coverage
    from .finding import Finding
    from .git import Git, Place

# Blobs asked from one git process, commits listed by one: bounds memory on a push of a whole history.
_CHUNK = 2000
# Clean versions of files that are not read again when a later commit brings them back.
_REMEMBERED = 100_000
# Paths that one commit may change, and bytes of memory that git may take to list them.
_MOST, _MEMORY = 500_000, 1 << 30
_RAW = ("--raw", "-r", "-z", "--no-abbrev", "--ignore-submodules=none")
_GITLINK = 0o160000


class Base(NamedTuple):
    """The other side of a change: what a path was in one parent; mode 0 when it was not there."""

    parent: str
    mode: int
    blob: str


class Change(NamedTuple):
    """A path that differs from every parent. `bases` has an entry for each parent, none in a first commit.

    `blob` is empty when there is no content to scan: a submodule, or a path with an unresolved conflict.
    """

    path: bytes
    mode: int
    blob: str
    bases: tuple[Base, ...]
    commit: str = ""
    unmerged: bool = False

    @property
    def new_path(self) -> bool:
        """True when no parent has this path."""
        return not any(base.mode for base in self.bases)

    @property
    def display(self) -> str:
        """The path as text; bytes that are not UTF-8 become surrogate escapes."""
        return self.path.decode("utf-8", "surrogateescape")


class Staged(NamedTuple):
    """The index against the commit's parents-to-be: what differs from all of them, and every path that differs from
    any, deleted ones too. `parents` is more than one while a merge is in progress."""

    changes: list[Change]
    paths: frozenset[bytes]
    parents: tuple[str, ...]


class Commit(NamedTuple):
    """A commit and the ids of its parents."""

    id: str
    parents: tuple[str, ...]


def staged(git: Git, place: Place | None = None) -> Staged:
    """Return what the next commit would change, by the index that git set for us (GIT_INDEX_FILE) or the usual one."""
    place = place or git.place()
    parents = _next_parents(place)
    listings = [_against(git, parent) for parent in parents or (place.empty_tree,)]
    changes = []
    for path, (_, mode, _, blob, status) in listings[0].items():
        entries = [listing.get(path) for listing in listings]
        if status == "D" or None in entries:
            continue
        bases = tuple(Base(p, e[0], e[2]) for p, e in zip(parents, entries, strict=False) if e)
        changes.append(_change(path, mode, blob, bases, "", status == "U"))
    return Staged(changes, frozenset().union(*listings), parents)


def commits(
    git: Git, new: str | Sequence[str], known: Iterable[str] = (), remote: str = "", *, refs: bool = False
) -> list[Commit]:
    """List the commits that `new` (an id or several) has and none of `known` has, oldest first.

    `remote` also leaves out what is on that remote's branches, "*" on those of any remote, as far as is known here;
    `refs` what any ref of this repository has.
    """
    words = ["rev-list", "--parents", "--topo-order", "--reverse", "--stdin"]
    if remote:
        words += ["--not", "--remotes" if remote == "*" else f"--remotes={remote}"]
    if refs:
        words += ["--not", "--all"]
    names = [*([new] if isinstance(new, str) else new), *(f"^{name}" for name in known)]
    lines = git.output(*words, stdin="".join(f"{name}\n" for name in names).encode()).decode().splitlines()
    return [Commit(ids[0], tuple(ids[1:])) for ids in map(str.split, lines)]


def note_shallow(git: Git, listed: Iterable[Commit], coverage: Coverage) -> None:
    """Make the coverage incomplete when a shallow clone lacks commits that the list should go on with."""
    shallow = os.path.join(git.folder, os.fsdecode(git.output("rev-parse", "--git-path", "shallow").rstrip(b"\n")))
    try:
        with open(shallow, encoding="ascii") as file:
            ends = set(file.read().split())
    except FileNotFoundError:
        return
    for commit in listed:
        if commit.id in ends:
            coverage.skip(
                commit.id[:12], "older commits are missing in this shallow clone; fetch them (fetch-depth: 0)"
            )


def between(git: Git, old: str, new: str) -> Iterator[Change]:
    """Yield the changes of every commit that `new` has and `old` has not, so also what a later commit took away."""
    return introduced(git, commits(git, git.commit(new), [git.commit(old)]))


def introduced(git: Git, listed: Iterable[Commit]) -> Iterator[Change]:
    """Yield what each commit changes against all of its parents: of a merge only its own work."""
    remaining = iter(listed)
    while part := {commit.id: commit.parents for commit in islice(remaining, _CHUNK)}:
        text = "".join(f"{name}\n" for name in part).encode()
        yield from _parsed(_tokens(git, "--stdin", "-c", "--root", "--no-renames", *_RAW, lines=[text]), part)


def net(git: Git, old: str, new: str) -> list[Change]:
    """Return what `new` changes since it left `old` (git's `old...new`), the commits between left aside."""
    old, new = git.commit(old), git.commit(new)
    meeting = git.output("merge-base", old, new, ok=(0, 1)).decode().split()
    parent = meeting[0] if meeting else old
    listing = _tokens(git, "--no-renames", *_RAW, parent, new, "--")
    changes = _parsed(chain([new.encode()], listing), {new: (parent,)})
    return [change._replace(commit="") for change in changes]


def scan(git: Git, matcher: Matcher, changes: Iterable[Change], coverage: Coverage) -> Iterator[Finding]:
    """Yield the findings on lines that the changes add, in the names of added paths, and in targets of symlinks."""
    added: Added | None = None
    remaining = iter(changes)
    clean: set[tuple[bytes, str]] = set()
    while part := list(islice(remaining, _CHUNK)):
        for change in part:
            if change.new_path:
                yield from find_in(matcher, path_fragment(change.display, change.commit or None), coverage)
            if change.unmerged:
                coverage.skip(shown(matcher, change.display), "unresolved conflict; resolve and stage it")
        wanted = [change for change in part if change.blob and (change.path, change.blob) not in clean]
        for change, blob in zip(wanted, git.objects(change.blob for change in wanted), strict=True):
            if blob.kind != "blob":
                coverage.skip(shown(matcher, change.display), "its content is missing here (a partial clone?)")
                continue
            coverage.blobs += 1
            kind = "symlink" if stat.S_ISLNK(change.mode) else "file"
            found = find_in(matcher, Fragment(blob.data, change.display, kind, change.commit or None), coverage)
            if found:
                if added is None:
                    # Most commits have no finding, so most runs of the hook need none of this.
                    from .added import Added

                    added = Added(git)
                yield from added.only(change, found)
            else:
                clean.add((change.path, change.blob))
        if len(clean) > _REMEMBERED:
            clean.clear()


def scan_messages(git: Git, matcher: Matcher, ids: Iterable[str], coverage: Coverage) -> Iterator[Finding]:
    """Yield the findings in the messages of commits and annotated tags."""
    for found in git.objects(ids):
        if not found.kind:
            coverage.skip(found.id, "this commit is missing here")
            continue
        coverage.commits += found.kind == "commit"
        start = found.head().partition(b"\n\n")[2]
        message = start if isinstance(found.data, bytes) else chain((start,), found.data)
        yield from find_in(matcher, Fragment(message, f"{found.kind} message", "message", found.id), coverage)


def is_object_id(text: str) -> bool:
    """True for a whole object id of either of git's hashes."""
    return len(text) in (40, 64) and not text.strip("0123456789abcdef")


def _next_parents(place: Place) -> tuple[str, ...]:
    """HEAD, and the commits being merged."""
    if not place.head:
        return ()
    try:
        with open(os.path.join(place.git_dir, "MERGE_HEAD"), encoding="ascii") as file:
            merged = file.read().split()
    except FileNotFoundError:
        # `git merge` runs pre-merge-commit before it writes MERGE_HEAD, but names the merged commits to its children.
        merged = [name[8:] for name in os.environ if name.startswith("GITHEAD_")]
    except (OSError, ValueError):
        raise ScrubjayError(f"{place.git_dir}/MERGE_HEAD can't be read; is a merge half done?", USAGE) from None
    return (place.head, *sorted(name for name in set(merged) if is_object_id(name) and name != place.head))


_Entry = tuple[int, int, str, str, str]


def _against(git: Git, tree: str) -> dict[bytes, _Entry]:
    """Compare the index with a tree: path to (old mode, new mode, old id, new id, status)."""
    words = git.output("diff-index", "--cached", "--no-renames", "--ita-invisible-in-index", *_RAW, tree, "--")
    tokens = words.split(b"\0")
    listing: dict[bytes, _Entry] = {}
    for record, path in zip(tokens[0::2], tokens[1::2], strict=False):
        old_mode, mode, old, blob, status = record[1:].decode().split()
        # An unmerged path comes once for its conflict, and may come again for what else differs.
        if path not in listing or status == "U":
            listing[path] = (int(old_mode, 8), int(mode, 8), old, blob, status[0])
    return listing


def _tokens(git: Git, *arguments: str, lines: Iterable[bytes] = ()) -> Iterator[bytes]:
    """What `diff-tree` prints with -z, one by one."""
    rest = b""
    for chunk in git.pour("diff-tree", *arguments, lines=lines, memory=_MEMORY):
        *whole, rest = (rest + chunk).split(b"\0")
        yield from whole


def _parsed(tokens: Iterator[bytes], parents: dict[str, tuple[str, ...]]) -> Iterator[Change]:
    """Read `diff-tree --stdin -c --raw -z`: commit ids, each followed by records with one colon for each parent."""
    commit, count = "", 0
    for token in tokens:
        if not token.startswith(b":"):
            commit, count = token.decode(), 0
            continue
        path = next(tokens)
        count += 1
        if count > _MOST:
            raise ScrubjayError(f"commit {commit[:12]} changes more than {_MOST} paths, {TOO_MUCH}", INCOMPLETE)
        record = token.lstrip(b":")
        sides = len(token) - len(record)
        words = record.decode().split()
        mode, blob = int(words[sides], 8), words[2 * sides + 1]
        if not mode:
            continue
        bases = tuple(
            Base(parent, int(words[side], 8), words[sides + 1 + side])
            for side, parent in enumerate(parents[commit][:sides])
        )
        yield _change(path, mode, blob, bases, commit)


def _change(
    path: bytes, mode: int, blob: str, bases: tuple[Base, ...], commit: str = "", unmerged: bool = False
) -> Change:
    has_content = mode != _GITLINK and not unmerged
    return Change(path, mode, blob if has_content else "", bases, commit, unmerged)
