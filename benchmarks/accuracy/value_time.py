"""Times the judgement of a value, on what real files hold: `python benchmarks/accuracy/value_time.py FOLDER`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from time import process_time

from scrubjay.patterns import Matcher
from scrubjay.patterns.value_features import _of_name, word_score
from scrubjay.patterns.values import judge

sys.path.insert(1, str(Path(__file__).resolve().parents[1]))
import harness  # noqa: E402

LARGEST = 2 << 20
ROUNDS = 5

Case = tuple[str, bytes, bytes, bytes]


def cases(folder: Path) -> list[Case]:
    """Return what the generic rules have to judge in the files of a folder, each case once."""
    matcher = Matcher.default()
    found: dict[Case, None] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink() and path.stat().st_size <= LARGEST:
            text = path.read_bytes()
            for span in matcher.explain(text):
                if kind := span.plan.value:
                    value = text[span.start : span.end]
                    found[kind, value, text[span.begin : span.start], text[span.end : span.finish]] = None
    return list(found)


def once(found: list[Case]) -> float:
    """Return the processor's microseconds for each case, with nothing remembered."""
    word_score.cache_clear()
    _of_name.cache_clear()
    begin = process_time()
    for case in found:
        judge(*case)
    return (process_time() - begin) / len(found) * 1e6


def main() -> None:
    """Collect, time and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--json", metavar="FILE", help="write the figures to FILE")
    args = parser.parse_args()
    described = harness.machine()
    harness.introduce("value model", described)
    found = cases(args.folder)
    if not found:
        raise SystemExit("no generic rule has a candidate in this folder")
    times = sorted(once(found) for _ in range(ROUNDS))
    middle, spread = times[ROUNDS // 2], f"{times[0]:.1f} to {times[-1]:.1f}"
    print(f"  {len(found)} candidates, {middle:.1f} µs each (median of {ROUNDS} rounds; {spread})")
    harness.keep(args.json, "value model", described, {"candidates": len(found), "microseconds": times})


if __name__ == "__main__":
    main()
