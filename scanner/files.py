"""Files on disk, and standard input, as fragments. Inside a git work tree git says which files count."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from ..patterns.errors import ScrubjayError
from .finding import WHOLE, Fragment, path_fragment, shown

if TYPE_CHECKING:
    from ..patterns import Matcher
    from .coverage import Coverage


class WalkOptions(NamedTuple):
    """Which files of a folder count: those that .gitignore names, and those that git does not track.

    `follow` opens a link, pipe or device that is named itself; below a folder they never are. `wanted` says of a path
    whether it is examined, and files over `max_size` bytes are not, if it is not 0; both are told by the coverage.
    """

    ignored: bool = False
    untracked: bool = True
    follow: bool = False
    wanted: Callable[[str], bool] | None = None
    max_size: int = 0


DEFAULT_WALK = WalkOptions()


def fragments(
    matcher: Matcher, paths: Iterable[str], coverage: Coverage, options: WalkOptions = DEFAULT_WALK
) -> Iterator[Fragment]:
    """Yield the name and content of every file under `paths`, which are files, folders, or "-" for standard input.

    What can't be read goes into the coverage. Raises ScrubjayError when a path does not exist.
    """
    for path in paths:
        if path == "-":
            import sys

            coverage.files += 1
            yield Fragment(_chunks(sys.stdin.buffer), "<stdin>", "stdin")
            continue
        if not os.path.lexists(path):
            raise ScrubjayError(f"{shown(matcher, path)}: no such file or folder")
        if os.path.isdir(path):
            for name in _walk(matcher, path, coverage, options):
                if _asked_for(matcher, name, coverage, options):
                    yield from _file(matcher, name, coverage)
            continue
        if not _asked_for(matcher, path, coverage, options):
            continue
        regular = os.path.isfile(path) and not os.path.islink(path)
        yield from (
            _opened(matcher, path, coverage) if options.follow and not regular else _file(matcher, path, coverage)
        )


def _asked_for(matcher: Matcher, path: str, coverage: Coverage, options: WalkOptions) -> bool:
    """False for a file that the options leave out."""
    if options.wanted and not options.wanted(path):
        coverage.excluded += 1
        return False
    if options.max_size:
        try:
            status = os.lstat(path)
        except OSError:
            return True
        if stat.S_ISREG(status.st_mode) and status.st_size > options.max_size:
            coverage.leave_out(shown(matcher, path), f"larger than max-size, {options.max_size} bytes")
            return False
    return True


def _file(matcher: Matcher, path: str, coverage: Coverage) -> Iterator[Fragment]:
    try:
        status = os.lstat(path)
        if stat.S_ISLNK(status.st_mode):
            target = os.fsencode(os.readlink(path))
            coverage.files += 1
            yield path_fragment(path)
            yield Fragment(target, path, "symlink")
            return
        if not stat.S_ISREG(status.st_mode):
            coverage.leave_out(shown(matcher, path), "not a regular file")
            return
    except OSError as error:
        coverage.skip(shown(matcher, path), f"can't be read: {error.strerror}")
        return
    yield from _opened(matcher, path, coverage)


def _opened(matcher: Matcher, path: str, coverage: Coverage) -> Iterator[Fragment]:
    try:
        with open(path, "rb") as file:
            # The first read tells a small file from a large one, whatever the size was a moment ago.
            data = file.read(WHOLE + 1)
            coverage.files += 1
            yield path_fragment(path)
            if len(data) <= WHOLE:
                yield Fragment(data, path)
            else:
                yield Fragment(_rest(data, file), path)
    except OSError as error:
        coverage.skip(shown(matcher, path), f"can't be read: {error.strerror}")


def _rest(data: bytes, file: BinaryIO) -> Iterator[bytes]:
    yield data
    yield from _chunks(file)


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    while data := file.read(WHOLE):
        yield data


def _walk(matcher: Matcher, folder: str, coverage: Coverage, options: WalkOptions) -> Iterator[str]:
    from .git import list_files

    listed = None if options.ignored else list_files(folder, untracked=options.untracked, ignored=False)
    if listed is None and not options.untracked:
        listed = []
    if listed is not None:
        for name in listed:
            path = _joined(folder, name)
            if os.path.isdir(path) and not os.path.islink(path):
                # A submodule, or a repository inside this one, has its own list; one not checked out is empty.
                if os.path.lexists(os.path.join(path, ".git")):
                    yield from _walk(matcher, path, coverage, options)
            elif os.path.lexists(path):
                yield path
        return

    def failed(error: OSError) -> None:
        coverage.skip(shown(matcher, str(error.filename)), f"can't be listed: {error.strerror}")

    for parent, folders, names in os.walk(folder, onerror=failed):
        links = [name for name in folders if os.path.islink(os.path.join(parent, name))]
        folders[:] = sorted(name for name in folders if name != ".git" and name not in links)
        for name in sorted([*names, *links]):
            if name != ".git":
                yield _joined(parent, name)


def _joined(folder: str, name: str) -> str:
    path = os.path.join(folder, name)
    return path.removeprefix("./")
