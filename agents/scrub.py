"""Finds secrets in what agents keep, and masks them there without moving a byte.

A mask is as long as its secret and is written in its place: a file keeps its size, its lines and its node, so that a
program that is writing to its end loses nothing, whether it holds the file open or opens it each time.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from ..patterns import decode
from ..patterns.errors import INCOMPLETE, ScrubjayError
from ..scanner.finding import Finding
from ..scanner.identity import fingerprint, load_key
from .journal import Edit, Journal
from .jsontext import Place, in_json, in_text, is_mask, mask
from .ledger import Leak
from .places import JSON, JSONL, SEALED, SQLITE, File, named

if TYPE_CHECKING:
    from ..patterns import Matcher

_CONFIDENT = ("medium", "high")
_BLOCK = 8 << 20
_LARGEST = 512 << 20
# A file that is written as a whole is left alone for so many seconds after it was.
_QUIET = 60
_PLAIN = frozenset(b"content text input output prompt command description stdout stderr message result".split())


class Seen(NamedTuple):
    """Secrets of one file: what they are, and where in its bytes and what stood there (none for a database)."""

    leaks: list[Leak]
    edits: list[Edit]
    raws: list[bytes]

    def __repr__(self) -> str:
        return f"<Seen: {len(self.leaks)}>"


class Scrubber:
    """Examines files of agents. `gaps` are paths that could not be examined or masked, and why."""

    def __init__(self, matcher: Matcher) -> None:
        self.gaps: list[tuple[str, str]] = []
        self.files = self.bytes = 0
        self._matcher = matcher
        self._key = load_key()
        self._decoded = True

    def scan(self, files: Iterable[File]) -> Iterator[Leak]:
        """Yield the leaks in files; nothing is changed."""
        for file in files:
            try:
                yield from self.examine(file).leaks
            except (ScrubjayError, OSError) as error:
                self._gap(file.path, error)
            self._check_decoded(file.path)

    def scrub(self, files: Iterable[File], *, live: bool = False) -> Iterator[Leak]:
        """Mask the secrets in files, and yield what was masked.

        `live`: also files that are written as a whole and may be in use. Raises ScrubjayError when another scrub runs.
        """
        with Journal() as journal:
            for file in files:
                try:
                    yield from self._masked(file, journal, live)
                except (ScrubjayError, OSError) as error:
                    self._gap(file.path, error)
                self._check_decoded(file.path)

    def _gap(self, path: str, error: Exception) -> None:
        why = str(error) if isinstance(error, ScrubjayError) else getattr(error, "strerror", None) or "unreadable"
        self.gaps.append((path, why))

    def _check_decoded(self, path: str) -> None:
        """A gap for a file of which not all encoded text was decoded; what was found in it counts all the same."""
        if not self._decoded:
            self.gaps.append((path, "it holds more encoded text than is decoded, so not all of that was examined"))
        self._decoded = True

    def examine(self, file: File) -> Seen:
        """Return the secrets of one file. Raises ScrubjayError or OSError when it can't be examined."""
        form = file.place.form
        if form == SEALED:
            raise ScrubjayError("it is compressed, so it was not examined", INCOMPLETE)
        if form == SQLITE:
            return self._database(file)
        with open(_opened(file.path, os.O_RDONLY), "rb", buffering=0) as source:
            return self._read(file, source.fileno())

    def _read(self, file: File, descriptor: int) -> Seen:
        leaks: list[Leak] = []
        edits: list[Edit] = []
        raws: list[bytes] = []
        line = 1
        for offset, data in _blocks(descriptor, by_line=file.place.form == JSONL):
            self.bytes += len(data)
            counted, told = 0, None
            for place in self.places(data, file.place.form):
                if breaks := data.count(b"\n", counted, place.start):
                    line, told = line + breaks, None
                counted = place.start
                if told is None:
                    told = _record(data, place.start, file.place.form)
                leaks.append(self._leak(file, place, line, told))
                edits.append(Edit(place.rule, place.start + offset, place.end + offset))
                raws.append(data[place.start : place.end])
            line += data.count(b"\n", counted)
        self.files += 1
        return Seen(leaks, edits, raws)

    def places(self, data: bytes, form: str) -> list[Place]:
        """Return the secrets in the bytes of a file, in order; those that overlap are one."""
        found: list[Place] = []
        if form in (JSON, JSONL):
            found += in_json(data, self._find)
        else:
            found += in_text(data, self._find)
        merged: list[Place] = []
        for place in sorted(found, key=lambda one: (one.start, -one.end)):
            if merged and place.start < merged[-1].end:
                merged[-1] = merged[-1]._replace(end=max(place.end, merged[-1].end))
            else:
                merged.append(place)
        return merged

    def _find(self, text: bytes, key: bytes) -> list[Place]:
        before = b"" if not key or key in _PLAIN else key + b': "'
        low, high = len(before), len(before) + len(text)
        found = []
        matches, complete = decode.find(self._matcher, before + text + b'"' if before else text, wide=False)
        self._decoded = self._decoded and complete
        for match in matches:
            if match.start < low or match.start >= high or match.confidence not in _CONFIDENT:
                continue
            start, end = match.start - low, min(match.end, high) - low
            value = text[start:end]
            if not is_mask(value):
                found.append(Place(match.rule, start, end, fingerprint(self._key, match.rule, value)))
        return self._kept(found, text) if found else []

    def _kept(self, found: list[Place], text: bytes) -> list[Place]:
        from .allow import judge

        values = {place.fingerprint: text[place.start : place.end] for place in found}
        rows = [Finding(p.rule, "", 1, 1, 1, 1, "", p.fingerprint, "medium", "agent") for p in found]
        judged = judge(rows, values, "/", inline=False, remember=False)
        return [place for place, row in zip(found, judged, strict=True) if not row.suppressed]

    def _leak(self, file: File, place: Place, line: int, record: dict[str, str]) -> Leak:
        rotate = self._matcher.plan(place.rule).revoke
        return Leak(
            file.place.agent, file.place.what, file.path, line, place.rule, place.fingerprint, rotate=rotate, **record
        )  # fmt: skip

    def _masked(self, file: File, journal: Journal, live: bool) -> list[Leak]:
        if file.place.form == SQLITE:
            return self._masked_database(file)
        seen = self.examine(file)
        if not seen.edits:
            return []
        with open(_opened(file.path, os.O_RDWR), "r+b", buffering=0) as target:
            descriptor = target.fileno()
            before = os.fstat(descriptor)
            if not live and not file.place.appended and file.place.form == JSON:
                _check_quiet(file.path, before)
            journal.begin(file.path, before, seen.edits)
            done = []
            for edit, raw, leak in zip(seen.edits, seen.raws, seen.leaks, strict=True):
                if os.pread(descriptor, len(raw), edit.start) != raw:
                    self.gaps.append((file.path, f"line {leak.line} was changed meanwhile; run it again"))
                    continue
                os.pwrite(descriptor, mask(edit.rule, raw), edit.start)
                done.append(leak._replace(action="scrubbed"))
            os.fsync(descriptor)
            journal.done()
            if os.fstat(descriptor).st_size == before.st_size:
                # Agents order their sessions by this time.
                os.utime(descriptor, ns=(before.st_atime_ns, before.st_mtime_ns))
        return done

    def _database(self, file: File) -> Seen:
        from .database import cells

        leaks = []
        for cell in cells(file.path):
            self.bytes += len(cell.data)
            for place in self.places(cell.data, JSON if cell.data[:1] in b"{[" else "text"):
                leaks.append(self._leak(file, place, cell.row, {}))
        self.files += 1
        return Seen(leaks, [], [])

    def _masked_database(self, file: File) -> list[Leak]:
        from .database import Cell, change, empty_log

        if not self._database(file).leaks:
            _opened_check(file.path)
            empty_log(file.path)
            return []
        self.files -= 1
        leaks: list[Leak] = []

        def masked(cell: Cell) -> bytes:
            data = bytearray(cell.data)
            for place in self.places(cell.data, JSON if cell.data[:1] in b"{[" else "text"):
                data[place.start : place.end] = mask(place.rule, cell.data[place.start : place.end])
                leaks.append(self._leak(file, place, cell.row, {})._replace(action="scrubbed"))
            return bytes(data)

        _opened_check(file.path)
        change(file.path, masked)
        self.files += 1
        return leaks


def scrub_one(path: str) -> int:
    """Mask the secrets of one transcript, by the default rules; returns how many. For the end of a session."""
    from ..patterns import Matcher

    scrubber = Scrubber(Matcher.default(engine=os.environ.get("SCRUBJAY_ENGINE", "")))
    leaks = list(scrubber.scrub([File(path, named(path))]))
    if leaks:
        import time

        from .ledger import append

        append(leaks, time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))
    return len(leaks)


def _opened(path: str, flags: int) -> int:
    descriptor = os.open(path, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    status = os.fstat(descriptor)
    why = ""
    if not stat.S_ISREG(status.st_mode):
        why = "it is not a regular file"
    elif flags != os.O_RDONLY and hasattr(os, "geteuid") and status.st_uid != os.geteuid():
        why = "it belongs to another user"
    if why:
        os.close(descriptor)
        raise ScrubjayError(why, INCOMPLETE)
    return descriptor


def _opened_check(path: str) -> None:
    os.close(_opened(path, os.O_RDWR))


def _blocks(descriptor: int, *, by_line: bool) -> Iterator[tuple[int, bytes]]:
    """What is in a file now: in blocks of whole lines, or all at once. An unfinished last line is left for later."""
    size = os.fstat(descriptor).st_size
    if not by_line:
        if size > _LARGEST:
            raise ScrubjayError(f"it has over {_LARGEST >> 20} MB, so it was not examined", INCOMPLETE)
        if data := os.pread(descriptor, size, 0):
            yield 0, data
        return
    offset, rest = 0, b""
    while offset + len(rest) < size:
        data = os.pread(descriptor, min(_BLOCK, size - offset - len(rest)), offset + len(rest))
        if not data:
            return
        rest += data
        cut = rest.rfind(b"\n") + 1
        if cut:
            yield offset, rest[:cut]
            offset, rest = offset + cut, rest[cut:]
        elif len(rest) > _LARGEST:
            raise ScrubjayError("it has a line that is too long to be examined", INCOMPLETE)


def _record(data: bytes, place: int, form: str) -> dict[str, str]:
    """When a record was written, by which model and in which session, as far as it says so."""
    if form != JSONL:
        return {}
    import json

    start = data.rfind(b"\n", 0, place) + 1
    try:
        row = json.loads(data[start : data.find(b"\n", place)])
    except (ValueError, RecursionError):
        return {}
    if not isinstance(row, dict):
        return {}
    message = row.get("message")
    model = row.get("model") or (message.get("model") if isinstance(message, dict) else "")
    told = {"when": row.get("timestamp"), "model": model, "session": row.get("sessionId") or row.get("session_id")}
    return {name: str(value)[:64] for name, value in told.items() if value}


def _check_quiet(path: str, status: os.stat_result) -> None:
    """Raise ScrubjayError when a file that is written as a whole is in use, or was just written."""
    import time

    if time.time() - status.st_mtime < _QUIET:
        raise ScrubjayError("it was written just now; close the agent and try again, or use --live", INCOMPLETE)
    from glob import iglob

    for link in iglob("/proc/[0-9]*/fd/*"):
        try:
            if link.split("/")[2] != str(os.getpid()) and os.path.samestat(os.stat(link), status):
                raise ScrubjayError("a program has it open; close the agent and try again, or use --live", INCOMPLETE)
        except OSError:
            continue
