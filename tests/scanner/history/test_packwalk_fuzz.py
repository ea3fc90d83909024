"""Damaged and hostile packs through the delta walk, under the address and undefined-behaviour sanitizers."""

from __future__ import annotations

import hashlib
import random
import struct
import subprocess
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

# The C code is compiled by itself here.
pytestmark = pytest.mark.once

_OFS, _REF = 6, 7


@pytest.fixture(scope="module")
def harness(sanitized: Callable[..., Path]) -> Path:
    """The walker's C code with a main of its own."""
    return sanitized("packwalk", "-lz")


def _run(harness: Path, seed: int, copies: int, packs: list[Path]) -> None:
    files = [str(path) for pack in packs for path in (pack, pack.with_suffix(".idx"))]
    done = subprocess.run([harness, str(seed), str(copies), *files], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr[-3000:]


def _head(kind: int, size: int) -> bytes:
    out, size, byte = bytearray(), size >> 4, kind << 4 | size & 15
    while size:
        out.append(byte | 128)
        byte, size = size & 127, size >> 7
    return bytes([*out, byte])


def _distance(value: int) -> bytes:
    out = [value & 127]
    while value := value >> 7:
        value -= 1
        out.append(128 | value & 127)
    return bytes(reversed(out))


def _size(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def _delta(choose: random.Random, base: int) -> tuple[bytes, int]:
    """A delta that is right, or wrong in one of the ways that a delta can be."""
    parts, total = [], 0
    for _ in range(choose.randint(0, 12)):
        if choose.random() < 0.5:
            text = choose.randbytes(choose.randint(1, 127))
            parts.append(bytes([len(text)]) + text)
            total += len(text)
        else:
            start = choose.randint(0, base)
            length = choose.randint(0, max(0, base - start)) & 0xFFFF or 1
            parts.append(b"\xb7" + start.to_bytes(3, "little") + length.to_bytes(2, "little"))
            total += length
    wrong = choose.randrange(7)
    total = choose.randint(0, total) if wrong == 4 else total
    body = bytearray(_size(base) + _size(total) + b"".join(parts))
    if wrong == 0:
        body[choose.randrange(len(body))] ^= 1 << choose.randrange(8)
    elif wrong == 1:
        del body[choose.randrange(len(body)) :]
    elif wrong == 2:
        body += choose.choice([b"\0", b"\xff", b"\x7f", b"\x80", b"\xff" * 8])
    elif wrong == 3:
        body[:0] = choose.choice([b"\xff" * 12, _size(choose.getrandbits(60))])
    return bytes(body), total


def _hostile(choose: random.Random, path: Path) -> Path:
    """Write a pack of objects, deltas on anything (also in circles), false sizes and offsets; and its index."""
    pack = bytearray(b"PACK" + struct.pack(">II", 2, 40))
    offsets, sizes = [], []
    ids = sorted(hashlib.sha1(choose.randbytes(8)).digest() for _ in range(40))
    for number in range(40):
        offsets.append(len(pack))
        base = choose.randrange(number) if number else 0
        kind = choose.choice([1, 2, 3, 4, _OFS, _OFS, _OFS, _REF, choose.randrange(8)]) if number else 3
        data, size = choose.choice([b"", b"100644 a b\0" + bytes(20), b"line\n" * choose.randint(0, 900)]), 0
        if kind in (_OFS, _REF):
            data, size = _delta(choose, sizes[base])
        sizes.append(size or len(data))
        claimed = choose.choice([len(data)] * 8 + [0, len(data) + 1, 1 << 33, (1 << 60) - 1])
        pack += _head(kind, claimed)
        if kind == _OFS:
            right = offsets[-1] - offsets[base]
            pack += _distance(choose.choice([right] * 9 + [0, choose.getrandbits(63)]))
        elif kind == _REF:
            pack += choose.choice(ids)
        pack += zlib.compress(data)
    # At the end a header that goes on and on, and an offset that the index keeps elsewhere.
    offsets[-1] = choose.choice([offsets[-1], len(pack)])
    pack += b"\xff" * choose.randint(1, 20)
    path.write_bytes(pack + bytes(choose.choice([20, 0])))
    fanout = [sum(name[0] <= byte for name in ids) for byte in range(256)]
    choose.shuffle(offsets)
    if choose.random() < 0.2:
        offsets[0] = 1 << 31 | choose.choice([0, 1, choose.getrandbits(31)])
    index = b"\377tOc" + struct.pack(">I256I", 2, *fanout) + b"".join(ids) + bytes(4 * 40)
    path.with_suffix(".idx").write_bytes(index + struct.pack(">40I", *offsets) + bytes(40))
    return path


def test_hostile_packs_are_survived(harness: Path, tmp_path: Path) -> None:
    """Deltas that reach outside, lie about sizes or form circles, and damaged copies of them all."""
    choose = random.Random(1)
    packs = [_hostile(choose, tmp_path / f"{number}.pack") for number in range(60)]
    _run(harness, 1, 40, packs)


def test_damaged_real_packs_are_survived(harness: Path, repo: Any) -> None:
    """A pack of git's own with flipped bits, cut short, or with an index that is not its own."""
    choose = random.Random(2)
    lines = [choose.randbytes(30).hex() for _ in range(200)]
    for version in range(30):
        lines[choose.randrange(200)] = f"changed {version}"
        repo.commit(f"version {version}", file="\n".join(lines))
    repo.git("repack", "-adfq")
    _run(harness, 2, 400, list((repo.path / ".git/objects/pack").glob("*.pack")))
