"""Masks text and single values: what the rules find, and values that are known to be secret."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from ..mask import Masker as Marks
from ..mask import marker

if TYPE_CHECKING:
    from ...patterns import Matcher

# The name in the marker of a known value.
KNOWN = "known-value"
_CODEC = ("utf-8", "surrogatepass")


class Masker:
    """Masks with a matcher and with known values. Shared by threads."""

    def __init__(self, matcher: Matcher, known: Iterable[str | bytes] = ()) -> None:
        """Take the rules, and the values that are masked wherever they stand."""
        self._find = matcher.find
        self._apply = Marks(matcher).apply
        words = {word.encode(*_CODEC) if isinstance(word, str) else word for word in known}
        # The longest first: one may be the beginning of another.
        longest = sorted(filter(None, words), key=len, reverse=True)
        self._known = re.compile(b"|".join(map(re.escape, longest))) if longest else None

    def mask(self, data: bytes) -> tuple[bytes, dict[str, int] | None]:
        """Return the bytes masked, and how often by rule; None for nothing. Raises what the matcher raises."""
        counts: dict[str, int] = {}
        if self._known is not None:
            data, number = self._known.subn(marker(KNOWN), data)
            if number:
                counts[KNOWN] = number
        matches = self._find(data)
        if matches:
            data = b"".join(self._apply(data, matches, counts))
        return data, counts or None

    def mask_text(self, text: str) -> tuple[str, dict[str, int] | None]:
        """Like `mask`, for text; text without secrets is the same object."""
        data, counts = self.mask(text.encode(*_CODEC))
        return (data.decode(*_CODEC), counts) if counts else (text, None)

    def mask_named(self, name: str, text: str) -> tuple[str, dict[str, int] | None]:
        """Like `mask_text`, for a value that is a secret only because of its name."""
        masked, counts = self.mask_text(text)
        if counts or not name or not text:
            return masked, counts
        _, counts = self.mask_text(f'"{name}": "{text}"')
        return (f"[REDACTED:{next(iter(counts))}]", counts) if counts else (text, None)
