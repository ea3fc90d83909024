"""A fake model on loopback that speaks the interfaces of OpenAI and Anthropic, and pseudonyms for the tests."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from scrubjay.patterns import Matcher
from scrubjay.sanitizer.gateway.pseudonyms import Pseudonyms
from scrubjay.sanitizer.policy import Key

KEY = Key("tests", b"a key of the tests, nobody's")


@pytest.fixture
def pseudonyms(matcher: Matcher) -> Pseudonyms:
    """Pseudonyms that have given out nothing yet."""
    return Pseudonyms(matcher, KEY)


class Model:
    """What the server has been asked, and what it is to answer: a function of the request's body."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.bodies: list[bytes] = []
        self.answer: Callable[[dict[str, Any]], Any] = lambda asked: {}
        # How many bytes of a stream are sent at once.
        self.step = 0

    @property
    def asked(self) -> dict[str, Any]:
        """The last request."""
        value: dict[str, Any] = json.loads(self.bodies[-1])
        return value


@pytest.fixture(scope="session")
def server() -> Iterator[tuple[ThreadingHTTPServer, list[Model]]]:
    """The server; the list holds the model of the test that runs."""
    models: list[Model] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            model = models[-1]
            body = self.rfile.read(int(self.headers["content-length"]))
            model.bodies.append(body)
            answer = model.answer(json.loads(body))
            stream = isinstance(answer, bytes)
            data = answer if stream else json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("content-type", "text/event-stream" if stream else "application/json")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            step = model.step or len(data)
            for low in range(0, len(data), step):
                self.wfile.write(data[low : low + step])

        def log_message(self, form: str, *words: object) -> None:
            """Says nothing."""

    made = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.daemon_threads = True
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield made, models
    made.shutdown()
    thread.join()
    made.server_close()


@pytest.fixture
def model(server: tuple[ThreadingHTTPServer, list[Model]]) -> Iterator[Model]:
    """A fake model."""
    made = Model(f"http://127.0.0.1:{server[0].server_port}")
    server[1].append(made)
    yield made
    server[1].remove(made)


def sse(*events: Any, named: bool = False) -> bytes:
    """Events as bytes; a string is sent as it is."""
    out = b""
    for event in events:
        name = f"event: {event['type']}\n".encode() if named else b""
        out += name + b"data: " + (event if isinstance(event, str) else json.dumps(event)).encode() + b"\n\n"
    return out


def chunk(finish: str | None = None, index: int = 0, **delta: Any) -> dict[str, Any]:
    """A chunk of a chat completion."""
    choice = {"index": index, "delta": delta, "finish_reason": finish}
    return {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "fake", "choices": [choice]}


def call(arguments: str, index: int = 0, **more: Any) -> list[dict[str, Any]]:
    """A piece of a tool call in a chunk."""
    return [{"index": index, "function": {"arguments": arguments}, **more}]


@pytest.fixture(scope="session")
def chat() -> Callable[..., bytes]:
    """A streamed chat completion from pieces of prose and pieces of a tool's arguments."""

    def make(prose: list[str], arguments: list[str]) -> bytes:
        first = {"id": "call_1", "type": "function"}
        calls = [chunk(tool_calls=[{**call("")[0], **first, "function": {"name": "run", "arguments": ""}}])]
        calls += [chunk(tool_calls=call(piece)) for piece in arguments]
        return sse(
            chunk(role="assistant", content=""),
            *(chunk(content=piece) for piece in prose),
            *(calls if arguments else []),
            chunk("tool_calls" if arguments else "stop"),
            "[DONE]",
        )

    return make


@pytest.fixture(scope="session")
def messages() -> Callable[..., bytes]:
    """A streamed Anthropic message from pieces of prose and pieces of a tool's input."""

    def make(prose: list[str], arguments: list[str]) -> bytes:
        start = {"id": "msg_1", "type": "message", "role": "assistant", "model": "fake", "content": []}
        start |= {"stop_reason": None, "stop_sequence": None, "usage": {"input_tokens": 1, "output_tokens": 1}}
        events: list[dict[str, Any]] = [
            {"type": "message_start", "message": start},
            {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
            *({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": p}} for p in prose),
            {"type": "content_block_stop", "index": 0},
        ]
        if arguments:
            block = {"type": "tool_use", "id": "toolu_1", "name": "run", "input": {}}
            events.append({"type": "content_block_start", "index": 1, "content_block": block})
            events += [
                {"type": "content_block_delta", "index": 1, "delta": {"type": "input_json_delta", "partial_json": p}}
                for p in arguments
            ]
            events.append({"type": "content_block_stop", "index": 1})
        end = {"stop_reason": "tool_use" if arguments else "end_turn", "stop_sequence": None}
        events += [{"type": "message_delta", "delta": end, "usage": {"output_tokens": 5}}, {"type": "message_stop"}]
        return sse(*events, named=True)

    return make


@pytest.fixture(scope="session")
def responses() -> Callable[..., bytes]:
    """A stream of OpenAI's Responses interface from pieces of prose and pieces of a tool's arguments."""

    def make(prose: list[str], arguments: list[str]) -> bytes:
        text, words = "".join(prose), "".join(arguments)
        at = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
        tool = {"item_id": "fc_1", "output_index": 1}
        part = {"type": "output_text", "text": text, "annotations": []}
        message = {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "content": [part]}
        made = {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "run", "arguments": words}
        whole = {"id": "resp_1", "object": "response", "created_at": 1, "model": "fake", "status": "completed"}
        whole |= {"output": [message, made], "parallel_tool_calls": True, "tool_choice": "auto", "tools": []}
        start = {**whole, "status": "in_progress", "output": []}
        events: list[dict[str, Any]] = [
            {"type": "response.created", "response": start},
            {"type": "response.output_item.added", "output_index": 0, "item": {**message, "content": []}},
            {"type": "response.content_part.added", **at, "part": {**part, "text": ""}},
            *({"type": "response.output_text.delta", **at, "delta": piece, "logprobs": []} for piece in prose),
            {"type": "response.output_text.done", **at, "text": text, "logprobs": []},
            {"type": "response.content_part.done", **at, "part": part},
            {"type": "response.output_item.done", "output_index": 0, "item": message},
            {"type": "response.output_item.added", "output_index": 1, "item": {**made, "arguments": ""}},
            *({"type": "response.function_call_arguments.delta", **tool, "delta": piece} for piece in arguments),
            {"type": "response.function_call_arguments.done", **tool, "arguments": words, "name": "run"},
            {"type": "response.output_item.done", "output_index": 1, "item": made},
            {"type": "response.completed", "response": whole},
        ]
        return sse(*({**event, "sequence_number": number} for number, event in enumerate(events)), named=True)

    return make
