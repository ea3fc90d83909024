"""Finds the secrets of an event: in texts, values of JSON, files, git's objects. What is allowed is left out."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ..patterns.errors import INCOMPLETE, ScrubjayError
from ..scanner.coverage import Coverage
from ..scanner.finding import Finding, Fragment, find_in
from ..scanner.identity import fingerprint, load_key
from .message import told
from .variables import secret_values

if TYPE_CHECKING:
    from ..patterns import Match, Matcher
    from ..sanitizer.checkpoint import Checkpoint, Seen

# Findings below this are guesses; they must not stop work.
_CONFIDENT = ("medium", "high")
# A larger file is not examined before it is read.
LARGEST = 256 << 20
_CHUNK = 1 << 20
# Names that say nothing of the text below them.
_PLAIN = frozenset(
    "content text input output prompt command description stdout stderr file filecontent llmcontent returndisplay "
    "new_string newstring old_string oldstring textresultforllm text_result_for_llm result message code".split()
)
# Ids, and what only its maker can read.
_KEPT = frozenset("signature encrypted_content data uuid id tool_use_id session_id media_type mime_type".split())


class Examiner:
    """Collects the findings of one event. `cwd` is where names of files and the baseline start from.

    With a checkpoint, what the data policy bars the agent from counts too, and findings that it may have do not.
    """

    def __init__(self, matcher: Matcher, cwd: str, checkpoint: Checkpoint | None = None) -> None:
        self.findings: list[Finding] = []
        self.checkpoint = checkpoint
        # The data policy's files, which are not the agent's to change.
        self.own = checkpoint.policies.own if checkpoint else frozenset()
        self._matcher = matcher
        self._cwd = cwd

    @property
    def barred(self) -> list[Seen]:
        """What the data policy bars the agent from, without the findings."""
        return [one for one in self.checkpoint.barred if not one.finding] if self.checkpoint else []

    @property
    def stopped(self) -> bool:
        """True when there is a finding, or the data policy bars something."""
        return bool(self.findings or self.barred)

    def told(self, what: str, hint: str = "") -> str:
        """Return the message for what was found; `what` says what was withheld, `hint` what can be done instead."""
        if not self.findings:
            # What follows speaks of secrets.
            what, hint = what.partition(",")[0], ""
        return told(what, self.findings, hint, self.barred, self.checkpoint.receiver if self.checkpoint else "")

    def _may_have(self, rule: str, label: str) -> bool:
        """True when the data policy lets the agent have what this rule finds."""
        return self.checkpoint is not None and self.checkpoint.rule(rule, label).allowed

    def text(self, text: str, label: str, key: str = "") -> list[Match]:
        """Return the secrets in a text, also those in encoded parts of it, with offsets in its UTF-8 bytes.

        `key` is what it is the value of.
        """
        from ..patterns import decode

        raw = text.encode("utf-8", "surrogatepass")
        key = "" if key.lower() in _PLAIN else key
        before = f'{key}: "'.encode("utf-8", "surrogatepass") if key else b""
        found = decode.find(self._matcher, before + raw + b'"' if key else raw, wide=False).matches
        matches = [
            match._replace(end=min(match.end, len(before) + len(raw))).moved(-len(before))
            for match in found
            if match.start >= len(before) and match.confidence in _CONFIDENT
        ]
        kept = self._kept(matches, raw, label, inline=False) if matches else []
        return [*kept, *self._known(raw, label)] if self.checkpoint else kept

    def _known(self, raw: bytes, label: str) -> list[Match]:
        """The known values in a text that the agent may not have."""
        from ..patterns import Match

        assert self.checkpoint is not None
        return [
            Match(span.rule, span.start, span.end, span.begin, span.end, "high", "*" * 8)
            for span, _ in self.checkpoint.known(raw, label)
        ]

    def _kept(self, matches: list[Match], raw: bytes, label: str, *, inline: bool) -> list[Match]:
        from .allow import judge

        key, values, made = load_key(), {}, []
        for match in matches:
            value = raw[match.start : match.end]
            name = fingerprint(key, match.rule, value)
            values[name] = value
            line = raw.count(b"\n", 0, match.start) + 1
            made.append(
                Finding(match.rule, label, line, 1, line, 1, match.masked, name, match.confidence, "agent")
            )  # fmt: skip
        judged = judge(made, values, self._cwd, inline=inline)
        kept = [not one.suppressed and not self._may_have(one.rule, label) for one in judged]
        self.findings += [one for one, counts in zip(judged, kept, strict=True) if counts]
        return [match for match, counts in zip(matches, kept, strict=True) if counts]

    def value(self, value: Any, label: str, key: str = "", skip: frozenset[str] = frozenset()) -> bool:
        """Examine all texts of a JSON value; `skip` are keys, in lower case, whose values do not count."""
        found = False
        for name, text in texts(value, key, skip):
            found = bool(self.text(text, label, name)) or found
        return found

    def masked(self, value: Any, label: str, key: str = "", *, variables: bool = False) -> Any:
        """Return a JSON value with markers in the place of secrets; the same object if there are none.

        With `variables`, values that are secret by the name of their environment variable are masked too.
        """
        if isinstance(value, str):
            return self._masked_text(value, label, key, variables)
        if isinstance(value, list):
            items = [self.masked(item, label, key, variables=variables) for item in value]
            return items if any(new is not old for new, old in zip(items, value, strict=True)) else value
        if isinstance(value, dict):
            fields = {
                name: item
                if name in _KEPT and isinstance(item, str)
                else self.masked(item, label, str(name), variables=variables)
                for name, item in value.items()
            }
            return fields if any(fields[name] is not value[name] for name in value) else value
        return value

    def _masked_text(self, text: str, label: str, key: str, variables: bool) -> str:
        if text.lstrip()[:1] in ("{", "[") and "\\" in text:
            # JSON inside a string: escapes must not hide a secret.
            inner = _loaded(text)
            if inner is not None:
                import json

                masked = self.masked(inner, label, key, variables=variables)
                return text if masked is inner else json.dumps(masked, ensure_ascii=False)
        matches = self.text(text, label, key)
        if matches:
            from ..sanitizer.mask import Masker

            raw = text.encode("utf-8", "surrogatepass")
            text = b"".join(Masker(self._matcher).apply(raw, matches)).decode("utf-8", "surrogatepass")
        return self._masked_variables(text, label) if variables else text

    def _masked_variables(self, text: str, label: str) -> str:
        places = secret_values(text)
        if not places:
            return text
        from ..sanitizer.mask import marker
        from .allow import judge

        rule, key, parts, done = "generic-key-name", load_key(), [], 0
        for start, end, name in places:
            value = text[start:end].encode("utf-8", "surrogatepass")
            print_ = fingerprint(key, rule, value)
            line = text.count("\n", 0, start) + 1
            made = Finding(rule, f"{label} ({name})", line, 1, line, 1, "*" * 8, print_, "medium", "agent")
            if judge([made], {print_: value}, self._cwd, inline=False)[0].suppressed or self._may_have(rule, label):
                continue
            self.findings.append(made)
            parts += [text[done:start], marker(rule).decode()]
            done = end
        return "".join([*parts, text[done:]])

    def file(self, path: str) -> bool:
        """Examine a file before it is read; False when all that was examined so far is clean.

        Raises ScrubjayError when it can't be examined.
        """
        try:
            descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
        except OSError:
            # What can't be opened can't be read by the agent either, which has the same rights.
            return False
        with open(descriptor, "rb", buffering=0) as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                return False
            if status.st_size > LARGEST:
                raise ScrubjayError(f"a file of over {LARGEST >> 20} MB was not examined", INCOMPLETE)
            data = file.read(_CHUNK)
            if len(data) < _CHUNK:
                return self.fragment(Fragment(data, self.shown(path)))
            return self.fragment(Fragment(_chunks(data, file), self.shown(path)))

    def fragment(self, fragment: Fragment) -> bool:
        """Examine the bytes of a file; markers in its lines count, as in a scan."""
        coverage = Coverage()
        coverage.values = {}
        if self.checkpoint:
            data, path = fragment.data, fragment.path
            chunks = self.checkpoint.known_in_chunks([data] if isinstance(data, bytes) else data, path)
            fragment = fragment._replace(data=b"".join(chunks) if isinstance(data, bytes) else chunks)
        found = [one for one in find_in(self._matcher, fragment, coverage) if one.confidence in _CONFIDENT]
        if coverage.skipped:
            raise ScrubjayError(coverage.skipped[0].reason, INCOMPLETE)
        if found:
            from .allow import judge

            judged = judge(found, coverage.values, self._cwd, inline=True)
            kept = [one for one in judged if not one.suppressed and not self._may_have(one.rule, one.path)]
            self.findings += kept
        return self.stopped

    def shown(self, path: str, *, safe: bool = False) -> str:
        """Return a path as messages have it; `safe` masks secrets in it."""
        inside = os.path.join(self._cwd, "")
        path = path[len(inside) :] if self._cwd and path.startswith(inside) else path
        if safe:
            from ..scanner.finding import shown

            path = shown(self._matcher, path)
        return path


def _chunks(first: bytes, file: Any) -> Iterator[bytes]:
    yield first
    while data := file.read(_CHUNK):
        yield data


def _loaded(text: str) -> Any:
    import json

    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def texts(value: Any, key: str = "", skip: frozenset[str] = frozenset()) -> Iterator[tuple[str, str]]:
    """Yield the texts of a JSON value with their keys, names of keys and JSON inside of strings too."""
    if isinstance(value, str):
        yield key, value
        if value.lstrip()[:1] in ("{", "[") and "\\" in value and (inner := _loaded(value)) is not None:
            yield from texts(inner, key, skip)
    elif isinstance(value, list):
        for item in value:
            yield from texts(item, key, skip)
    elif isinstance(value, dict):
        for name, item in value.items():
            name = str(name)
            if name.lower() in skip or (name in _KEPT and isinstance(item, str)):
                continue
            yield "", name
            yield from texts(item, name, skip)
