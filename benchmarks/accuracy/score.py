"""Precision and recall on labelled lines, tool by tool: `python benchmarks/accuracy/score.py --creddata BUILD`."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from typing import Any

import tools
from labels import Labels, Score, read_creddata, read_csv
from tools import Result, harness

LEVELS = ("high", "medium", "low")


def main() -> None:
    """Run the tools, score their findings, print the tables, and keep the figures if asked."""
    args = _arguments()
    labels, root, target = _labelled(args)
    results, missing = tools.results(args, root, target)
    described = harness.machine(**{result.name: result.version for result in results if result.version})
    harness.introduce("accuracy", described)
    told = ", ".join(f"{labels.rows[name]} {name}" for name in "TFX")
    print(f"  labels       {told}; {len(labels.positive)} secrets, {len(labels.core)} of them core")
    scores = {result.name: labels.score(result.shown) for result in results}
    _print_totals(results, scores)
    levels = {result.name: _levels(labels, result) for result in results}
    _print_levels(levels)
    _print_categories(labels, scores, args.min_category)
    for line in missing:
        print(f"  {line}")
    harness.keep(args.json, "accuracy", described, _raw(labels, results, scores, levels, missing))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Precision and recall on labelled lines, ours and other tools'.")
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--creddata", metavar="DIR", help="a CredData build: the folder that holds meta/ and data/")
    source.add_argument("--labels", metavar="FILE", help="a CSV: path,line,end_line,label,category")
    parser.add_argument("--root", metavar="DIR", help="the files that --labels names; default: the folder of the CSV")
    tools.add_options(parser)
    parser.add_argument("--min-category", type=int, default=20, metavar="N", help="leave out smaller categories (20)")
    parser.add_argument("--json", metavar="FILE", help="write the figures to FILE")
    args: argparse.Namespace = parser.parse_args()
    return args


def _labelled(args: argparse.Namespace) -> tuple[Labels, str, str]:
    """The labels, the folder that their paths start from, and the folder to scan."""
    try:
        if args.creddata:
            root = os.path.realpath(args.creddata)
            labels, target = read_creddata(root), os.path.join(root, "data")
        else:
            target = root = os.path.realpath(args.root or os.path.dirname(os.path.abspath(args.labels)))
            labels = read_csv(args.labels)
    except (OSError, ValueError, KeyError) as error:
        raise SystemExit(f"the labels can't be read: {error}") from None
    if not labels.positive:
        raise SystemExit("there is no label T: give a CredData build with meta/*.csv, or a CSV with labels")
    return labels, root, target


def _levels(labels: Labels, result: Result) -> dict[str, tuple[int, Score]]:
    """Findings and score of each confidence level by itself; nothing for a tool that tells no level."""
    levels = {level: [found for found in result.findings if found.confidence == level] for level in LEVELS}
    return {level: (len(found), labels.score(found)) for level, found in levels.items() if found}


def _print_totals(results: Sequence[Result], scores: dict[str, Score]) -> None:
    columns = ["", "TP", "FP", "FN", "precision", "recall", "F1", "unlabelled", "P strict", "F1 strict", "seconds"]
    for title in ("core", "all"):
        rows = []
        for result in results:
            score = scores[result.name]
            own = score.core if title == "core" else score.all
            rows.append([
                result.name, str(own.tp), str(own.fp), str(own.fn), f"{own.precision:.3f}", f"{own.recall:.3f}",
                f"{own.f1:.3f}", str(own.unlabelled), f"{own.strict_precision:.3f}", f"{own.strict_f1:.3f}",
                f"{result.seconds:.1f}" if result.seconds else "-",
            ])  # fmt: skip
        harness.show(f"{title}, default settings", columns, rows)


def _print_levels(levels: dict[str, dict[str, tuple[int, Score]]]) -> None:
    for name, each in levels.items():
        rows = [
            [level, str(number), str(score.all.tp), str(score.all.fp), str(score.all.unlabelled),
             f"{score.all.precision:.3f}", f"{score.all.strict_precision:.3f}"]
            for level, (number, score) in each.items()
        ]  # fmt: skip
        if rows:
            columns = ["", "findings", "TP", "FP", "unlabelled", "precision", "P strict"]
            harness.show(f"{name}: each confidence level by itself, all labels", columns, rows)


def _print_categories(labels: Labels, scores: dict[str, Score], smallest: int) -> None:
    rows = []
    for name, (positive, negative) in labels.sizes().items():
        if positive >= smallest:
            counts = [score.categories.get(name, (0, 0)) for score in scores.values()]
            cells = [f"{right / positive:.2f} / {wrong}" for right, wrong in counts]
            rows.append([name, str(positive), str(negative), *cells])
    harness.show("by category: recall / false positives", ["", "secrets", "others", *scores], rows)


def _raw(
    labels: Labels,
    results: Sequence[Result],
    scores: dict[str, Score],
    levels: dict[str, dict[str, tuple[int, Score]]],
    missing: Sequence[str],
) -> dict[str, Any]:
    def figures(score: Score) -> dict[str, Any]:
        pairs = (("all", score.all), ("core", score.core))
        return {
            name: own._asdict()
            | {
                key: round(getattr(own, key), 4)
                for key in ("precision", "recall", "f1", "strict_precision", "strict_f1")
            }
            for name, own in pairs
        }

    figured = {
        result.name: figures(scores[result.name])
        | {
            "categories": scores[result.name].categories,
            "seconds": round(result.seconds, 2),
            "findings": len(result.shown),
        }
        for result in results
    }
    return {
        "rows": dict(labels.rows),
        "secrets": len(labels.positive),
        "core": len(labels.core),
        "categories": labels.sizes(),
        "tools": figured,
        "levels": {
            name: {level: {"findings": number} | figures(score) for level, (number, score) in each.items()}
            for name, each in levels.items()
            if each
        },
        "missing": list(missing),
    }


if __name__ == "__main__":
    main()
