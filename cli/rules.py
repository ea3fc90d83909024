"""`scrubjay rules`: list, show, check, bench."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from ..patterns import Rule


@click.group()
def command() -> None:
    """List, show, check and time the rules."""


@command.command("list")
@click.option("-f", "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def list_rules(form: str) -> int:
    """List all rules: id, risk, name."""
    rules = _shipped()
    if form == "json":
        import orjson

        rows = [{"id": r.id, "name": r.name, "provider": r.provider, "risk": r.risk} for r in rules]
        click.echo(orjson.dumps(rows, option=orjson.OPT_INDENT_2).decode())
        return 0
    width = max(len(rule.id) for rule in rules)
    for rule in rules:
        click.echo(f"{rule.id:{width}}  {rule.risk:8}  {rule.name}")
    return 0


@command.command()
@click.argument("rule_id", metavar="ID")
def show(rule_id: str) -> int:
    """Show one rule: what it finds, how it decides, where to revoke."""
    from ..patterns.errors import ScrubjayError

    rules = {rule.id: rule for rule in _shipped()}
    if rule_id not in rules:
        import difflib

        close = difflib.get_close_matches(rule_id, rules, n=3)
        hint = f"did you mean {', '.join(close)}?" if close else "`scrubjay rules list` shows all."
        raise ScrubjayError(f"there is no rule {rule_id}; {hint}")
    rule = rules[rule_id]
    rows = {
        "id": rule.id, "name": rule.name, "provider": rule.provider, "description": rule.description,
        "risk": rule.risk, "lifetime": rule.lifetime, "confidence": f"{rule.confidence}, before the checks",
        "checks": ", ".join(entry.name for entry in rule.checks), "value model": rule.value,
        "keywords": ", ".join(rule.keywords), "pattern": " ".join(rule.pattern.split()),
        "pairs with": ", ".join(rule.pairs_with), "revoke": rule.revoke, "references": "\n".join(rule.references),
    }  # fmt: skip
    for label, text in rows.items():
        for number, line in enumerate(text.splitlines()):
            click.echo(f"{'' if number else label:12} {line}")
    return 0


@command.command()
@click.option(
    "--output",
    metavar="FOLDER",
    required=True,
    type=click.Path(file_okay=False),
    help="Folder for the pages; it is made if need be, and pages in it are replaced.",
)
def docs(output: str) -> int:
    """Write a Markdown page for each rule, and an index by provider.

    A page says what the rule finds, why it matters, how to revoke it, with masked examples.
    """
    from ..patterns.pages import pages

    os.makedirs(output, exist_ok=True)
    count = 0
    for name, text in pages(_shipped()):
        with open(os.path.join(output, name), "w", encoding="utf-8") as file:
            file.write(text)
        count += 1
    click.echo(f"{count} pages in {output}")
    return 0


@command.command()
@click.argument("files", nargs=-1, metavar="[FILE]...", type=click.Path(exists=True, dir_okay=False))
def check(files: Sequence[str]) -> int:
    """Check the shipped rules, or rule files given by FILE beside them: the gate for contributors.

    With a FILE, of the shipped rules only the examples are tried, so that a new rule takes none of them away. FILE may
    also be a .scrubjay.toml: then only the rules that it adds or changes are checked. Every rule must compile in both
    engines, find its examples with exactly their span, stay silent on its counterexamples, hold a keyword in every
    match, take bounded time on hostile text, and, if it is shipped, name a reference.
    """
    from ..patterns.errors import ScrubjayError
    from ..patterns.gate import check as problems
    from ..patterns.load import load, read_shipped

    if any(_is_settings(path) for path in files):
        return _check_own(files)
    given = [(os.path.basename(path), _content(path)) for path in files]
    sources = [*read_shipped(), *given]
    try:
        rules = load(sources)
        own = {rule.id for rule in load(given if given else sources)}
    except ScrubjayError as error:
        # Without rules nothing can be masked, and the reason is all that a contributor needs; it names no value.
        click.echo(str(error), err=True)
        return error.exit_code
    found = 0
    chosen = [rule for rule in rules if rule.id in own]
    for problem in problems(rules, sources, chosen, beside=[rule for rule in rules if rule.id not in own]):
        found += 1
        click.echo(f"{problem.rule}: {problem.text}")
    examples = sum(len(rule.examples) for rule in rules)
    counter = sum(len(rule.counterexamples) for rule in rules)
    click.echo(f"{len(rules)} rules, {examples} examples, {counter} counterexamples: {found or 'no'} problems")
    return 1 if found else 0


@command.command("import")
@click.argument("file", metavar="FILE", type=click.Path(exists=True, dir_okay=False))
@click.option("-o", "--output", metavar="FILE", type=click.Path(dir_okay=False), help="Write the rules to FILE.")
@click.option("--all", "everything", is_flag=True, help="Also carry over rules whose id is that of a shipped rule.")
def import_rules(file: str, output: str | None, everything: bool) -> int:
    """Turn the rules of a gitleaks configuration into blocks for .scrubjay.toml.

    The blocks go to standard output, the report of what could not be carried over to standard error. Rules of
    gitleaks' own set need no import: scrubjay has its own for them, and --all is there for who wants both.
    """
    import tomllib

    from ..patterns.errors import ScrubjayError
    from ..patterns.gitleaks import imported, toml

    try:
        document = tomllib.loads(_content(file).decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ScrubjayError(f"{file}: not valid TOML: {error}") from None
    shipped = frozenset(rule.id for rule in _shipped())
    found = imported(document, shipped, everything=everything)
    if output:
        with open(output, "w", encoding="utf-8") as out:
            out.write(toml(found))
    else:
        click.echo(toml(found), nl=False)
    for note in found.notes:
        state = "not carried over: " if note.lost else "not carried over as it was: " if note.rule else "of the file: "
        click.echo(f"{note.rule + ': ' if note.rule else ''}{state}{note.text}", err=True)
    lost = sum(note.lost for note in found.notes)
    changed = len({note.rule for note in found.notes if note.rule and not note.lost})
    click.echo(
        f"{len(found.blocks)} rules carried over, {changed} of them not as they were, {lost} not at all. "
        f"Now: scrubjay rules check {output or '.scrubjay.toml'}",
        err=True,
    )
    return 0


@command.command()
@click.argument("rule_ids", nargs=-1, metavar="[ID]...")
@click.option(
    "--corpus",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False),
    help="Text to time on; by default Python's own library.",
)
@click.option("--slower-than", metavar="GB/S", type=float, help="Show only rules slower than this.")
@click.option("--counts", is_flag=True, help="Count candidates in a fixed text, all rules at once, against the budget.")
def bench(rule_ids: Sequence[str], corpus: str | None, slower_than: float | None, counts: bool) -> int:
    """Time each rule alone: gigabytes a second of its first stage, candidates and matches a megabyte.

    A rule below about 3 GB/s slows every scan: give it a more distinctive beginning. With --counts nothing is timed:
    the result is the same on every machine, and the exit code is 1 when a rule is over the budget.
    """
    if counts:
        return _count(rule_ids)
    from ..patterns.costs import cost
    from ..patterns.errors import ScrubjayError

    data = _content(corpus) if corpus else _library(1 << 24)
    rules = [rule for rule in _shipped() if not rule_ids or rule.id in rule_ids]
    if unknown := set(rule_ids) - {rule.id for rule in rules}:
        raise ScrubjayError(f"there is no rule {', '.join(sorted(unknown))}; `scrubjay rules list` shows all")
    costs = sorted((cost(rule, data) for rule in rules), key=lambda entry: entry.bytes_per_second)
    click.echo(
        f"{len(data) / 1e6:.1f} MB of {corpus or 'the Python library'}\n{'GB/s':>6} {'cand/MB':>9} {'match/MB':>9}"
    )
    for entry in costs:
        speed = entry.bytes_per_second / 1e9
        if slower_than is None or speed < slower_than:
            click.echo(f"{speed:6.2f} {entry.candidates_per_mb:9.2f} {entry.matches_per_mb:9.2f}  {entry.rule}")
    return 0


def _count(rule_ids: Sequence[str]) -> int:
    from ..patterns.corpus import made
    from ..patterns.costs import counts, over_budget

    rules, data = _shipped(), made()
    found = counts(rules, data)
    click.echo(f"{len(data) / 1e6:.1f} MB of made-up text\n{'cand/MB':>9}")
    for name, count in sorted(found.items(), key=lambda row: (-row[1], row[0])):
        if name in rule_ids or (count and not rule_ids):
            click.echo(f"{count:9.2f}  {name}")
    click.echo(f"{sum(found.values()):9.2f}  all {len(rules)} rules")
    problems = list(over_budget(rules, found))
    for problem in problems:
        click.echo(problem)
    return 1 if problems else 0


def _is_settings(path: str) -> bool:
    return os.path.basename(path).startswith(".scrubjay")


def _check_own(files: Sequence[str]) -> int:
    """Check what settings say of rules: each rule of the user's with the gate, which wants no documentation here."""
    import tomllib

    from ..patterns.custom import adapted, own
    from ..patterns.errors import ScrubjayError
    from ..patterns.gate import check as problems

    if len(files) != 1:
        raise ScrubjayError("a .scrubjay.toml is checked by itself: give one FILE")
    try:
        document = tomllib.loads(_content(files[0]).decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ScrubjayError(f"{files[0]}: not valid TOML: {error}") from None
    table: dict[str, Any] = {"rule": document.get("rule", [])}
    # What the settings enable is no matter of the rules themselves.
    table["rules"] = {"disable": document.get("rules", {}).get("disable", [])}
    rules = adapted(_shipped(), table)
    chosen = own(rules, table)
    found = 0
    for problem in problems(rules, [], chosen, documented=False):
        found += 1
        click.echo(f"{problem.rule}: {problem.text}")
    bare = [rule.id for rule in chosen if not rule.examples]
    for name in bare:
        click.echo(f"{name}: no example, so nothing shows that it finds what it is for")
    click.echo(
        f"{len(chosen)} rules of {files[0]}, {len(bare)} of them without an example; {len(rules)} in all: "
        f"{found or 'no'} problems"
    )
    return 1 if found else 0


def _shipped() -> tuple[Rule, ...]:
    from ..patterns.load import load, read_shipped

    return load(read_shipped())


def _content(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def _library(size: int) -> bytes:
    """About `size` bytes of the running Python's own source code."""
    import sysconfig

    parts: list[bytes] = []
    for parent, folders, names in os.walk(sysconfig.get_path("stdlib")):
        folders.sort()
        for name in sorted(names):
            if name.endswith(".py"):
                parts.append(_content(os.path.join(parent, name)))
                if sum(map(len, parts)) >= size:
                    return b"".join(parts)
    return b"".join(parts)
