"""What a user's settings say of rules: new ones, changes of shipped ones, and which are switched off. Pure, no I/O."""

from __future__ import annotations

import re._constants as c  # type: ignore[import-not-found]
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import Any

from . import load
from .errors import RuleError, ScrubjayError
from .literals import implies
from .load import OWN
from .rule import Check, Rule
from .syntax import ASSERTS, COMBINATIONS, REPEATS, Node, children, parse, texts_of

# What a keyword has at least, and how many are found for a pattern at most.
_LETTERS, _KEYWORDS = 2, 64
# As the gate has it for shipped rules.
LONGEST_LINE_MATCH, LONGEST_BLOCK_MATCH = 16384, 65536
# Keys of a block and the fields of a rule that they set, where these differ.
_SETS = {"context": ("pattern", "anchors", "context"), "words": ()}


def adapted(rules: Sequence[Rule], table: Mapping[str, Any]) -> tuple[Rule, ...]:
    """Return the rules as a user wants them, sorted by id.

    `table` is a parsed TOML table. `[[rule]]` blocks with a new id add a rule, for which id and pattern are enough;
    those with the id of a shipped rule change the keys that they give. `rules.disable` lists ids to switch off, also
    with `*`. Raises RuleError, which says what is wrong, for anything that can't be used.
    """
    unknown = set(table) - {"rule", "rules"}
    options = table.get("rules", {})
    if not isinstance(options, Mapping) or unknown or set(options) - {"disable"}:
        raise RuleError(f"{OWN}: of rules it may say [[rule]] blocks and [rules] disable = [...]")
    found = {rule.id: rule for rule in rules}
    blocks = table.get("rule", [])
    if not isinstance(blocks, list) or not all(isinstance(block, Mapping) for block in blocks):
        raise RuleError(f"{OWN}: rules are blocks that begin with [[rule]]")
    seen: set[str] = set()
    for block in blocks:
        name = block.get("id")
        if not isinstance(name, str):
            raise RuleError(f"{OWN}: a [[rule]] block has no id")
        if name in seen:
            raise RuleError(f"{OWN}: rule {name} has two blocks", name)
        seen.add(name)
        try:
            found[name] = _changed(found[name], block) if name in found else _new(block)
        except RuleError:
            raise
        except ScrubjayError as error:
            raise RuleError(str(error), name) from None
    off = _disabled(options.get("disable", []), found)
    if both := sorted(off & seen):
        raise RuleError(f"{OWN}: rule {both[0]} is both defined and disabled", both[0])
    return tuple(found[name] for name in sorted(found) if name not in off)


def own(rules: Sequence[Rule], table: Mapping[str, Any]) -> list[Rule]:
    """Of adapted rules, those that the table defines or changes."""
    named = {block.get("id") for block in table.get("rule", [])}
    return [rule for rule in rules if rule.id in named]


def keywords_of(pattern: str) -> tuple[str, ...]:
    """Return texts of which every match of a pattern holds one, in lower case; nothing when there are no good ones."""
    nodes = list(parse(pattern))
    for joined in (True, False):
        texts = tuple(sorted(_texts_of(nodes, joined) or ()))
        if texts and implies(pattern, texts):
            return texts
    return ()


def secret_is_certain(pattern: str) -> bool:
    """True when the group `secret` takes part in every match, instead of being in a choice or a repeat."""
    tree = parse(pattern)
    return _certain(list(tree), tree.state.groupdict["secret"])


def _new(block: Mapping[str, Any]) -> Rule:
    name = str(block["id"])
    if not block.get("pattern"):
        close = get_close_matches(name, [rule.id for rule in load.load(load.read_shipped())], n=1)
        hint = f"; did you mean {close[0]}?" if close else ""
        raise RuleError(f"{OWN}: there is no shipped rule {name}, and a new one needs a pattern{hint}", name)
    return _checked(load.own(block))


def _changed(rule: Rule, block: Mapping[str, Any]) -> Rule:
    given = load.own({"pattern": rule.pattern, **block})
    changes: dict[str, Any] = {}
    for key in block:
        changes |= {field: getattr(given, field) for field in _SETS.get(key, (key,)) if field != "id"}
    if "pattern" in block and "context" not in block:
        changes |= {"context": False, "anchors": given.anchors}
    if "pattern" in block and "keywords" not in block:
        changes["keywords"] = ()
    if "allow" in block:
        changes["allow"] = (*rule.allow, *given.allow)
    return _checked(rule._replace(source=OWN, **changes))


def _checked(rule: Rule) -> Rule:
    """The rule with keywords, when it can run: what a scan needs; `rules check` tries the rest."""
    where = f"{OWN}: rule {rule.id}"
    shape = load.plan(rule)
    longest = LONGEST_BLOCK_MATCH if shape.opener else LONGEST_LINE_MATCH
    if shape.max_width > longest:
        raise RuleError(f"{where}: pattern can match {shape.max_width} bytes; {longest} is the most", rule.id)
    if not rule.keywords:
        rule = rule._replace(keywords=keywords_of(rule.pattern))
        if not rule.keywords:
            wanted = "make the pattern fit a name or prefix too, or give keywords"
            raise RuleError(f"{where}: no text of {_LETTERS} letters is in every match: {wanted}", rule.id)
    elif not implies(rule.pattern, rule.keywords):
        raise RuleError(f"{where}: keywords: not every match must hold one of them", rule.id)
    if not secret_is_certain(rule.pattern):
        raise RuleError(
            f"{where}: the group secret has to take part in every match: take it out of the choice", rule.id
        )
    for check in rule.checks:
        if reason := _wrong(check):
            raise RuleError(f"{where}: check {check.name}: {reason}", rule.id)
    if rule.value and not rule.generic:
        raise RuleError(f"{where}: the id of a rule with a value model begins with generic-", rule.id)
    if rule.generic and not rule.value and not rule.checks:
        raise RuleError(f"{where}: a generic rule needs a value model or a check", rule.id)
    return rule


def _wrong(check: Check) -> str:
    """What is wrong with the text that a check takes, or ""."""
    if check.name == "entropy":
        try:
            float(str(check.args.get("min", "3.0")))
        except ValueError:
            return 'min wants a number in quotes, such as "3.5"'
    if check.name == "unlike":
        import regex

        try:
            regex.compile(str(check.args.get("pattern", "")).encode())
        except regex.error as error:
            return f"pattern is no expression: {error.msg}"
    return ""


def _disabled(patterns: object, rules: Mapping[str, Rule]) -> set[str]:
    if not isinstance(patterns, list) or not all(isinstance(pattern, str) for pattern in patterns):
        raise RuleError(f"{OWN}: rules.disable wants a list of ids")
    off: set[str] = set()
    for pattern in patterns:
        names = {name for name in rules if fnmatchcase(name, pattern)}
        if not names:
            close = get_close_matches(pattern, rules, n=1)
            hint = f"; did you mean {close[0]}?" if close else "; `scrubjay rules list` shows all"
            raise RuleError(f"{OWN}: rules.disable: there is no rule {pattern}{hint}")
        off |= names
    return off


def _texts_of(nodes: Sequence[Node], joined: bool) -> set[str] | None:
    """The best set of texts of which one is in whatever the nodes match, or None; `joined` across a choice's edge."""
    best: set[str] | None = None
    run = {""}
    for node in nodes:
        texts = texts_of(node)
        if texts is None or len(run) * len(texts) > COMBINATIONS:
            best = _better(best, {text + more for text in run for more in (_leading([node]) if joined else {""})})
            op, av = node
            if op not in ASSERTS and not (op in REPEATS and av[0] == 0):
                parts = [_texts_of(child, joined) for child in children(node)]
                if parts and all(parts):
                    best = _better(best, {text for part in parts if part for text in part})
            run = texts if texts is not None else {""}
        else:
            run = {a + b for a in run for b in texts}
        best = _better(best, run)
    return best


def _leading(nodes: Sequence[Node]) -> set[str]:
    """Texts of which one is at the beginning of whatever the nodes match; an empty one when nothing is known."""
    run = {""}
    for node in nodes:
        op, av = node
        texts = texts_of(node)
        exact = texts is not None
        if texts is None:
            optional = op in ASSERTS or (op in REPEATS and av[0] == 0)
            parts = [] if optional else [_leading(child) for child in children(node)]
            texts = {text for part in parts for text in part} or {""}
        if len(run) * len(texts) > _KEYWORDS:
            return run
        run = {a + b for a in run for b in texts}
        if not exact:
            return run
    return run


def _better(one: set[str] | None, other: set[str]) -> set[str] | None:
    """Of two sets of texts the one whose shortest text is longer, if it is of use at all."""
    if len(other) > _KEYWORDS or min(map(len, other)) < _LETTERS:
        return one
    return other if one is None or min(map(len, other)) > min(map(len, one)) else one


def _certain(nodes: Sequence[Node], group: int) -> bool:
    for op, av in nodes:
        if op is c.SUBPATTERN and (av[0] == group or _certain(list(av[3]), group)):
            return True
        if op is c.ATOMIC_GROUP and _certain(list(av), group):
            return True
    return False
