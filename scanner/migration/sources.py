"""What the files of gitleaks, detect-secrets and trufflehog say, in this project's terms. Pure: text in, facts out."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from ...patterns.errors import ScrubjayError
from .globs import globs

_GITLEAKS_LINE = re.compile(r"(?:([0-9a-f]{7,64}):)?(.+):([a-z0-9_-]+):(\d+)")


class Place(NamedTuple):
    """A finding that another tool was told to pass over: in a file, or in a commit's version of it."""

    path: str
    line: int
    commit: str = ""


class Known(NamedTuple):
    """A secret that detect-secrets lists: the SHA-1 of its value, where it was, and the verdict, if any."""

    digest: str
    path: str
    line: int
    verdict: bool | None


class Taken(NamedTuple):
    """What is taken over from one file; `notes` say what changes, `lost` what can't be taken over."""

    source: str
    kind: str
    exclude: tuple[str, ...] = ()
    markers: tuple[str, ...] = ()
    places: tuple[Place, ...] = ()
    known: tuple[Known, ...] = ()
    notes: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()


def read(name: str, text: str) -> Taken:
    """Read one file by its name and content. Raises ScrubjayError when it is of no kind that is known."""
    base = name.replace("\\", "/").rpartition("/")[2]
    if base.endswith(".toml"):
        return gitleaks_toml(name, text)
    if "gitleaksignore" in base:
        return gitleaks_ignore(name, text)
    if text.lstrip().startswith("{"):
        return secrets_baseline(name, text)
    if "exclude" in base or "trufflehog" in base:
        return trufflehog_exclude(name, text)
    raise ScrubjayError(
        f"{name}: not known; it reads .gitleaks.toml, .gitleaksignore, .secrets.baseline and, with `exclude` in their"
        " names, trufflehog's files of excluded paths"
    )


def gitleaks_toml(name: str, text: str) -> Taken:
    """A configuration of gitleaks: paths of its allowlists, and rules that it switches off or adds."""
    import tomllib

    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ScrubjayError(f"{name}: not valid TOML: {error}") from None
    exclude: list[str] = []
    notes: list[str] = []
    lost: list[str] = []
    extend = document.get("extend", {})
    if off := extend.get("disabledRules"):
        lost.append(f"disabledRules {', '.join(map(str, off))}: rules have other ids here; see `scrubjay rules list`")
    if extend.get("path"):
        lost.append(f"extend.path {extend['path']}: import that file too")
    listed = [document["allowlist"]] if isinstance(document.get("allowlist"), dict) else []
    listed += [one for one in document.get("allowlists", []) if isinstance(one, dict)]
    for one in listed:
        _allowlist(one, exclude, lost)
    rules = [one for one in document.get("rules", []) if isinstance(one, dict)]
    if rules:
        names = ", ".join(str(rule.get("id", "?")) for rule in rules[:5])
        lost.append(
            f"{len(rules)} rules ({names}{', ...' if len(rules) > 5 else ''}): write those of your own formats as"
            " [[rule]] blocks"
        )
    for rule in rules:
        if rule.get("allowlist") or rule.get("allowlists"):
            lost.append(f"the allowlist of rule {rule.get('id', '?')}: write an [[allow]] block with `rules`")
    notes.append("markers gitleaks:allow count, because `markers` names gitleaks; their own lack rule and reason")
    if not extend.get("useDefault") and rules:
        notes.append("gitleaks used only the rules of this file; here all shipped rules run too")
    return Taken(name, "gitleaks", tuple(exclude), ("gitleaks",),
                 notes=tuple(notes), lost=tuple(lost))  # fmt: skip


def _allowlist(one: dict[str, Any], exclude: list[str], lost: list[str]) -> None:
    about = f" of {one['description']!r}" if one.get("description") else ""
    others = [key for key in ("regexes", "stopwords", "commits") if one.get(key)]
    if one.get("condition", "OR").upper() == "AND" and one.get("paths") and others:
        lost.append(f"the allowlist{about} that wants paths and {', '.join(others)} together")
        return
    for path in one.get("paths", []):
        _path(str(path), exclude, lost)
    for key in others:
        lost.append(
            f"{len(one[key])} {key}{about}: known values belong into the baseline: `scrubjay audit`"
            if key != "commits"
            else f"{len(one[key])} commits{about}: secrets are known by value, not by commit: `scrubjay baseline create"
            " --history`"
        )


def _path(expression: str, exclude: list[str], lost: list[str]) -> None:
    found = globs(expression)
    exclude += [one for one in found if one not in exclude]
    if not found:
        lost.append(f"path {expression}: too involved for a pattern; write one into paths.exclude")


def gitleaks_ignore(name: str, text: str) -> Taken:
    """A .gitleaksignore: places, whose secrets go into the baseline."""
    places, lost = [], []
    for line in text.splitlines():
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        found = _GITLEAKS_LINE.fullmatch(line)
        if found:
            places.append(Place(found[2], int(found[4]), found[1] or ""))
        else:
            lost.append(f"{line}: not a fingerprint")
    note = "an entry is bound to its value from now on: it survives moved lines, and another secret there is reported"
    return Taken(name, "gitleaks", places=tuple(places), notes=(note,), lost=tuple(lost))


def secrets_baseline(name: str, text: str) -> Taken:
    """A baseline of detect-secrets: known secrets by SHA-1, excluded files, verdicts."""
    import orjson

    try:
        document = orjson.loads(text)
        rows = [(path, row) for path, found in document["results"].items() for row in found]
        known = tuple(
            Known(str(row["hashed_secret"]), str(path), int(row.get("line_number", 0)), row.get("is_secret"))
            for path, row in rows
        )
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError, ValueError):
        raise ScrubjayError(f"{name}: not a baseline of detect-secrets") from None
    exclude: list[str] = []
    lost: list[str] = []
    for one in document.get("filters_used", []):
        if str(one.get("path", "")).endswith("should_exclude_file"):
            given = one.get("pattern", [])
            for pattern in given if isinstance(given, list) else [given]:
                _path(str(pattern), exclude, lost)
        elif str(one.get("path", "")).endswith(("should_exclude_line", "should_exclude_secret")):
            lost.append(f"filter {one['path'].rpartition('.')[2]}: known values belong into the baseline")
    notes = ("the plain SHA-1 of each secret is gone: delete the old file, also from the history if it is public",)
    return Taken(name, "detect-secrets", tuple(exclude), ("detect-secrets",), (), known, notes, tuple(lost))


def trufflehog_exclude(name: str, text: str) -> Taken:
    """A file for trufflehog's --exclude-paths: an expression a line."""
    exclude: list[str] = []
    lost: list[str] = []
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            _path(line.strip(), exclude, lost)
    return Taken(name, "trufflehog", tuple(exclude), markers=("trufflehog",), lost=tuple(lost))


def settings(taken: list[Taken]) -> str:
    """Return the text of `.scrubjay.toml` for what was taken over."""
    exclude = list(dict.fromkeys(one for part in taken for one in part.exclude))
    markers = sorted({one for part in taken for one in part.markers})
    blocks = [f"# Taken over from {', '.join(part.source for part in taken)} by `scrubjay config import`."]
    if markers:
        blocks.append(f"markers = [{', '.join(_quoted(one) for one in markers)}]")
    if exclude:
        lines = "".join(f"  {_quoted(one)},\n" for one in exclude)
        blocks.append(f"\n[paths]\nexclude = [\n{lines}]")
    return "\n".join(blocks) + "\n"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
