"""Standard input to standard output through `redact` of VRL, Vector's language. Needs a Python with vector-vrl.

The first argument says what an event is: "line", as in Vector, or "block", 64 KiB of lines, which spares nearly all of
the cost of making events. The others are the regular expressions to mask.
"""

from __future__ import annotations

import json
import sys

from vector_vrl import execute_vrl  # type: ignore[import-not-found]

BATCH = 4 << 20
BLOCK = 64 << 10


def main() -> None:
    """Copy the stream, masked."""
    unit, *expressions = sys.argv[1:]
    filters = ", ".join(f"r'{text}'" for text in expressions)
    program = f".message = redact!(.message, filters: [{filters}])"
    rest = b""
    while data := sys.stdin.buffer.read(BATCH):
        lines, end, rest = (rest + data).rpartition(b"\n")
        _write(program, unit, lines + end)
    _write(program, unit, rest)


def _write(program: str, unit: str, data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    if unit == "line":
        events, end = text.splitlines(), "\n"
    else:
        events, end = [text[low : low + BLOCK] for low in range(0, len(text), BLOCK)], ""
    # A JSON object would be taken as the event itself, any other text as its message.
    made = execute_vrl(program, [json.dumps({"message": e}) if e.startswith("{") else e for e in events])
    sys.stdout.buffer.write("".join(f"{event['message']}{end}" for event in made).encode())


if __name__ == "__main__":
    main()
