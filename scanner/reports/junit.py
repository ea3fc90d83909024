"""JUnit XML: a suite for each rule, a failed case for each secret, a skipped one where it is suppressed."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from .document import Document
from .groups import Group, grouped, place
from .printable import printable

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element


def write(document: Document, out: TextIO) -> None:
    """Write the suites; what could not be examined is a case with an error, and a clean scan has one that passes."""
    from xml.etree import ElementTree as xml

    root = xml.Element("testsuites", name="scrubjay")
    by_rule: dict[str, list[Group]] = {}
    for rows in (document.counted, document.suppressed):
        for group in grouped(rows):
            by_rule.setdefault(group.row["rule"], []).append(group)
    for name, groups in sorted(by_rule.items()):
        failed = sum(not group.row["suppressed"] for group in groups)
        suite = _suite(root, name, len(groups), failures=failed, skipped=len(groups) - failed)
        for group in groups:
            _case(suite, document, group)
    gaps = document.coverage.get("skipped", [])
    suite = _suite(root, "coverage", len(gaps) or 1, errors=len(gaps))
    for gap in gaps:
        case = xml.SubElement(suite, "testcase", classname="coverage", name=printable(gap["path"]), time="0")
        xml.SubElement(case, "error", type="incomplete", message=printable(gap["reason"]))
    if not gaps:
        xml.SubElement(suite, "testcase", classname="coverage", name="all that was asked for was examined", time="0")
    # The sum of what was skipped has no place here in the schema that Jenkins reads by.
    for key in ("tests", "failures", "errors"):
        total = sum(int(suite.get(key, "0")) for suite in root)
        root.set(key, str(total))
    xml.indent(root)
    out.write('<?xml version="1.0" encoding="UTF-8"?>\n' + xml.tostring(root, encoding="unicode") + "\n")


def _suite(root: Element, name: str, tests: int, **counts: int) -> Element:
    from xml.etree import ElementTree as xml

    given = {"failures": 0, "errors": 0, "skipped": 0} | counts
    attributes = {"name": name, "tests": str(tests), "time": "0"} | {key: str(count) for key, count in given.items()}
    return xml.SubElement(root, "testsuite", attributes)


def _case(suite: Element, document: Document, group: Group) -> None:
    from xml.etree import ElementTree as xml

    row, rule = group.row, document.rule(group.row["rule"])
    case = xml.SubElement(suite, "testcase", classname=printable(row["path"]), name=printable(place(row)), time="0")
    if row["suppressed"]:
        xml.SubElement(case, "skipped", message=printable(row["suppressed"]))
        return
    message = f"{rule['name'] or row['rule']}: {printable(row['masked'])}"
    failure = xml.SubElement(case, "failure", type=row["rule"], message=message)
    lines = [printable(row["snippet"]), group.shared, *(f"also {place(other)}" for other in group.rows[1:])]
    lines.append(f"revoke: {rule['revoke']}" if rule["revoke"] else "")
    failure.text = "\n".join(printable(line) for line in lines if line)
