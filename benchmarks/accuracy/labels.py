"""Labelled lines and the score of findings on them. docs/accuracy.md says what is counted, and why."""

from __future__ import annotations

import csv
import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

# Categories of CredData that name things which no attacker gains from: identifiers, addresses, nonces.
NOT_SECRET = frozenset(
    ["UUID", "AWS S3 Bucket", "Firebase Domain", "Tencent WeChat API App ID", "Nonce", "Salt", "Info", "Other"]
)
COLUMNS = ("path", "line", "end_line", "label", "category")
LEGAL_TEXTS = ("LICEN", "COPYING")
# Lines of a finding that are searched for a label.
LONGEST_FINDING = 5000


class Span(NamedTuple):
    """Labelled lines of a file, first and last counted from 1."""

    path: str
    line: int
    end_line: int


class Label(NamedTuple):
    """What somebody says of a span: T is a secret, F is none, X is a template or unclear."""

    span: Span
    label: str
    categories: tuple[str, ...]


class Found(NamedTuple):
    """What a tool reports: where, and how sure it is if it says so."""

    path: str
    line: int
    end_line: int = 0
    rule: str = ""
    confidence: str = ""


class Counts(NamedTuple):
    """True and false positives, what was missed, and places that carry no label."""

    tp: int
    fp: int
    fn: int
    unlabelled: int

    @property
    def precision(self) -> float:
        """Share of secrets among the labelled spans that were reported."""
        return ratio(self.tp, self.tp + self.fp)

    @property
    def strict_precision(self) -> float:
        """The same, with every report on an unlabelled line taken for a false one."""
        return ratio(self.tp, self.tp + self.fp + self.unlabelled)

    @property
    def recall(self) -> float:
        """Share of the secrets that was reported."""
        return ratio(self.tp, self.tp + self.fn)

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return ratio(2 * self.tp, 2 * self.tp + self.fp + self.fn)

    @property
    def strict_f1(self) -> float:
        """Harmonic mean of strict precision and recall."""
        return ratio(2 * self.tp, 2 * self.tp + self.fp + self.fn + self.unlabelled)


class Score(NamedTuple):
    """Counts over all positives and over the core, and (true positives, false positives) by category."""

    all: Counts
    core: Counts
    categories: Mapping[str, tuple[int, int]]


def ratio(part: int, whole: int) -> float:
    """Return part / whole, 0 when there is nothing."""
    return part / whole if whole else 0.0


class Labels:
    """A labelled set: rows with the same span are one, and it is positive when any of them says T."""

    def __init__(self, labels: Iterable[Label], folders: int = 0) -> None:
        """Take the labels; `folders` leading parts of a path name the project, and findings in others don't count."""
        self._folders = folders
        self._true: dict[Span, set[str]] = defaultdict(set)
        self._false: dict[Span, set[str]] = defaultdict(set)
        self.rows: Counter[str] = Counter()
        for span, label, categories in labels:
            self.rows[label] += 1
            (self._true if label == "T" else self._false)[span].update(categories)
        self.positive = set(self._true)
        self.negative = set(self._false) - self.positive
        self.core = {span for span in self.positive if self._true[span] - NOT_SECRET}
        self._projects = {self._project(span.path) for span in self.positive | self.negative}
        self._lines: dict[tuple[str, int], tuple[set[Span], set[Span]]] = {}
        for span in self.positive | self.negative:
            for line in range(span.line, span.end_line + 1):
                self._lines.setdefault((span.path, line), (set(), set()))[span in self.negative].add(span)

    def _project(self, path: str) -> tuple[str, ...]:
        return tuple(path.split("/")[: self._folders])

    def sizes(self) -> dict[str, tuple[int, int]]:
        """Positive and negative spans by category, the biggest first."""
        positive = Counter(name for span in self.positive for name in self._true[span])
        negative = Counter(name for span in self.negative for name in self._false[span])
        return {name: (count, negative[name]) for name, count in positive.most_common()}

    def score(self, findings: Iterable[Found]) -> Score:
        """Count findings: each span once, and each unlabelled line once."""
        hit: set[Span] = set()
        wrong: set[Span] = set()
        elsewhere: set[tuple[str, int]] = set()
        for found in findings:
            name = os.path.basename(found.path).upper()
            if self._project(found.path) not in self._projects or name.startswith(LEGAL_TEXTS):
                continue
            place = found.path, self._line(found)
            true, false = self._lines.get(place, ((), ()))
            hit.update(true)
            if not true:
                wrong.update(false)
            if not true and not false:
                elsewhere.add(place)

        def counts(positive: set[Span]) -> Counts:
            return Counts(len(hit & positive), len(wrong), len(positive - hit), len(elsewhere))

        right = Counter(name for span in hit for name in self._true[span])
        false_alarms = Counter(name for span in wrong for name in self._false[span])
        categories = {name: (right[name], false_alarms[name]) for name in right | false_alarms}
        return Score(counts(self.positive), counts(self.core), categories)

    def _line(self, found: Found) -> int:
        """The line that a finding counts at: its first, or the first with a label that it covers, secrets before."""
        if (found.path, found.line) in self._lines:
            return found.line
        last = min(found.end_line, found.line + LONGEST_FINDING)
        covered = [line for line in range(found.line, last + 1) if (found.path, line) in self._lines]
        secrets = [line for line in covered if self._lines[found.path, line][0]]
        return (secrets or covered or [found.line])[0]


def read_creddata(folder: str) -> Labels:
    """Read the labels of a CredData build, which holds meta/ and data/; raises OSError or KeyError for another."""
    labels = []
    for path in sorted(Path(folder, "meta").glob("*.csv")):
        for row in _rows(path):
            span = Span(row["FilePath"], int(row["LineStart"]), int(row["LineEnd"]))
            labels.append(Label(span, row["GroundTruth"], tuple(row["Category"].split(":"))))
    return Labels(labels, folders=2)


def read_csv(path: str) -> Labels:
    """Read a table with the columns path, line, end_line (may be empty), label (T, F or X) and category.

    Several categories are joined by colons. Raises ValueError for other columns or labels.
    """
    labels = []
    for number, row in enumerate(_rows(Path(path)), 2):
        if not set(COLUMNS) <= set(row):
            raise ValueError(f"{path}: the first line names the columns {','.join(COLUMNS)}")
        if row["label"] not in ("T", "F", "X"):
            raise ValueError(f"{path} line {number}: a label is T, F or X")
        first = int(row["line"])
        span = Span(os.path.normpath(row["path"]), first, int(row["end_line"] or first))
        labels.append(Label(span, row["label"], tuple(row["category"].split(":"))))
    return Labels(labels)


def _rows(path: Path) -> list[dict[str, str]]:
    csv.field_size_limit(1 << 30)
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
