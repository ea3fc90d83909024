"""Runs every command line of the pages, as it stands, in a repository and a home that have what the pages speak of.

What can't be run here is in NOT_RUN, with the reason; its syntax is checked all the same. Blocks of settings of other
programs are parsed, and the shell inside of them is checked.
"""

from __future__ import annotations

import configparser
import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree

import pytest
from scrubjay.sanitizer.audit import append

from .conftest import token

ROOT = Path(__file__).resolve().parents[1]
FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
# Command lines that no test runs as they stand, and why. CONTRIBUTING.md tells how many they are.
NOT_RUN = {
    "python3 -m venv .venv && .venv/bin/pip install --quiet . && .venv/bin/scrubjay scan && printf 'GET /?token=%s%s "
    "200\\n' 7d41c90ea2f8b635 d19ce7048b51 | .venv/bin/scrubjay filter": "installs; .ci/run runs it, by the page",
    "python3 -m venv .venv && .venv/bin/pip install --quiet --editable '.[dev]' && .venv/bin/pytest -q -n auto": (
        "installs and runs all tests; .ci/run runs it, by the page"
    ),
    ".venv/bin/ruff format . && .venv/bin/ruff check . && .venv/bin/mypy && .venv/bin/pytest -q": (
        "runs all tests; .ci/run runs each part"
    ),
    "scrubjay doctor --shipper rsyslog --watch /var/log/clean.log": "needs rsyslog; the tests of shippers run it",
    "journalctl -o export -f | scrubjay filter --protocol journald-export | /lib/systemd/systemd-journal-remote -o "
    "clean.journal -": "needs systemd; the tests of shippers run it, with systemd's own programs",
    'scrubjay agent allow github-pat-classic:fdce08e92829ccb9 --reason "a key of the tests"': (
        "needs the fingerprint of a message; the tests of agents run it"
    ),
    "scrubjay rules check": "takes half a minute; .ci/run runs it",
    "scrubjay rules bench": "times all rules, a minute",
    "scrubjay rules bench --slower-than 3": "times all rules, a minute",
    "python3 -m venv build/peers && build/peers/bin/pip install --quiet -r benchmarks/peers.txt": (
        "installs the other scanners, hundreds of MB"
    ),
    "python3.12 -m venv build/vrl && build/vrl/bin/pip install --quiet vector-vrl": "installs another Python's package",
}
# Blocks that no parser here reads, and what does.
READ_ELSEWHERE = {
    "python": "test_docs.py and test_logging_recipes.py run them",
    "groovy": "test_ci_recipes.py runs their commands",
    "rsyslog": "rsyslog in test_shippers_recipes.py",
    "syslogng": "syslog-ng in test_shippers_recipes.py",
    "apache": "httpd in test_shippers_recipes.py",
    "text": "what a command prints",
    "": "what a command prints, or a drawing",
}
# Names of places outside of the repository, and what stands for them.
STANDS_FOR = {
    "/etc/scrubjay/ci.toml": "ci.toml", "/etc/scrubjay.keys": "keys", "/srv/git/project.git": ".",
    "/var/log/app/clean.log": "clean.log", "REPOSITORY": ".", "tail -F": "tail", "your-rule-id": "npm-access-token",
    # What a contributor has copied to patterns/rules/ by then.
    "bench acme-api-key": "bench npm-access-token",
}  # fmt: skip
BENCHMARK = re.compile(r"(?:\.venv/bin/)?python (benchmarks/\S+)(.*)")
# 0 and 1 are what a scan says; 3 is the doctor's answer where no agent is installed.
GOOD = (0, 1)
DOCTOR = (0, 3)
GITLEAKS = """[allowlist]
paths = ['^vendor/']

[[rules]]
id = "acme"
regex = 'acme_[a-z0-9]{20}'
keywords = ["acme_"]
"""
PASSWORD = "passw" + "ord"


class Block(NamedTuple):
    """A fenced block: its page, the heading above it, its language and text."""

    page: str
    heading: str
    language: str
    text: str

    @property
    def lines(self) -> list[str]:
        """Its command lines, without comments behind them."""
        if self.language == "console":
            found = [line[2:] for line in self.text.splitlines() if line.startswith("$ ")]
        elif self.language in ("sh", "bash") and not self.text.startswith("#!"):
            found = self.text.splitlines()
        else:
            found = []
        return [line.split(" #")[0].rstrip() for line in found]


def blocks() -> Iterator[Block]:
    """Every fenced block of every page."""
    for path in sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "benchmarks").rglob("*.md")]):
        text = path.read_text(encoding="utf-8")
        for found in FENCE.finditer(text):
            above = re.findall(r"^#+ (.*)$", FENCE.sub("", text[: found.start()]), re.MULTILINE)
            yield Block(path.relative_to(ROOT).as_posix(), above[-1], found[2], found[3])


BLOCKS = list(blocks())
SECTIONS = sorted({(block.page, block.heading) for block in BLOCKS if block.lines})
SCRIPTS = sorted({block.text for block in BLOCKS if block.text.startswith("#!")})


def first_block(page: str, language: str, word: str) -> str:
    """The first block of a page that holds a word."""
    return next(
        block.text for block in BLOCKS if (block.page, block.language) == (page, language) and word in block.text
    )


@pytest.fixture
def place(repo: Any, secret: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A repository with branches, a tag, settings of other tools, reports, and programs that the pages name."""
    listed = {"results": {"config.yml": [{"hashed_secret": "0" * 40, "line_number": 1, "type": "x"}]}}
    report = {"findings": [], "repository": "shop"}
    for name, text in {
        "src/app.py": "print(1)\n", "config.yml": "a: 1\n" * 11 + f"{PASSWORD}: '{secret}'\n",
        "app.log": f"x\n{secret}\n" * 100, "clean.log": "x\n", "suspect.txt": secret, "keys": "k1 " + "0f" * 32 + "\n",
        ".gitleaks.toml": GITLEAKS, ".gitleaksignore": "config.yml:generic:12\n",
        ".secrets.baseline": json.dumps(listed), "trufflehog-exclude.txt": "vendor/\n", "ci.toml": "",
        ".scrubjay.toml": 'min-confidence = "medium"\n',
        "shop.json": json.dumps(report), "till.json": json.dumps(report | {"repository": "till"}),
        "report.json": json.dumps(report), "history.json": json.dumps(report), "lines-from-git": "",
        "acme.toml": first_block("docs/rules.md", "toml", "acme-api-key"),
        ".pre-commit-config.yaml": first_block("docs/hooks.md", "yaml", "hooks"),
    }.items():  # fmt: skip
        repo.write(name, text)
    repo.git("add", ".")
    repo.git("commit", "--quiet", "-m", "old")
    repo.git("tag", "v1.0")
    repo.git("tag", "v1.2.0")
    repo.git("checkout", "--quiet", "-b", "feature")
    repo.commit(**{"src/b.py": f"k = '{token('feature')}'\n"})
    repo.stage("src/c.py", f"k = '{token('staged')}'\n")
    programs = repo.path.parent / "bin"
    programs.mkdir()
    for program, body in {
        "scrubjay": f'exec {sys.executable} -m scrubjay.cli "$@"', "app": f"echo key {secret}", "tar": "echo text",
    }.items():  # fmt: skip
        (programs / program).write_text(f"#!/bin/sh\n{body}\n")
        (programs / program).chmod(0o755)
    # Behind ours, what is installed beside this Python, such as pre-commit.
    paths = [str(programs), str(Path(sys.executable).parent), repo.environment["PATH"]]
    repo.environment["PATH"] = os.pathsep.join(paths)
    home = repo.path.parent / "home"
    (home / ".config" / "fish" / "completions").mkdir(parents=True)
    (home / ".local/share/scrubjay").mkdir(parents=True)
    append(str(home / ".local/share/scrubjay/audit.jsonl"), [{"event": "sent"}])
    append(str(repo.path / "audit.jsonl"), [{"event": "sent"}])
    (repo.path / "audit.jsonl").rename(repo.path / "audit.1.jsonl")
    append(str(repo.path / "audit.jsonl"), [{"event": "withheld"}])
    return repo


@pytest.mark.parametrize(("page", "heading"), SECTIONS)
def test_command_lines_run(place: Any, page: str, heading: str) -> None:
    """Each line below a heading ends as a scan ends, without a complaint about how it was called."""
    lines = [line for block in BLOCKS if (block.page, block.heading) == (page, heading) for line in block.lines]
    assert set(lines) & {"scrubjay scan", *NOT_RUN} or lines
    wrong = []
    for line in lines:
        if line in NOT_RUN or BENCHMARK.fullmatch(line) or ("bench" in line and not has_hyperscan()):
            continue
        done = run(place, line)
        said = (done.stdout + done.stderr).decode("utf-8", "replace")
        if done.returncode not in (DOCTOR if "doctor" in line else GOOD) or ("Usage:" in said and "--help" not in line):
            wrong.append((line, done.returncode, said))
        assert token("feature") not in said and token("staged") not in said, line
    assert not wrong


def run(place: Any, line: str) -> Any:
    """Run one line with what it needs: the places that it names, and no file that it is to make."""
    for outside, inside in STANDS_FOR.items():
        line = line.replace(outside, inside)
    # Pages that show several ways to do one thing: a file that a line writes must not be in the next one's way.
    for made in (".scrubjay.toml", ".scrubjay-baseline") if " create" in line or " --write" in line else ():
        (place.path / made).unlink(missing_ok=True)
    if "scrubjay baseline" in line and " create" not in line and not list(place.path.glob(".scrubjay-b*")):
        place.run("scrubjay", "baseline", "create", check=True)
    return place.run("bash", "-o", "pipefail", "-c", line)


def has_hyperscan() -> bool:
    """True when rules can be timed."""
    return bool(find_spec("hyperscan")) and os.environ.get("SCRUBJAY_ENGINE") != "keywords"


@pytest.mark.parametrize("script", SCRIPTS, ids=[text.split("hook ")[1].split()[0] for text in SCRIPTS])
def test_hook_scripts_stop_a_secret(place: Any, script: str) -> None:
    """Each script of the pages, put where its page says, stops the commit or the push that brings a secret."""
    name = script.split("hook ")[1].split()[0]
    server = place.path.parent / "server.git"
    place.git("init", "--quiet", "--bare", str(server))
    place.git("remote", "add", "origin", str(server))
    folder = (server if name == "pre-receive" else place.path / ".git") / "hooks"
    (folder / name).write_text(script)
    (folder / name).chmod(0o755)
    message = f"says {token('message')}" if name == "commit-msg" else "change"
    action = ["push", "origin", "HEAD"] if name in ("pre-push", "pre-receive") else ["commit", "-m", message]
    done = place.run("git", *action)
    assert done.returncode and b"github-pat-classic" in done.stdout + done.stderr
    place.git("reset", "--quiet", "--hard", "v1.0")
    (folder / name).unlink()
    (folder / name).write_text(script)
    (folder / name).chmod(0o755)
    assert place.run("git", "commit", "--allow-empty", "-m", "clean").returncode == 0


@pytest.mark.parametrize(
    "line", sorted({line for block in BLOCKS for line in block.lines if BENCHMARK.fullmatch(line)})
)
def test_benchmarks_take_their_options(line: str) -> None:
    """A benchmark that a page calls is there and knows each option; test_benchmarks.py runs them on small input."""
    found = BENCHMARK.fullmatch(line)
    assert found
    script = ROOT / found[1]
    if not script.exists():
        pytest.skip("the benchmarks are not beside the tests")
    # Some start with libraries that only a measurement needs, so their options are read and not asked for.
    code = "".join(
        path.read_text("utf-8") for path in {script, ROOT / "benchmarks/harness.py", *script.parent.glob("tools.py")}
    )
    assert {word for word in shlex.split(found[2]) if word.startswith("--")} <= set(re.findall(r'"(--[\w-]+)"', code))


@pytest.mark.once
def test_what_is_not_run_is_counted() -> None:
    """The list of exceptions names lines that exist, each with a reason, and the guide tells how many."""
    assert set(NOT_RUN) <= {line for block in BLOCKS for line in block.lines} | outside_of_the_copy()
    assert all(NOT_RUN.values()) and all(READ_ELSEWHERE.values())
    guide = ROOT / "CONTRIBUTING.md"
    if guide.exists():
        assert f"all but {len(NOT_RUN)}" in guide.read_text(encoding="utf-8")


def outside_of_the_copy() -> set[str]:
    """The lines of a page that a copy with only README, docs and tests has not."""
    return set() if (ROOT / "CONTRIBUTING.md").exists() else {line for line in NOT_RUN if line.startswith(".venv/bin/")}


def shell_in(block: Block) -> list[str]:
    """The shell of a block that is not run here, its own or another program's; raises when it can't be parsed."""
    if block.language in ("console", "sh", "bash"):
        return [line for line in block.lines if line in NOT_RUN or BENCHMARK.fullmatch(line)]
    if block.language == "yaml":
        return [text for text in strings(pytest.importorskip("yaml").safe_load(block.text)) if "scrubjay " in text]
    if block.language == "toml":
        tomllib.loads(block.text)
        return []
    if block.language == "json":
        json.loads(block.text)
        return []
    if block.language == "xml":
        return [
            element.text or "" for element in ElementTree.fromstring(f"<_>{fluentd(block.text)}</_>").iter("command")
        ]
    if block.language == "ini":
        settings = configparser.ConfigParser(strict=False, interpolation=None)
        settings.read_string(block.text)
        words = [shlex.split(value) for name in settings.sections() for value in settings[name].values()]
        return [one[one.index("-c") + 1] for one in words if "-c" in one]
    if block.language == "dockerfile":
        words = [json.loads(line.partition(" ")[2]) for line in block.text.splitlines()]
        return [one[one.index("-c") + 1] for one in words if "-c" in one]
    assert block.language in READ_ELSEWHERE, f"nothing reads a block of {block.language}"
    return []


def fluentd(text: str) -> str:
    """fluentd's settings look like XML; make them XML: a section's pattern and each setting become elements."""
    text = re.sub(r"^( *)<(\w+) [^>]*>$", r"\1<\2>", text, flags=re.MULTILINE)
    return re.sub(r"^ *@?(\w+) (.*)$", r"<\1>\2</\1>", text, flags=re.MULTILINE)


def strings(value: Any) -> Iterator[str]:
    """All strings in a tree of mappings and lists."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from strings(inner)


@pytest.mark.once
def test_every_block_parses() -> None:
    """No block of the pages is of a kind that nothing reads, and the shell in each is good shell."""
    scripts = [text for block in BLOCKS for text in shell_in(block)]
    assert len(scripts) > len(NOT_RUN)
    bad = [
        text for text in scripts if subprocess.run(["bash", "-n"], input=text.encode(), capture_output=True).returncode
    ]
    assert not bad
    assert subprocess.run(["bash", "-n"], input=b"scrubjay scan |", capture_output=True).returncode
