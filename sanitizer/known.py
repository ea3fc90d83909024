"""Values that the operator knows to be secret, masked wherever they stand, in every encoding. Where they come from.

Ten thousand of them cost little: a small C extension looks at a sample of the places only, and the forms of a value are
made when it may have been seen. Where the extension could not be built, pyahocorasick does the same at a tenth of the
speed.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

from ..patterns.errors import ScrubjayError
from ..patterns.native import native
from .spans import Buffer, Span

RULE = "known-value"
_LARGEST_FILE = 64 << 20
# So much of a value must have come before a quiet stream is held back for the rest of it.
_BEGINNING = 4
# Fewer different characters are a ruler or a placeholder.
_DIFFERENT = 4
# The kinds of forms that the extension tells apart; base64 has three, by what comes before.
_WRITTEN, _HEX, _BASE64, _OTHER = 0, 1, 2, 5

_literals = native(__package__, "_literals")


class KnownValues:
    """Finds known values in all their forms. Immutable, may be shared between threads; its repr tells only numbers."""

    def __init__(self, values: Iterable[bytes], *, native: bool = True) -> None:
        """Take the values; those under 8 bytes, or of fewer than 4 different ones, are counted in `skipped` instead."""
        # What it imports costs each start milliseconds, and few use it.
        from .variants import SHORTEST, WIDEST, parts_of

        given = set(values)
        given.discard(b"")
        # Nearly every value shows its different bytes at once.
        used = [
            value
            for value in given
            if len(value) >= SHORTEST and (len(set(value[:SHORTEST])) >= _DIFFERENT or len(set(value)) >= _DIFFERENT)
        ]
        self.count, self.skipped = len(used), len(given) - len(used)
        parts = sorted({part for value in used for part in parts_of(value)})
        # At most; their forms are made when they are needed.
        self.longest = WIDEST * max(map(len, parts), default=0)
        kind = _Windows if native and _literals is not None else _Automaton
        self._search: _Windows | _Automaton | None = kind(parts) if parts else None
        self._unfinished = _Unfinished(parts)
        self._unfinished_blocks = _Unfinished(parts, blocks=True)

    def __repr__(self) -> str:
        return f"<{self.count} known values>"

    def find(self, data: Buffer) -> list[Span]:
        """Return where known values stand in the data, in order."""
        places = self._search.places(data) if self._search else ()
        return [Span(RULE, start, end, start, "", b"", end) for start, end in sorted(places)] if places else []

    def begins(self, line: bytes) -> bool:
        """True when the end of an unfinished line is the beginning of a known value."""
        return self.open_from(line, len(line)) < len(line)

    def open_from(self, data: Buffer, end: int) -> int:
        """Return where a known value begins that may go on behind `end`, or `end`."""
        complete = not end or data[end - 1] == 0x0A
        return (self._unfinished_blocks if complete else self._unfinished).open_from(data, end)


class _Windows:
    """The extension finds windows of forms, which are few; whether the whole form stands there is decided here."""

    def __init__(self, parts: list[bytes]) -> None:
        from .variants import escaped, is_plain, tables

        self._parts = parts
        self._others = [
            (number, form) for number, part in enumerate(parts) if not is_plain(part) for form in set(escaped(part))
        ]
        self._finder = _literals.Finder(parts, self._others, tables())
        self._forms: dict[tuple[int, int, int], list[tuple[int, bytes]]] = {}

    def places(self, data: Buffer) -> set[tuple[int, int]]:
        """Return (start, end) of each form in the data."""
        found: set[tuple[int, int]] = set()
        windows = self._finder.find(data)
        view = memoryview(data)
        for number, kind, offset, place in windows:
            for before, form in self._around(number, kind, offset):
                start = place - before
                if start >= 0 and view[start : start + len(form)] == form:
                    found.add((start, start + len(form)))
        return found

    def _around(self, number: int, kind: int, offset: int) -> list[tuple[int, bytes]]:
        """The forms that a window may belong to, and how much of each comes before it."""
        key = number, kind, offset
        pairs = self._forms.get(key)
        if pairs is None:
            from .variants import in_base64, in_hex, written

            part = self._parts[number]
            if kind == _WRITTEN:
                pairs = list(zip(map(len, written(part[:offset])), written(part), strict=True))
            elif kind >= _OTHER:
                pairs = [(offset, self._others[kind - _OTHER][1])]
            else:
                forms = in_hex(part) if kind == _HEX else in_base64(part, kind - _BASE64)
                pairs = [(offset, form) for form in forms]
            pairs = self._forms[key] = list(dict.fromkeys(pairs))
        return pairs


class _Automaton:
    """The same without the extension."""

    def __init__(self, parts: list[bytes]) -> None:
        import ahocorasick

        from .variants import forms_of

        self._automaton = ahocorasick.Automaton()
        for part in parts:
            for form in forms_of(part):
                self._automaton.add_word(form.decode("latin-1"), len(form))
        self._automaton.make_automaton()

    def places(self, data: Buffer) -> set[tuple[int, int]]:
        """Return (start, end) of each form in the data."""
        text = bytes(data).decode("latin-1")
        return {(last + 1 - size, last + 1) for last, size in self._automaton.iter(text)}


class _Unfinished:
    """Tells whether data may end in the middle of a form. What that takes is made when it is first asked."""

    def __init__(self, parts: list[bytes], *, blocks: bool = False) -> None:
        """With `blocks`, only of forms that have a line break."""
        self._parts = [part for part in parts if b"\n" in part] if blocks else parts
        self._blocks = blocks
        self._longest = 0
        self._beginnings: dict[bytes, list[bytes]] | None = None

    def open_from(self, data: Buffer, end: int) -> int:
        """As of `KnownValues`."""
        if not self._parts:
            return end
        if self._beginnings is None:
            self._beginnings = self._made()
        tail = bytes(data[max(0, end - self._longest + 1) : end])
        for low in range(len(tail) - _BEGINNING + 1):
            for part in self._beginnings.get(tail[low : low + _BEGINNING], ()):
                size = len(tail) - low
                if any(len(form) > size and form.startswith(tail[low:]) for form in self._forms(part)):
                    return end - size
        return end

    def _made(self) -> dict[bytes, list[bytes]]:
        from .variants import WIDEST, beginnings

        found: dict[bytes, list[bytes]] = {}
        longest = 0
        for part in self._parts:
            if self._blocks:
                forms = self._forms(part)
                begins = {form[:_BEGINNING] for form in forms}
                longest = max(longest, *map(len, forms))
            else:
                begins = beginnings(part, _BEGINNING)
                longest = max(longest, WIDEST * len(part))
            for begin in begins:
                found.setdefault(begin, []).append(part)
        self._longest = longest
        return found

    def _forms(self, part: bytes) -> list[bytes]:
        from .variants import forms_of

        return [form for form in forms_of(part) if not self._blocks or b"\n" in form]


class Sources:
    """Where known values are read from: environment variables by pattern, files, and the output of programs."""

    def __init__(self, env: Sequence[str] = (), files: Sequence[str] = (), commands: Sequence[str] = ()) -> None:
        self.env, self.files, self.commands = tuple(env), tuple(files), tuple(commands)

    def __bool__(self) -> bool:
        return bool(self.env or self.files or self.commands)

    def read(self) -> KnownValues:
        """Read all values again. Raises ScrubjayError if a source can't be read or has none, so that none is missed."""
        values = [value for pattern in self.env for value in _of_environment(pattern)]
        values += [value for path in self.files for value in _of_file(path)]
        values += [value for command in self.commands for value in _of_command(command)]
        known = KnownValues(values)
        if not known.count:
            raise ScrubjayError("all known values are too short or too plain, and would be in any text")
        return known


def variables(pattern: str) -> list[bytes]:
    """Return the values of the environment variables whose names fit a pattern."""
    from fnmatch import fnmatchcase

    return [value for name, value in os.environb.items() if fnmatchcase(os.fsdecode(name), pattern)]


def _of_environment(pattern: str) -> list[bytes]:
    values = variables(pattern)
    if not any(values):
        raise ScrubjayError(f"no environment variable with a value matches {pattern}")
    return values


def _of_file(path: str) -> list[bytes]:
    try:
        with open(path, "rb") as file:
            data = file.read(_LARGEST_FILE + 1)
    except OSError as error:
        raise ScrubjayError(f"can't read the known values in {path}: {error.strerror}") from None
    return _lines(data, path)


def _of_command(command: str) -> list[bytes]:
    from .programs import run, words_of

    words = words_of(command, "--known-command")
    return _lines(run(words, "--known-command"), words[0])


def _lines(data: bytes, name: str) -> list[bytes]:
    """One value a line; a value of several lines is a JSON string."""
    from .variants import LONGEST

    if len(data) > _LARGEST_FILE:
        raise ScrubjayError(f"{name} has more than {_LARGEST_FILE >> 20} MiB of known values")
    values = []
    for number, line in enumerate(data.split(b"\n"), 1):
        line = line.removesuffix(b"\r")
        if len(line) > 2 and line.startswith(b'"') and line.endswith(b'"'):
            import json

            try:
                line = str(json.loads(line)).encode("utf-8", "surrogatepass")
            except ValueError:
                raise ScrubjayError(f"{name} line {number}: in quotes a value must be a JSON string") from None
        if len(line) > LONGEST:
            raise ScrubjayError(f"{name} line {number}: a known value has {LONGEST >> 10} KiB at most")
        values.append(line)
    if not any(values):
        raise ScrubjayError(f"{name} has no known value: write one a line")
    return values
