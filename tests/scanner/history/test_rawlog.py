"""The log's lines that matter: the small C file finds the same as Python does, and bears any bytes."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrubjay.scanner.history import commitlog

if commitlog._rawlog is None:
    pytest.skip("no compiler was there at installation", allow_module_level=True)

IDS = [f"{number:02x}".encode() * 20 for number in range(1, 40)]
ids = st.sampled_from(IDS)
NONE = b"0" * 40
modes = st.sampled_from([b"100644", b"100755", b"120000", b"160000", b"000000"])


@st.composite
def raw_lines(draw: st.DrawFn) -> bytes:
    sides = draw(st.integers(1, 3))
    before = b" ".join(draw(st.lists(modes, min_size=sides + 1, max_size=sides + 1)))
    olds = draw(st.lists(ids | st.just(NONE), min_size=sides, max_size=sides))
    new = draw(ids | st.just(NONE))
    path = draw(st.sampled_from([b"a.txt", b"dir/b", b'"\\303\\251 x"', b"100644 " + IDS[0]]))
    return b":" * sides + before + b" " + b" ".join([*olds, new]) + b" " + b"M" * sides + b"\t" + path + b"\n"


@st.composite
def logs(draw: st.DrawFn) -> bytes:
    commits = []
    for name in draw(st.lists(ids, unique=True, max_size=6)):
        others = b" ".join(draw(st.lists(ids, max_size=3)))
        people = draw(st.sampled_from([b"A <a@b.example>", b"\r: <>", b"\xff\xfe <x>"]))
        lines = b"".join(draw(st.lists(raw_lines(), max_size=5)))
        commits.append(
            b"\x01" + name + b" 170 -18 " + others + b"\0" + people + b"\n" + (b"\n" + lines if lines else b"")
        )
    return b"".join(commits)


def _read(text: bytes, objects: set[bytes], commits: set[bytes]) -> tuple[Any, set[bytes]]:
    named: list[bytes] = []
    log = commitlog.read(BytesIO(text), objects, commits, every=named.append)
    joined = b"".join(named)
    return log, {joined[low : low + 40] for low in range(0, len(joined), 40)}


@given(
    text=logs(),
    objects=st.sets(ids, max_size=8),
    commits=st.sets(ids, max_size=4),
    size=st.sampled_from([1, 90, 1 << 22]),
    kept=st.sampled_from([0, 150, 1 << 25]),
)
def test_both_ways_of_reading_agree(
    text: bytes, objects: set[bytes], commits: set[bytes], size: int, kept: int
) -> None:
    """With and without the C file, and whether the commits' first lines were kept or not."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(commitlog, "_CHUNK", size)
        patch.setattr(commitlog, "_MOST", kept)
        found, named = _read(text, objects, commits)
        parents = list(commitlog.parents(BytesIO(text)))
        assert list(commitlog.parents(BytesIO(text), found.headers)) == parents
        assert kept or not found.headers
        patch.setattr(commitlog, "_rawlog", None)
        expected, all_named = _read(text, objects, commits)
        assert list(commitlog.parents(BytesIO(text))) == parents
    assert (found.steps, found.commits) == (expected.steps, expected.commits)
    # The quick way looks at the new mode only; what was a submodule before is asked about, too.
    assert named >= all_named


@given(
    text=st.binary(max_size=300) | logs(),
    wanted=st.sets(ids, max_size=4),
    place=st.integers(0, 400),
    byte=st.binary(max_size=3),
)
def test_any_bytes_are_borne(text: bytes, wanted: set[bytes], place: int, byte: bytes) -> None:
    damaged = text[:place] + byte + text[place + 1 :]
    for width in (40, 64):
        given_ids = b"".join(wanted) if width == 40 else b"e" * 64 * len(wanted)
        kept, named = commitlog._rawlog.sift(damaged, given_ids, width, False)
        assert set(kept.split(b"\n")) <= {*damaged.split(b"\n"), b""}
        assert not len(named) % width


def test_ids_that_are_none_are_refused() -> None:
    with pytest.raises(ValueError, match="width"):
        commitlog._rawlog.sift(b"", b"abc", 40, False)
    with pytest.raises(ValueError, match="width"):
        commitlog._rawlog.sift(b"", b"", 0, False)


@pytest.mark.once
def test_no_byte_is_read_or_written_too_far(sanitized: Callable[..., Path], tmp_path: Path) -> None:
    program = sanitized("rawlog")
    chosen = random.Random(3)
    lines = []
    for _ in range(40):
        lines.append(b"\x01" + chosen.choice(IDS) + b" 1 2 " + chosen.choice(IDS) + b"\0A <a>\n\n")
        for sides in chosen.choices((1, 2, 3), k=chosen.randrange(6)):
            named = b" ".join(chosen.choices([*IDS, NONE], k=sides + 1))
            mode = b" ".join(chosen.choices((b"100644", b"160000"), k=sides + 1))
            lines.append(b":" * sides + mode + b" " + named + b" M\tpath\n")
    (tmp_path / "log").write_bytes(b"".join(lines))
    (tmp_path / "ids").write_bytes(b"".join(IDS[:12]))
    done = subprocess.run(
        [program, "1", "20000", tmp_path / "log", tmp_path / "ids"], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr[-3000:]
