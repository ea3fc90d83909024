"""One HTML file: a timeline, ages against the rotation policy, and a table with filters. It works offline."""

from __future__ import annotations

from importlib.resources import files
from typing import Any, TextIO

from .document import Document, now
from .groups import Group, grouped, place
from .printable import printable

# Places of one secret that the page lists.
_SHOWN = 20


def write(document: Document, out: TextIO) -> None:
    """Write the page. Data is a JSON block, so nothing of it is markup; the page's policy allows no connection."""
    from jinja2 import Environment

    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(files(__package__).joinpath("page.html.j2").read_text(encoding="utf-8"))
    summary = document.summary()
    out.write(
        template.render(
            title=document.repository or "Secrets",
            made=now()[:10],
            version=document.version,
            summary=summary,
            coverage=document.coverage,
            gaps=document.coverage.get("skipped", []),
            data=_json({"today": now()[:10], "secrets": _secrets(document), "rules": document.rules}),
        )
    )


def _secrets(document: Document) -> list[dict[str, Any]]:
    groups = [*grouped(document.counted), *grouped(document.suppressed)]
    return [_secret(document, group) for group in groups]


def _secret(document: Document, group: Group) -> dict[str, Any]:
    """The little that the page needs of a secret; keys are short because there may be thousands."""
    row = group.row
    lives = [one["life"] for one in group.rows if one.get("life")]
    firsts = sorted(life["first"]["date"][:10] for life in lives if life.get("first"))
    removed = sorted(life["removed"]["date"][:10] for life in lives if life.get("removed"))
    here = any(life.get("in_head") for life in lives) if lives else True
    ages = [life["age_days"] for life in lives if life.get("age_days") is not None]
    told: dict[str, Any] = {
        "r": row["rule"],
        "m": row["masked"],
        "c": row["confidence"],
        "k": document.rule(row["rule"])["risk"],
        "p": [printable(place(one)) for one in group.rows[:_SHOWN]],
        "n": max(len(group.rows), len({one["path"] for life in lives for one in life.get("all_places", ())})),
        "h": here,
    }
    optional = {
        "s": row["suppressed"],
        "x": printable(row["snippet"]),
        "sh": group.shared,
        "o": sorted({printable(owner) for life in lives for owner in life.get("owners", ())}),
        "f": firsts[0] if firsts else "",
        "g": removed[-1] if removed and not here else "",
        "a": max(ages) if ages else None,
        "d": lives[0]["rotate_after_days"] if lives else None,
        "l": any(life.get("overdue") for life in lives),
        "w": lives[0]["first"]["author"] if lives and lives[0].get("first") else "",
    }
    return told | {key: value for key, value in optional.items() if value}


def _json(value: object) -> Any:
    """JSON for a script element: without anything that could end it."""
    import orjson
    from markupsafe import Markup

    text = orjson.dumps(value).decode()
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return Markup(text)  # noqa: S704
