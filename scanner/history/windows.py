"""What of blobs in a row has to be matched: the lines of each in which it is not as the one before.

git packs the versions of a file side by side. What two of them share is found by comparing long stretches, and behind a
change by a few bytes that are looked for in the other text.
"""

from __future__ import annotations

# First and last offset of a part of a text.
Spot = tuple[int, int]
# How exactly it is told where a change begins and ends, how many bytes are looked for behind it, and how many more than
# a change lookarounds may read.
_STEP, _SAMPLE = 512, 128
_PAD = 16


def windows(
    text: bytes, begins: list[int], ends: list[int], before: bytes, line: int, least: int
) -> tuple[list[Spot], list[bool]]:
    """Return what of the blobs in a text is to be matched, in order, and of each whether it is built on the one before.

    The one before the first is `before`. Of a blob that is built on another one the rest was matched there, with the
    `line` bytes around it that any match on a line keeps within. What is shorter than `least` is not compared.
    """
    found: list[Spot] = []
    based: list[bool] = []
    other = before, 0, len(before)
    for begin, end in zip(begins, ends, strict=True):
        changes = _changes(text, begin, end, *other, least)
        based.append(changes is not None)
        found += [(begin, end)] if changes is None else [_window(text, begin, end, spot, line) for spot in changes]
        other = text, begin, end
    return found, based


def _changes(text: bytes, begin: int, end: int, base: bytes, first: int, last: int, least: int) -> list[Spot] | None:
    """Where a blob differs from another one, in order; None if that is half of it, or more."""
    if min(end - begin, last - first) < least:
        return None
    view = memoryview(base)
    changes: list[Spot] = []
    left = (end - begin) // 2
    todo = [(begin, end, first, last)]
    while todo:
        low, high, first, last = todo.pop()
        size = _ahead(text, low, view, first, min(high - low, last - first))
        low, first = low + size, first + size
        size = _behind(text, high, view, last, min(high - low, last - first))
        high, last = high - size, last - size
        if high - low >= max(least, _SAMPLE):
            middle = (low + high - _SAMPLE) // 2
            place = base.find(text[middle : middle + _SAMPLE], first, last)
            if place >= 0:
                todo += [(middle + _SAMPLE, high, place + _SAMPLE, last), (low, middle, first, place)]
                continue
        left -= high - low
        if left < 0:
            return None
        changes.append((low, high))
    return changes


def _ahead(text: bytes, low: int, other: memoryview, first: int, most: int) -> int:
    """How many bytes two texts share from two places on, or a few less."""
    if text.startswith(other[first : first + most], low):
        return most
    known = 0
    while most - known > _STEP:
        middle = (known + most) // 2
        if text.startswith(other[first + known : first + middle], low + known):
            known = middle
        else:
            most = middle
    return known


def _behind(text: bytes, high: int, other: memoryview, last: int, most: int) -> int:
    """How many bytes two texts share before two places, or a few less."""
    if text.startswith(other[last - most : last], high - most):
        return most
    known = 0
    while most - known > _STEP:
        middle = (known + most) // 2
        if text.startswith(other[last - middle : last - known], high - middle):
            known = middle
        else:
            most = middle
    return known


def _window(text: bytes, begin: int, end: int, change: Spot, line: int) -> Spot:
    """The lines that hold a change, cut where no match on a line reaches; then as much more as lookarounds may read."""
    low, high = max(begin, change[0] - _PAD), min(end, change[1] + _PAD)
    furthest = max(begin, low - line), min(end, high + line)
    newline = text.find(b"\n", high, furthest[1])
    low = text.rfind(b"\n", furthest[0], low) + 1 or furthest[0]
    high = newline if newline >= 0 else furthest[1]
    return max(begin, low - _PAD), min(end, high + _PAD)
