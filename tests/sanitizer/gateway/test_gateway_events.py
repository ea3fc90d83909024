"""Requests' and answers' bodies as bytes: all that a client of a model sends and gets."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from scrubjay.sanitizer.gateway.answer import Answer
from scrubjay.sanitizer.gateway.events import Events, NotExamined, hide_body, restore_body
from scrubjay.sanitizer.gateway.pseudonyms import Pseudonyms

ODD = 'q"\\\n☃'


def pieces(text: str, size: int) -> list[str]:
    return [text[low : low + size] for low in range(0, len(text), size)]


def read(stream: bytes) -> tuple[str, str]:
    """The prose and the arguments that a client puts together from a stream of any of the interfaces."""
    prose, arguments = "", ""
    for line in stream.splitlines():
        if not line.startswith(b"data: {"):
            continue
        event = json.loads(line[6:])
        for choice in event.get("choices", []):
            prose += choice["delta"].get("content") or ""
            for call in choice["delta"].get("tool_calls") or []:
                arguments += call["function"].get("arguments") or ""
        kind, delta = event.get("type", ""), event.get("delta")
        if kind == "content_block_delta":
            prose += delta.get("text", "")
            arguments += delta.get("partial_json", "")
        elif kind == "response.output_text.delta":
            prose += delta
        elif kind == "response.function_call_arguments.delta":
            arguments += delta
    return prose, arguments


@pytest.fixture
def make(request: pytest.FixtureRequest) -> Any:
    """One of the three interfaces."""
    return request.getfixturevalue(request.param)


ALL = pytest.mark.parametrize("make", ["chat", "messages", "responses"], indirect=True)


@ALL
def test_tokens_split_over_events(make: Callable[..., bytes], pseudonyms: Pseudonyms, secret: str) -> None:
    """A token that comes in pieces of any size, in prose and in arguments, is restored exactly."""
    name = pseudonyms.hide(secret)
    pseudonyms.issued["SCRUBJAY-PSEUDO-" + "9" * 16] = ODD
    prose = f"The key {name} is old. SCRUB"
    arguments = json.dumps({"command": f"echo {name}", "text": "SCRUBJAY-PSEUDO-" + "9" * 16})
    for size in (1, 2, 3, 7, 16, 31, 32, 33, 200):
        stream = make(pieces(prose, size), pieces(arguments, size))
        events = Events(Answer(pseudonyms))
        out = events.feed(stream) + events.finish()
        told, given = read(out)
        assert told == f"The key {secret} is old. SCRUB"
        assert json.loads(given) == {"command": f"echo {secret}", "text": ODD}
        assert b"SCRUBJAY-PSEUDO-" not in out


@ALL
def test_bytes_cut_anywhere(make: Callable[..., bytes], pseudonyms: Pseudonyms, secret: str) -> None:
    """The stream's bytes may be cut at any offset: what comes out is the same."""
    name = pseudonyms.hide(secret)
    stream = make(["é ", name[:9], name[9:] + " ☃"], ['{"a": "' + name[:20], name[20:] + '"}'])
    events = Events(Answer(pseudonyms))
    whole = events.feed(stream) + events.finish()
    assert read(whole) == (f"é {secret} ☃", json.dumps({"a": secret}))
    for size in (1, 2, 3, 5, 64, 1000):
        events = Events(Answer(pseudonyms))
        out = b"".join(events.feed(stream[low : low + size]) for low in range(0, len(stream), size))
        assert out + events.finish() == whole


@ALL
def test_a_clean_stream_is_passed_byte_for_byte(make: Callable[..., bytes], pseudonyms: Pseudonyms) -> None:
    """Events without tokens are not written anew, and none waits."""
    stream = make(["Hello", " world"], ['{"a":', " 1}"]).replace(b"\n\n", b"\r\n\r\n")
    events = Events(Answer(pseudonyms))
    assert events.feed(stream) == stream and events.finish() == b""


@ALL
def test_new_secrets_are_masked_at_every_split(
    make: Callable[..., bytes], pseudonyms: Pseudonyms, secret: str, password: bytes
) -> None:
    """With `guard`, a secret that the model makes up is masked wherever its stream is cut; tokens are restored."""
    known = password.decode()
    name = pseudonyms.hide(f"password={known}")[9:]
    prose = f"Take {secret} and the password = {name} now"
    arguments = json.dumps({"command": f"export TOKEN={secret} PASSWORD={name}"})
    for cut in range(1, len(secret)):
        first, second = prose.index(secret) + cut, arguments.index(secret) + cut
        stream = make([prose[:first], prose[first:]], [arguments[:second], arguments[second:]])
        events = Events(Answer(pseudonyms, guard=True))
        told, given = read(events.feed(stream) + events.finish())
        for text in (told, given):
            assert secret[8:] not in text and secret[:9] not in text and known in text
        assert told.endswith(f"] and the password = {known} now")
        assert "[REDACTED:github" in json.loads(given)["command"]


def test_two_choices_and_two_calls_keep_apart(pseudonyms: Pseudonyms, secret: str) -> None:
    """Interleaved choices and parallel calls each have their own text."""
    name = pseudonyms.hide(secret)

    def event(index: int, **delta: Any) -> dict[str, Any]:
        return {"choices": [{"index": index, "delta": delta, "finish_reason": None}]}

    answer = Answer(pseudonyms)
    out = []
    for low in range(0, len(name), 5):
        piece = name[low : low + 5]
        out += answer.event(event(0, content=piece)) + answer.event(event(1, content=piece[::-1]))
        out += answer.event(event(0, tool_calls=[{"index": n, "function": {"arguments": piece}} for n in (0, 1)]))
    out += answer.finish()
    texts: dict[Any, str] = {}
    for made in out:
        choice = made["choices"][0]
        texts[choice["index"]] = texts.get(choice["index"], "") + choice["delta"].get("content", "")
        for call in choice["delta"].get("tool_calls", []):
            key = "call", call["index"]
            texts[key] = texts.get(key, "") + call["function"]["arguments"]
    backwards = "".join(name[low : low + 5][::-1] for low in range(0, len(name), 5))
    assert texts == {0: secret, 1: backwards, ("call", 0): secret, ("call", 1): secret}


def test_requests(pseudonyms: Pseudonyms, secret: str, password: bytes) -> None:
    """All strings of a request are hidden, also in unknown fields and keys; ids, signatures and images are not."""
    image = "data:image/png;base64," + secret
    body = {
        "model": "fake",
        "system": f"the key is {secret}",
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": secret}, {"type": "image", "url": image}]},
            {"role": "assistant", "content": [{"type": "thinking", "thinking": secret, "signature": secret}]},
            {"role": "assistant", "content": [{"type": "tool_use", "id": secret, "input": {secret: {"a": secret}}}]},
            {"role": "assistant", "tool_calls": [{"function": {"arguments": json.dumps({"a": secret})}}]},
            {"role": "tool", "content": "DB_PASSWORD=" + password.decode()},
        ],
        "something_new": {"db_password": password.decode(), "number": 1.0, "big": 2**70, "none": None},
    }
    hidden = json.loads(hide_body(pseudonyms, json.dumps(body).encode()))
    text = json.dumps(hidden)
    assert text.count(secret) == 3 and password.decode() not in text
    assert hidden["something_new"]["big"] == 2**70
    restored = json.loads(restore_body(Answer(pseudonyms), text.encode()))
    assert restored == body


def test_a_clean_request_stays_byte_for_byte(pseudonyms: Pseudonyms) -> None:
    """Without secrets not even a blank changes."""
    body = b'{ "model" : "fake", "x": 1.50, "content": "\\u00e9 \\ud800" }'
    assert hide_body(pseudonyms, body) == body and hide_body(pseudonyms, b"") == b""


def test_other_bodies(pseudonyms: Pseudonyms, secret: str) -> None:
    """Lines of JSON and forms are hidden as text; what is not text is not sent."""
    assert secret.encode() not in hide_body(pseudonyms, b'{"a": 1}\n{"b": "' + secret.encode() + b'"}\n')
    with pytest.raises(NotExamined) as error:
        hide_body(pseudonyms, b"\xff\xfe" + secret.encode())
    assert secret not in str(error.value)
    assert restore_body(Answer(pseudonyms), b"not JSON") == b"not JSON"


@pytest.mark.parametrize(
    "event", [b": comment\n\n", b"data: 1\n\n", b"data: {\n\n", b"event: x\n\n", b"\n\n", b"data: half"]
)
def test_what_is_not_an_answer_is_passed(pseudonyms: Pseudonyms, event: bytes) -> None:
    """Comments, other data and broken events go on as they are."""
    events = Events(Answer(pseudonyms))
    assert events.feed(event) + events.finish() == event
