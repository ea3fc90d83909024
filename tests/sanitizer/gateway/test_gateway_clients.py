"""The real clients of OpenAI and Anthropic, against a fake model on loopback, through the transports."""

from __future__ import annotations

import asyncio
import importlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from scrubjay.sanitizer.gateway.events import NotExamined
from scrubjay.sanitizer.gateway.pseudonyms import Pseudonyms
from scrubjay.sanitizer.gateway.transport import transports

WHY = "the extra [gateways] is not installed: pip install -e '.[gateways]'"


def http_of(package: Any) -> Any:
    """The HTTP library that a client is made with: httpx2, or httpx for older ones."""
    module = importlib.import_module(f"{package.__name__}._base_client")
    return getattr(module, "httpx2", None) or module.httpx


@pytest.fixture(params=["openai", "anthropic"])
def client(request: pytest.FixtureRequest, model: Any, pseudonyms: Pseudonyms) -> Any:
    """A client's class with its arguments, for both kinds of transport."""
    package = pytest.importorskip(request.param, reason=WHY)
    library = http_of(package)
    sync, asynchronous = transports(library)
    address = model.address + ("/v1" if request.param == "openai" else "")
    names = {"openai": ("OpenAI", "AsyncOpenAI"), "anthropic": ("Anthropic", "AsyncAnthropic")}[request.param]
    common = {"api_key": "none", "base_url": address, "max_retries": 0}
    return (
        request.param,
        lambda **more: getattr(package, names[0])(
            http_client=library.Client(transport=sync(pseudonyms, **more)), **common
        ),
        lambda **more: getattr(package, names[1])(
            http_client=library.AsyncClient(transport=asynchronous(pseudonyms, **more)), **common
        ),
    )


def ask(name: str, client: Any, text: str, **more: Any) -> Any:
    """Ask a model something."""
    messages = [{"role": "user", "content": text}]
    if name == "openai":
        return client.chat.completions.create(model="fake", messages=messages, **more)
    return client.messages.create(model="fake", messages=messages, max_tokens=100, **more)


def echo(name: str, asked: dict[str, Any]) -> dict[str, Any]:
    """An answer that says the last message again, in prose and in a tool's arguments."""
    text = asked["messages"][-1]["content"]
    if name == "openai":
        call = {"id": "1", "type": "function", "function": {"name": "run", "arguments": json.dumps({"a": text})}}
        message = {"role": "assistant", "content": text, "tool_calls": [call]}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        return {"id": "1", "object": "chat.completion", "created": 1, "model": "fake", "choices": [choice]}
    content = [{"type": "text", "text": text}, {"type": "tool_use", "id": "1", "name": "run", "input": {"a": text}}]
    answer = {"id": "1", "type": "message", "role": "assistant", "model": "fake", "content": content}
    return {**answer, "stop_reason": "end_turn", "usage": {"input_tokens": 1, "output_tokens": 1}}


def said(name: str, answer: Any) -> tuple[str, str]:
    """The prose and the tool's argument of an answer."""
    if name == "openai":
        message = answer.choices[0].message
        return message.content, json.loads(message.tool_calls[0].function.arguments)["a"]
    return answer.content[0].text, answer.content[1].input["a"]


def test_answers(client: Any, model: Any, secret: str) -> None:
    """The model sees a token; the caller gets the secret back, in prose and in a tool's arguments."""
    name, make, make_async = client
    model.answer = lambda asked: echo(name, asked)
    text = f'quote " and {secret}'
    with make() as made:
        assert said(name, ask(name, made, text)) == (text, text)

    async def asynchronous() -> Any:
        async with make_async() as made:
            return await ask(name, made, text)

    assert said(name, asyncio.run(asynchronous())) == (text, text)
    first, second = model.bodies
    assert secret.encode() not in first and b"SCRUBJAY-PSEUDO-" in first and first == second


def test_streams(
    client: Any, model: Any, secret: str, chat: Callable[..., bytes], messages: Callable[..., bytes]
) -> None:
    """A streamed answer whose tokens are split over events and over packets is restored."""
    name, make, make_async = client
    model.step = 50

    def answer(asked: dict[str, Any]) -> bytes:
        text = asked["messages"][-1]["content"]
        arguments = json.dumps({"a": text})
        pieces = ([text[:n] for n in (11,)] + [text[11:20], text[20:]], [arguments[:30], arguments[30:]])
        return (chat if name == "openai" else messages)(*pieces)

    model.answer = answer

    def told(events: list[Any]) -> tuple[str, str]:
        prose, arguments = "", ""
        for event in events:
            if name == "openai" and event.choices:
                delta = event.choices[0].delta
                prose += delta.content or ""
                arguments += "".join(call.function.arguments for call in delta.tool_calls or [])
            elif event.type == "content_block_delta" if name == "anthropic" else False:
                prose += getattr(event.delta, "text", "")
                arguments += getattr(event.delta, "partial_json", "")
        return prose, json.loads(arguments)["a"]

    text = f'a "{secret}" b'
    with make() as made:
        assert told(list(ask(name, made, text, stream=True))) == (text, text)

    async def asynchronous() -> Any:
        async with make_async() as made:
            return [event async for event in await ask(name, made, text, stream=True)]

    assert told(asyncio.run(asynchronous())) == (text, text)
    assert secret.encode() not in b"".join(model.bodies)


def test_the_responses_interface(model: Any, pseudonyms: Pseudonyms, secret: str, responses: Any) -> None:
    """OpenAI's Responses interface, streamed: deltas and the whole at the end say the same."""
    openai = pytest.importorskip("openai", reason=WHY)
    library = http_of(openai)

    def answer(asked: dict[str, Any]) -> bytes:
        text = asked["input"]
        arguments = json.dumps({"a": text})
        made: bytes = responses([text[:9], text[9:]], [arguments[:17], arguments[17:]])
        return made

    model.answer = answer
    http = library.Client(transport=transports(library)[0](pseudonyms))
    with openai.OpenAI(api_key="none", base_url=model.address + "/v1", max_retries=0, http_client=http) as made:
        events = list(made.responses.create(model="fake", input=secret, stream=True))
    assert "".join(event.delta for event in events if event.type == "response.output_text.delta") == secret
    calls = "".join(event.delta for event in events if event.type == "response.function_call_arguments.delta")
    assert json.loads(calls) == {"a": secret} and events[-1].response.output_text == secret
    assert secret.encode() not in model.bodies[0]


def test_answers_are_masked_on_request(client: Any, model: Any, secret: str, make_secret: Any) -> None:
    """With mask_answers, what no request had is masked, and what a request had is restored."""
    name, make, _ = client
    other = make_secret("other")
    model.answer = lambda asked: echo(
        name, {"messages": [{"content": asked["messages"][0]["content"] + f" and {other} too"}]}
    )
    with make(mask_answers=True) as made:
        for text in said(name, ask(name, made, f"say {secret}")):
            assert text == f"say {secret} and [REDACTED:github-pat-classic] too"


@pytest.mark.parametrize("library", ["httpx", "httpx2"])
def test_what_is_not_text_is_not_sent(library: str, model: Any, pseudonyms: Pseudonyms, secret: str) -> None:
    """A body that can't be examined stays here; other methods, headers and answers are as usual."""
    http = pytest.importorskip(library, reason=WHY)
    model.answer = lambda asked: {"a": asked["a"]}
    with http.Client(transport=transports(http)[0](pseudonyms)) as client:
        with pytest.raises(NotExamined):
            client.post(model.address, content=b"\xff" + secret.encode())
        assert not model.bodies
        answer = client.post(model.address, json={"a": secret})
        assert answer.json() == {"a": secret} and model.asked == {"a": pseudonyms.hide(secret)}
