"""What of blobs in a row is matched: whatever is not in the one before, with the lines around it."""

from __future__ import annotations

from itertools import accumulate
from random import Random

import pytest
from scrubjay.scanner.history import windows as module
from scrubjay.scanner.history.windows import Spot, windows

_PAD = 16


def _text(choose: Random, most: int) -> bytes:
    """Lines of which hardly a part is twice in a text."""
    return b"\n".join([choose.randbytes(choose.randrange(150)).hex().encode() for _ in range(choose.randrange(most))])


def _edited(choose: Random, data: bytes) -> bytes:
    for _ in range(choose.randrange(4)):
        low = choose.randrange(len(data) + 1)
        data = data[:low] + choose.choice([b"", b"\n", _text(choose, 3)]) + data[low + choose.choice([0, 1, 60]) :]
    return data


def _joined(spots: list[Spot]) -> list[Spot]:
    found: list[Spot] = []
    for low, high in spots:
        found.append((found.pop()[0], high) if found and low <= found[-1][1] else (low, high))
    return found


@pytest.mark.parametrize("seed", range(150))
def test_whatever_is_new_is_in_a_window(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a match on a line may be, with what lookarounds read, is in a window, or was in the blob before."""
    choose = Random(seed)
    monkeypatch.setattr(module, "_STEP", choose.randrange(1, 20))
    monkeypatch.setattr(module, "_SAMPLE", choose.randrange(1, 20))
    line = choose.choice([0, 1, 30, 90])
    before = _text(choose, 20)
    blobs = [_edited(choose, before)]
    blobs += [_edited(choose, blobs[0]), _edited(choose, before), _text(choose, 20)]
    ends = list(accumulate(map(len, blobs)))
    begins = [end - len(blob) for blob, end in zip(blobs, ends, strict=True)]
    spots, based = windows(b"".join(blobs), begins, ends, before, line, 30)
    assert len(based) == len(blobs)
    assert spots == sorted(spots)
    assert [high for _, high in spots] == sorted(high for _, high in spots)
    for place, blob in enumerate(blobs):
        base, begin, end = [before, *blobs][place], begins[place], ends[place]
        found = [(low - begin, high - begin) for low, high in spots if begin <= low and high <= end]
        if not based[place]:
            assert (0, len(blob)) in found
            continue
        assert min(len(base), len(blob)) >= 30
        inside = _joined(found)
        for start in range(len(blob)):
            newline = blob.find(b"\n", start, start + line)
            stop = newline if newline >= 0 else min(len(blob), start + line)
            low, high = max(0, start - _PAD), min(len(blob), stop + _PAD)
            assert blob[low:high] in base or any(first <= low and high <= last for first, last in inside)


def test_several_changes_leave_the_rest_out() -> None:
    """What stands between two changes is found again, also where it has moved."""
    sizes = 400, 900, 300
    parts = [b"".join(b"line %d of part %d\n" % (number, part) for number in range(sizes[part])) for part in range(3)]
    before, after = b"".join(parts), b"more\n".join([b"", *parts])
    spots, based = windows(after, [0], [len(after)], before, 100, 1 << 10)
    assert based == [True]
    assert all(any(low <= place and place + 5 <= high for low, high in spots)
               for place in range(len(after)) if after.startswith(b"more\n", place))  # fmt: skip
    assert sum(high - low for low, high in spots) < len(after) // 3


def test_another_text_is_matched_as_a_whole() -> None:
    """A short blob, and one that shares less than half of itself."""
    one, two = b"one\n" * 400, b"another\n" * 400
    assert windows(one + two, [0, 1600], [1600, 4800], b"x", 10, 100) == ([(0, 1600), (1600, 4800)], [False, False])
