"""Options that several commands share, and what they do with them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple, TextIO

import click

from ..patterns.errors import ScrubjayError
from ..scanner.reports import FORMATS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..patterns import Matcher
    from ..scanner.coverage import Coverage
    from ..scanner.finding import Finding
    from ..scanner.reports.document import Document
    from ..scanner.review import Reviewed, Terms

Command = Callable[..., Any]


def matching(command: Command) -> Command:
    """--engine: which matcher engine to use."""
    return click.option(
        "--engine",
        type=click.Choice(["hyperscan", "keywords"]),
        default=None,
        help="Matcher engine; by default the fastest that is installed. Both give the same matches.",
    )(command)


def configured(command: Command) -> Command:
    """--config: the file of settings."""
    return click.option(
        "--config",
        metavar="FILE",
        help="Settings, instead of .scrubjay.toml and the baseline of the repository; SCRUBJAY_CONFIG does the same.",
    )(command)


def reporting(command: Command) -> Command:
    """--format, --output, --quiet, and what decides which findings count."""
    for option in (
        click.option("-q", "--quiet", is_flag=True, help="No summary on standard error."),
        click.option(
            "--markers",
            multiple=True,
            type=click.Choice(["betterleaks", "detect-secrets", "gitleaks", "kingfisher", "trufflehog"]),
            help="Obey this other tool's inline markers too; may be repeated.",
        ),
        click.option("--forbid-inline", is_flag=True, help="No marker in a line suppresses a finding."),
        click.option("--no-baseline", is_flag=True, help="Known findings count too."),
        click.option("--baseline", metavar="FILE", help="Known findings; by default .scrubjay-baseline."),
        configured,
        click.option(
            "--min-confidence",
            type=click.Choice(["low", "medium", "high"]),
            default=None,
            help="Leave out findings below this confidence; the summary counts them. Without settings: medium.",
        ),
        click.option("-o", "--output", metavar="FILE", help="Write the report to FILE instead of standard output."),
        click.option(
            "-f",
            "--format",
            "form",
            type=click.Choice(list(FORMATS)),
            default="text",
            show_default=True,
            help="Report format.",
        ),
    ):
        command = option(command)
    return command


class Run(NamedTuple):
    """What a scanning command works with."""

    terms: Terms
    matcher: Matcher
    coverage: Coverage
    form: str = "text"
    output: str | None = None
    quiet: bool = False


def start(
    root: str,
    engine: str | None = None,
    *,
    form: str = "text",
    output: str | None = None,
    quiet: bool = False,
    min_confidence: str | None = None,
    config: str | None = None,
    baseline: str | None = None,
    no_baseline: bool = False,
    forbid_inline: bool = False,
    markers: Sequence[str] = (),
) -> Run:
    """Read settings and baseline for a scan of a folder, and make the matcher that they ask for."""
    import os

    from ..scanner.coverage import Coverage
    from ..scanner.customrules import matcher
    from ..scanner.review import terms

    if baseline and no_baseline:
        raise ScrubjayError("--baseline and --no-baseline exclude each other")
    by = terms(
        root, config=config, baseline=baseline, no_baseline=no_baseline, confidence=min_confidence,
        forbid_inline=forbid_inline, markers=markers,
    )  # fmt: skip
    coverage = Coverage()
    coverage.snippets = True
    if by.baseline is not None:
        coverage.values = {}
    return Run(by, matcher(by.settings, engine or os.environ.get("SCRUBJAY_ENGINE", "")), coverage, form, output, quiet)


def finish(run: Run, findings: Sequence[Finding], *, whole: bool = False) -> int:
    """Write the report and the summary; return the exit code. `whole`: all that the baseline is about was examined."""
    from ..scanner import reports
    from ..scanner.reports import document
    from ..scanner.review import remembered, review

    reviewed = review(findings, run.terms, remembered(run.coverage.values))
    made = document.build(
        [*reviewed.findings, *reviewed.suppressed], run.coverage, run.matcher, ids=reviewed.ids,
        repository=repository(run), hidden=reviewed.hidden, left_out=reviewed.left_out,
    )  # fmt: skip
    with opened(run.output) as out:
        reports.write(made, run.form, out)
    return conclude(run, reviewed, whole=whole)


def conclude(run: Run, reviewed: Reviewed, *, whole: bool = False) -> int:
    """Say the summary and return the exit code."""
    from ..scanner.reports import ending

    if not run.quiet or run.coverage.incomplete:
        text = ending.summary(
            reviewed.findings, reviewed.hidden, run.coverage, len(reviewed.suppressed), reviewed.left_out
        )
        if whole and reviewed.unmet and not run.coverage.incomplete:
            count = len(reviewed.unmet)
            text += (
                f"scrubjay: {count} {'entry' if count == 1 else 'entries'} of the baseline matched nothing here; "
                "`scrubjay baseline prune` removes those that nothing in the repository matches\n"
            )
        click.echo(text, err=True, nl=False)
    return ending.exit_code(reviewed.findings, run.coverage)


def repository(run: Run) -> str:
    """The name of what is scanned, safe to show."""
    import os

    from ..scanner.finding import shown

    return shown(run.matcher, os.path.basename(run.terms.base))


def written(document: Document, form: str, output: str | None) -> None:
    """Write a document to a file or standard output."""
    from ..scanner import reports

    with opened(output) as out:
        reports.write(document, form, out)


@contextmanager
def opened(output: str | None) -> Iterator[TextIO]:
    """The file for a report, or standard output."""
    import sys

    if output is None:
        yield sys.stdout
        return
    try:
        file = open(output, "w", encoding="utf-8", newline="")
    except OSError as error:
        raise ScrubjayError(f"can't write {output}: {error.strerror}") from None
    with file:
        yield file


def make_matcher(engine_name: str | None, riders: Sequence[Any] = ()) -> Matcher:
    """Return the matcher with the shipped rules, and riders; SCRUBJAY_ENGINE counts where no option is given."""
    import os

    from ..patterns import Matcher

    return Matcher.default(engine=engine_name or os.environ.get("SCRUBJAY_ENGINE", ""), riders=riders)
