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
    import os

    from ..patterns.errors import ScrubjayError
    from ..scanner.archives import find_inside
    from ..scanner.files import WalkOptions, fragments
    from ..scanner.finding import Finding, find_in
    from ..scanner.identity import load_key
    from ..scanner.selection import path_filter
    from .progress import watched

    if ignored and tracked_only:
        raise ScrubjayError("--ignored and --tracked-only exclude each other: ignored files are not tracked")
    run, key = options.start(os.curdir, engine, **reporting), load_key()
    find = find_inside if archives else find_in
    by, findings = run.terms, list[Finding]()
    wanted = path_filter(by.settings, by.root, by.base)
    walk = WalkOptions(
        ignored=ignored, untracked=not tracked_only, follow=True, wanted=wanted, max_size=by.settings.max_size
    )
    for fragment in watched(fragments(run.matcher, paths or (".",), run.coverage, walk), run.coverage):
        findings += find(run.matcher, fragment, run.coverage, key)
    return options.finish(run, list(dict.fromkeys(findings)), whole=not paths and by.root == by.base)
