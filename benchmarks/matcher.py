"""Speed of the matcher on one core, with all rules, on code and on logs: `python benchmarks/matcher.py`."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from functools import cache
from time import perf_counter, process_time
from typing import Any, NamedTuple

import corpus
import harness
from scrubjay.patterns import Matcher, Rule, ScrubjayError
from scrubjay.patterns.load import plan

PIECE = 1 << 20
ENGINES = ("hyperscan", "keywords")
# The providers that most repositories use, and the generic rules: what a smaller rule set would cost.
MOST_USED = (
    "anthropic", "aws", "azure", "docker", "gcp", "generic", "github", "gitlab", "google", "jwe", "jwt", "npm",
    "openai", "private-key", "pypi", "slack", "stripe",
)  # fmt: skip
# The second engine is many times slower; this much of a corpus is enough to time it.
KEYWORDS_MB = 2


class Timing(NamedTuple):
    """Seconds over `size` bytes: of the processor in each run, and by the clock, of each piece the best of all runs.

    The latter is what the machine can do even while other work comes and goes.
    """

    what: str
    corpus: str
    size: int
    cpu: list[float]
    best: float
    found: int


def main() -> None:
    """Measure, print the tables, and keep the raw results if asked."""
    args = _arguments()
    corpora = {
        "code": corpus.code(args.megabytes, args.code),
        "logs": _content(args.logs, args.megabytes)
        if args.logs
        else corpus.logs(min(args.megabytes, 16), args.secrets_per_mb),
    }
    described = harness.machine(regex=harness.installed("regex"), pyahocorasick=harness.installed("pyahocorasick"))
    harness.introduce("matcher", described)
    matchers = {name: made for name in ENGINES if (made := _matcher(name))}
    timings: list[Timing] = []
    for name, data in corpora.items():
        if not data:
            raise SystemExit(f"there is nothing to read for {name}")
        for matcher in matchers.values():
            timings += _measured(matcher, name, data, args.runs)
        if "hyperscan" in matchers:
            timings.append(_literals(matchers["hyperscan"], name, data, args.runs))
        if "hyperscan" in matchers:
            timings += _measured(_most_used(), name, data, args.runs)
    rules = next(iter(matchers.values())).rules
    _print(timings)
    for name in ENGINES:
        if name not in matchers:
            print(f"  {name}: missing, not measured")
    costs = []
    if args.per_rule and "hyperscan" in matchers:
        chosen = [rule for rule in rules if rule.id.startswith(args.rules)]
        for name, data in corpora.items():
            costs += _per_rule(chosen, name, data[: int(args.rule_megabytes * corpus.MB)], args.per_rule)
    harness.keep(args.json, "matcher", described, {"timings": [t._asdict() for t in timings], "rules": costs})


def _arguments() -> argparse.Namespace:
    parser = harness.parser("Gigabytes a second of one core, with all rules.", runs=5)
    parser.add_argument("--code", default="", metavar="PATH", help="file or folder; default: Python's own library")
    parser.add_argument("--logs", metavar="PATH", help="file; default: 16 MB of generated logs")
    parser.add_argument("--megabytes", type=float, default=48, metavar="N", help="most to read of each (default 48)")
    parser.add_argument("--secrets-per-mb", type=int, default=0, metavar="N", help="plant made-up tokens in the logs")
    parser.add_argument("--per-rule", nargs="?", type=int, const=10, metavar="N", help="also show the N slowest rules")
    parser.add_argument("--rule-megabytes", type=float, default=8, metavar="N", help="text for each rule (default 8)")
    parser.add_argument("--rules", default="", metavar="PREFIX", help="with --per-rule: only those of such an id")
    args: argparse.Namespace = parser.parse_args()
    return args


def _content(path: str, megabytes: float) -> bytes:
    with open(path, "rb") as file:
        return file.read(int(megabytes * corpus.MB))


def _matcher(engine: str) -> Matcher | None:
    try:
        return Matcher.default(engine=engine)
    except ScrubjayError:
        return None


@cache
def _most_used() -> Matcher:
    return Matcher([rule for rule in Matcher.default().rules if rule.id.startswith(MOST_USED)], engine="hyperscan")


def _measured(matcher: Matcher, name: str, data: bytes, runs: int) -> list[Timing]:
    """Stage 1 alone and the whole `find`, in pieces as files and streams are read."""
    if matcher.engine == "keywords":
        data = data[: KEYWORDS_MB * corpus.MB]
    pieces = [data[low : low + PIECE] for low in range(0, len(data), PIECE)]
    stage_one = _stage_one(matcher)

    def candidates(piece: bytes) -> int:
        return sum(map(len, stage_one(piece)[0].values()))

    def find(piece: bytes) -> int:
        return len(matcher.find(piece))

    what = f"{matcher.engine}, {len(matcher.rules)} rules"
    return [
        _timed(f"{what}, stage 1 alone", name, pieces, candidates, runs),
        _timed(f"{what}, Matcher.find", name, pieces, find, runs),
    ]


@cache
def _stage_one(matcher: Matcher) -> Callable[[bytes], Any]:
    plans = [plan(rule) for rule in matcher.rules]
    if matcher.engine == "hyperscan":
        from scrubjay.patterns.hyperscan_engine import HyperscanEngine

        return HyperscanEngine(plans).candidates
    from scrubjay.patterns.keyword_engine import KeywordEngine

    return KeywordEngine(plans).candidates


def _literals(matcher: Matcher, name: str, data: bytes, runs: int) -> Timing:
    """The same library with nothing but the rules' keywords as literals: what the pattern part costs on top."""
    import hyperscan

    words = sorted({keyword.lower() for rule in matcher.rules for keyword in rule.keywords})
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    flags = hyperscan.HS_FLAG_CASELESS | hyperscan.HS_FLAG_SINGLEMATCH
    database.compile(
        expressions=[re.escape(word).encode() for word in words],
        ids=list(range(len(words))),
        elements=len(words),
        flags=[flags] * len(words),
    )

    def scan(piece: bytes) -> int:
        hits: list[int] = []
        database.scan(piece, match_event_handler=lambda index, *_: hits.append(index))
        return len(hits)

    pieces = [data[low : low + PIECE] for low in range(0, len(data), PIECE)]
    return _timed(f"for scale: {len(words)} keywords, first hit only", name, pieces, scan, runs)


def _timed(what: str, name: str, pieces: list[bytes], work: Callable[[bytes], int], runs: int) -> Timing:
    found = sum(map(work, pieces))
    cpu = []
    best = [float("inf")] * len(pieces)
    for _ in range(runs):
        begin_cpu = process_time()
        for number, piece in enumerate(pieces):
            begin = perf_counter()
            work(piece)
            best[number] = min(best[number], perf_counter() - begin)
        cpu.append(process_time() - begin_cpu)
    return Timing(what, name, sum(map(len, pieces)), cpu, sum(best), found)


def _print(timings: list[Timing]) -> None:
    for name in dict.fromkeys(timing.corpus for timing in timings):
        own = [timing for timing in timings if timing.corpus == name]
        base = next(t for t in own if t.what.endswith("Matcher.find"))
        rows = []
        for timing in own:
            measured = (timing.best, min(timing.cpu), harness.median(timing.cpu))
            speeds = [timing.size / seconds / 1e9 for seconds in measured]
            ratio = (timing.size / timing.best) / (base.size / base.best)
            rows.append(
                [
                    timing.what,
                    f"{timing.size / 1e6:.1f}",
                    *(f"{s:.3f}" for s in speeds),
                    f"{ratio:.2f}",
                    str(timing.found),
                ]
            )
        harness.show(
            f"{name}, GB/s of one core, in pieces of 1 MiB",
            ["", "MB", "best", "cpu best", "cpu median", "ratio", "hits"],
            rows,
        )


def _per_rule(rules: list[Rule], name: str, data: bytes, count: int) -> list[dict[str, Any]]:
    from scrubjay.patterns.costs import cost

    costs = sorted((cost(rule, data) for rule in rules), key=lambda entry: entry.bytes_per_second)
    rows = [
        [c.rule, f"{c.bytes_per_second / 1e9:.2f}", f"{c.candidates_per_mb:.1f}", f"{c.matches_per_mb:.2f}"]
        for c in costs[:count]
    ]
    harness.show(f"slowest rules alone on {name}, stage 1", ["rule", "GB/s", "candidates/MB", "matches/MB"], rows)
    return [{"corpus": name, **c._asdict()} for c in costs]


if __name__ == "__main__":
    main()
