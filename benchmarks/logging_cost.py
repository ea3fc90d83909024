"""Microseconds that masking adds to a log record: the plug-in, beside plain logging, loggingredactor and logredactor.

Each way logs the same records through a handler of its own, in turn, round by round; times are those of the thread's
processor clock, so other work on the machine counts little. The other two get two expressions, the plug-in all rules;
`pip install loggingredactor logredactor` brings them into the environment. Run it with a GIL-free Python for that.
"""

from __future__ import annotations

import io
import logging
import re
import shutil
import sys
import sysconfig
import threading
from collections.abc import Callable
from importlib import import_module
from time import perf_counter, thread_time

import corpus
import harness
from scrubjay.patterns import Matcher
from scrubjay.sanitizer import logging as plugin
from scrubjay.sanitizer.keynames import riders

BATCH = 500
THREADS = (1, 2, 8)
GIL_FREE = ("python3.13t", "python3.14t")
# About 150 bytes with date, level and name.
TEMPLATE = "order %s accepted for customer %s in region %s, 3 items, total 129.90, took 48 ms, ok"
FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"
EXPRESSIONS = [r"gh[pousr]_[A-Za-z0-9]{36}", r"(?<=password=)\S+"]


class Nowhere(io.StringIO):
    """A stream that forgets."""

    def write(self, text: str) -> int:
        """Take the text, and return its length."""
        return len(text)


class Upright(logging.Formatter):
    """A formatter with code of its own: it could cut a secret, so that the record is looked at before it and after."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the text in one line."""
        return super().format(record).replace("\n", " ")


class Keeper(logging.Handler):
    """A handler that takes the record and formats nothing."""

    def emit(self, record: logging.LogRecord) -> None:
        """Forget the record."""


def make_logger(handler: logging.Handler) -> logging.Logger:
    """Return a logger with this handler alone."""
    handler.setFormatter(logging.Formatter(FORMAT))
    logger = logging.Logger("shop.orders.checkout")
    logger.addHandler(handler)
    return logger


def filtered(package: str) -> logging.Logger | None:
    """A logger whose handler has the filter of another package; None if that is not installed."""
    try:
        kind = import_module(package).RedactingFilter
    except ImportError:
        return None
    logger = make_logger(logging.StreamHandler(Nowhere()))
    logger.handlers[0].addFilter(kind([re.compile(one) for one in EXPRESSIONS]))
    return logger


def batch(logger: logging.Logger, arguments: list[str]) -> float:
    """Microseconds a record for a batch of records, one for each argument."""
    begin = thread_time()
    for argument in arguments:
        logger.info(TEMPLATE, 183920, argument, "eu-central")
    return (thread_time() - begin) / len(arguments) * 1e6


def timed(logger: logging.Logger, arguments: list[str], matcher: Matcher | None) -> float:
    """A batch, with the plug-in installed if there is a matcher, after a short one to warm up."""
    if matcher:
        plugin.install(matcher)
    try:
        batch(logger, arguments[:50])
        return batch(logger, arguments)
    finally:
        plugin.uninstall()


def threaded(logger: logging.Logger, count: int, matcher: Matcher | None) -> float:
    """Records a second of `count` threads that log to one handler, by the clock on the wall."""
    if matcher:
        plugin.install(matcher)
    workers = [threading.Thread(target=batch, args=(logger, ["5521"] * 4 * BATCH)) for _ in range(count)]
    begin = perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    seconds = perf_counter() - begin
    plugin.uninstall()
    return count * 4 * BATCH / seconds


def gil() -> str:
    """Whether threads share one lock here, and if so, which interpreters are there in which they don't."""
    if sysconfig.get_config_var("Py_GIL_DISABLED"):
        return "on again, for a module that needs it" if getattr(sys, "_is_gil_enabled", bool)() else "off"
    free = [path for name in GIL_FREE if (path := shutil.which(name))]
    return f"on; GIL-free: {', '.join(free)}" if free else "on; no GIL-free build here"


def main() -> None:
    """Measure and print."""
    options = harness.parser(__doc__ or "", runs=60).parse_args()
    matcher = Matcher.default(riders=riders())
    clean = ["5521"] * BATCH
    # A new secret each time: the matcher remembers verdicts.
    secret = corpus.fake_tokens(BATCH)
    plain = make_logger(logging.StreamHandler(Nowhere()))
    keeper = make_logger(Keeper())
    own = make_logger(logging.StreamHandler(Nowhere()))
    own.handlers[0].setFormatter(plugin.Formatter(FORMAT, shield=plugin.Shield(matcher)))
    custom = make_logger(logging.StreamHandler(Nowhere()))
    custom.handlers[0].setFormatter(Upright(FORMAT))
    ways: dict[str, tuple[logging.Logger | None, Matcher | None, str]] = {
        "plain": (plain, None, "plain"),
        "scrubjay, installed": (plain, matcher, "plain"),
        "scrubjay, a formatter of the application's": (custom, matcher, "plain"),
        "scrubjay, its Formatter alone": (own, None, "plain"),
        "loggingredactor, 2 expressions": (filtered("loggingredactor"), None, "plain"),
        "logredactor, 2 expressions": (filtered("logredactor"), None, "plain"),
        "plain, a handler that takes records": (keeper, None, "keeper"),
        "scrubjay, a handler that takes records": (keeper, matcher, "keeper"),
    }
    base = {"plain": "plain", "keeper": "plain, a handler that takes records"}
    tasks: dict[str, Callable[[], float]] = {}
    for name, (logger, rules, _) in ways.items():
        for kind, arguments in (("clean", clean), ("secret", secret)):
            if logger:
                tasks[f"{name}|{kind}"] = lambda logger=logger, arguments=arguments, rules=rules: timed(
                    logger, arguments, rules
                )  # type: ignore[misc]
    threads = [name for name, (logger, _, group) in ways.items() if logger and group == "plain"]
    for name in threads:
        for count in THREADS:
            tasks[f"{name}|{count}"] = lambda name=name, count=count: threaded(ways[name][0], count, ways[name][1])  # type: ignore[misc]
    times = harness.interleaved(tasks, options.runs)
    described = harness.machine(
        loggingredactor=harness.installed("loggingredactor"), logredactor=harness.installed("logredactor"), GIL=gil()
    )
    harness.introduce("logging", described)
    for title, summary in (("median", harness.median), ("best", min)):
        rows = []
        for name, (logger, _, group) in ways.items():
            if not logger:
                rows.append([name, "not installed", "", "", ""])
                continue
            cells = [name]
            for kind in ("clean", "secret"):
                mine, plainly = times[f"{name}|{kind}"], times[f"{base[group]}|{kind}"]
                # Of the same round, so that other work on the machine has hit both.
                pairs = [one - other for one, other in zip(mine, plainly, strict=True)]
                added = harness.median(pairs) if title == "median" else min(mine) - min(plainly)
                cells += [f"{summary(mine):.1f}", "" if name == base[group] else f"+{added:.1f}"]
            rows.append(cells)
        show = ["", "clean", "added", "secret", "added"]
        harness.show(f"microseconds a record of about 150 bytes, {title} of {options.runs} batches", show, rows)
    harness.show(
        "records a second, clean, threads on one handler",
        ["", *map(str, THREADS)],
        [[name, *(f"{harness.median(times[f'{name}|{count}']):,.0f}" for count in THREADS)] for name in threads],
    )
    harness.keep(options.json, "logging", described, times)


if __name__ == "__main__":
    main()
