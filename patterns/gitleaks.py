"""Turns a gitleaks configuration into rules of a user's own, and says what could not be carried over. Pure, no I/O."""

from __future__ import annotations

import re
import re._constants as c  # type: ignore[import-not-found]
import re._parser as parser  # type: ignore[import-not-found]
from collections.abc import Mapping
from typing import Any, NamedTuple

from .custom import adapted, keywords_of, secret_is_certain
from .errors import RuleError, ScrubjayError
from .goregex import Unusable, tree
from .rendered import LONGEST, verbose

_KNOWN = {"id", "description", "regex", "keywords", "entropy", "secretGroup", "tags", "allowlist", "allowlists", "path"}
_TOP = {"title", "description", "minVersion", "rules", "allowlist", "allowlists", "extend"}
_REPEATS = (c.MAX_REPEAT, c.MIN_REPEAT)
_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


class Note(NamedTuple):
    """Something that was not carried over as it was: of which rule ("" for the whole file), and what."""

    rule: str
    text: str
    lost: bool = False  # the whole rule


class Imported(NamedTuple):
    """Blocks for `.scrubjay.toml`, and what is different or missing in them."""

    blocks: list[dict[str, Any]]
    notes: list[Note]


def imported(
    document: Mapping[str, Any], shipped: frozenset[str] = frozenset(), *, everything: bool = False
) -> Imported:
    """Return the rules of a parsed gitleaks configuration.

    `shipped` are the ids of scrubjay's rules: rules with these are left out, or with `everything` get another id.

    Raises RuleError when the document is no gitleaks configuration.
    """
    rules = document.get("rules")
    if not isinstance(rules, list) or not all(isinstance(rule, Mapping) for rule in rules):
        raise RuleError("this is no gitleaks configuration: it has no [[rules]] blocks")
    blocks: list[dict[str, Any]] = []
    notes = list(_of_the_file(document))
    names = set(shipped)
    for number, rule in enumerate(rules, 1):
        name = str(rule.get("id") or f"rule number {number}")
        if name in shipped and not everything:
            notes.append(Note(name, "scrubjay has a rule with this id", lost=True))
            continue
        said: list[Note] = []
        try:
            block = _block(name, rule, names, said)
            adapted([], {"rule": [block]})
        except (Unusable, ScrubjayError) as error:
            reason = str(error).rpartition(f"rule {name}: ")[2]
            notes.append(Note(name, reason, lost=True))
            continue
        names.add(block["id"])
        blocks.append(block)
        notes += said
    return Imported(blocks, notes)


def toml(found: Imported) -> str:
    """Return the blocks as TOML text, with the notes on each as comments."""
    lines: list[str] = []
    for block in found.blocks:
        lines.append("")
        lines += [f"# {note.text}" for note in found.notes if note.rule == block["id"]]
        lines.append("[[rule]]")
        for key, value in block.items():
            if key == "checks":
                entries = (", ".join(f"{name} = {_quoted(text)}" for name, text in entry.items()) for entry in value)
                lines.append("checks = [\n" + "".join(f"    {{ {entry} }},\n" for entry in entries) + "]")
            elif isinstance(value, list):
                lines.append(f"{key} = [{', '.join(map(_quoted, value))}]")
            else:
                lines.append(f"{key} = {_quoted(value)}")
    return "\n".join(lines).lstrip("\n") + "\n"


def _quoted(text: str) -> str:
    if "'" not in text and "\n" not in text and text.isprintable() and "\\" in text:
        return f"'{text}'"
    escaped = "".join(
        "\\" + mark if mark in '"\\' else mark if mark.isprintable() else f"\\u{ord(mark):04x}" for mark in text
    )
    return f'"{escaped}"'


def _of_the_file(document: Mapping[str, Any]) -> list[Note]:
    notes = []
    extend = document.get("extend") or {}
    if isinstance(extend, Mapping):
        if extend.get("useDefault"):
            notes.append(Note("", "extend.useDefault: scrubjay's own rules are always there"))
        if extend.get("disabledRules"):
            names = ", ".join(map(str, extend["disabledRules"]))
            notes.append(Note("", f"extend.disabledRules: list scrubjay's ids in rules.disable instead of {names}"))
        notes += [Note("", f"extend.{key}: import that file by itself") for key in ("path", "url") if extend.get(key)]
    for allowed in _lists(document):
        if allowed.get("targetRules"):
            notes.append(Note("", "an allow list for some rules only (targetRules)"))
        for key in ("paths", "commits", "regexes", "stopwords"):
            if allowed.get(key):
                advice = "; write [[allow]] or paths.exclude" if key == "paths" else ""
                notes.append(Note("", f"the allow list of all rules: {len(allowed[key])} {key}{advice}"))
    return notes + [Note("", f"the key {key}") for key in sorted(set(document) - _TOP)]


def _lists(table: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    single, several = table.get("allowlist"), table.get("allowlists")
    found = [single] if isinstance(single, Mapping) else []
    return found + [entry for entry in several or [] if isinstance(entry, Mapping)]


def _block(name: str, rule: Mapping[str, Any], taken: set[str], notes: list[Note]) -> dict[str, Any]:
    if not rule.get("regex"):
        raise Unusable("it has no regex: names of files alone are not looked at")
    own = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "rule"
    while own in taken or own.startswith("generic-") or not _ID.fullmatch(own):
        own = f"imported-{own}"
    if own != name:
        notes.append(Note(own, f"was {name}"))
    pattern = _pattern(own, str(rule["regex"]), rule.get("secretGroup") or 0, notes)
    block: dict[str, Any] = {"id": own}
    if rule.get("description"):
        block["description"] = str(rule["description"])
    block["pattern"] = pattern
    if words := keywords_of(pattern):
        block["keywords"] = list(words)
    checks = []
    if rule.get("entropy"):
        checks.append({"name": "entropy", "min": str(rule["entropy"]), "passes": "same", "fails": "drop"})
    checks += _unlike(own, rule, notes)
    if checks:
        block["checks"] = checks
    if rule.get("path"):
        notes.append(Note(own, "it was for some paths only, and is for all now"))
    if "required" in rule:
        notes.append(Note(own, "it asked for other rules' matches nearby, and does not now"))
    notes += [Note(own, f"the key {key}") for key in sorted(set(rule) - _KNOWN - {"required"})]
    return block


def _unlike(name: str, rule: Mapping[str, Any], notes: list[Note]) -> list[dict[str, str]]:
    """Checks for what a rule's allow lists say of the secret itself."""
    checks = []
    for allowed in _lists(rule):
        if str(allowed.get("condition", "")).upper() == "AND":
            notes.append(Note(name, "an allow list with condition AND"))
            continue
        parts = [f"(?i:{re.escape(str(word))})" for word in allowed.get("stopwords") or ()]
        regexes = [str(text) for text in allowed.get("regexes") or ()]
        if regexes and allowed.get("regexTarget") in ("line", "match"):
            notes.append(Note(name, f"{len(regexes)} allowed regexes for the {allowed['regexTarget']}"))
            regexes = []
        for text in regexes:
            try:
                nodes, flags = tree(text)
                parts.append(verbose(nodes, flags, bound=False, spaced=False))
            except Unusable as error:
                notes.append(Note(name, f"an allowed regex: {error}"))
        if parts:
            checks.append({"name": "unlike", "pattern": "|".join(parts), "passes": "same", "fails": "drop"})
        for key in ("paths", "commits"):
            if allowed.get(key):
                notes.append(Note(name, f'{len(allowed[key])} allowed {key}; write [[allow]] with rules = ["{name}"]'))
    return checks


def _pattern(name: str, regex: str, group: int, notes: list[Note]) -> str:
    nodes, flags = tree(regex)
    count = sum(1 for _ in re.finditer(r"(?<!\\)\((?!\?)|\(\?P?<", regex))
    if not group and count:
        group = 1
        if count > 1:
            notes.append(Note(name, "of several groups the first is the secret"))
    # What a match may begin with and need not only makes it slower: [\w.-]{0,50}? before a name.
    while nodes and nodes[0][0] in _REPEATS and nodes[0][1][0] == 0 and group:
        nodes = nodes[1:]
    pattern = verbose(nodes, flags, secret=group)
    if not group or not secret_is_certain(pattern):
        if group:
            notes.append(Note(name, "all that matches is the secret: its group is not in every match"))
        pattern = f"(?P<secret> {verbose(nodes, flags)} )"
    if _endless(nodes):
        notes.append(Note(name, f"repeats without an end stop at {LONGEST}"))
    return pattern


def _endless(nodes: Any) -> bool:
    for op, av in nodes:
        if op in _REPEATS and av[1] is parser.MAXREPEAT:
            return True
        inner = [av[3]] if op is c.SUBPATTERN else av[1] if op is c.BRANCH else [av[2]] if op in (
            c.MAX_REPEAT, c.MIN_REPEAT) else []  # fmt: skip
        if any(_endless(part) for part in inner):
            return True
    return False
