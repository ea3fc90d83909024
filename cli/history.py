"""`scrubjay history`."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from . import options

if TYPE_CHECKING:
    from ..scanner.finding import Finding
    from ..scanner.git import Git
    from ..scanner.history.scan import History, Options

_RISKS = ("high", "standard", "low")


@click.command()
@click.argument("repository", default=".", metavar="[REPOSITORY]")
@click.option("--all-places", is_flag=True, help="List every place of each secret.")
@click.option("--since", metavar="REV|DATE", default="", help="Only what commits since a revision or a date brought.")
@click.option("--submodules", is_flag=True, help="The histories of the submodules that are checked out, too.")
@click.option("--archives", is_flag=True, help="Open archives and notebooks too.")
@click.option(
    "--rotate",
    multiple=True,
    metavar="RISK=DAYS",
    help="Days after which secrets of a risk are overdue; without settings high=30, standard=90, low=180.",
)
@click.option("--timeout", type=click.FloatRange(min=0, min_open=True), metavar="SECONDS", help="Give up, exit code 3.")
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="Threads; by default the number of processors.")
@click.option("--no-walk", is_flag=True, help="Read the objects through git only, which is slower.")
@click.option("--no-cache", is_flag=True, help="Scan everything again, and remember nothing.")
@options.matching
@options.reporting
def command(
    repository: str, since: str, submodules: bool, all_places: bool, archives: bool, rotate: tuple[str, ...],
    timeout: float | None, jobs: int | None, no_walk: bool, no_cache: bool, engine: str | None, **reporting: Any,
) -> int:  # fmt: skip
    """Find secrets in the whole history of a git repository, and tell the life of each.

    Every object is examined once, also what no branch reaches any more: files of all versions and merges, messages
    and people of commits and tags, names of files and refs, notes, stashes, reflogs. A secret is reported once, with
    the commits that brought it first and last, and the refs that still hold it.
    """
    import time

    from ..patterns.errors import ScrubjayError
    from ..scanner.git import Git
    from ..scanner.history.objects import walks
    from ..scanner.history.scan import Options, scan_history

    if not os.path.isdir(repository):
        raise ScrubjayError(f"{repository}: no such folder")
    run, git = options.start(repository, engine, **reporting), Git(repository)
    wanted = Options(
        confidence=run.terms.confidence,
        all_places=all_places,
        rotation=_rotation(rotate, run.terms.settings.rotation),
        workers=jobs or min(8, os.cpu_count() or 2),
        walk=not no_walk,
        cache=not no_cache,
        archives=archives,
        since=since,
        now=time.time(),
    )
    with _watched(git, timeout) as progress:
        found = scan_history(git, run.matcher, run.coverage, wanted, progress=progress)
        if submodules:
            found = _with_submodules(found, git, run, wanted, progress)
    if not (found.known or since or no_walk or run.quiet or walks(wanted.walk)):
        click.echo(
            "scrubjay: the walker of packs was not built at installation (no C compiler?), so git read the objects, "
            "which takes longer",
            err=True,
        )
    return _finish(git, found, run)


def _with_submodules(
    found: History, git: Git, run: options.Run, wanted: Options, progress: Callable[[int], None] | None
) -> History:
    from ..scanner.history.scan import scan_history
    from ..scanner.history.submodules import submodules

    for path, other in submodules(git, run.matcher, run.coverage):
        more = scan_history(other, run.matcher, run.coverage, wanted, progress=progress)
        secrets = [
            one._replace(finding=one.finding._replace(path=f"{path}/{one.finding.path}")) for one in more.secrets
        ]
        found = found._replace(secrets=found.secrets + secrets, hidden=found.hidden + more.hidden)
    return found


def _rotation(given: tuple[str, ...], settings: Mapping[str, int]) -> dict[str, int]:
    days = dict(settings)
    for text in given:
        risk, _, number = text.partition("=")
        if risk not in _RISKS or not number.isdecimal():
            raise click.UsageError("--rotate takes RISK=DAYS, with the risk high, standard or low")
        days[risk] = int(number)
    return days


@contextmanager
def _watched(git: Git, timeout: float | None) -> Iterator[Callable[[int], None] | None]:
    """A function to call with the number of objects done: it moves a bar on a terminal, and minds the time limit."""
    import sys
    import time

    from ..scanner.history.scan import OutOfTime

    deadline = time.monotonic() + timeout if timeout else None
    bar = None
    if sys.stderr.isatty():
        from .progress import Bar

        bar = Bar(git.count)

    def progress(done: int) -> None:
        if deadline is not None and time.monotonic() > deadline:
            raise OutOfTime(
                f"the time limit of {timeout:g} s was reached, so the scan is incomplete; give it more with --timeout"
            )
        if bar is not None:
            bar.advance(done)

    try:
        yield progress if bar is not None or deadline is not None else None
    finally:
        if bar is not None:
            bar.close()


def _finish(git: Git, found: History, run: options.Run) -> int:
    from ..scanner.history import lifereport
    from ..scanner.history.recall import recalled
    from ..scanner.reports import document
    from ..scanner.review import review

    by = run.terms._replace(confidence="low")
    reviewed = review(
        [secret.finding for secret in found.secrets], by, recalled(git, run.matcher, found.secrets)
    )._replace(hidden=found.hidden)
    secrets = {_key(secret.finding): secret for secret in found.secrets}
    findings = [*reviewed.findings, *reviewed.suppressed]
    made = document.build(
        findings, run.coverage, run.matcher, ids=reviewed.ids, repository=options.repository(run), hidden=found.hidden,
        left_out=reviewed.left_out, lives=[lifereport.row(secrets[_key(one)].life) for one in findings],
    )  # fmt: skip
    with options.opened(run.output) as out:
        counted = [secrets[_key(one)] for one in reviewed.findings]
        lifereport.write(counted, made, run.form, out)
    return options.conclude(run, reviewed)


def _key(finding: Finding) -> tuple[str, str]:
    # A submodule may hold the same secret.
    return finding.fingerprint, finding.path
