"""Marks in a line of source that say "this is no secret": scrubjay's own, and those of other tools."""

from __future__ import annotations

import re

# What each tool writes into the line; they say neither which rule nor why.
OTHERS = {
    "betterleaks": re.compile(rb"betterleaks:allow\b"),
    "detect-secrets": re.compile(rb"pragma: ?allowlist secret\b"),
    "gitleaks": re.compile(rb"gitleaks:allow\b"),
    "kingfisher": re.compile(rb"kingfisher:ignore\b"),
    "trufflehog": re.compile(rb"trufflehog:ignore\b"),
}
# One of these words is in every marker.
_WORDS = (b"ignore", b"allow")
_OWN = re.compile(rb"scrubjay:ignore(?:\[([^\]\r\n]{0,200})\])?[ \t]*([^\r\n]{0,200})")
# A marker further away than this on a very long line is not seen.
_REACH = 4096
_CLOSERS = (b"-->", b"*/", b"#}", b"%>", b'"', b"'", b",", b";")


def marker(data: bytes, start: int, end: int, rule: str) -> str:
    """Return what the first or last line of a secret says about it: "scrubjay: REASON", the name of another tool,
    "incomplete" for a marker of ours without rule or reason, or nothing. The secret is not in the reason."""
    stop = _line_end(data, start)
    low = max(0, start - _REACH)
    first = data[max(data.rfind(b"\n", low, start) + 1, low) : stop]
    last = data[max(data.rfind(b"\n", start, end) + 1, start) : _line_end(data, end)] if end > stop else b""
    if not any([word in first or word in last for word in _WORDS]):
        return ""
    incomplete = ""
    for line in dict.fromkeys((first, last)):
        for found in _OWN.finditer(line):
            rules = [name.strip() for name in (found[1] or b"").decode("utf-8", "replace").split(",")]
            reason = _reason(found[2], data[start:end])
            if rule in rules and reason:
                return f"scrubjay: {reason}"
            if rule in rules or rules == [""]:
                incomplete = "incomplete"
    if incomplete:
        return incomplete
    return next((name for name, mark in OTHERS.items() if mark.search(first) or mark.search(last)), "")


def _line_end(data: bytes, place: int) -> int:
    end = data.find(b"\n", place, place + _REACH)
    return end if end >= 0 else place + _REACH


def _reason(text: bytes, value: bytes) -> str:
    text = text.strip()
    for closer in _CLOSERS:
        text = text.removesuffix(closer).strip()
    return text.replace(value, b"********").decode("utf-8", "backslashreplace")
