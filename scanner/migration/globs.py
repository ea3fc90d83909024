"""Turns path expressions of other scanners into patterns as of gitignore, where that can be done without guessing."""

from __future__ import annotations

from itertools import product

# Alternatives of one expression.
_MOST = 32
_ANYWHERE = ("(^|/)", "(?:^|/)", "(.*?)", "(.*)", "(.+?)", ".*?", ".*", "(?i)")
_ENDS = ("(.*?)", "(.*)", ".*?", ".*")


def globs(expression: str) -> list[str]:
    """Return patterns that together fit what the expression fits or a little less; nothing when it is too involved."""
    text, anchored, edge = expression, False, False
    while True:
        if text.startswith("^"):
            text, anchored = text[1:], True
        elif start := next((mark for mark in _ANYWHERE if text.startswith(mark)), ""):
            edge = edge or start in ("(^|/)", "(?:^|/)")
            text, anchored = text[len(start) :], False
        else:
            break
    ended = text.endswith("$") and not text.endswith("\\$")
    text = text[:-1] if ended else text
    while end := next((mark for mark in _ENDS if text.endswith(mark) and not text.endswith("\\" + mark)), ""):
        text, ended = text[: -len(end)], False
    parts = _alternatives(text)
    if not parts:
        return []
    found = []
    for part in parts:
        if not part.strip("*?/"):
            return []
        open_start = not anchored and not edge and not part.startswith("/")
        body = part.lstrip("/")
        directory = body.endswith("/")
        if open_start and ended and not directory:
            body = "*" + body
        if not ended and not directory:
            body += "*"
        if anchored:
            found.append("/" + body)
        else:
            found.append("**/" + body if "/" in body.rstrip("/") else body)
    return list(dict.fromkeys(found))


def _alternatives(text: str) -> list[str]:
    """Spell out an expression of literals, dots, [^/]* and groups of these; nothing for any other."""
    columns: list[list[str]] = []
    place = 0
    while place < len(text):
        char = text[place]
        if char == "\\":
            if place + 1 >= len(text) or text[place + 1].isalnum():
                return []
            columns.append([_literal(text[place + 1])])
            place += 2
        elif text.startswith(("[^/]*", "[^/]+"), place):
            columns.append(["*"])
            place += 5
        elif text.startswith(("/.*/", "/.+/"), place):
            columns.append(["/**/"])
            place += 4
        elif char == "(":
            end = text.find(")", place)
            inner = text[place + 1 : end].removeprefix("?:")
            if end < 0 or "(" in inner or text[end + 1 : end + 2] in ("*", "+", "?", "{"):
                return []
            listed = [_alternatives(one) for one in inner.split("|")]
            if not all(listed):
                return []
            columns.append([one for group in listed for one in group])
            place = end + 1
        elif char in "*+?{}[]|^$)":
            return []
        elif char == ".":
            if text[place + 1 : place + 2] in ("*", "+", "?", "{"):
                return []
            columns.append(["?"])
            place += 1
        else:
            if text[place + 1 : place + 2] in ("*", "+", "?", "{"):
                return []
            columns.append([_literal(char)])
            place += 1
    count = 1
    for column in columns:
        count *= len(column)
    return ["".join(words) for words in product(*columns)] if columns and count <= _MOST else []


def _literal(char: str) -> str:
    return f"\\{char}" if char in "*?[]!#\\ " else char
