"""Requests and answers of the OpenAI and Anthropic interfaces as JSON: hidden whole, restored whole or in events.

It knows where texts stand, not which model or version speaks, so fields that it has never seen are treated too.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from .pseudonyms import PastTokens, Pseudonyms, Restorer

# Names, ids, and what only the sender can read or check; a change would break them.
_KEPT = frozenset(
    "id type role model object status name tool_use_id tool_call_id call_id item_id previous_response_id signature "
    "encrypted_content media_type mime_type data file_data finish_reason stop_reason system_fingerprint".split()
)
# JSON text in a string.
_JSON = frozenset(("arguments", "partial_json"))
# Fields whose name says nothing of their text.
_PLAIN = frozenset(
    "content text input output prompt instructions system description thinking reasoning_content url title arguments "
    "value refusal summary message query".split()
)
Event = dict[str, Any]
Place = tuple[object, ...]
Make = Callable[[Any], Event]


def hide(pseudonyms: Pseudonyms, value: Any, name: str = "") -> Any:
    """Return a JSON value with tokens in the place of secrets, in keys too; raises what the matcher raises."""
    if isinstance(value, str):
        if value.startswith("data:") and ";base64," in value[:100]:
            return value
        return pseudonyms.hide(value, "" if name in _PLAIN else name)
    if isinstance(value, list):
        return [hide(pseudonyms, item, name) for item in value]
    if isinstance(value, dict):
        return {
            pseudonyms.hide(key): item if key in _KEPT and isinstance(item, str) else hide(pseudonyms, item, key)
            for key, item in value.items()
        }
    return value


def prepare(pseudonyms: Pseudonyms) -> None:
    """Make what masking needs, which takes a third of a second, so that no answer waits for it."""
    pseudonyms.matcher.fronts  # noqa: B018


class Answer:
    """Restores one answer. With `guard`, secrets in it that the request did not have are masked first."""

    def __init__(self, pseudonyms: Pseudonyms, *, guard: bool = False) -> None:
        self._pseudonyms = pseudonyms
        self._guard = guard
        self._texts: dict[Place, _Text] = {}

    def whole(self, value: Any, name: str = "") -> Any:
        """Return a JSON value restored."""
        if isinstance(value, str):
            if name in _KEPT:
                return value
            text = _Text(self._pseudonyms, name in _JSON, self._guard)
            return text.feed(value) + text.finish()
        if isinstance(value, list):
            return [self.whole(item, name) for item in value]
        if isinstance(value, dict):
            return {
                self._pseudonyms.restore(key): self._secondary(item) if key == "logprobs" else self.whole(item, key)
                for key, item in value.items()
            }
        return value

    def _secondary(self, value: Any) -> Any:
        """What repeats a text in pieces, which could not be masked."""
        return None if self._guard else value

    def event(self, event: Event) -> list[Event]:
        """Return what to send on for an event of a stream: itself, restored, and before it what it ends."""
        if isinstance(event.get("choices"), list):
            return [self._choices(event)]
        kind = str(event.get("type", ""))
        if kind == "content_block_delta":
            return [self._delta(event)]
        if kind.endswith(".delta") and isinstance(event.get("delta"), str):
            if "audio" in kind and "transcript" not in kind:
                return [event]
            return [self._text_delta(event, kind)]
        if kind == "content_block_stop":
            return [*self._flush(("block", event.get("index"))), self.whole(event)]
        if kind.endswith(".done"):
            return [*self._flush(("item", event.get("output_index"))), self.whole(event)]
        if kind in ("ping", "keepalive") or kind.endswith((".added", ".created", ".in_progress", "_start")):
            return [self.whole(event)]
        return [*self._flush(()), self.whole(event)]

    def finish(self) -> list[Event]:
        """Return what is held back: the stream has ended."""
        return self._flush(())

    def _flush(self, place: Place) -> list[Event]:
        """What is held back for all places that begin with this one."""
        out = []
        for found in [one for one in self._texts if one[: len(place)] == place]:
            text = self._texts.pop(found)
            if rest := text.finish():
                out.append(text.make(rest))
        return out

    def _fed(self, place: Place, escaped: bool, piece: str, make: Make) -> str:
        text = self._texts.get(place)
        if text is None:
            text = self._texts[place] = _Text(self._pseudonyms, escaped, self._guard)
        text.make = make
        return text.feed(piece)

    def _choices(self, event: Event) -> Event:
        """A chunk of a chat completion, or of a completion."""
        choices = []
        for choice in event["choices"]:
            index = choice.get("index", 0)
            parts = {key: choice[key] for key in ("delta", "text", "message") if key in choice}
            fed = self._fields(("choice", index), parts, partial(_chunk, event, index))
            if "logprobs" in choice:
                fed["logprobs"] = self._secondary(choice["logprobs"])
            choice = {**choice, **fed}
            if choice.get("finish_reason") is not None:
                for rest in self._flush(("choice", index)):
                    choice = _joined(choice, rest["choices"][0])
            choices.append(choice)
        return {**event, "choices": choices}

    def _delta(self, event: Event) -> Event:
        """A piece of a content block."""
        place = ("block", event.get("index"))
        return {**event, "delta": self._fields(place, event["delta"], partial(_with_delta, event))}

    def _text_delta(self, event: Event, kind: str) -> Event:
        names = ("item_id", "content_index", "summary_index")
        place = ("item", event.get("output_index"), kind, *(event.get(name) for name in names))
        piece = self._fed(place, "arguments" in kind, event["delta"], partial(_with_delta, event))
        return {**event, "delta": piece}

    def _fields(self, place: Place, value: Any, make: Make, name: str = "") -> Any:
        """All texts of a delta; `make` puts a value of the same form into an event."""
        if isinstance(value, str):
            if name in _KEPT or not value:
                return value
            return self._fed(place, name in _JSON, value, make)
        if isinstance(value, list):
            items = []
            for number, item in enumerate(value):
                index = item.get("index", number) if isinstance(item, dict) else number
                known = {"index": item["index"]} if isinstance(item, dict) and "index" in item else {}
                items.append(self._fields((*place, index), item, partial(_in_list, make, known), name))
            return items
        if isinstance(value, dict):
            known = {"type": value["type"]} if "type" in value else {}
            return {
                key: self._fields((*place, key), item, partial(_in_dict, make, known, key), key)
                for key, item in value.items()
            }
        return value


class _Text:
    """One text of an answer, as it comes."""

    def __init__(self, pseudonyms: Pseudonyms, escaped: bool, guard: bool) -> None:
        self._restorer = Restorer(pseudonyms, escaped=escaped)
        self._mask = _Mask(pseudonyms) if guard else None
        self.make: Make

    def feed(self, text: str) -> str:
        return self._restorer.feed(self._mask.feed(text) if self._mask else text)

    def finish(self) -> str:
        rest = self._restorer.feed(self._mask.finish()) if self._mask else ""
        return rest + self._restorer.finish()


class _Mask:
    """Masks a text piece by piece. Only what may be the beginning of a secret stays back."""

    def __init__(self, pseudonyms: Pseudonyms) -> None:
        from codecs import getincrementaldecoder

        from ..guard import Guard

        # It stands in for a matcher, and hands all else on to it.
        self._matcher = PastTokens(pseudonyms.matcher)
        self._guard = Guard(self._matcher)  # type: ignore[arg-type]
        self._decoder = getincrementaldecoder("utf-8")("surrogatepass")
        # How the unfinished line begins.
        self._line = b""

    def feed(self, text: str) -> str:
        data = text.encode("utf-8", "surrogatepass")
        line = self._line + data
        self._line = line = line[line.rfind(b"\n") + 1 :][-self._matcher.limits.line :]
        keep = len(line) - self._matcher.fronts.first(line)
        return self._decoded([*self._guard.feed(data), *self._guard.flush(keep)])

    def finish(self) -> str:
        return self._decoded(self._guard.finish())

    def _decoded(self, buffers: list[Any]) -> str:
        return self._decoder.decode(b"".join(buffers))


# What makes an event of a rest of text, as `Make` says: the same fields around it as around the text before.


def _chunk(event: Event, index: object, part: Any) -> Event:
    return {**event, "choices": [{"index": index, "finish_reason": None, **part}]}


def _with_delta(event: Event, part: Any) -> Event:
    return {**event, "delta": part}


def _in_list(make: Make, known: Event, part: Any) -> Event:
    return make([{**known, **part} if isinstance(part, dict) else part])


def _in_dict(make: Make, known: Event, key: str, part: Any) -> Event:
    return make({**known, key: part})


def _joined(first: Any, second: Any, name: str = "") -> Any:
    """A delta that ends with the texts of another one."""
    if isinstance(first, dict) and isinstance(second, dict):
        return {**second, **{key: _joined(value, second.get(key), key) for key, value in first.items()}}
    if isinstance(first, list) and isinstance(second, list):
        return first + second
    if isinstance(first, str) and isinstance(second, str) and name not in _KEPT:
        return first + second
    return second if first is None else first
