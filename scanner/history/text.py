"""The text of git objects, and the one place where an object as a whole is judged, for every way of reading history."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from threading import Lock, get_ident
from typing import TYPE_CHECKING, Any, NamedTuple

from ..archives import find_inside, kind_of
from ..coverage import Coverage
from ..decode import wide_encoding
from ..finding import Finding, Fragment, find_in
from ..identity import load_key

if TYPE_CHECKING:
    from ...patterns import Matcher

KINDS = ("", "commit", "tree", "blob", "tag")
# Header lines that hold nothing but an id or a word of git's own.
_PLAIN = (b"tree ", b"parent ", b"object ", b"type ")
# What a verdict on a line may depend on beyond it, and the longest line of which a verdict is used again.
_AROUND = 16
_LINE = 1000
_NEWLINE = 10
_SAMPLE = 4096
_PEOPLE = (b"author ", b"committer ", b"tagger ")


class Hit(NamedTuple):
    """A secret in an object. `kind` is blob, commit, tag or tree; the finding's path is the object's id, and what is
    inside of an archive.

    The finding's kind says where: file (a blob's text), path (an entry's name in a tree, which is then its path),
    message, author, committer, tagger or header. Lines of a message count from its first line.
    """

    id: str
    kind: str
    finding: Finding


# What was found in lines of a blob: by the line, then by the line with the bytes around it.
Lines = dict[bytes, dict[bytes, list[Finding]]]


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
    """Matches whole objects and collects the hits; with `archives` also what is inside blobs. Safe to share."""

    def __init__(self, matcher: Matcher, coverage: Coverage, key: bytes = b"", *, archives: bool = False) -> None:
        self.hits: list[Hit] = []
        self.archives = archives
        self._matcher, self._coverage, self._key = matcher, coverage, key or load_key()
        self._lock = Lock()
        self._names: set[bytes] = set()
        self._shared: dict[Any, Any] = {}
        self._last: dict[int, tuple[str, list[Finding]]] = {}

    def object(self, name: str, kind: str, data: bytes | Iterable[bytes]) -> bool:
        """Judge an object of any kind; true when something was found in it, or it could not be decided."""
        if kind == "blob":
            return self.blob(name, data)
        data = data if isinstance(data, bytes) else b"".join(data)
        return self._tree(name, data) if kind == "tree" else self._text(name, kind, data)

    def blob(self, name: str, data: bytes | Iterable[bytes]) -> bool:
        """Judge a blob, as `object` does."""
        return self._keep(name, "blob", Fragment(data, name))

    def lines(self, name: str, data: bytes) -> Lines | None:
        """Return what was found in the blob that was judged last, by its lines; `again` judges a delta on it by them.

        None when a verdict may depend on more than a line: wide text, an archive, a key of several lines.
        """
        with self._lock:
            last = self._last.pop(get_ident(), None)
        if last is None or last[0] != name or wide_encoding(data[:_SAMPLE]) or self._matcher.opens(data):
            return None
        if self.archives and kind_of(data[:_SAMPLE]):
            return None
        known: Lines = {}
        rows = data.split(b"\n") if last[1] else []
        for finding in last[1]:
            if finding.line != finding.end_line or finding.path != name or self._reaches(finding):
                return None
            place = sum(map(len, rows[: finding.line - 1])) + finding.line - 1
            line, around = _line_at(data, place)
            if len(line) > _LINE:
                return None
            known.setdefault(line, {}).setdefault(around, []).append(finding)
        return known

    def _reaches(self, finding: Finding) -> bool:
        """True when other lines had a say: of an encoded text, or of the other half of a key."""
        partners = self._matcher.partners
        half = finding.rule in partners or any(finding.rule in names for names in partners.values())
        return half or any(reason.startswith("inside ") for reason in finding.reasons)

    def again(self, name: str, data: bytes, known: Lines) -> bool | None:
        """Judge a blob that can hold nothing but what was found in lines of another; None when that can't be told."""
        hits = []
        for line, found in known.items():
            place = data.find(line)
            counted = number = 0
            while place >= 0:
                if not place or data[place - 1] == _NEWLINE:
                    whole, around = _line_at(data, place)
                    if whole == line:
                        if around not in found:
                            return None
                        number += data.count(b"\n", counted, place)
                        counted = place
                        first = found[around][0].line
                        for finding in found[around]:
                            # The same line may be in the other blob more than once.
                            if finding.line == first:
                                at = number + 1
                                hits.append(Hit(name, "blob", finding._replace(path=name, line=at, end_line=at)))
                place = data.find(line, place + 1)
        self.hits += hits
        return bool(hits)

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
        return self._matcher.opens(data) if kind == "blob" else bool(suspects(self._matcher, data))

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
        if self.archives and kind == "blob":
            found = find_inside(self._matcher, fragment, seen, self._key)
        else:
            # An id is no text that could hold a secret.
            found = find_in(self._matcher, fragment, seen, self._key, path="" if kind == "tree" else name)
        if seen.skipped:
            with self._lock:
                self._coverage.skipped += seen.skipped
        # The same few secrets are in thousands of versions: their texts are kept once.
        kept = []
        for finding in found:
            parts = (finding.masked, finding.fingerprint, finding.reasons)
            masked, fingerprint, reasons = self._shared.setdefault(parts, parts)
            path = name if finding.path == name else finding.path
            kept.append(finding._replace(masked=masked, fingerprint=fingerprint, reasons=reasons, path=path))
        self.hits += [Hit(name, kind, finding) for finding in kept]
        if kind == "blob" and not seen.skipped:
            self._last[get_ident()] = (name, kept)
        return bool(found or seen.skipped)


def suspects(matcher: Matcher, data: Any) -> list[tuple[int, int]]:
    """Return where a text, or any that holds it, may hold a secret: as `Matcher.suspects`, and encoded text."""
    from ...patterns.decode import suspects as encoded

    data = bytes(data)
    return matcher.suspects(data) + encoded(matcher, data)


def _line_at(data: bytes, place: int) -> tuple[bytes, bytes]:
    """The line that begins at a place, and with it what a verdict on it may depend on."""
    end = data.find(b"\n", place)
    end = len(data) if end < 0 else end
    return data[place:end], data[max(0, place - _AROUND) : end + _AROUND]
