"""Findings in trees of well-kept code, where nearly all are false, tool by tool, with the verdicts of a reader.

python benchmarks/accuracy/false_alarms.py FOLDER --verdicts FILE    # count; FOLDER holds the trees
python benchmarks/accuracy/false_alarms.py FOLDER --verdicts FILE --write    # add what has to be looked at
"""

from __future__ import annotations

import argparse
import csv
import os
import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import tools
from labels import Found
from tools import OURS, Result, harness

HERE = Path(__file__).resolve().parent
# The place of a password, token or key: a value that could be one, a value that shows to be none; no such place.
FIXTURE, DUMMY, OTHER = "fixture", "dummy", "other"
COLUMNS = ("tool", "path", "line", "rule", "confidence", "verdict", "note")
SEED = 1


class Place(NamedTuple):
    """A line that a tool reports."""

    path: str
    line: int


def main() -> None:
    """Run the tools, count their findings and the verdicts, and write what has none yet if asked."""
    args = _arguments()
    root = os.path.realpath(args.folder)
    results, missing = tools.results(args, root, root)
    described = harness.machine(**{result.name: result.version for result in results if result.version})
    harness.introduce("false alarms", described)
    files = sum(len(names) for folder, _, names in os.walk(root) if f"{os.sep}.git{os.sep}" not in folder + os.sep)
    trees = sorted(entry.name for entry in os.scandir(root) if entry.is_dir())
    print(f"  trees        {len(trees)}: {', '.join(trees)}; {files} files")
    verdicts = _read(args.verdicts)
    if args.write:
        _write(args.verdicts, results, verdicts, args.sample)
    counted = {result.name: _counted(result, verdicts) for result in results}
    _print(counted, files)
    for line in missing:
        print(f"  {line}")
    harness.keep(args.json, "false alarms", described, {"files": files, "tools": counted, "missing": missing})


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", metavar="FOLDER", help="holds the trees, one folder each")
    tools.add_options(parser)
    parser.add_argument(
        "--verdicts", metavar="FILE", default=str(HERE / "false-alarms.csv"), help="CSV: " + ",".join(COLUMNS)
    )
    parser.add_argument("--write", action="store_true", help="add the findings that have to be looked at to the CSV")
    parser.add_argument("--sample", type=int, default=150, metavar="N", help="of another tool, look at so many (150)")
    parser.add_argument("--json", metavar="FILE", help="write the figures to FILE")
    args: argparse.Namespace = parser.parse_args()
    return args


def _read(path: str) -> dict[tuple[str, Place], str]:
    """The verdict on each line, by tool."""
    if not os.path.exists(path):
        return {}
    with open(path, newline="", encoding="utf-8") as file:
        return {(row["tool"], Place(row["path"], int(row["line"]))): row["verdict"] for row in csv.DictReader(file)}


def _places(result: Result) -> dict[Place, Found]:
    """What a tool reports, each line once."""
    found: dict[Place, Found] = {}
    for one in result.shown:
        found.setdefault(Place(one.path, one.line), one)
    return found


def _write(path: str, results: Sequence[Result], verdicts: dict[tuple[str, Place], str], sample: int) -> None:
    new = not os.path.exists(path)
    with open(path, "a", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, lineterminator="\n")
        if new:
            rows.writerow(COLUMNS)
        for result in results:
            places = _places(result)
            chosen = sorted(places)
            if result.name != OURS and len(chosen) > sample:
                chosen = sorted(random.Random(SEED).sample(chosen, sample))
            for place in chosen:
                if (result.name, place) not in verdicts:
                    found = places[place]
                    rows.writerow([result.name, place.path, place.line, found.rule, found.confidence, "", ""])


def _counted(result: Result, verdicts: dict[tuple[str, Place], str]) -> dict[str, float]:
    """Lines reported, looked at, by verdict, and how many of all are false if the others are like these."""
    places = _places(result)
    told = Counter(verdicts.get((result.name, place), "") for place in places)
    seen = sum(told[verdict] for verdict in (FIXTURE, DUMMY, OTHER))
    false = told[DUMMY] + told[OTHER]
    return {
        "findings": len(places),
        "looked_at": seen,
        FIXTURE: told[FIXTURE],
        DUMMY: told[DUMMY],
        OTHER: told[OTHER],
        "false": round(false * len(places) / seen, 1) if seen else 0.0,
    }


def _print(counted: dict[str, dict[str, float]], files: int) -> None:
    columns = ["", "findings", "looked at", FIXTURE, DUMMY, OTHER, "false alarms", "files to one"]
    rows = [
        [
            name,
            *(f"{row[key]:.0f}" for key in ("findings", "looked_at", FIXTURE, DUMMY, OTHER, "false")),
            f"{files / row['false']:.0f}" if row["false"] else "-",
        ]
        for name, row in counted.items()
    ]
    harness.show("findings at default settings, lines", columns, rows)


if __name__ == "__main__":
    main()
