"""What the input is packed in: gzip, zstd, UTF-16. Unpacked piece by piece in bounded memory; damage raises."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import Any

from ..patterns.errors import ScrubjayError
from .stream import Damaged

PACKINGS = ("auto", "gzip", "zstd")
ENCODINGS = ("utf-8", "utf-16", "utf-16-le", "utf-16-be")
# So much comes out of one step, however well it was packed.
_STEP = 1 << 18
_MAGIC = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}
_LONGEST_MAGIC = max(map(len, _MAGIC))
_BOM = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


class Unpacker:
    """Turns packed input into plain bytes, in UTF-8 if it was UTF-16. One per stream."""

    def __init__(self, packing: str = "", encoding: str = "utf-8") -> None:
        """Raises ScrubjayError if the packing needs a package that is not installed."""
        self._packing = packing
        self._new: Any = None
        if packing in ("gzip", "zstd"):
            self._new = _decompressor(packing)
        self._one: Any = None
        self._head = b""
        self._encoding = encoding
        self._decoder: Any = None
        # Half a character at the very end, which no text can hold: to be written as it is.
        self.rest = b""

    def feed(self, data: bytes | memoryview) -> Iterator[bytes]:
        """Take the next packed bytes, yield plain ones; raises Damaged."""
        for plain in self._unpacked(bytes(data)) if self._packing else (bytes(data),):
            yield from self._decoded(plain)

    def finish(self) -> Iterator[bytes]:
        """Yield the rest; raises Damaged if the packed input breaks off."""
        if self._packing == "auto" and self._head:
            self._packing, plain = "", self._head
            yield from self._decoded(plain)
        if self._one is not None:
            raise Damaged("the packed data breaks off")
        if self._decoder is not None:
            self.rest, _ = self._decoder.getstate()

    def _unpacked(self, data: bytes) -> Iterator[bytes]:
        if self._packing == "auto":
            data = self._head + data
            kind = next((kind for magic, kind in _MAGIC.items() if data.startswith(magic)), "")
            if not kind and len(data) < _LONGEST_MAGIC and any(magic.startswith(data) for magic in _MAGIC):
                self._head = data
                return
            self._head, self._packing = b"", kind
            if not kind:
                yield data
                return
            self._new = _decompressor(kind)
        while data:
            if self._one is None:
                if not data.strip(b"\0"):
                    # Padding behind the last part, as tapes have it.
                    return
                self._one = self._new()
            try:
                plain = self._one.decompress(data, _STEP)
                data = b""
                while plain:
                    yield plain
                    plain = b"" if self._one.eof else self._more()
            except Exception as error:  # noqa: BLE001
                raise Damaged(f"the packed data is damaged ({type(error).__name__})") from None
            if self._one.eof:
                # Another part may follow.
                data, self._one = self._one.unused_data, None

    def _more(self) -> bytes:
        one = self._one
        if hasattr(one, "unconsumed_tail"):
            rest: bytes = one.unconsumed_tail
            plain: bytes = one.decompress(rest, _STEP) if rest else b""
            return plain
        more: bytes = b"" if one.needs_input else one.decompress(b"", _STEP)
        return more

    def _decoded(self, data: bytes) -> Iterator[bytes]:
        if self._encoding == "utf-8":
            yield data
            return
        if self._decoder is None:
            if self._encoding == "utf-16":
                data = self._head + data
                if len(data) < 2:
                    self._head = data
                    return
                self._head = b""
                self._encoding = _BOM.get(data[:2], "utf-16-le")
            self._decoder = codecs.getincrementaldecoder(self._encoding)("surrogatepass")
        try:
            text = self._decoder.decode(data)
        except UnicodeDecodeError:
            raise Damaged("the input is not UTF-16") from None
        if text:
            yield text.encode("utf-8", "surrogatepass")

    @property
    def encoding(self) -> str:
        """The encoding of the input; which UTF-16 it is, is known once something was read."""
        return self._encoding


class Packer:
    """Turns UTF-8 back into the encoding that the input had. One per stream."""

    def __init__(self, unpacker: Unpacker) -> None:
        self._unpacker = unpacker
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogatepass")

    def pack(self, data: bytes) -> bytes:
        """Return the bytes in the input's encoding; half a character waits for its rest."""
        encoding = self._unpacker.encoding
        try:
            text = self._decoder.decode(data)
        except UnicodeDecodeError:
            # A mask may stand in the middle of a character.
            text = data.decode("utf-8", "replace")
            self._decoder.reset()
        return text.encode("utf-16-le" if encoding == "utf-16" else encoding, "surrogatepass")


def _decompressor(packing: str) -> Any:
    """Return what makes a decompressor of one part."""
    if packing == "gzip":
        import zlib

        return lambda: zlib.decompressobj(31)
    for name in ("compression.zstd", "backports.zstd"):
        try:
            from importlib import import_module

            return import_module(name).ZstdDecompressor
        except ImportError:
            continue
    raise ScrubjayError("zstd needs Python 3.14 or the package backports.zstd: pip install 'scrubjay[zstd]'")
