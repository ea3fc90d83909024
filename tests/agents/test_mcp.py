"""The MCP server, asked by the SDK's own client over standard input and output."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from importlib.metadata import version
from typing import Any

import pytest

WHY = "the extra [mcp] is not installed: pip install -e '.[mcp]'"


def test_scan_and_redact(environment: dict[str, str], secret: str) -> None:
    """Both tools are offered; scan says rule and line without the value, redact masks it, clean text stays as it is."""
    pytest.importorskip("mcp", reason=WHY)
    from mcp import ClientSession, StdioServerParameters
    from mcp.client.stdio import stdio_client

    async def talk() -> dict[str, Any]:
        command = StdioServerParameters(
            command=sys.executable, args=["-m", "scrubjay.cli", "agent", "mcp"], env=environment
        )
        async with stdio_client(command) as (read, write), ClientSession(read, write) as session:
            started = await session.initialize()
            tools = await session.list_tools()
            return {
                "version": started.server_info.version,
                "tools": sorted(tool.name for tool in tools.tools),
                "scan": str(await session.call_tool("scan", {"text": f"a\nT={secret}\n"})),
                "redact": str(await session.call_tool("redact", {"text": f"T={secret}"})),
                "clean": str(await session.call_tool("redact", {"text": "nothing"})),
            }

    found = asyncio.run(talk())
    assert found["tools"] == ["redact", "scan"] and found["version"] == version("scrubjay")
    assert "github-pat-classic" in found["scan"] and secret not in found["scan"] + found["redact"]
    assert "T=[REDACTED:github-pat-classic]" in found["redact"] and "nothing" in found["clean"]


def test_requests_in_a_pipe_are_answered(environment: dict[str, str], secret: str) -> None:
    """Standard input may end right behind the last request: every one has its answer, also what is no request."""
    pytest.importorskip("mcp", reason=WHY)
    start = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "x", "version": "1"}}
    messages: list[dict[str, Any]] = [
        {"id": 0, "method": "initialize", "params": start},
        {"method": "notifications/initialized"},
        *({"id": name, "method": "tools/call", "params": {"name": name, "arguments": {"text": f"{secret} " * 2000}}}
          for name in ("scan", "redact", "nothing")),
        {"id": "x", "method": "no/such"},
    ]  # fmt: skip
    given = "".join(json.dumps({"jsonrpc": "2.0"} | message) + "\n" for message in messages) + "no JSON\n"
    command = [sys.executable, "-m", "scrubjay.cli", "agent", "mcp"]
    done = subprocess.run(command, env=environment, input=given, capture_output=True, text=True, timeout=60)
    answers = {answer["id"]: answer for answer in map(json.loads, done.stdout.splitlines()) if "method" not in answer}
    assert done.returncode == 0 and set(answers) >= {0, "scan", "redact", "nothing", "x"}
    assert secret not in done.stdout and "error" in answers["x"]
    assert "[REDACTED:github-pat-classic]" in str(answers["redact"]) and "github-pat-classic" in str(answers["scan"])
