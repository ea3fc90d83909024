"""Trains the value model of the generic rules and writes patterns/value_model.py.

Letters are learnt from the words of Python's standard library, weights from labelled lines in CredData's layout
(`--data`: a folder with data/ and meta/*.csv) and, as text without secrets, from the standard library's source.

    python train_values.py --data CREDDATA [--out ../../patterns/value_model.py]
    python train_values.py --data CREDDATA --cross-validate findings.jsonl [--scan OTHER_BUILD]

The second form writes the findings of a scan in which each repository is judged by a model that never saw it; score
them with `score.py --findings`. Needs numpy and scikit-learn.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import os
import random
import re
import sys
import sysconfig
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy
from scrubjay.patterns import Matcher, value_model
from scrubjay.patterns.value_features import GROUPS, features, group
from scrubjay.patterns.value_forms import is_text, is_weak, not_a_value
from scrubjay.scanner.coverage import Coverage
from scrubjay.scanner.finding import Finding, Fragment, find_in
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

HERE = Path(__file__).resolve().parent
MODEL = HERE.parents[1] / "patterns" / "value_model.py"
WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
MODELLED = ("password", "token", "key")
SIZE = 27
WORDS = (
    "summer winter dragon monkey football london orange silver hunter master purple tiger coffee garden shadow marina "
    "copper falcon station welcome"
).split()
# A repository counts as this many lines at most, so that none decides alone.
REPOSITORY = 60
# Weight of what nobody labelled, of the standard library's lines, and of passwords made up as people make them.
UNLABELLED, LIBRARY, MADE_UP = 0.5, 0.5, 0.3


class Candidate(NamedTuple):
    """One place where a generic rule's pattern fits; `label` is T, F, U (no label) or N (not to be used)."""

    repository: str
    path: str
    line: int
    kind: str
    context: bytes
    value: bytes
    after: bytes
    label: str


def library() -> Iterator[Path]:
    """Yield the source files of the standard library."""
    root = Path(sysconfig.get_paths()["stdlib"])
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if name != "site-packages")
        yield from (Path(folder, name) for name in sorted(files) if name.endswith((".py", ".txt")))


def letters() -> bytes:
    """Return the letter table: for each three letters, how much likelier the third is in a word than by chance.

    In half bits, from -8 to 8, plus 16; the 27th letter is the beginning or end of a word.
    """
    words: Counter[str] = Counter()
    for path in library():
        text = path.read_text(encoding="utf-8", errors="replace")
        for name in re.findall(r"(?<![A-Za-z0-9+/=\\])[A-Za-z_]{2,40}(?![A-Za-z0-9+/=])", text):
            words.update(word.lower() for word in WORD.findall(name) if 2 <= len(word) <= 20)
    counts = numpy.zeros((SIZE, SIZE, SIZE))
    for word, times in words.items():
        if times > 1:
            codes = [26, 26, *(ord(letter) - 97 for letter in word), 26]
            for three in zip(codes, codes[1:], codes[2:], strict=False):
                counts[three] += 1 + math.log(times)
    pairs = counts.sum(axis=0)
    singles = pairs.sum(axis=0)
    single = (singles + 1) / (singles.sum() + SIZE)
    pair = (pairs + 20 * single) / (pairs.sum(axis=1, keepdims=True) + 20)
    triple = (counts + 8 * pair) / (counts.sum(axis=2, keepdims=True) + 8)
    return bytes(numpy.clip(numpy.round(numpy.log2(triple * 26) * 2 + 16), 0, 32).astype(numpy.uint8).tobytes())


class Labels:
    """The labels of a meta folder in CredData's layout."""

    def __init__(self, data: Path) -> None:
        self.lines: dict[tuple[str, int], str] = {}
        self.values: dict[tuple[str, int], list[tuple[int, int]]] = defaultdict(list)
        self.repositories = set()
        for file in sorted((data / "meta").glob("*.csv")):
            self.repositories.add(file.stem)
            with open(file, newline="") as rows:
                for row in csv.DictReader(rows):
                    self._add(row)

    def _add(self, row: dict[str, str]) -> None:
        true = row["GroundTruth"] == "T"
        first, last = int(row["LineStart"]), int(row["LineEnd"])
        for line in range(first, last + 1):
            if true or (row["FilePath"], line) not in self.lines:
                self.lines[row["FilePath"], line] = "T" if true else "F"
        if true and first == last and row["ValueStart"]:
            self.values[row["FilePath"], first].append((int(row["ValueStart"]), int(row["ValueEnd"] or 0)))

    def of(self, path: str, line: int, start: int, end: int) -> str:
        """Return the label of the characters from `start` to `end` of a line."""
        label = self.lines.get((path, line), "U")
        values = self.values.get((path, line))
        if label == "T" and values and not any(low < end and start <= max(high - 1, low) for low, high in values):
            return "N"
        return label


def candidates(matcher: Matcher, text: bytes) -> Iterator[tuple[int, int, str, bytes, bytes, bytes]]:
    """Yield line, column, kind, context, value and what follows it, of every place that the model has to judge."""
    starts = [0, *(match.end() for match in re.finditer(b"\n", text))]
    for span in matcher.explain(text):
        value = text[span.start : span.end]
        if span.plan.value in MODELLED and not not_a_value(value) and is_text(value) and not is_weak(value):
            line = bisect_right(starts, span.start)
            column = len(text[starts[line - 1] : span.start].decode("utf-8", "replace"))
            yield line, column, span.plan.value, text[span.begin : span.start], value, text[span.end : span.finish]


def read(matcher: Matcher, data: Path, labels: Labels) -> Iterator[Candidate]:
    """Yield the candidates of the labelled repositories."""
    for path in sorted((data / "data").rglob("*")):
        if not path.is_file() or path.relative_to(data).parts[1] not in labels.repositories:
            continue
        name = path.relative_to(data).as_posix()
        for line, column, kind, context, value, after in candidates(matcher, path.read_bytes()):
            label = labels.of(name, line, column, column + len(value))
            yield Candidate(name.split("/")[1], name, line, kind, context, value, after, label)


def read_library(matcher: Matcher) -> Iterator[Candidate]:
    """Yield the candidates of the standard library, which holds no secrets."""
    for path in library():
        if "cert" not in path.name and "ssl" not in path.name:
            for line, _, kind, context, value, after in candidates(matcher, path.read_bytes()):
                yield Candidate("library", str(path), line, kind, context, value, after, "L")


def made_up(found: list[Candidate]) -> Iterator[Candidate]:
    """Yield password candidates whose value is made as people make passwords: words, digits, marks, changed letters."""
    chance = random.Random(1)
    for candidate in found:
        if candidate.label == "T" and candidate.kind == "password":
            word = chance.choice(WORDS)
            digits = str(chance.randrange(10, 10 ** chance.choice((2, 3, 4))))
            mark = chance.choice("!@#$%&*?.-_")
            leet = word.translate(str.maketrans("aeios", "43105"))
            value = chance.choice(
                (word.title() + digits + mark, word.title() + mark + digits, leet.title() + mark, word + mark + digits)
            )
            yield candidate._replace(value=value.encode(), label="M")


class Model(NamedTuple):
    """A trained model: the letter table and the weights by group and feature."""

    letters: bytes
    weights: dict[str, dict[str, float]]


def train(found: list[Candidate], seen: list[dict[str, float]], table: bytes) -> Model:
    """Fit one logistic regression whose features exist once for all groups and once for each group."""
    sizes = Counter(candidate.repository for candidate in found)
    factor = {"T": 1.0, "F": 1.0, "U": UNLABELLED, "L": LIBRARY, "M": MADE_UP, "N": 0.0}
    weights = [
        factor[candidate.label] * (1 if candidate.label in "LM" else min(1, REPOSITORY / sizes[candidate.repository]))
        for candidate in found
    ]
    crossed = []
    for candidate, plain in zip(found, seen, strict=True):
        name = group(candidate.kind, candidate.context)
        crossed.append({**plain, **{f"{name}:{feature}": number for feature, number in plain.items()}})
    vectorizer = DictVectorizer(sparse=False)
    regression = LogisticRegression(C=0.5, max_iter=3000, fit_intercept=False)
    regression.fit(vectorizer.fit_transform(crossed), [c.label in "TM" for c in found], sample_weight=weights)
    fitted = dict(zip(vectorizer.get_feature_names_out(), regression.coef_[0], strict=True))
    plain_names = [name for name in fitted if ":" not in name]
    return Model(
        table,
        {
            name: {feature: fitted[feature] + fitted.get(f"{name}:{feature}", 0.0) for feature in plain_names}
            for name in GROUPS
        },
    )


def write(model: Model, path: Path) -> None:
    """Write the model as a module of literals."""
    assert max(model.letters) < 26
    text = "".join(chr(ord("a") + number) for number in model.letters)
    lines = [
        '"""The value model\'s numbers. Written by benchmarks/accuracy/train_values.py: don\'t edit by hand."""',
        "",
        "# fmt: off",
        "from __future__ import annotations",
        "",
        "# A number from 0 to 25 each, as a letter.",
        "_NUMBERS = bytes(max(letter - 97, 0) for letter in range(256))",
        "LETTERS = (",
        *(f'    b"{text[at : at + 100]}"' for at in range(0, len(text), 100)),
        ").translate(_NUMBERS)",
        "WEIGHTS: dict[str, dict[str, float]] = {",
    ]
    for name, weights in model.weights.items():
        lines.append(f'    "{name}": {{')
        line = "       "
        for feature, weight in sorted(weights.items()):
            entry = f' "{feature}": {weight:.3f},'
            if len(line) + len(entry) > 118:
                lines.append(line)
                line = "       "
            line += entry
        lines += [line, "    },"]
    path.write_text("\n".join([*lines, "}", ""]), encoding="utf-8")


def cross_validated(
    data: Path, labels: Labels, found: list[Candidate], seen: list[dict[str, float]], table: bytes, folds: int
) -> Iterator[Finding]:
    """Yield what a scan finds, each repository with a model that was trained without it."""
    own = [index for index, candidate in enumerate(found) if candidate.label not in "LM"]
    always = [index for index, candidate in enumerate(found) if candidate.label in "LM"]
    names = [found[index].repository for index in own]
    scanned: set[str] = set()
    for train_at, test_at in GroupKFold(folds).split(own, groups=names):
        left_out = {names[at] for at in test_at}
        used = [own[at] for at in train_at]
        used += [index for index in always if found[index].repository not in left_out]
        model = train([found[index] for index in used], [seen[index] for index in used], table)
        yield from scan(model, data, left_out)
        scanned |= left_out
    # No model has seen a repository without candidates.
    yield from scan(model, data, labels.repositories - scanned)


def scan(model: Model, data: Path, repositories: set[str]) -> Iterator[Finding]:
    """Yield the findings in some repositories with another model in the place of the shipped one."""
    value_model.WEIGHTS = model.weights
    matcher = Matcher.default()
    for repository in sorted(repositories):
        for path in sorted((data / "data" / repository).rglob("*")):
            if path.is_file():
                name = path.relative_to(data).as_posix()
                yield from find_in(matcher, Fragment(path.read_bytes(), name), Coverage(), b"no matter")


def main() -> int:
    """Train and write the model, or cross-validate it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=MODEL)
    parser.add_argument("--cross-validate", type=Path, metavar="FINDINGS")
    parser.add_argument(
        "--scan", type=Path, metavar="CREDDATA", help="cross-validate on another build of the same repositories"
    )
    parser.add_argument("--folds", type=int, default=10)
    options = parser.parse_args()
    labels = Labels(options.data)
    matcher = Matcher.default()
    table = letters()
    found = list(read(matcher, options.data, labels))
    found += [*read_library(matcher), *made_up(found)]
    seen = [features(candidate.value, candidate.context, table) for candidate in found]
    print(f"{len(found)} candidates: {dict(Counter(candidate.label for candidate in found))}", file=sys.stderr)
    if not options.cross_validate:
        write(train(found, seen, table), options.out)
        return 0
    with open(options.cross_validate, "w", encoding="utf-8") as out:
        scanned = options.scan or options.data
        for finding in cross_validated(scanned, labels, found, seen, table, options.folds):
            keys = ("path", "line", "end_line", "rule", "confidence", "paired")
            row = {key: getattr(finding, key) for key in keys}
            row["paired"] = [{"rule": rule, "line": line} for rule, line, _, _ in finding.paired]
            out.write(json.dumps(row) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
