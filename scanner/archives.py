"""Opens archives and notebooks on request: what is inside is scanned like files, at places like `outer.zip!inner/file`.

A compressed single file keeps its name: lines of `app.log.gz` are those of the log. Nothing is written to disk by name,
and what is unpacked is bounded in bytes, entries, depth and memory; beyond that, and where something is damaged,
encrypted or of an unknown kind, there is a gap in the coverage.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from .finding import WHOLE, Finding, Fragment, find_in, shown

if TYPE_CHECKING:
    from ..patterns import Matcher
    from .coverage import Coverage

# What `kind_of` looks at.
HEAD = 4096
_MAGIC = (
    (b"PK\3\4", "zip"),
    (b"PK\5\6", "zip"),
    (b"\x1f\x8b\x08", "gz"),
    (b"BZh", "bz2"),
    (b"\xfd7zXZ\0", "xz"),
    (b"\x28\xb5\x2f\xfd", "zst"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"Rar!\x1a\7", "rar"),
)
_NOTEBOOK = (b'"cells"', b'"nbformat"', b'"worksheets"')
# Memory of an archive kept in memory, of a decompressor, of a zip's directory, of one tar header, of a notebook.
_SPOOLED = 1 << 24
_WINDOW = 1 << 27
_DIRECTORY = 1 << 26
_HEADER = 1 << 20
_NOTEBOOK_SIZE = 1 << 26
_STEP = 1 << 20
_BLOCK = 512


class Limits(NamedTuple):
    """How deep archives are opened in one another, and how many bytes and entries come out of one outermost file."""

    depth: int = 8
    bytes: int = 1 << 30
    entries: int = 100_000


LIMITS = Limits()


def kind_of(head: bytes) -> str:
    """Return what a file is by its first 4096 bytes: zip, tar, gz, bz2, xz, zst, notebook, 7z, rar; "" for others."""
    for magic, kind in _MAGIC:
        if head.startswith(magic) and (kind != "bz2" or head[4:10] in (b"1AY&SY", b"\x17\x72\x45\x38\x50\x90")):
            return kind
    if head[257:262] == b"ustar":
        return "tar"
    if head.startswith(b"{") and any(word in head[:HEAD] for word in _NOTEBOOK):
        return "notebook"
    return ""


def find_inside(
    matcher: Matcher, fragment: Fragment, coverage: Coverage, key: bytes = b"", limits: Limits = LIMITS
) -> list[Finding]:
    """Return the findings in a fragment, and if it is an archive or notebook those in all that it holds.

    What can't be opened, or only in part, is a gap in the coverage; this raises nothing that hostile data can cause.
    """
    kind, fragment, source = _sniffed(fragment, limits)
    try:
        outside = find_in(matcher, fragment, coverage, key)
        if not kind:
            return outside
        source = source or io.BytesIO(fragment.data if isinstance(fragment.data, bytes) else b"")
        inside: list[Finding] = []
        for member in _Opened(matcher, coverage, limits).members(kind, source, fragment.path):
            inside += find_in(matcher, member, coverage, key)
    finally:
        if source is not None:
            source.close()
    # A stored entry shows in the raw bytes too. Its own name says more; of a notebook the file's line says more.
    first, second = (outside, inside) if kind == "notebook" else (inside, outside)
    known = {finding.fingerprint for finding in first}
    found = first + [finding for finding in second if finding.fingerprint not in known]
    files = {(finding.fingerprint, finding.path) for finding in found}
    return [one for one in found if (one.fingerprint, one.path.rpartition("!cell ")[0]) not in files]


def _sniffed(fragment: Fragment, limits: Limits) -> tuple[str, Fragment, IO[bytes] | None]:
    """The kind of a fragment, the fragment to scan, and where its chunks are kept while it is scanned."""
    if isinstance(fragment.data, bytes):
        return kind_of(fragment.data[:HEAD]), fragment, None
    from tempfile import SpooledTemporaryFile

    chunks = iter(fragment.data)
    first = next(chunks, b"")
    kind = kind_of(first[:HEAD])
    whole = chain((first,), chunks)
    if not kind:
        return "", fragment._replace(data=whole), None
    source: Any = SpooledTemporaryFile(_SPOOLED)
    return kind, fragment._replace(data=_kept(whole, source, limits.bytes)), source


def _kept(chunks: Iterable[bytes], file: IO[bytes], most: int) -> Iterator[bytes]:
    for chunk in chunks:
        # One byte more than allowed tells that it was too much.
        file.write(chunk[: max(0, most + 1 - file.tell())])
        yield chunk


class _TooMuch(Exception):
    """A limit was reached; its text says which."""


class _Opened:
    """One outermost archive while it is unpacked: what may still come out of it."""

    def __init__(self, matcher: Matcher, coverage: Coverage, limits: Limits) -> None:
        self._matcher, self._coverage, self._limits = matcher, coverage, limits
        self._bytes, self._entries = limits.bytes, limits.entries
        self._late: _TooMuch | None = None

    def members(self, kind: str, source: IO[bytes], path: str) -> Iterator[Fragment]:
        """Yield what is inside, at any depth; each must be read before the next is asked for."""
        try:
            if source.seek(0, io.SEEK_END) > self._limits.bytes:
                raise _TooMuch(f"an archive of more than {self._limits.bytes} bytes, which was not opened")
            source.seek(0)
            yield from self._open(kind, source, path, 1)
        except _TooMuch as limit:
            self.skip(path, str(limit))

    def skip(self, path: str, reason: str) -> None:
        """Record what could not be opened."""
        self._coverage.skip(shown(self._matcher, path), reason)

    def _open(self, kind: str, source: IO[bytes], path: str, depth: int) -> Iterator[Fragment]:
        if depth > self._limits.depth:
            self.skip(path, f"an archive more than {self._limits.depth} deep in others, which was not opened")
            return
        if kind in ("7z", "rar"):
            self.skip(path, f"a {kind} archive, which can't be opened here")
            return
        if kind == "zst" and _zstd_library() is None:
            self.skip(path, "zstd can't be read; install scrubjay[zstd]")
            return
        reader: Callable[..., Iterator[tuple[str, IO[bytes] | bytes]]] = getattr(self, f"_{kind}")
        try:
            for name, content in reader(source, path):
                self._entries -= 1
                if self._entries < 0:
                    raise _TooMuch(f"more than {self._limits.entries} entries; the rest was not opened")
                inner = path
                if name:
                    inner = f"{path}!{name}"
                    yield Fragment(name.encode("utf-8", "surrogateescape"), inner, "path")
                yield from self._member(content, inner, depth)
                if self._late:
                    raise self._late
        except _TooMuch:
            raise
        except _damages() as error:
            self.skip(path, f"this {kind} is damaged or encrypted, and could not be read whole ({_words(error)})")

    def _member(self, content: IO[bytes] | bytes, path: str, depth: int) -> Iterator[Fragment]:
        if isinstance(content, bytes):
            yield Fragment(content, path)
            return
        chunks = self._chunks(content)
        start = b""
        while len(start) <= WHOLE and (chunk := next(chunks, b"")):
            start += chunk
            kind = kind_of(start[:HEAD])
            if kind and len(start) >= HEAD:
                break
        kind = kind_of(start[:HEAD])
        if kind:
            from tempfile import SpooledTemporaryFile

            with SpooledTemporaryFile(_SPOOLED) as kept:
                kept.write(start)
                for chunk in chunks:
                    kept.write(chunk)
                kept.seek(0)
                if kind == "notebook":
                    yield Fragment(iter(lambda: kept.read(_STEP), b""), path)
                    kept.seek(0)
                yield from self._open(kind, kept, path, depth + 1)
            return
        yield Fragment(start if len(start) <= WHOLE else chain((start,), self._guarded(chunks, path)), path)

    def _guarded(self, chunks: Iterator[bytes], path: str) -> Iterator[bytes]:
        """Chunks that are read outside of this class, which must not meet its errors."""
        try:
            yield from chunks
        except _TooMuch as limit:
            self._late = limit
        except _damages() as error:
            self.skip(path, f"damaged, and not read whole ({_words(error)})")

    def _chunks(self, content: IO[bytes]) -> Iterator[bytes]:
        while chunk := content.read(_STEP):
            self._bytes -= len(chunk)
            if self._bytes < 0:
                raise _TooMuch(f"more than {self._limits.bytes} bytes unpacked; the rest was not opened")
            yield chunk

    def _zip(self, source: IO[bytes], path: str) -> Iterator[tuple[str, IO[bytes] | bytes]]:
        import zipfile

        if _directory(source) > _DIRECTORY:
            raise _TooMuch("a zip with a directory of over 64 MB, which was not opened")
        with zipfile.ZipFile(source) as archive:
            for entry in archive.infolist():
                if entry.is_dir():
                    yield entry.filename, b""
                    continue
                inner = f"{path}!{entry.filename}"
                if entry.flag_bits & 1:
                    self.skip(inner, "an encrypted entry")
                    continue
                if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2):
                    self.skip(inner, "an entry that is compressed in an unusual way")
                    continue
                try:
                    with archive.open(entry) as content:
                        yield entry.filename, content
                except _damages() as error:
                    self.skip(inner, f"a damaged entry ({_words(error)})")

    def _tar(self, source: IO[bytes], path: str) -> Iterator[tuple[str, IO[bytes] | bytes]]:
        import tarfile

        rationed: Any = _Rationed(source)
        rationed.left = _HEADER
        # The archive's type has no list of members.
        archive: Any = tarfile.open(fileobj=rationed, mode="r:", errorlevel=0)
        with archive:
            while True:
                # Headers are held in memory by the library: long names, attributes and the maps of sparse files.
                rationed.left = _HEADER
                entry = archive.next()
                rationed.left = -1
                archive.members = []
                if entry is None:
                    break
                if entry.issym() or entry.islnk():
                    yield entry.name, entry.linkname.encode("utf-8", "surrogateescape")
                elif content := archive.extractfile(entry) if not entry.isdir() and not entry.isdev() else None:
                    yield entry.name, content
                else:
                    yield entry.name, b""
        # A header that makes no sense ends the list like the zeros that should.
        source.seek(max(0, source.tell() - _BLOCK))
        while chunk := source.read(_STEP):
            if chunk.strip(b"\0"):
                raise tarfile.ReadError

    def _gz(self, source: IO[bytes], path: str) -> Iterator[tuple[str, IO[bytes] | bytes]]:
        import gzip

        yield "", gzip.GzipFile(fileobj=source, mode="rb")  # type: ignore[misc]

    def _bz2(self, source: IO[bytes], path: str) -> Iterator[tuple[str, IO[bytes] | bytes]]:
        import bz2

        yield "", bz2.BZ2File(source)

    def _xz(self, source: IO[bytes], path: str) -> Iterator[tuple[str, IO[bytes] | bytes]]:
        yield "", _Streams(source, _xz_decompressor)  # type: ignore[misc]

    def _zst(self, source: IO[bytes], path: str) -> Iterator[tuple[str, IO[bytes] | bytes]]:
        yield "", _Streams(source, _zstd_decompressor)  # type: ignore[misc]

    def _notebook(self, source: IO[bytes], path: str) -> Iterator[tuple[str, IO[bytes] | bytes]]:
        """The text of cells and of what they printed, which in the file is cut into quoted lines."""
        import orjson

        data = source.read(_NOTEBOOK_SIZE + 1)
        if len(data) > _NOTEBOOK_SIZE:
            raise _TooMuch("a notebook of over 64 MB, of which only the bytes as they are were scanned")
        try:
            book = orjson.loads(data)
        except ValueError:
            # Some other file that looks like one at its beginning; it was scanned as it is.
            return
        sheets = [book, *(sheet for sheet in _list(book.get("worksheets")) if isinstance(sheet, dict))]
        cells = [cell for sheet in sheets for cell in _list(sheet.get("cells")) if isinstance(cell, dict)]
        for number, cell in enumerate(cells, 1):
            if text := _joined(cell.get("source")) or _joined(cell.get("input")):
                yield f"cell {number}", text.encode("utf-8", "surrogatepass")
            printed = []
            for output in _list(cell.get("outputs")):
                if isinstance(output, dict):
                    shown_as = output.get("data")
                    kinds = shown_as.values() if isinstance(shown_as, dict) else ()
                    printed += [_joined(output.get("text")), *map(_joined, kinds)]
            if text := "\n".join(filter(None, printed)):
                yield f"cell {number} output", text.encode("utf-8", "surrogatepass")


class _Rationed:
    """A file of which only so many bytes may be read; -1 is no limit."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self.left = file, -1

    def read(self, size: int = -1) -> bytes:
        """Read as from a file."""
        data = self._file.read(size)
        if self.left >= 0:
            self.left -= len(data)
            if self.left < 0:
                raise _TooMuch("a tar with a header of over 1 MB; the rest was not opened")
        return data

    def seek(self, place: int, whence: int = 0) -> int:
        """Go to a place."""
        return self._file.seek(place, whence)

    def tell(self) -> int:
        """Return the place."""
        return self._file.tell()


class _Streams:
    """Unpacks in bounded memory what has one stream after the other, with zeros between them or not: xz, zstd."""

    def __init__(self, file: IO[bytes], new: Callable[[], Any]) -> None:
        """`new` makes the library's decompressor of one stream."""
        self._file, self._data, self._new = file, b"", new
        self._decompressor = new()

    def read(self, size: int) -> bytes:
        """Return some bytes, at most so many; none at the end."""
        while True:
            if self._decompressor.eof:
                rest = (self._decompressor.unused_data or self._file.read(_STEP)).lstrip(b"\0")
                if not rest:
                    return b""
                self._decompressor, self._data = self._new(), rest
            elif self._decompressor.needs_input and not self._data:
                self._data = self._file.read(_STEP)
                if not self._data:
                    raise EOFError("cut short")
            found: bytes = self._decompressor.decompress(self._data, size)
            self._data = b""
            if found:
                return found


def _xz_decompressor() -> Any:
    import lzma

    return lzma.LZMADecompressor(format=lzma.FORMAT_XZ, memlimit=_WINDOW)


def _zstd_decompressor() -> Any:
    library = _zstd_library()
    return library.ZstdDecompressor(options={library.DecompressionParameter.window_log_max: _WINDOW.bit_length() - 1})


def _directory(source: IO[bytes]) -> int:
    """The bytes of a zip's directory, by the record at its end; 0 where there is none."""
    size = source.seek(0, io.SEEK_END)
    source.seek(max(0, size - 65_557))
    tail = source.read()
    source.seek(0)
    place = tail.rfind(b"PK\5\6")
    return int.from_bytes(tail[place + 12 : place + 16], "little") if place >= 0 else 0


def _zstd_library() -> Any:
    from importlib import import_module

    for name in ("compression.zstd", "backports.zstd"):
        try:
            return import_module(name)
        except ImportError:
            continue
    return None


def _damages() -> tuple[type[Exception], ...]:
    """What the readers raise on data that makes no sense, or asks for more memory than allowed."""
    import lzma
    import struct
    import tarfile
    import zipfile
    import zlib

    library = _zstd_library()
    kinds = (
        OSError, EOFError, ValueError, RuntimeError, IndexError, KeyError, OverflowError, MemoryError, AttributeError,
        zlib.error, lzma.LZMAError, tarfile.TarError, zipfile.BadZipFile, struct.error,
    )  # fmt: skip
    return (*kinds, library.ZstdError) if library else kinds


def _words(error: Exception) -> str:
    # The message may quote the data.
    return type(error).__name__


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _joined(value: Any) -> str:
    """A text of a notebook, which is a string or a list of lines."""
    if isinstance(value, list):
        return "".join(line for line in value if isinstance(line, str))
    return value if isinstance(value, str) else ""
