"""Values that the operator knows to be secret, masked wherever they stand, in every encoding. Where they come from.

Ten thousand of them cost next to nothing: a small C extension looks at a sample of the places only. Where it could not
be built, pyahocorasick does the same at a tenth of the speed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from typing import Any

from ..patterns.errors import ScrubjayError
from .spans import Buffer, Span

RULE = "known-value"
_LARGEST_FILE = 64 << 20
# So much of a value must have come before a quiet stream is held back for the rest of it.
_BEGINNING = 4
# Fewer different characters are a ruler or a placeholder.
_DIFFERENT = 4

_literals: Any = None
try:
    _literals = import_module("._literals", __package__)
except ImportError:
    # No compiler was there when it was installed.
    pass


class KnownValues:
    """Finds known values in all their forms. Immutable, may be shared between threads; its repr tells only numbers."""

    def __init__(self, values: Iterable[bytes], *, native: bool = True) -> None:
        """Take the values; those under 8 bytes, or of fewer than 4 different ones, are counted in `skipped` instead."""
        # What it imports costs each start milliseconds, and few use it.
        from .variants import SHORTEST, variants

        given = {value for value in values if value}
        used = {value for value in given if len(value) >= SHORTEST and len(set(value)) >= _DIFFERENT}
        self.count, self.skipped = len(used), len(given) - len(used)
        forms = {form for value in used for form in variants(value)}
        self.longest = max(map(len, forms), default=0)
        self._search = _search(sorted(forms), native)
        self._beginnings: dict[bytes, list[bytes]] = {}
        self._blocks: dict[bytes, list[bytes]] = {}
        for form in forms:
            self._beginnings.setdefault(form[:_BEGINNING], []).append(form)
            if b"\n" in form:
                self._blocks.setdefault(form[:_BEGINNING], []).append(form)
        self._longest_block = max((len(form) for some in self._blocks.values() for form in some), default=0)

    def __repr__(self) -> str:
        return f"<{self.count} known values>"

    def find(self, data: Buffer) -> list[Span]:
        """Return where known values stand in the data, in order."""
        places = self._search(data)
        return [Span(RULE, start, end, start, "", b"", end) for start, end in sorted(places)] if places else []

    def begins(self, line: bytes) -> bool:
        """True when the end of an unfinished line is the beginning of a known value."""
        return self.open_from(line, len(line)) < len(line)

    def open_from(self, data: Buffer, end: int) -> int:
        """Return where a known value begins that may go on behind `end`, or `end`."""
        complete = not end or data[end - 1] == 0x0A
        beginnings, longest = (self._blocks, self._longest_block) if complete else (self._beginnings, self.longest)
        if not beginnings:
            return end
        tail = bytes(data[max(0, end - longest + 1) : end])
        for low in range(len(tail) - _BEGINNING + 1):
            for form in beginnings.get(tail[low : low + _BEGINNING], ()):
                if len(form) > len(tail) - low and form.startswith(tail[low:]):
                    return end - len(tail) + low
        return end


def _search(forms: Sequence[bytes], native: bool) -> Callable[[Buffer], list[tuple[int, int]]]:
    if not forms:
        return lambda data: []
    if native and _literals is not None:
        search: Callable[[Buffer], list[tuple[int, int]]] = _literals.Finder(forms).find
        return search
    import ahocorasick

    automaton = ahocorasick.Automaton()
    for form in forms:
        automaton.add_word(form.decode("latin-1"), len(form))
    automaton.make_automaton()
    return lambda data: [(last + 1 - size, last + 1) for last, size in automaton.iter(bytes(data).decode("latin-1"))]


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
