"""Standard input to standard output with the rules' patterns in Python's own `re`: what a script of a page would do."""

from __future__ import annotations

import re
import sys
from typing import Any

from scrubjay.patterns import Matcher


def main() -> None:
    """Try each rule on each block of lines that holds one of its keywords."""
    rules = [(plan.keywords, re.compile(plan.pattern.encode("latin-1"), re.VERBOSE), plan.id) for plan in _plans()]
    for block in iter(lambda: sys.stdin.buffer.readlines(1 << 16), []):
        data = b"".join(block)
        lower = data.lower().decode("latin-1")
        for keywords, pattern, name in rules:
            if not keywords or any(keyword.lower() in lower for keyword in keywords):
                data = pattern.sub(lambda hit, name=name: _masked(hit, name), data)
        sys.stdout.buffer.write(data)


def _plans() -> list[Any]:
    from scrubjay.patterns.load import plan

    return [plan(rule) for rule in Matcher.default().rules]


def _masked(hit: re.Match[bytes], name: str) -> bytes:
    start, end = (place - hit.start() for place in hit.span("secret"))
    return hit[0][:start] + f"[REDACTED:{name}]".encode() + hit[0][end:]


if __name__ == "__main__":
    main()
