"""`scrubjay agent mcp`: an MCP server with the tools `scan` and `redact`. Needs the extra [mcp]."""

from __future__ import annotations

import os
from importlib.metadata import version
from typing import Any

from ..patterns import Matcher
from ..patterns.errors import ScrubjayError
from .examine import Examiner


def server() -> Any:
    """Return the server, not started. Raises ScrubjayError when the extra is not installed."""
    try:
        from mcp.server import MCPServer
    except ImportError:
        raise ScrubjayError("the MCP server needs a library: pip install 'scrubjay[mcp]'") from None
    matcher = Matcher.default(engine=os.environ.get("SCRUBJAY_ENGINE", ""))
    made: Any = MCPServer("scrubjay", version=version("scrubjay"))

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
    """Serve until standard input ends."""
    server().run("stdio")
