"""`scrubjay diff`."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import click

from . import options

if TYPE_CHECKING:
    from ..patterns import Matcher
    from ..scanner.changes import Change
    from ..scanner.coverage import Coverage
    from ..scanner.finding import Finding
    from ..scanner.git import Git


@click.command()
@click.argument("arguments", nargs=-1, metavar="[A..B] [PATH]...")
@click.option("--staged", is_flag=True, help="What the next commit would add.")
@options.matching
@options.reporting
def command(arguments: tuple[str, ...], staged: bool, engine: str | None, **reporting: Any) -> int:
    """Find secrets on the lines that staged changes add, or that the commits of a range A..B add.

    The new version of each file is read whole, from the index or the commit, so that a secret is seen in its
    surroundings; only findings on added lines are reported. In a range each commit counts by itself, its message
    too, so a secret that a later commit takes away is found. PATH limits it to files or folders.
    """
    from ..patterns.errors import ScrubjayError
    from ..scanner.git import Git
    from ..scanner.review import top

    git = Git()
    run = options.start(top(os.curdir), engine, **reporting)
    if staged:
        if arguments and ".." in arguments[0] and not os.path.lexists(arguments[0]):
            raise ScrubjayError("--staged takes paths, not a range; give one of the two")
        found = _staged(git, run.matcher, run.coverage, arguments)
    else:
        old, dots, new = (arguments or ("",))[0].partition("..")
        if not dots or not old or new.startswith("."):
            raise ScrubjayError("give --staged or a range: scrubjay diff --staged | scrubjay diff A..B")
        found = _range(git, run.matcher, run.coverage, old, new or "HEAD", arguments[1:])
    return options.finish(run, list(dict.fromkeys(found)))


def _staged(git: Git, matcher: Matcher, coverage: Coverage, paths: Iterable[str]) -> Iterator[Finding]:
    from ..scanner import changes

    place = git.place()
    index = changes.staged(git, place)
    return changes.scan(git, matcher, _below(index.changes, place.prefix, paths), coverage)


def _range(
    git: Git, matcher: Matcher, coverage: Coverage, old: str, new: str, paths: Iterable[str]
) -> Iterator[Finding]:
    from ..scanner import changes

    place = git.place()
    listed = changes.commits(git, git.commit(new), [git.commit(old)])
    changes.note_shallow(git, listed, coverage)
    yield from changes.scan(git, matcher, _below(changes.introduced(git, listed), place.prefix, paths), coverage)
    yield from changes.scan_messages(git, matcher, (commit.id for commit in listed), coverage)


def _below(changes: Iterable[Change], prefix: bytes, paths: Iterable[str]) -> Iterator[Change]:
    """The changes at or below the paths, which are relative to the current folder."""
    wanted = [os.path.normpath(os.path.join(prefix, os.fsencode(path))) for path in paths]
    for change in changes:
        if not wanted or any(
            path == b"." or change.path == path or change.path.startswith(path + b"/") for path in wanted
        ):
            yield change
