"""One page of documentation a rule, and an index by provider, in Markdown: made from the rules, kept nowhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from .match import mask
from .matcher import Matcher
from .rule import Rule

if TYPE_CHECKING:
    from .match import Match

INDEX = "index.md"
# Of an example longer than this the beginning is shown.
_LONGEST = 600
# Of a longer public prefix this many bytes are shown, so that no page looks like a leak itself.
_PREFIX = 12
_RISKS = {
    "high": "High: whoever finds it can change things, spend money or read private data.",
    "standard": "Standard: whoever finds it can do limited harm, such as use a service at the owner's cost.",
    "low": "Low: it is public by design, for tests only, or a mere identifier.",
}
_LIFETIMES = {
    "long-lived": "Long-lived: it works until somebody revokes it.",
    "short-lived": "Short-lived: it stops working by itself, within minutes to hours as a rule.",
    "embedded-expiry": "Embedded expiry: it holds the time at which it stops working.",
}
_CONFIDENCES = {
    "high": "high: its form alone is proof.",
    "medium": "medium: its form and what surrounds it fit.",
    "low": "low: reported on request only, and always masked in logs.",
}
_EFFECTS = {"same": "changes nothing", "drop": "means that nothing is reported"}


def pages(rules: Iterable[Rule]) -> Iterator[tuple[str, str]]:
    """Yield (file name, Markdown) of the index and of a page for each rule; every secret in an example is masked.

    Links go from page to page only, so the pages may lie in any folder. Raises ScrubjayError when a rule is malformed.
    """
    known = {rule.id: rule for rule in sorted(rules, key=lambda rule: rule.id)}
    matcher = Matcher(tuple(known.values()))
    yield INDEX, _index(known.values())
    for rule in known.values():
        yield f"{rule.id}.md", _page(rule, known, matcher)


def _index(rules: Iterable[Rule]) -> str:
    providers: dict[str, list[Rule]] = {}
    for rule in rules:
        providers.setdefault("Any provider" if rule.generic else rule.provider, []).append(rule)
    total = sum(map(len, providers.values()))
    lines = ["# Rules", "", f"{total} rules, by provider. A rule's page says what it finds and how to revoke it."]
    for provider in sorted(providers, key=lambda name: (name == "Any provider", name.casefold())):
        lines += ["", f"## {_plain(provider)}", "", "| rule | finds | risk | lifetime |", "|---|---|---|---|"]
        lines += [
            f"| [{rule.id}]({rule.id}.md) | {_plain(rule.name)} | {rule.risk} | {rule.lifetime} |"
            for rule in providers[provider]
        ]
    return "\n".join(lines) + "\n"


def _page(rule: Rule, known: dict[str, Rule], matcher: Matcher) -> str:
    parts = [
        f"# {_plain(rule.name)}",
        f"Rule `{rule.id}`, provider: {_plain(rule.provider)}.",
        _plain(rule.description),
        "## Why it matters",
        f"- {_RISKS[rule.risk]}\n- {_LIFETIMES[rule.lifetime]}",
        "## What to do",
        _plain(rule.revoke) + ("" if rule.revoke.endswith((".", ")")) else "."),
        _advice(rule),
        "## How it decides",
        _decides(rule, known),
        "## Examples",
        "The secret itself is masked.",
        *(_fenced(_masked(example.text, matcher)) for example in rule.examples),
        "## References",
        "\n".join(f"- <{link}>" for link in rule.references),
        "## If it is no secret",
        f"Mark the line with `scrubjay:{'ignore'}[{rule.id}] REASON`, or add the finding to the baseline. "
        f"`scrubjay explain` tells why a text is reported; `scrubjay rules show {rule.id}` prints the pattern.",
        f"[All rules]({INDEX})",
    ]
    return "\n\n".join(parts) + "\n"


def _advice(rule: Rule) -> str:
    if rule.identifier:
        return "It names a key. Look for its secret half near it, and revoke the key if that was there."
    if rule.risk == "low":
        return "Nothing has to be revoked for its own sake; see that no secret of the same service lies beside it."
    if rule.lifetime == "short-lived":
        return "Taking it out of the text is not enough while it works: revoke it, or wait until it has expired."
    return (
        "Revoke it first and make a new one; then take it out of the text. Deleting the line is not enough, for it "
        "stays in the history, in clones and in logs. Look into the provider's log for uses that were not yours."
    )


def _decides(rule: Rule, known: dict[str, Rule]) -> str:
    from .checks import described

    marks = ("one of " if len(rule.keywords) > 1 else "") + ", ".join(map(_code, rule.keywords))
    lines = [f"Near {marks}, in any case, its pattern has to fit."]
    if rule.context:
        lines = [f"It is the value of a name that holds {marks}, in any case."]
    before = ", before the checks," if rule.checks else " at most" if rule.value else ""
    lines.append(f"Its confidence{before} is {_CONFIDENCES[rule.confidence]}")
    if rule.value:
        lines.append(f"The value is judged as a {rule.value}: likelier drawn by chance than written as a word or name.")
    for check in rule.checks:
        passes = _EFFECTS.get(check.passes, f"makes it {check.passes}")
        fails = _EFFECTS.get(check.fails, f"makes it {check.fails}")
        lines.append(f"Check {_code(check.name)}: {described(check.name)} A pass {passes}, a failure {fails}.")
    if rule.allow:
        lines.append(f"Published dummy values are never reported; it knows {len(rule.allow)}.")
    for other in rule.pairs_with:
        if other in known:
            joined = rule.identifier or known[other].identifier
            how = "near each other they are one finding" if joined else "each is a finding of its own"
            lines.append(f"Its other half is [{other}]({other}.md); {how}.")
    return "\n".join(f"- {line}" for line in lines)


def _masked(text: bytes, matcher: Matcher) -> str:
    matches: list[Match] = matcher.find(text)
    for match in reversed(matches):
        prefix = matcher.plan(match.rule).prefix
        if not prefix.startswith(b"-----BEGIN"):
            prefix = prefix[:_PREFIX]
        # A pattern may begin with a fixed name that is no part of the value.
        shown = prefix if text[match.start :].startswith(prefix) else b""
        text = text[: match.start] + mask(shown).encode("latin-1") + text[match.end :]
    shown_text = text.decode("utf-8", "backslashreplace")
    shown_text = "".join(char if char.isprintable() or char == "\n" else f"\\x{ord(char):02x}" for char in shown_text)
    return shown_text if len(shown_text) <= _LONGEST else shown_text[:_LONGEST] + " ..."


def _fenced(text: str) -> str:
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}text\n{text}\n{fence}"


def _code(text: str) -> str:
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def _plain(text: str) -> str:
    """Escape what Markdown would take for markup; addresses become links."""
    words = []
    for word in text.split(" "):
        core = word.rstrip(".,;:)")
        if word.startswith("https://") and "{" not in word and "<" not in word:
            words.append(f"<{core}>{word[len(core) :]}")
        else:
            words.append("".join(f"\\{char}" if char in "\\`*_<>[]|#" else char for char in word))
    return " ".join(words)
