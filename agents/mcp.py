"""`scrubjay agent mcp`: an MCP server with the tools `scan` and `redact`. Needs the extra [mcp]."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from threading import Condition, Thread
from typing import Any

from ..patterns import Matcher
from ..patterns.errors import ScrubjayError
from ..patterns.release import VERSION
from .examine import Examiner

# Seconds that an answer may take after the last request.
_LONGEST = 60
_END = b"no more answers\n"


def server() -> Any:
    """Return the server, not started. Raises ScrubjayError when the extra is not installed."""
    try:
        from mcp.server import MCPServer
    except ImportError:
        raise ScrubjayError("the MCP server needs a library: pip install 'scrubjay[mcp]'") from None
    matcher = Matcher.default(engine=os.environ.get("SCRUBJAY_ENGINE", ""))
    made: Any = MCPServer("scrubjay", version=VERSION)

    def scan(text: str) -> list[dict[str, Any]]:
        """Say which secrets are in a text such as a diff or a file: rule, line and fingerprint, never the value."""
        examiner = Examiner(matcher, os.getcwd())
        examiner.text(text, "the text")
        return [
            {"rule": one.rule, "line": one.line, "fingerprint": one.fingerprint, "confidence": one.confidence}
            for one in examiner.findings
        ]

    def redact(text: str) -> str:
        """Return a text with a marker in the place of each secret."""
        masked: str = Examiner(matcher, os.getcwd()).masked(text, "the text")
        return masked

    made.tool()(scan)
    made.tool()(redact)
    return made


def serve() -> None:
    """Serve until standard input ends and every request has its answer."""
    made = server()
    with _Patience():
        made.run("stdio")


class _Patience:
    """While entered, standard input ends for this process only when every request has its answer.

    The library drops what it is working on when its input ends, so `printf REQUEST | scrubjay agent mcp` gave nothing.
    Lines pass through two pipes, one each way, and are not changed.
    """

    def __init__(self) -> None:
        self._waiting: set[str] = set()
        self._changed = Condition()

    def __enter__(self) -> None:
        source, sink = os.dup(0), os.dup(1)
        requests, asked = os.pipe()
        answered, answers = os.pipe()
        os.dup2(requests, 0)
        os.dup2(answers, 1)
        os.close(requests)
        os.close(answers)
        self._back = Thread(target=self._answers, args=(answered, sink), daemon=True)
        for thread in (self._back, Thread(target=self._requests, args=(source, asked), daemon=True)):
            thread.start()

    def __exit__(self, *_: object) -> None:
        # The library keeps a copy of the descriptor, so the other side would wait for an end.
        with suppress(OSError):
            os.write(1, _END)
        self._back.join(_LONGEST)

    def _requests(self, source: int, asked: int) -> None:
        with open(source, "rb") as lines, open(asked, "wb", buffering=0) as out, suppress(OSError):
            for line in lines:
                message = _message(line)
                with self._changed:
                    if "method" in message and "id" in message:
                        self._waiting.add(repr(message["id"]))
                    elif message.get("method") == "notifications/cancelled":
                        self._waiting.discard(repr((message.get("params") or {}).get("requestId")))
                out.write(line)
            with self._changed:
                self._changed.wait_for(lambda: not self._waiting, _LONGEST)

    def _answers(self, answered: int, sink: int) -> None:
        with open(answered, "rb") as lines, open(sink, "wb", buffering=0) as out, suppress(OSError):
            while (line := lines.readline()) not in (b"", _END):
                message = _message(line)
                out.write(line)
                if "method" not in message:
                    self._end({repr(message.get("id"))})
        # Who asked is gone, or there will be no more.
        self._end(self._waiting)

    def _end(self, ids: set[str]) -> None:
        with self._changed:
            self._waiting -= ids
            self._changed.notify()


def _message(line: bytes) -> dict[str, Any]:
    try:
        message = json.loads(line)
    except ValueError:
        return {}
    return message if isinstance(message, dict) else {}
