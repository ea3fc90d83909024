"""Reads rules from TOML and turns each into the plan that the matcher runs."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from .anchors import ANCHORS, assigned
from .errors import ScrubjayError
from .rule import CONFIDENCES, LIFETIMES, RISKS, Check, Example, Plan, Rule

if TYPE_CHECKING:
    from types import ModuleType

# Where rules of a user's own come from.
OWN = ".scrubjay.toml"
# Stands inside fake secrets so that no scanner takes them for real ones; removed here.
SPLIT = "¦"
# What may stand between a context and the word that ends the name: STRIPE_live_api_KEY.
_GAP = r"[A-Za-z0-9_.\-]{0,24}"
_WORDS = "key | token | secret | password | passwd | pass | pwd | auth | pat"
_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_VALUES = ("", "password", "token", "key", "basic", "numbers")
_REQUIRED = {"id", "name", "description", "keywords", "pattern", "references", "examples", "counterexamples"}
# Keys that have defaults, for rules of a user's own; the gate wants them stated.
WANTED = ("provider", "risk", "lifetime", "revoke")
_OPTIONAL = {
    "provider",
    "context",
    "words",
    "anchors",
    "checks",
    "value",
    "allow",
    "confidence",
    "risk",
    "lifetime",
    "pairs_with",
    "identifier",
    "revoke",
}


def read_shipped() -> list[tuple[str, bytes]]:
    """Return (file name, content) of every shipped rule file, sorted by name."""
    from . import rules

    return _folder(rules)


def _folder(package: ModuleType) -> list[tuple[str, bytes]]:
    folder = list(package.__path__)[0]
    try:
        # A plain folder is the usual case, and importlib.resources costs 30 ms to import.
        names = sorted(name for name in os.listdir(folder) if name.endswith(".toml"))
        return [(name, _read(os.path.join(folder, name))) for name in names]
    except OSError:
        from importlib.resources import files

        found = [entry for entry in files(package).iterdir() if entry.name.endswith(".toml")]
        return sorted((entry.name, entry.read_bytes()) for entry in found)


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def load(sources: Iterable[tuple[str, bytes]]) -> tuple[Rule, ...]:
    """Return the rules of TOML sources (name, content), sorted by id.

    Raises ScrubjayError with the file and the rule when a block is malformed or an id occurs twice.
    """
    import tomllib

    rules: dict[str, Rule] = {}
    for source, content in sources:
        try:
            document = tomllib.loads(content.decode("utf-8"))
        except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise ScrubjayError(f"{source}: not valid TOML: {error}") from None
        for block in document.get("rule", []):
            rule = _rule(source, {"provider": document.get("provider", ""), **block})
            if rule.id in rules:
                raise ScrubjayError(f"{source}: rule {rule.id} is already defined in {rules[rule.id].source}")
            rules[rule.id] = rule
    return tuple(rules[key] for key in sorted(rules))


def own(block: Mapping[str, Any]) -> Rule:
    """Return the rule of a block that needs nothing but an id; what it leaves out is empty.

    Raises ScrubjayError as `load` does.
    """
    empty = {"name": str(block.get("id", "")), "description": "", "keywords": [], "pattern": "", "references": []}
    return _rule(OWN, {**empty, "examples": [], "counterexamples": [], **block})


def plan(rule: Rule) -> Plan:
    """Return the runnable form of a rule; raises ScrubjayError naming the rule when its pattern can't be used."""
    # Plans that come from the cache need it not.
    from .shape import analyse

    try:
        shape = analyse(rule.pattern)
    except ScrubjayError as error:
        raise ScrubjayError(f"{rule.source}: rule {rule.id}: {error}") from None
    if rule.anchors and shape.multiline:
        raise ScrubjayError(f"{rule.source}: rule {rule.id}: a rule with a context or anchors stays on one line")
    # Whoever wrote a user's rule, it can't hold up a scan.
    slow = shape.nested or rule.source == OWN
    return Plan(
        id=rule.id,
        name=rule.name,
        risk=rule.risk,
        revoke=rule.revoke,
        pairs_with=rule.pairs_with,
        identifier=rule.identifier,
        pattern=rule.pattern,
        anchors=rule.anchors,
        context=rule.context,
        keywords=rule.keywords,
        checks=tuple(tuple(check) for check in rule.checks),  # type: ignore[misc]
        value=rule.value,
        allow=rule.allow,
        confidence=rule.confidence,
        prefix=shape.prefix,
        head=shape.head,
        max_width=shape.max_width,
        ahead=shape.ahead,
        behind=shape.behind,
        candidates=shape.candidates,
        candidate_min=shape.candidate_min,
        candidate_max=shape.candidate_max,
        opener=shape.opener,
        opener_max=shape.opener_max,
        generic=rule.generic,
        timed=slow or bool(shape.opener),
    )


def _rule(source: str, block: Mapping[str, Any]) -> Rule:
    name = str(block.get("id", "?"))
    where = f"{source}: rule {name}"
    keys = set(block)
    if missing := _REQUIRED - keys:
        raise ScrubjayError(f"{where}: missing {', '.join(sorted(missing))}")
    if unknown := keys - _REQUIRED - _OPTIONAL:
        raise ScrubjayError(f"{where}: unknown key {', '.join(sorted(unknown))}")
    if not _ID.fullmatch(name):
        raise ScrubjayError(f"{where}: an id is lower-case words joined by hyphens")
    if block.get("value") and block.get("checks"):
        raise ScrubjayError(f"{where}: a rule has a value model or checks, not both")
    return Rule(
        id=name,
        name=_text(where, block, "name"),
        provider=_text(where, block, "provider"),
        description=_text(where, block, "description"),
        pattern=_pattern(where, block),
        anchors=_anchors(where, block),
        context="context" in block,
        keywords=tuple(_texts(where, block, "keywords")),
        checks=tuple(_check(where, entry) for entry in block.get("checks", [])),
        value=_choice(where, block, "value", _VALUES, ""),
        allow=tuple(text.replace(SPLIT, "").encode() for text in _texts(where, block, "allow")),
        confidence=_choice(where, block, "confidence", CONFIDENCES, "medium"),
        risk=_choice(where, block, "risk", RISKS, "standard"),
        lifetime=_choice(where, block, "lifetime", LIFETIMES, "long-lived"),
        unsaid=tuple(key for key in WANTED if not block.get(key)),
        pairs_with=tuple(_one_or_more(where, block, "pairs_with")),
        identifier=_flag(where, block, "identifier"),
        revoke=_text(where, block, "revoke"),
        references=tuple(_texts(where, block, "references")),
        examples=tuple(_example(where, text) for text in _texts(where, block, "examples")),
        counterexamples=tuple(text.replace(SPLIT, "").encode() for text in _texts(where, block, "counterexamples")),
        source=source,
    )


def _pattern(where: str, block: Mapping[str, Any]) -> str:
    value = _text(where, block, "pattern")
    if "context" not in block:
        if "words" in block:
            raise ScrubjayError(f"{where}: words go with a context")
        return value
    return f"(?i: {_text(where, block, 'context')} ) {_GAP} {assigned(_text(where, block, 'words') or _WORDS)} {value}"


def _anchors(where: str, block: Mapping[str, Any]) -> tuple[str, ...]:
    chosen = tuple(_texts(where, block, "anchors"))
    if "context" in block and chosen:
        raise ScrubjayError(f"{where}: a rule has a context or anchors, not both")
    if unknown := set(chosen) - set(ANCHORS):
        raise ScrubjayError(f"{where}: there is no anchor {', '.join(sorted(unknown))}; there are {', '.join(ANCHORS)}")
    return ANCHORS if "context" in block else chosen


def _text(where: str, block: Mapping[str, Any], key: str) -> str:
    value = block.get(key, "")
    if not isinstance(value, str):
        raise ScrubjayError(f"{where}: {key} must be a string")
    return value


def _texts(where: str, block: Mapping[str, Any], key: str) -> list[str]:
    value = block.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ScrubjayError(f"{where}: {key} must be a list of strings")
    return value


def _one_or_more(where: str, block: Mapping[str, Any], key: str) -> list[str]:
    return [block[key]] if isinstance(block.get(key), str) else _texts(where, block, key)


def _flag(where: str, block: Mapping[str, Any], key: str) -> bool:
    value = block.get(key, False)
    if not isinstance(value, bool):
        raise ScrubjayError(f"{where}: {key} must be true or false")
    return value


def _choice(where: str, block: Mapping[str, Any], key: str, allowed: tuple[str, ...], default: str) -> str:
    value = block.get(key, default)
    if value not in allowed:
        raise ScrubjayError(f"{where}: {key} must be one of {', '.join(allowed)}")
    return str(value)


def _check(where: str, entry: object) -> Check:
    if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
        raise ScrubjayError(f"{where}: a check is a table with a name")
    from .checks import ARGUMENTS

    name = entry["name"]
    if name not in ARGUMENTS:
        raise ScrubjayError(f"{where}: there is no check {name}; there are {', '.join(sorted(ARGUMENTS))}")
    args = {key: value for key, value in entry.items() if key not in ("name", "passes", "fails")}
    for key, value in args.items():
        known = ARGUMENTS[name]
        if key not in known or type(value) is not type(known[key]):
            raise ScrubjayError(f"{where}: check {name} takes {dict(known) or 'no arguments'}, not {key} = {value!r}")
    passes, fails = entry.get("passes", "high"), entry.get("fails", "low")
    if passes not in (*CONFIDENCES, "same") or fails not in (*CONFIDENCES, "same", "drop"):
        raise ScrubjayError(f"{where}: check {entry['name']}: passes and fails name a confidence, same or drop")
    return Check(entry["name"], args, passes, fails)


def _example(where: str, text: str) -> Example:
    raw = text.replace(SPLIT, "")
    if ("«" in raw) != ("»" in raw) or raw.count("«") > 1:
        raise ScrubjayError(f"{where}: an example marks its secret with one «...»")
    before, _, rest = raw.rpartition("«") if "«" in raw else ("", "", raw)
    secret, _, after = rest.partition("»")
    start = len(before.encode())
    return Example((before + secret + after).encode(), start, start + len(secret.encode()))
