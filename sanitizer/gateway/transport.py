"""Transports for httpx and httpx2, as the OpenAI and Anthropic clients use them: requests go out with pseudonyms in the
place of secrets, and answers come back with the secrets in their places, streams included.

    from scrubjay.sanitizer.gateway.transport import transports
    Transport, AsyncTransport = transports(httpx2)
    client = OpenAI(http_client=httpx2.Client(transport=Transport(pseudonyms)))
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

from .answer import Answer, prepare
from .events import Events, hide_body, restore_body
from .gate import HOST, passed
from .pseudonyms import Pseudonyms

if TYPE_CHECKING:
    from ..datapolicy import Policies

# They speak of the body as it came over the wire.
_OF_THE_WIRE = frozenset((b"content-length", b"content-encoding", b"transfer-encoding"))


class _Whole:
    """An answer that is not a stream of events, with the interface of Events."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._parts: list[bytes] = []

    def feed(self, data: bytes) -> bytes:
        self._parts.append(data)
        return b""

    def finish(self) -> bytes:
        return restore_body(self._answer, b"".join(self._parts))


@cache
def transports(library: Any) -> tuple[Any, Any]:
    """Return the classes Transport and AsyncTransport for a library, which is the module `httpx` or `httpx2`.

    Both take `(pseudonyms, inner=None, *, mask_answers=False, policies=None)`: the transport that sends, by default the
    library's own, whether secrets in answers that no request had are masked, and a data policy for the hosts, as
    `policyfile.settle()` returns it. A request that can't be examined is not sent: NotExamined, or what the matcher
    raises; nor is one that its host may not have: NotPermitted. Headers and addresses are sent as they are.
    """

    class Transport(library.BaseTransport):  # type: ignore[misc]
        """Sends requests with pseudonyms and restores the answers."""

        def __init__(
            self, pseudonyms: Pseudonyms, inner: Any = None, *, mask_answers: bool = False,
            policies: Policies | None = None,
        ) -> None:  # fmt: skip
            self._pseudonyms = pseudonyms
            self._inner = inner or library.HTTPTransport()
            self._mask_answers = mask_answers
            if mask_answers:
                prepare(pseudonyms)
            self._policies = policies

        def handle_request(self, request: Any) -> Any:
            request.read()
            response = self._inner.handle_request(_hidden(library, request, self._pseudonyms, self._policies))
            restorer = _restorer(response, self._pseudonyms, self._mask_answers)
            return _restored(library, response, _Stream(response, restorer)) if restorer else response

        def close(self) -> None:
            self._inner.close()

    class _Stream(library.SyncByteStream):  # type: ignore[misc]
        def __init__(self, response: Any, restorer: Events | _Whole) -> None:
            self._response = response
            self._restorer = restorer

        def __iter__(self) -> Iterator[bytes]:
            for data in self._response.iter_bytes():
                if done := self._restorer.feed(data):
                    yield done
            if done := self._restorer.finish():
                yield done

        def close(self) -> None:
            self._response.close()

    class AsyncTransport(library.AsyncBaseTransport):  # type: ignore[misc]
        """Sends requests with pseudonyms and restores the answers."""

        def __init__(
            self, pseudonyms: Pseudonyms, inner: Any = None, *, mask_answers: bool = False,
            policies: Policies | None = None,
        ) -> None:  # fmt: skip
            self._pseudonyms = pseudonyms
            self._inner = inner or library.AsyncHTTPTransport()
            self._mask_answers = mask_answers
            if mask_answers:
                prepare(pseudonyms)
            self._policies = policies

        async def handle_async_request(self, request: Any) -> Any:
            await request.aread()
            response = await self._inner.handle_async_request(
                _hidden(library, request, self._pseudonyms, self._policies)
            )
            restorer = _restorer(response, self._pseudonyms, self._mask_answers)
            return _restored(library, response, _AsyncStream(response, restorer)) if restorer else response

        async def aclose(self) -> None:
            await self._inner.aclose()

    class _AsyncStream(library.AsyncByteStream):  # type: ignore[misc]
        def __init__(self, response: Any, restorer: Events | _Whole) -> None:
            self._response = response
            self._restorer = restorer

        async def __aiter__(self) -> AsyncIterator[bytes]:
            async for data in self._response.aiter_bytes():
                if done := self._restorer.feed(data):
                    yield done
            if done := self._restorer.finish():
                yield done

        async def aclose(self) -> None:
            await self._response.aclose()

    return Transport, AsyncTransport


def _hidden(library: Any, request: Any, pseudonyms: Pseudonyms, policies: Policies | None) -> Any:
    """The request with its body hidden."""
    if policies is None:
        body = hide_body(pseudonyms, request.content)
    else:
        port = request.url.port or {"http": 80, "https": 443}.get(request.url.scheme, 0)
        body = passed(policies, HOST, f"{request.url.host}:{port}", pseudonyms, request.content, hide_body).body
    if body == request.content:
        return request
    headers = [pair for pair in request.headers.raw if pair[0].lower() not in _OF_THE_WIRE]
    return library.Request(request.method, request.url, headers=headers, content=body, extensions=request.extensions)


def _restorer(response: Any, pseudonyms: Pseudonyms, mask: bool) -> Events | _Whole | None:
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    make: dict[bool, Callable[[Answer], Events | _Whole]] = {True: Events, False: _Whole}
    if kind != "text/event-stream" and kind != "application/json" and not kind.endswith("+json"):
        return None
    return make[kind == "text/event-stream"](Answer(pseudonyms, guard=mask))


def _restored(library: Any, response: Any, stream: Any) -> Any:
    headers = [pair for pair in response.headers.raw if pair[0].lower() not in _OF_THE_WIRE]
    return library.Response(response.status_code, headers=headers, stream=stream, extensions=response.extensions)
