"""`scrubjay scan`."""

from __future__ import annotations

from typing import Any

import click

from . import options


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--ignored", is_flag=True, help="Include files that .gitignore names.")
@click.option("--tracked-only", is_flag=True, help="Leave out files that git does not track.")
@click.option("--archives", is_flag=True, help="Open archives and notebooks too.")
@options.matching
@options.reporting
def command(
    paths: tuple[str, ...], ignored: bool, tracked_only: bool, archives: bool, engine: str | None, **reporting: Any
) -> int:
    """Find secrets in files and folders, or in standard input with "-".

    Without PATH, the current folder. In a git work tree, files named by .gitignore are left out, untracked
    files are not. Links below a folder are not followed; the text of their
    target is examined.
    """
    from ..patterns.errors import ScrubjayError
    from ..scanner.archives import find_inside
    from ..scanner.coverage import Coverage
    from ..scanner.files import WalkOptions, fragments
    from ..scanner.finding import Finding, find_in
    from ..scanner.identity import load_key
    from .progress import watched

    if ignored and tracked_only:
        raise ScrubjayError("--ignored and --tracked-only exclude each other: ignored files are not tracked")
    matcher = options.make_matcher(engine)
    coverage, key = Coverage(), load_key()
    findings: list[Finding] = []
    find = find_inside if archives else find_in
    walk = WalkOptions(ignored=ignored, untracked=not tracked_only, follow=True)
    for fragment in watched(fragments(matcher, paths or (".",), coverage, walk), coverage):
        findings += find(matcher, fragment, coverage, key)
    return options.finish(list(dict.fromkeys(findings)), coverage, matcher, **reporting)
