"""Archives and notebooks: what is inside is found at its place, bombs and damage are gaps, never clean."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import random
import subprocess
import sys
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from scrubjay.patterns import Matcher
from scrubjay.scanner import archives
from scrubjay.scanner.archives import Limits, find_inside
from scrubjay.scanner.coverage import Coverage
from scrubjay.scanner.finding import Fragment

KEY = b"k" * 32
Make = Callable[[str], str]


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    """All rules."""
    return Matcher.default()


def zipped(entries: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of these entries."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return out.getvalue()


def tarred(entries: dict[str, bytes], form: int = tarfile.PAX_FORMAT) -> bytes:
    """A tar of these entries."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as archive:
        for name, data in entries.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return out.getvalue()


def zstd(data: bytes) -> bytes:
    """Data as zstd."""
    module = pytest.importorskip("compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd")
    packed: bytes = module.compress(data)
    return packed


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "zip": lambda data: zipped({"inner": data}),
    "stored zip": lambda data: zipped({"inner": data}, zipfile.ZIP_STORED),
    "bzip2 zip": lambda data: zipped({"inner": data}, zipfile.ZIP_BZIP2),
    "tar": lambda data: tarred({"inner": data}),
    "gnu tar": lambda data: tarred({"inner": data}, tarfile.GNU_FORMAT),
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": zstd,
}
NAMED = {"zip", "stored zip", "bzip2 zip", "tar", "gnu tar"}


def places(
    matcher: Matcher, data: Any, coverage: Coverage | None = None, limits: Limits = archives.LIMITS
) -> list[str]:
    """Where tokens are found in an archive, as path:line."""
    coverage = coverage or Coverage()
    found = find_inside(matcher, Fragment(data, "outer"), coverage, KEY, limits)
    return [f"{one.path}:{one.line}" for one in found if one.rule == "github-pat-classic"]


@pytest.mark.parametrize("kind", PACKERS)
@pytest.mark.parametrize("whole", [True, False])
def test_each_kind_is_opened(matcher: Matcher, secret: str, kind: str, whole: bool) -> None:
    """A secret in each kind of archive is found once, at its line inside; also when the archive comes in chunks."""
    packed = PACKERS[kind](b"first line\nsecond " + secret.encode() + b"\n")
    coverage = Coverage()
    data: Any = packed if whole else (packed[low : low + 5000] for low in range(0, len(packed), 5000))
    assert places(matcher, data, coverage) == ["outer!inner:2" if kind in NAMED else "outer:2"]
    assert not coverage.skipped


@pytest.mark.parametrize("outer", PACKERS)
@pytest.mark.parametrize("inner", PACKERS)
def test_archives_in_archives(matcher: Matcher, secret: str, outer: str, inner: str) -> None:
    """Any kind in any other, nested."""
    packed = PACKERS[outer](PACKERS[inner](b"x\n" + secret.encode() + b"\n"))
    levels = "!inner" * ((outer in NAMED) + (inner in NAMED))
    assert places(matcher, packed) == [f"outer{levels}:2"]


def test_names_links_and_large_entries(matcher: Matcher, make_secret: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Secrets in names of entries, in targets of links, and at the end of entries larger than one piece."""
    monkeypatch.setattr(archives, "WHOLE", 1 << 20)
    filler = b"nothing to see here, move on\n" * 100_000
    data = zipped({make_secret("name"): b"x", "large": filler + make_secret("large").encode()})
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, make_secret("target")
        archive.addfile(link)
    found = places(matcher, zipped({"z": data, "t": out.getvalue()}))
    assert found == ["outer!z!ghp_********:1", "outer!z!large:100001", "outer!t!link:1"]


def test_a_key_in_a_notebook_cell(matcher: Matcher, secret: str) -> None:
    """A block that the file cuts into quoted lines is found in its cell; what the file shows too is reported once."""
    key = matcher.rule("private-key").examples[0].text.decode()
    cells = [
        {"cell_type": "code", "source": key.splitlines(keepends=True), "outputs": []},
        {"cell_type": "code", "source": [f"token = '{secret}'\n"], "outputs": [{"text": ["a\n", "b\n"]}]},
    ]
    book = json.dumps({"cells": cells, "nbformat": 4}, indent=1).encode()
    found = find_inside(matcher, Fragment(book, "n.ipynb"), Coverage(), KEY)
    assert ("private-key", "n.ipynb!cell 1", 1) in [(one.rule, one.path, one.line) for one in found]
    assert [one.path for one in found if one.rule == "github-pat-classic"] == ["n.ipynb"]
    assert places(matcher, zipped({"a.ipynb": book})) == ["outer!a.ipynb:21"]


def gap(matcher: Matcher, data: bytes, limits: Limits = archives.LIMITS) -> str:
    """The reason of the one gap that scanning this leaves."""
    coverage = Coverage()
    find_inside(matcher, Fragment(data, "outer"), coverage, KEY, limits)
    [skipped] = coverage.skipped
    return skipped.reason


@pytest.mark.parametrize("kind", PACKERS)
def test_bombs_are_bounded(matcher: Matcher, kind: str) -> None:
    """What unpacks to more than the limit is given up, and named; so is one that is deeper than the limit."""
    bomb = PACKERS[kind](bytes(30_000_000))
    assert "bytes" in gap(matcher, bomb, Limits(bytes=20_000_000))
    nested = b"end"
    for _ in range(6):
        nested = PACKERS[kind](nested)
    assert "deep" in gap(matcher, nested, Limits(depth=4))
    assert places(matcher, nested, limits=Limits(depth=6)) == []


def test_many_entries_are_bounded(matcher: Matcher) -> None:
    """An archive of more entries than the limit, and a zip's directory that is too large to be held."""
    many = {f"{number}": b"" for number in range(200)}
    assert "entries" in gap(matcher, zipped(many), Limits(entries=100))
    assert "entries" in gap(matcher, tarred(many), Limits(entries=100))
    data = bytearray(zipped({"a": b"b"}))
    place = data.rfind(b"PK\5\6")
    data[place + 12 : place + 16] = (1 << 30).to_bytes(4, "little")
    assert "directory" in gap(matcher, bytes(data))


def test_large_tar_headers_are_bounded(matcher: Matcher) -> None:
    """A name of megabytes, which the library would hold in memory."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        archive.addfile(tarfile.TarInfo("n" * 3_000_000))
    assert "header" in gap(matcher, gzip.compress(out.getvalue()))


def test_memory_stays_small(tmp_path: Path, environment: dict[str, str]) -> None:
    """A gigabyte of zeros in two kilobytes, packed twice, and a tar full of headers."""
    resource = pytest.importorskip("resource")
    packer = zlib.compressobj(wbits=31)
    small = gzip.compress(b"".join(packer.compress(bytes(1 << 20)) for _ in range(300)) + packer.flush())
    (tmp_path / "bomb.gz.gz").write_bytes(small)
    (tmp_path / "b.zip").write_bytes(zipped({"x": PACKERS["xz"](bytes(100_000_000))}))
    command = [sys.executable, "-m", "scrubjay.cli", "scan", "--archives", str(tmp_path)]
    limit = 1 << 30
    done = subprocess.run(
        command, env=environment, capture_output=True, check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, (limit, limit)),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("kind", PACKERS)
def test_damage_is_a_gap_or_harmless(matcher: Matcher, secret: str, kind: str) -> None:
    """Cut short anywhere it is a gap; with flipped bits it never raises."""
    packed = PACKERS[kind](b"some words here\n" * 50 + secret.encode())
    choose = random.Random(kind)
    for _ in range(40):
        coverage = Coverage()
        cut = packed[: choose.randint(max(10, len(packed) // 8), len(packed) - 1)]
        found = places(matcher, cut, coverage)
        if archives.kind_of(cut):
            assert found or coverage.skipped
        flipped = bytearray(packed)
        for _ in range(choose.randint(1, 5)):
            flipped[choose.randrange(len(flipped))] ^= 1 << choose.randrange(8)
        places(matcher, bytes(flipped))


def test_what_cannot_be_opened_is_a_gap(matcher: Matcher) -> None:
    """Encrypted entries, other kinds, and a tar whose list breaks off."""
    data = bytearray(zipped({"a": b"b" * 50}))
    for place in (data.find(b"PK\1\2") + 8, 6):
        data[place] |= 1
    assert "encrypted" in gap(matcher, bytes(data))
    assert "can't be opened" in gap(matcher, b"7z\xbc\xaf\x27\x1c" + bytes(100))
    assert "can't be opened" in gap(matcher, b"Rar!\x1a\x07\x01\x00" + bytes(100))
    broken = bytearray(tarred({"a": b"x", "b": b"y"}))
    broken[1024 + 10] ^= 0xFF
    assert "damaged" in gap(matcher, bytes(broken))


def test_scan_opens_them_on_request(tmp_path: Path, environment: dict[str, str], secret: str) -> None:
    """`scrubjay scan` looks inside with --archives only, also on standard input."""
    packed = gzip.compress(tarred({"etc/app.conf": f"x\ntoken = {secret}\n".encode()}))
    (tmp_path / "a.tgz").write_bytes(packed)

    def scan(*words: str) -> subprocess.CompletedProcess[bytes]:
        command = [sys.executable, "-m", "scrubjay.cli", "scan", *words]
        return subprocess.run(command, cwd=tmp_path, env=environment, input=packed, capture_output=True, check=False)

    assert scan("a.tgz").returncode == 0
    done = scan("--archives", "a.tgz")
    assert done.returncode == 1 and done.stdout.startswith(b"a.tgz!etc/app.conf:2:9: "), done
    assert scan("--archives", "-").stdout.startswith(b"<stdin>!etc/app.conf:2:9: ")
    (tmp_path / "a.tgz").write_bytes(packed[:-40])
    assert scan("--archives", "a.tgz").returncode in (1, 3)
    (tmp_path / "a.tgz").write_bytes(packed[:30])
    assert scan("--archives", "a.tgz").returncode == 3
