"""A guardrail for LiteLLM's proxy: pseudonyms out, secrets restored in answers, and other secrets of answers masked.

    guardrails:
      - guardrail_name: scrubjay
        litellm_params:
          guardrail: scrubjay.sanitizer.gateway.litellm.Guardrail
          mode: [pre_call, post_call]
          default_on: true

Imported by LiteLLM only. SCRUBJAY_MASK_KEY has the key. `policy: FILE` below `litellm_params`, or SCRUBJAY_POLICY,
names a data policy; it counts by the name of the model, and a block for the host of a deployment can take more away.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import Any
from urllib.parse import urlsplit

from litellm.integrations.custom_guardrail import CustomGuardrail

from ...patterns import Matcher
from ...patterns.errors import ScrubjayError
from ...patterns.places import data_policy
from ..datapolicy import ALL
from ..policy import KEY_VARIABLE, read_keys
from ..policyfile import settle
from .answer import Answer, hide, prepare
from .events import Events
from .gate import MODEL, narrowed, passed
from .pseudonyms import Pseudonyms

# Requests whose answers are still to come; one that never gets any is forgotten some time.
_OPEN = 4096
# The proxy's own: where to send and with what rights, and what it says of the caller.
_OWN = frozenset(
    "model metadata litellm_metadata secret_fields api_key api_base base_url api_version headers extra_headers user "
    "guardrails litellm_logging_obj litellm_call_id litellm_trace_id organization timeout proxy_server_request "
    "azure_ad_token vertex_credentials vertex_project vertex_location".split()
)


class Guardrail(CustomGuardrail):  # type: ignore[misc]
    """Hides secrets before the call and restores them after it, in streams too.

    `policy` names a data policy. `mask_answers` (true): secrets in an answer that its request did not have are masked.
    Tokens are restored only in the answer to the request that they were given out for, so no caller gets another one's
    secrets.
    """

    # Newer proxies call apply_guardrail where a class has one, unless it says that the hooks are better: they get all
    # of a request and all parts of a stream.
    use_native_lifecycle_hooks = True

    def __init__(self, mask_answers: bool = True, policy: str = "", **settings: Any) -> None:
        super().__init__(**settings)
        self._mask_answers = mask_answers
        keys = read_keys()
        if not keys:
            raise ScrubjayError(f"there is no key for pseudonyms: set {KEY_VARIABLE}")
        self._pseudonyms = Pseudonyms(Matcher.default(), keys[0])
        if mask_answers:
            prepare(self._pseudonyms)
        self._policies = settle(policy) if data_policy(policy) else None
        self._open: OrderedDict[str, Pseudonyms] = OrderedDict()
        # By call: the classes that its request has.
        self._sent: OrderedDict[str, frozenset[str]] = OrderedDict()

    async def async_pre_call_hook(
        self, user_api_key_dict: Any, cache: Any, data: dict[str, Any], call_type: Any
    ) -> Any:
        """Return the request with tokens in the place of secrets; what can't be examined raises and is not sent."""
        pseudonyms = self._pseudonyms.fresh()
        self._hidden(data, pseudonyms, data, _hide_request)
        if pseudonyms.issued:
            self._open[str(data.get("litellm_call_id"))] = pseudonyms
            while len(self._open) > _OPEN:
                self._open.popitem(last=False)
        return data

    def _hidden(
        self, data: dict[str, Any], pseudonyms: Pseudonyms, body: Any, make: Callable[[Pseudonyms, Any], Any]
    ) -> Any:
        """What `make` makes of a part of a request, by the data policy if there is one."""
        if self._policies is None:
            return make(pseudonyms, body)
        hidden, classes = passed(self._policies, MODEL, str(data.get("model", "")), pseudonyms, body, make)
        call = str(data.get("litellm_call_id"))
        self._sent[call] = self._sent.get(call, frozenset()) | classes
        while len(self._sent) > _OPEN:
            self._sent.popitem(last=False)
        return hidden

    async def async_pre_call_deployment_hook(self, kwargs: dict[str, Any], call_type: Any) -> Any:
        """Let a request pass to its host, or raise NotPermitted."""
        host = urlsplit(str(kwargs.get("api_base") or "")).netloc.rpartition("@")[2]
        if self._policies is not None and host:
            # Of a call that is not known any more, everything may be in it.
            narrowed(self._policies, host, self._sent.get(str(kwargs.get("litellm_call_id")), ALL))
        return await super().async_pre_call_deployment_hook(kwargs, call_type)

    async def async_post_call_success_hook(self, data: dict[str, Any], user_api_key_dict: Any, response: Any) -> Any:
        """Return the answer restored."""
        _rewrite(response, self._answer(data))
        return response

    async def async_post_call_streaming_iterator_hook(
        self, user_api_key_dict: Any, response: AsyncIterator[Any], request_data: dict[str, Any]
    ) -> AsyncGenerator[Any, None]:
        """Yield the parts of a streamed answer restored; a part without change is the same object."""
        answer = self._answer(request_data)
        events = Events(answer)
        last: Any = None
        async for item in response:
            if isinstance(item, bytes | str):
                # Some interfaces are passed through as they come over the wire.
                out = events.feed(item.encode() if isinstance(item, str) else item)
                if out:
                    yield out if isinstance(item, bytes) else out.decode()
                continue
            last = item
            for part in _parts(item, answer):
                yield part
        if last is None:
            if rest := events.finish():
                yield rest
            return
        for event in answer.finish():
            yield _made(last, event)

    async def apply_guardrail(
        self, inputs: Any = None, request_data: Any = None, input_type: str = "request", logging_obj: Any = None,
        *, text: str | None = None, language: Any = None, entities: Any = None,
    ) -> Any:  # fmt: skip
        """Hide the texts of a request, or restore those of an answer, by the present contract or the former one.

        The present one has lists of texts in `inputs`, the former one `text`. Where the texts are those of a stream so
        far, `stream_holdback_chars` says how much of each end may still change.
        """
        data = request_data or {}
        if text is not None or isinstance(inputs, str):
            return self._hidden(data, self._kept(data), inputs if text is None else text, hide)
        if input_type == "request":
            return self._hidden(data, self._kept(data), inputs, _hide_inputs)
        answer = self._answer(data, done=False)
        texts = inputs.get("texts") or []
        restored = [answer.whole(text) for text in texts]
        inputs["texts"] = restored
        # The last word may be half a secret or half a token.
        inputs["stream_holdback_chars"] = [_last_word(text) for text in restored]
        for call in inputs.get("tool_calls") or []:
            _rewrite(call, answer)
        return inputs

    def _kept(self, data: Any) -> Pseudonyms:
        name = str((data or {}).get("litellm_call_id"))
        return self._open.setdefault(name, self._pseudonyms.fresh())

    def _answer(self, data: dict[str, Any], *, done: bool = True) -> Answer:
        name = str(data.get("litellm_call_id"))
        found = self._open.pop(name, None) if done else self._open.get(name)
        return Answer(found or self._pseudonyms.fresh(), guard=self._mask_answers)


def _hide_request(pseudonyms: Pseudonyms, data: dict[str, Any]) -> dict[str, Any]:
    for name in [name for name in data if name not in _OWN]:
        data[name] = hide(pseudonyms, data[name], name)
    request = data.get("proxy_server_request")
    if isinstance(request, dict) and "body" in request:
        # The proxy's logs are made from this copy.
        request["body"] = hide(pseudonyms, request["body"])
    return data


def _last_word(text: str) -> int:
    """The length of the word that a text ends in."""
    return 0 if text[-1:].isspace() else len((text.split() or [""])[-1])


def _hide_inputs(pseudonyms: Pseudonyms, inputs: dict[str, Any]) -> dict[str, Any]:
    for name in ("texts", "tool_calls", "tools", "structured_messages"):
        if inputs.get(name):
            inputs[name] = hide(pseudonyms, inputs[name])
    return inputs


def _parts(item: Any, answer: Answer) -> list[Any]:
    """A part of a stream restored, and before it what it ends."""
    event = _plain(item)
    *before, own = answer.event(event)
    return [*(_made(item, one) for one in before), item if own == event else _made(item, own)]


def _plain(item: Any) -> dict[str, Any]:
    value: dict[str, Any] = item if isinstance(item, dict) else item.model_dump(mode="json")
    return value


def _made(like: Any, event: dict[str, Any]) -> Any:
    """An object of the kind of `like`, which is a part of the same stream."""
    if isinstance(like, dict):
        return event
    made = type(like)(**event)
    for name in ("_hidden_params", "_response_headers"):
        if hasattr(like, name):
            setattr(made, name, getattr(like, name))
    return made


def _rewrite(value: Any, answer: Answer, name: str = "") -> Any:
    """Restore a JSON value, or a model of one, in place where it can be changed; returns what to put in its place."""
    if isinstance(value, str):
        return answer.whole(value, name)
    if isinstance(value, list):
        value[:] = [_rewrite(item, answer, name) for item in value]
    elif isinstance(value, dict):
        for key_, item in value.items():
            value[key_] = _rewrite(item, answer, key_)
    elif hasattr(type(value), "model_fields"):
        for field in (*type(value).model_fields, *(value.model_extra or ())):
            before = getattr(value, field, None)
            after = _rewrite(before, answer, field)
            if after is not before:
                setattr(value, field, after)
    return value
