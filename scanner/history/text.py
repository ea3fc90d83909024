"""The text of git objects, and the one place where an object as a whole is judged, for every way of reading history."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

from ..coverage import Coverage
from ..finding import Finding, Fragment, find_in
from ..identity import load_key

if TYPE_CHECKING:
    from ...patterns import Matcher

KINDS = ("", "commit", "tree", "blob", "tag")
# Header lines that hold nothing but an id or a word of git's own.
_PLAIN = (b"tree ", b"parent ", b"object ", b"type ")
_PEOPLE = (b"author ", b"committer ", b"tagger ")


class Hit(NamedTuple):
    """A secret in an object. `kind` is blob, commit, tag or tree; the finding's path is the object's id.

    The finding's kind says where: file (a blob's text), path (an entry's name in a tree, which is then its path),
    message, author, committer, tagger or header. Lines of a message count from its first line.
    """

    id: str
    kind: str
    finding: Finding


def names(data: bytes, hash_size: int) -> Iterator[bytes]:
    """Yield the names of a tree's entries."""
    place = 0
    while place < len(data):
        end = data.find(b"\0", place)
        end = len(data) if end < 0 else end
        space = data.find(b" ", place, end)
        yield data[space + 1 if space >= 0 else place : end]
        place = end + 1 + hash_size


def texts(kind: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the parts of a commit or tag with what each is; each person's line is a part of its own."""
    head, _, message = data.partition(b"\n\n")
    rest = []
    for line in head.split(b"\n"):
        if line.startswith(_PEOPLE):
            yield line.partition(b" ")[0].decode(), line
        elif not line.startswith(_PLAIN):
            rest.append(line)
    if rest:
        yield "header", b"\n".join(rest)
    if message:
        yield "message", message


def lines_of(data: bytes, low: int, high: int) -> bytes:
    """Return the lines that hold a place."""
    end = data.find(b"\n", max(low, high - 1))
    return data[data.rfind(b"\n", 0, low) + 1 : end if end >= 0 else len(data)]


class Judge:
    """Matches whole objects and collects the hits. Safe to share between threads."""

    def __init__(self, matcher: Matcher, coverage: Coverage, key: bytes = b"") -> None:
        self.hits: list[Hit] = []
        self._matcher, self._coverage, self._key = matcher, coverage, key or load_key()
        self._lock = Lock()
        self._names: set[bytes] = set()
        self._shared: dict[Any, Any] = {}

    def object(self, name: str, kind: str, data: bytes | Iterable[bytes]) -> bool:
        """Judge an object of any kind; true when something was found in it, or it could not be decided."""
        if kind == "blob":
            return self.blob(name, data)
        data = data if isinstance(data, bytes) else b"".join(data)
        return self._tree(name, data) if kind == "tree" else self._text(name, kind, data)

    def blob(self, name: str, data: bytes | Iterable[bytes]) -> bool:
        """Judge a blob, as `object` does."""
        return self._keep(name, "blob", Fragment(data, name))

    def taken(self) -> list[Any]:
        """Return what was found and skipped so far, for the judge of another process; this one forgets it."""
        taken = [self.hits, self._coverage.skipped]
        self.hits, self._coverage.skipped = [], []
        return taken

    def take_over(self, taken: list[Any]) -> None:
        """Add what the judge of another process returned from `taken`."""
        self.hits += taken[0]
        self._coverage.skipped += taken[1]

    def inherited(self, kind: str, data: bytes) -> bool:
        """Tell of an object in which nothing was found whether what is copied from it may still be a part of a secret.

        In a blob that is the beginning of a key whose end is elsewhere; in a commit or tag also what stands in its ids.
        """
        if kind == "tree":
            return False
        return self._matcher.opens(data) if kind == "blob" else bool(self._matcher.suspects(data))

    def _text(self, name: str, kind: str, data: bytes) -> bool:
        commit = name if kind == "commit" else None
        found = [self._keep(name, kind, Fragment(text, name, part, commit)) for part, text in texts(kind, data)]
        return any(found)

    def _tree(self, name: str, data: bytes) -> bool:
        for entry in names(data, len(name) // 2):
            if entry and self._first(self._names, entry):
                self._keep(name, "tree", Fragment(entry, entry.decode("utf-8", "surrogateescape"), "path"))
        # Names that were seen before are not judged again, so nothing is inherited.
        return False

    def _first(self, seen: set[bytes], text: bytes) -> bool:
        with self._lock:
            if text in seen:
                return False
            seen.add(text)
            return True

    def _keep(self, name: str, kind: str, fragment: Fragment) -> bool:
        seen = Coverage()
        found = find_in(self._matcher, fragment, seen, self._key)
        if seen.skipped:
            with self._lock:
                self._coverage.skipped += seen.skipped
        # The same few secrets are in thousands of versions: their texts are kept once.
        for finding in found:
            parts = (finding.masked, finding.fingerprint, finding.reasons)
            masked, fingerprint, reasons = self._shared.setdefault(parts, parts)
            path = name if finding.path == name else finding.path
            kept = finding._replace(masked=masked, fingerprint=fingerprint, reasons=reasons, path=path)
            self.hits.append(Hit(name, kind, kept))
        return bool(found or seen.skipped)
