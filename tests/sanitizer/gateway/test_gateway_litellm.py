"""LiteLLM's real proxy with the guardrail, between a client and a fake model on loopback."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("litellm", reason="the extra [litellm] is not installed: pip install -e '.[litellm]'")
pytest.importorskip("apscheduler", reason="LiteLLM's proxy is not installed: pip install -e '.[litellm]'")

CONFIG = """
model_list:
  - model_name: fake
    litellm_params: {{model: openai/fake, api_base: "{address}/v1", api_key: none}}
  - model_name: claude
    litellm_params: {{model: anthropic/claude-fake, api_base: "{address}", api_key: none}}
  - model_name: trusted
    litellm_params: {{model: openai/fake, api_base: "{address}/v1", api_key: none}}
  - model_name: elsewhere
    litellm_params: {{model: openai/fake, api_base: "{address}/v1", api_key: none}}
  - model_name: refused
    litellm_params: {{model: openai/fake, api_base: "{address}/v1", api_key: none}}
router_settings: {{num_retries: 0}}
guardrails:
  - guardrail_name: scrubjay
    litellm_params:
      guardrail: scrubjay.sanitizer.gateway.litellm.Guardrail
      mode: [pre_call, post_call]
      default_on: true
"""
PERSON = "Ada Exampleperson"
POLICY = """
audit = "audit.jsonl"
[[label]]
class = "personal"
name = "staff"
known-files = ["people"]
[[receiver]]
models = ["fake", "claude"]
classes = ["public"]
[[receiver]]
models = ["trusted"]
classes = ["public", "personal"]
[[receiver]]
models = ["elsewhere"]
classes = ["public", "secret"]
[[receiver]]
models = ["refused"]
classes = []
[[receiver]]
hosts = ["127.0.0.1"]
classes = ["public", "personal"]
"""
KEY = "sk-" + "of-the-tests-" * 3


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The proxy's folder."""
    return tmp_path_factory.mktemp("litellm")


@pytest.fixture(scope="session")
def proxy(server: Any, folder: Path, cache_folder: Path) -> Iterator[str]:
    """The proxy's address. It takes some seconds to start, and minutes on a machine that is busy."""
    (folder / "config.yaml").write_text(CONFIG.format(address=f"http://127.0.0.1:{server[0].server_port}"))
    (folder / "policy.toml").write_text(POLICY)
    (folder / "people").write_text(f"{PERSON}\n")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {
        "SCRUBJAY_MASK_KEY": "a key of the tests",
        "XDG_CACHE_HOME": str(cache_folder),
        "SCRUBJAY_POLICY": str(folder / "policy.toml"),
        "LITELLM_MASTER_KEY": KEY,
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "LITELLM_TELEMETRY": "False",
    }
    command = [Path(sys.executable).parent / "litellm", "--config", folder / "config.yaml"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--telemetry", "False"]
    with open(folder / "log", "wb") as log:
        process = subprocess.Popen(command, env={**os.environ, **settings}, stdout=log, stderr=log, cwd=folder)
    address = f"http://127.0.0.1:{port}"
    try:
        end = time.monotonic() + 600
        while True:
            try:
                urllib.request.urlopen(f"{address}/health/liveliness").close()
                break
            except OSError:
                assert time.monotonic() < end and process.poll() is None, (folder / "log").read_text()[-2000:]
                time.sleep(0.2)
        yield address
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture
def ask(proxy: str) -> Callable[..., bytes]:
    """Asks the proxy for a chat completion, and returns the answer's body."""

    def post(path: str = "/v1/chat/completions", **body: Any) -> bytes:
        headers = {"content-type": "application/json", "authorization": f"Bearer {KEY}", "x-api-key": KEY}
        request = urllib.request.Request(proxy + path, json.dumps({"model": "fake", **body}).encode(), headers)
        with urllib.request.urlopen(request, timeout=30) as answer:
            data: bytes = answer.read()
            return data

    return post


def told(stream: bytes) -> tuple[str, str]:
    """The prose and the arguments of a streamed answer."""
    prose = arguments = ""
    for line in stream.splitlines():
        if line.startswith(b"data: {"):
            event = json.loads(line[6:])
            for choice in event.get("choices", []):
                prose += choice["delta"].get("content") or ""
                arguments += "".join(c["function"]["arguments"] or "" for c in choice["delta"].get("tool_calls") or [])
            if event.get("type") == "content_block_delta":
                prose += event["delta"].get("text", "")
                arguments += event["delta"].get("partial_json", "")
    return prose, arguments


def test_an_answer(ask: Callable[..., bytes], model: Any, secret: str, make_secret: Callable[[str], str]) -> None:
    """The model sees a token; the caller gets his secret back, and one that the model made up is masked."""
    other = make_secret("other")

    def answer(asked: dict[str, Any]) -> dict[str, Any]:
        text = asked["messages"][-1]["content"]
        call = {"id": "1", "type": "function", "function": {"name": "run", "arguments": json.dumps({"a": text})}}
        message = {"role": "assistant", "content": f"{text} {other}", "tool_calls": [call]}
        usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        made = {"id": "1", "object": "chat.completion", "created": 1, "model": "fake", "choices": [choice]}
        return {**made, "usage": usage}

    model.answer = answer
    found = json.loads(ask(messages=[{"role": "user", "content": f'"{secret}" '}]))["choices"][0]["message"]
    assert found["content"] == f'"{secret}"  [REDACTED:github-pat-classic]'
    assert json.loads(found["tool_calls"][0]["function"]["arguments"]) == {"a": f'"{secret}" '}
    assert secret.encode() not in model.bodies[0] and b"SCRUBJAY-PSEUDO-" in model.bodies[0]


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/messages"])
def test_a_key_split_at_every_offset(
    ask: Callable[..., bytes], model: Any, secret: str, make_secret: Callable[[str], str], request: Any, path: str
) -> None:
    """A key in a streamed answer never leaves, wherever it is cut; a token in it is restored, wherever that is cut."""
    other = make_secret("other")
    make = request.getfixturevalue("chat" if path.endswith("completions") else "messages")
    name = "fake" if path.endswith("completions") else "claude"
    for cut in range(1, len(other)):

        def answer(asked: dict[str, Any], cut: int = cut) -> bytes:
            content = asked["messages"][-1]["content"]
            token = content if isinstance(content, str) else content[0]["text"]
            arguments = f'{{"a": "{token}", "b": "{other}"}}'
            place = arguments.index(other) + cut
            prose = ["Take ", other[:cut], other[cut:], " and ", token[:cut], token[cut:], "."]
            made: bytes = make(prose, [arguments[: 7 + cut], arguments[7 + cut : place], arguments[place:]])
            return made

        model.answer = answer
        messages = [{"role": "user", "content": secret}]
        stream = ask(path, model=name, messages=messages, stream=True, max_tokens=100)
        prose, arguments = told(stream)
        assert other[:9] not in prose + arguments and other[8:] not in prose + arguments and b"REDACTED" in stream
        assert prose.endswith(f"] and {secret}.") and json.loads(arguments)["a"] == secret
    assert secret.encode() not in b"".join(model.bodies)


def echoed(asked: dict[str, Any]) -> dict[str, Any]:
    """What a model answers that says the last message again."""
    message = {"role": "assistant", "content": asked["messages"][-1]["content"]}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    made = {"id": "1", "object": "chat.completion", "created": 1, "model": "fake", "choices": [choice]}
    return {**made, "usage": usage}


def test_a_caller_cannot_have_the_secret_of_another(ask: Callable[..., bytes], model: Any, secret: str) -> None:
    """A token that another request was given is not restored."""
    model.answer = echoed
    ask(messages=[{"role": "user", "content": secret}])
    token = model.asked["messages"][0]["content"]
    found = json.loads(ask(messages=[{"role": "user", "content": token}]))["choices"][0]["message"]["content"]
    assert found == token and secret not in found


def test_the_data_policy(ask: Callable[..., bytes], model: Any, folder: Path, secret: str) -> None:
    """A model gets what its block says, and nothing where the block of its host says less; the audit tells it."""
    from scrubjay.agents.auditreport import verified

    model.answer = echoed
    text = f"for {PERSON}: {secret}"
    for name, clear in (("fake", False), ("trusted", True)):
        found = json.loads(ask(model=name, messages=[{"role": "user", "content": text}]))
        assert found["choices"][0]["message"]["content"] == text
        got = model.asked["messages"][0]["content"]
        assert (PERSON in got) is clear and secret not in got
    count = len(model.bodies)
    for name in ("elsewhere", "refused"):
        with pytest.raises(urllib.error.HTTPError) as error:
            ask(model=name, messages=[{"role": "user", "content": f"it is {secret}"}])
        assert "data policy" in error.value.read().decode() and len(model.bodies) == count, name
    told = (folder / "audit.jsonl").read_text()
    assert verified([str(folder / "audit.jsonl")])[1] and PERSON not in told and secret not in told
    rows = {(row["event"], row["receiver"], *row["classes"]) for row in map(json.loads, told.splitlines())}
    assert {
        ("masked", "fake", "personal"), ("sent", "trusted", "personal"), ("masked", "trusted", "secret"),
        ("withheld", "refused", "public"),
    } <= rows  # fmt: skip
    assert [row for row in rows if row[0] == "withheld" and row[1].startswith("127.0.0.1:") and row[2] == "secret"]


def test_the_contracts(monkeypatch: pytest.MonkeyPatch, secret: str) -> None:
    """The present and the former form of apply_guardrail hide and restore; the end of a stream's text is held back."""
    monkeypatch.setenv("SCRUBJAY_MASK_KEY", "a key of the tests")
    from scrubjay.sanitizer.gateway.litellm import Guardrail

    made = Guardrail(guardrail_name="scrubjay", event_hook="pre_call", default_on=True)

    async def talk() -> None:
        data = {"litellm_call_id": "1"}
        call = {"id": "1", "function": {"name": "run", "arguments": json.dumps({"a": secret})}}
        asked = {"texts": [f"use {secret}", "plain"], "tool_calls": [call]}
        hidden = await made.apply_guardrail(inputs=asked, request_data=data, input_type="request")
        assert secret not in json.dumps(hidden) and hidden["texts"][1] == "plain"
        token = hidden["texts"][0][4:]
        got = await made.apply_guardrail(
            inputs={"texts": [f"so {token}", "and SCRUBJAY-P"], "tool_calls": hidden["tool_calls"]},
            request_data=data,
            input_type="response",
        )
        assert got["texts"] == [f"so {secret}", "and SCRUBJAY-P"]
        assert got["stream_holdback_chars"] == [len(secret), len("SCRUBJAY-P")]
        assert json.loads(got["tool_calls"][0]["function"]["arguments"]) == {"a": secret}
        assert await made.apply_guardrail(text=f"use {secret}", language="en", entities=None) == f"use {token}"

    asyncio.run(talk())
