"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

import click

from ..patterns.errors import ScrubjayError
from ..scanner.report import FORMATS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..patterns import Matcher
    from ..scanner.coverage import Coverage
    from ..scanner.finding import Finding

Command = Callable[..., Any]


def matching(command: Command) -> Command:
    """--engine: which matcher engine to use."""
    return click.option(
        "--engine",
        type=click.Choice(["hyperscan", "keywords"]),
        default=None,
        help="Matcher engine; by default the fastest that is installed. Both give the same matches.",
    )(command)


def reporting(command: Command) -> Command:
    """--format, --output, --min-confidence, --quiet."""
    for option in (
        click.option("-q", "--quiet", is_flag=True, help="No summary on standard error."),
        click.option(
            "--min-confidence",
            type=click.Choice(["low", "medium", "high"]),
            default="medium",
            show_default=True,
            help="Leave out findings below this confidence; the summary counts them.",
        ),
        click.option("-o", "--output", metavar="FILE", help="Write the report to FILE instead of standard output."),
        click.option(
            "-f",
            "--format",
            "form",
            type=click.Choice(FORMATS),
            default="text",
            show_default=True,
            help="Report format.",
        ),
    ):
        command = option(command)
    return command


def finish(
    findings: Sequence[Finding], coverage: Coverage, matcher: Matcher,
    *, form: str, output: str | None, min_confidence: str, quiet: bool,
) -> int:  # fmt: skip
    """Write the report and the summary; return the exit code."""
    from ..scanner import report

    kept = report.at_least(findings, min_confidence)
    with opened(output) as out:
        report.write(kept, coverage, form, out, matcher)
    if not quiet or coverage.incomplete:
        click.echo(report.summary(kept, len(findings) - len(kept), coverage), err=True, nl=False)
    return report.exit_code(kept, coverage)


@contextmanager
def opened(output: str | None) -> Iterator[TextIO]:
    """The file for a report, or standard output."""
    import sys

    if output is None:
        yield sys.stdout
        return
    try:
        file = open(output, "w", encoding="utf-8")
    except OSError as error:
        raise ScrubjayError(f"can't write {output}: {error.strerror}") from None
    with file:
        yield file


def make_matcher(engine_name: str | None, riders: Sequence[Any] = ()) -> Matcher:
    """Return the matcher with the shipped rules, and riders; SCRUBJAY_ENGINE counts where no option is given."""
    import os

    from ..patterns import Matcher

    return Matcher.default(engine=engine_name or os.environ.get("SCRUBJAY_ENGINE", ""), riders=riders)
