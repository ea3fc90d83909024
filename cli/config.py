"""`scrubjay config check`, `show` and `import`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from . import options

if TYPE_CHECKING:
    from ..scanner.migration.sources import Taken


@click.group()
def command() -> None:
    """Check, show and import settings: .scrubjay.toml at the root of a repository, or a file that --config names."""


@command.command()
@click.argument("file", required=False)
def check(file: str | None) -> int:
    """Say what is wrong in a file of settings, line by line; by default the one that counts here."""
    from ..scanner import configuration, customrules

    path = file or configuration.chosen(None) or configuration.find(os.curdir)
    if not path:
        click.echo("no .scrubjay.toml here: the defaults count")
        return 0
    settings = configuration.read(path)
    customrules.matcher(settings)
    problems = customrules.unknown(settings)
    for problem in problems:
        click.echo(f"{path}: {problem}")
    click.echo(f"{path}: {'good, but for the above' if problems else 'good'}")
    return 0


@command.command()
@options.configured
def show(config: str | None) -> int:
    """Print the settings that count here, those that were left out too, and where they come from."""
    from ..scanner import configuration
    from ..scanner.review import terms

    by = terms(os.curdir, settings=configuration.settle(os.curdir, config))
    settings = by.settings
    named = ", named by --config or SCRUBJAY_CONFIG" if settings.named else ""
    click.echo(f"# settings: {settings.path or 'none, so all are the defaults'}{named}")
    click.echo(f"# baseline: {by.baseline.path if by.baseline else 'none'}")
    click.echo(configuration.told(settings), nl=False)
    return 0


@command.command(name="import")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--write", is_flag=True, help="Write .scrubjay.toml and .scrubjay-baseline instead of printing.")
@options.matching
def take_over(files: tuple[str, ...], write: bool, engine: str | None) -> int:
    """Take over the settings and lists of gitleaks, detect-secrets and trufflehog.

    It reads .gitleaks.toml, .gitleaksignore, .secrets.baseline and trufflehog's files of excluded paths, and says on
    standard error what changes and what can't be taken over. The other tools' files stay as they are.
    """
    from ..patterns.errors import ScrubjayError
    from ..scanner import configuration
    from ..scanner.migration import sources
    from ..scanner.review import top

    taken = [sources.read(name, configuration.text_of(name)) for name in files]
    text = sources.settings(taken)
    root = top(os.curdir)
    target = os.path.join(root, configuration.NAME)
    if write:
        if os.path.lexists(target):
            raise ScrubjayError(f"{target} exists; without --write the settings are printed, to be joined by hand")
        with options.opened(target) as out:
            out.write(text)
        click.echo(f"{target}: written", err=True)
    else:
        click.echo(text, nl=False)
    for part in taken:
        for line in part.notes:
            click.echo(f"{part.source}: changes: {line}", err=True)
        for line in part.lost:
            click.echo(f"{part.source}: not taken over: {line}", err=True)
    if any(part.places or part.known for part in taken):
        _entries(root, taken, engine, write)
    return 0


def _entries(root: str, taken: list[Taken], engine: str | None, write: bool) -> None:
    from ..scanner import baseline as baselines
    from ..scanner import inventory, keeping
    from ..scanner.git import Git
    from ..scanner.migration import entries
    from ..scanner.review import remembered

    run = options.start(root, engine, no_baseline=True, min_confidence="low")
    path = os.path.join(root, baselines.NAME)
    made = baselines.load(path) if os.path.isfile(path) else baselines.new(path)
    for part in taken:
        listed = len(part.places) + len({one.digest for one in part.known})
        if not listed:
            continue
        if part.places:
            git = Git(root) if os.path.lexists(os.path.join(root, ".git")) else None
            met = entries.at_places(git, root, run.matcher, part.places)
        else:
            found = inventory.work_tree(run.terms, run.matcher, run.coverage)
            values = dict(found.values([one.fingerprint for one in found.findings]))
            met = entries.by_digest(found.findings, values, part.known)
        values = met.values
        rules = {one.fingerprint: one.rule for one, _ in met.findings}
        ids = baselines.identities(made, rules, remembered(values))
        like = keeping.template(f"from {os.path.basename(part.source)}")
        made, count = keeping.added(made, [one for one, _ in met.findings], ids, like)
        for one, verdict in met.findings:
            if verdict is not None and one.fingerprint in ids:
                made = keeping.audited(made, ids[one.fingerprint], "true" if verdict else "false")
        click.echo(
            f"{part.source}: {listed} known findings: {count} entries of the baseline; "
            f"{met.unmet} are none that scrubjay reports, or are gone",
            err=True,
        )
    if write:
        made.save()
        keeping.mergeable(root)
        click.echo(f"{path}: written", err=True)
