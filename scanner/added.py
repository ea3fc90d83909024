"""Which lines a change adds: git's own view of two blobs, and of a renamed file's source."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..patterns.errors import INCOMPLETE, ScrubjayError
from .decode import to_utf8, wide_encoding
from .overlaps import Overlaps

if TYPE_CHECKING:
    from .changes import Base, Change
    from .finding import Finding
    from .git import Git

# First and last line, both included; (n + 1, n) is a removal between two lines, which may join what is around it.
Ranges = list[tuple[int, int]]
_EVERYTHING: Ranges = [(1, 1 << 62)]
_HUNK = re.compile(rb"^@@ -\d+(?:,\d+)? \+(\d+)(?:,(\d+))? @@", re.MULTILINE)
# Attributes reach even bare blob ids (`* -diff`), as does diff.relative, diff.orderFile or diff.interHunkContext.
_DIFF = (
    "diff",
    "-U0",
    "--inter-hunk-context=0",
    "--text",
    "--no-ext-diff",
    "--no-textconv",
    "--no-color",
    "--no-relative",
    "--no-renames",
    "--diff-algorithm=histogram",
    # Another line ending, also a last line that gets one, makes no new text.
    "--ignore-space-at-eol",
    "--indent-heuristic",
    "--src-prefix=a/",
    "--dst-prefix=b/",
    f"-O{os.devnull}",
)
# git looks for the source of a rename among so many added times deleted files at most.
_RENAMES = ("-M", "-l2000", "--diff-filter=R", "--raw", "-r", "-z", "--no-abbrev")
# Text of this size or more is not compared in memory; it is the size of one chunk of a large object.
_LARGE = 1 << 23
# Above this product of lines, comparing decoded texts would take minutes.
_COMPARABLE = 4_000_000
# In UTF-16, what a byte matcher could find: no secret is shorter.
_READABLE = re.compile(rb"[!-~]{8}")


class Added:
    """Answers which findings are on added lines; remembers the renames of each commit that was asked about."""

    def __init__(self, git: Git) -> None:
        self._git = git
        self._renames: dict[tuple[str, str], dict[bytes, tuple[int, str]]] = {}

    def only(self, change: Change, findings: list[Finding]) -> Iterator[Finding]:
        """Yield the findings that touch a line which is added against every parent."""
        views = [
            Overlaps((first, last + 1) for first, last in sorted(self._lines(change, base))) for base in change.bases
        ]
        for finding in findings:
            if all(_touches(lines, finding) for lines in views):
                yield finding

    def _lines(self, change: Change, base: Base) -> Ranges:
        mode, blob = base.mode, base.blob
        if not mode:
            mode, blob = self._source(change, base.parent)
        if not mode or stat.S_IFMT(mode) != stat.S_IFMT(change.mode):
            return _EVERYTHING
        if blob == change.blob:
            return []
        return self._between_blobs(blob, change.blob)

    def _source(self, change: Change, parent: str) -> tuple[int, str]:
        key = (change.commit, parent)
        if key not in self._renames:
            if change.commit:
                listing = self._git.output("diff-tree", *_RENAMES, parent, change.commit, "--")
            else:
                listing = self._git.output("diff-index", "--cached", *_RENAMES, parent, "--")
            words = listing.split(b"\0")
            self._renames[key] = {
                path: (int(record[1:7], 8), record.split()[2].decode())
                for record, path in zip(words[0::3], words[2::3], strict=False)
            }
        return self._renames[key].get(change.path, (0, ""))

    def _between_blobs(self, old: str, new: str) -> Ranges:
        before, after = self._start_of(old), self._start_of(new)
        if max(len(before), len(after)) >= _LARGE:
            # A part of a text can't be compared with another; git alone decides, and UTF-16 of this size is all new.
            wide = wide_encoding(before) or wide_encoding(after)
            return _EVERYTHING if wide else self._by_git(old, new) or _EVERYTHING
        if not wide_encoding(before) and not wide_encoding(after):
            return self._by_git(old, new) or _compared(before, after)
        lines = _compared(to_utf8(before) or before, to_utf8(after) or after)
        if _READABLE.search(after):
            # Findings may come from the bytes as they are, which count lines otherwise.
            lines += self._by_git(old, new)
        return lines

    def _by_git(self, old: str, new: str) -> Ranges:
        return [_range(*hunk) for hunk in _HUNK.findall(self._git.output(*_DIFF, old, new))]

    def _start_of(self, name: str) -> bytes:
        objects = self._git.objects([name])
        blob = next(objects)
        if blob.kind != "blob":
            raise ScrubjayError(f"blob {name} is missing in the repository, so added lines are unknown", INCOMPLETE)
        start = blob.head()
        objects.close()
        return start


def _range(start: bytes, count: bytes) -> tuple[int, int]:
    """Lines of the new side of a hunk header; with a count of 0 git names the line before the removal."""
    if count == b"0":
        return int(start) + 1, int(start)
    return int(start), int(start) + int(count or 1) - 1


def _compared(old: bytes, new: bytes) -> Ranges:
    """Compare two texts by lines, for encodings that git sees as binary, and where git saw no difference."""
    from difflib import SequenceMatcher

    before, after = ([line.rstrip() for line in text.split(b"\n")] for text in (old, new))
    head = 0
    while head < min(len(before), len(after)) and before[head] == after[head]:
        head += 1
    tail = 0
    while tail < min(len(before), len(after)) - head and before[-1 - tail] == after[-1 - tail]:
        tail += 1
    before, after = before[head : len(before) - tail], after[head : len(after) - tail]
    if len(before) * len(after) > _COMPARABLE:
        return [(head + 1, head + len(after))]
    codes = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    return [(head + low + 1, head + high) for tag, _, _, low, high in codes if tag != "equal"]


def _touches(lines: Overlaps, finding: Finding) -> bool:
    places = [(finding.line, finding.end_line), *((line, line) for _, line, _, _ in finding.paired)]
    return any(lines.of(start, end + 1) for start, end in places)
