"""What was found in the lines of a file's version, which says what is in another version that holds the same lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate
from typing import NamedTuple

from ...patterns.native import native
from ...patterns.pairs import REACH
from ..finding import Finding

_knownlines = native(__package__, "_knownlines")

# What a verdict on a line may depend on beyond it, and the same where an id near by may be joined to its secret.
AROUND = 16
BESIDE = REACH + 300
# The longest line of which a verdict is used again, and the most that it may depend on.
LONGEST, FURTHEST = 10_000, 4000
_NEWLINE = 10
# So many lines are found by a look at each line of a text, fewer by a search for each.
_MANY = 32


# The same line may be twice in a short text, so its place there counts.
Around = tuple[int, bytes]


class Known(NamedTuple):
    """What was found in a line, by the line with `reach` bytes on either side, on which the verdict depends.

    Nothing is found in the first line of what goes on in the lines behind it, and did not, and in that of an id that
    was joined to its secret. Something may be found with bytes around it that are not here.
    """

    reach: int
    found: Mapping[Around, list[Finding]]


Lines = Mapping[bytes, Known]
# The lines that a text holds, and what is found in it, with the line's number from 1.
Told = tuple[Lines, list[tuple[int, Finding]]]
# The offset of a line, its number, the line.
Place = tuple[int, int, bytes]


def learned(
    data: bytes,
    findings: Iterable[tuple[int, Finding, int]],
    opened: Iterable[tuple[int, int]],
    furthest: int = FURTHEST,
) -> Lines | None:
    """Return the lines of what was found in a text; None where more than what is near has a say.

    The findings come with their lines, from which their own count, and how far the verdicts on them reach; `opened`
    are the offsets of the beginnings of what may go on in other lines, and how far, which is `furthest` at most.
    """
    places: dict[int, tuple[int, list[Finding]]] = {}

    def add(place: int, reach: int, *more: Finding) -> None:
        before, found = places.get(place, (0, []))
        places[place] = max(before, reach), [*found, *more]

    for offset, reach in opened:
        if reach > furthest:
            return None
        low = max(0, offset - LONGEST - 1)
        place = data.rfind(b"\n", low, offset) + 1
        if low > place:
            return None
        add(place, reach + offset - place)
    starts: list[int] = []
    halves: set[int] = set()
    for number, finding, reach in findings:
        if finding.line != finding.end_line or reach > FURTHEST:
            return None
        if not starts:
            starts = list(accumulate(map(len, data.split(b"\n")), initial=0))
        if starts[number] - starts[number - 1] > LONGEST:
            return None
        add(starts[number - 1] + number - 1, reach, finding)
        if reach > AROUND:
            # An id without its secret would be found by itself.
            lines = [number, *(number + below for _, below, _, _ in finding.paired)]
            halves.update(starts[line - 1] + line - 1 for line in lines)
    # Which of them are joined depends on others that may be joined to one of these, and so on.
    for chain in grouped([(place, 0, line_at(data, place)) for place in sorted(halves)], REACH):
        low, high = chain[0][0], chain[-1][0] + len(chain[-1][2])
        for place, _, line in chain:
            add(place, max(place - low, high - place - len(line)) + BESIDE)
    reaches: dict[bytes, int] = {}
    for place, (reach, _) in places.items():
        line = line_at(data, place)
        if len(line) > LONGEST:
            return None
        reaches[line] = max(reach, reaches.get(line, 0))
    known = {line: Known(reach, {}) for line, reach in reaches.items()}
    for place, (_, found) in places.items():
        line = line_at(data, place)
        entry = known[line]
        if entry.reach > FURTHEST:
            continue
        key = around(data, place, line, entry.reach)
        if entry.found.setdefault(key, found) != found:  # type: ignore[attr-defined]
            return None
    return known


def joined(*parts: Lines) -> Lines:
    """Return the lines of all; without findings, of one that not all know, or on which one reaches further."""
    parts = tuple([part for part in parts if part])
    if len(parts) < 2:
        return parts[0] if parts else {}
    lines = dict(parts[0])
    # What was found in these lines is in no part, so that it may be added to.
    own: dict[bytes, dict[Around, list[Finding]]] = {}
    for part in parts[1:]:
        for line, entry in part.items():
            other = lines.get(line)
            if other is None or other is entry:
                lines[line] = entry
            elif other.reach != entry.reach or not other.found or not entry.found:
                lines[line] = Known(max(other.reach, entry.reach), {})
            else:
                if line not in own:
                    own[line] = dict(other.found)
                    lines[line] = Known(other.reach, own[line])
                own[line].update(entry.found)
    return lines


def found_again(data: bytes, known: Lines, must: Iterable[bytes] = ()) -> Told | None:
    """Return the known lines that a text holds, and what is found in them, with the line.

    None when that can't be told: a line has other bytes around it than before, or one is missing that `must` be there
    or on which other lines depend.
    """
    held: dict[bytes, Known] = {}
    findings: list[tuple[int, Finding]] = []
    for place, number, line in places_of(data, known):
        entry = known[line]
        found = entry.found.get(around(data, place, line, entry.reach))
        if found is None:
            return None
        held[line] = entry
        findings += [(number, finding) for finding in found]
    if len(held) < len(known) and any(entry.reach > AROUND and line not in held for line, entry in known.items()):
        return None
    return (held, findings) if held.keys() >= set(must) else None


def grouped(places: Iterable[Place], gap: int) -> Iterator[list[Place]]:
    """Yield the lines, which are in order, in groups that are more than `gap` bytes apart."""
    group: list[Place] = []
    for place in places:
        if group and place[0] > group[-1][0] + len(group[-1][2]) + gap:
            yield group
            group = []
        group.append(place)
    if group:
        yield group


def places_of(data: bytes, known: Lines) -> Iterable[Place]:
    """Where a text holds known lines, in order."""
    if _knownlines is not None:
        found: list[Place] = _knownlines.lines(data, known)
        return found
    if len(known) > _MANY:
        return _places_of_many(data, known)
    places: list[tuple[int, bytes]] = []
    for line in known:
        place = data.find(line)
        while place >= 0:
            end = place + len(line)
            if (not place or data[place - 1] == _NEWLINE) and (end == len(data) or data[end] == _NEWLINE):
                places.append((place, line))
            place = data.find(line, place + 1)
    numbered = []
    counted, number = 0, 1
    for place, line in sorted(places):
        number += data.count(b"\n", counted, place)
        counted = place
        numbered.append((place, number, line))
    return numbered


def _places_of_many(data: bytes, known: Lines) -> list[Place]:
    places = []
    place = 0
    for number, line in enumerate(data.split(b"\n"), 1):
        if line in known:
            places.append((place, number, line))
        place += len(line) + 1
    return places


def line_at(data: bytes, place: int) -> bytes:
    """Return the line that begins at a place."""
    end = data.find(b"\n", place)
    return data[place : end if end >= 0 else len(data)]


def around(data: bytes, place: int, line: bytes, reach: int) -> Around:
    """Return a line that begins at a place, with `reach` bytes on either side, and where in that text it begins."""
    before = min(place, reach)
    return before, data[place - before : place + len(line) + reach]
