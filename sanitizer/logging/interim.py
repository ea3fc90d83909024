"""Interim masker of text and values, until the sanitizer's own is there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ...patterns import Matcher
from ..mask import Masker as Marks


class Masker:
    """Masks bytes, text and values."""

    def __init__(self, matcher: Matcher, *, policy: Any = None, known: Iterable[str | bytes] = ()) -> None:
        self._matcher = matcher
        self._marks = Marks(matcher)
        self._known = [word.encode() if isinstance(word, str) else word for word in known]

    def mask(self, data: bytes) -> tuple[bytes, dict[str, int]]:
        counts: dict[str, int] = {}
        for word in self._known:
            if word in data:
                counts["known"] = counts.get("known", 0) + data.count(word)
                data = data.replace(word, b"[REDACTED:known]")
        return b"".join(self._marks.apply(data, self._matcher.find(data), counts)), counts

    def mask_text(self, text: str) -> tuple[str, dict[str, int]]:
        masked, counts = self.mask(text.encode("utf-8", "surrogatepass"))
        return masked.decode("utf-8", "surrogatepass") if counts else text, counts

    def mask_value(self, value: Any, key: str = "") -> tuple[Any, dict[str, int]]:
        if isinstance(value, bytes):
            return self.mask(value)
        masked, counts = self.mask_text(value)
        if not counts and key:
            _, counts = self.mask_text(f'{key}: "{value}"')
            masked = f"[REDACTED:{next(iter(counts))}]" if counts else value
        return masked, counts
