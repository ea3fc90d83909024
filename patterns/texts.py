"""Checks of any text, for users' own rules and those of other tools: entropy, and what a value is not like."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from math import log2
from typing import Any

from .outcome import Outcome, failed, passed, unknown

Arguments = Mapping[str, int | str]

# Seconds for an expression of the user's on one value.
_TIMEOUT = 0.1


def entropy(value: bytes, args: Arguments) -> Outcome:
    """The value has at least `min` bits of entropy a byte, by how often each byte is in it."""
    size = len(value)
    bits = log2(size) - sum(count * log2(count) for count in Counter(value).values()) / size if size else 0.0
    return passed("varied enough") if bits >= float(args["min"]) else failed("not varied enough")


def unlike(value: bytes, args: Arguments) -> Outcome:
    """The value holds nothing that fits `pattern`, an expression for `regex`."""
    try:
        found = _compiled(str(args["pattern"])).search(value, timeout=_TIMEOUT)
    except TimeoutError:
        return unknown("the expression of what it is not like took too long")
    return failed("like what the rule leaves out") if found else passed("unlike what the rule leaves out")


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> Any:
    import regex

    return regex.compile(pattern.encode("utf-8"), regex.V0)
