"""Settings and lists of other scanners: what is taken over does the same, what is not is told."""

from __future__ import annotations

import hashlib
import json
import re
import sys
from typing import Any

import pytest
from pathspec import GitIgnoreSpec
from scrubjay.patterns.errors import ScrubjayError
from scrubjay.scanner.migration import sources
from scrubjay.scanner.migration.globs import globs

COMMAND = (sys.executable, "-m", "scrubjay.cli")
PATHS = [
    "go.sum", "sub/go.sum", "gosum", "vendor/a.go", "lib/vendor/a.go", "myvendor/a.go", "a.lock", "x/a.lock",
    "a.lock.txt", "tests/fixtures/a/b.json", "src/tests/fixtures/a.json", "docs/logo.png", "docs/logo.jpg",
    "node_modules/x/y.js", "web/node_modules/x.js", "package-lock.json", "a/package-lock.json",
]  # fmt: skip


@pytest.mark.parametrize(
    ("expression", "exact"),
    [
        (r"go\.sum$", True),
        (r"(^|/)vendor/", True),
        (r"vendor/", False),
        (r"^tests/fixtures/", True),
        (r"(.*?)(png|jpg)$", True),
        (r"\.lock$", True),
        (r"^.*\.lock$", True),
        (r"(?:^|/)node_modules(?:/.*)?$", False),
        (r"(^|/)package-lock\.json$", True),
        (r"docs/.*", True),
        (r".*/fixtures/.*\.json", False),
        (r"a{2,3}$", False),
        (r"[a-c]\.go$", False),
        (r".*", False),
    ],
)
def test_a_pattern_hides_no_more_than_the_expression(expression: str, exact: bool) -> None:
    """A path that a pattern leaves out is one that the expression left out; where it can be, it is the same set."""
    listed = globs(expression)
    ours = {path for path in PATHS if listed and GitIgnoreSpec.from_lines(listed).match_file(path)}
    theirs = {path for path in PATHS if re.search(expression, path)}
    assert ours <= theirs, listed
    assert not exact or ours == theirs, listed


def test_gitleaks(repo: Any, secret: str, make_secret: Any) -> None:
    """.gitleaks.toml gives paths and markers, .gitleaksignore entries of the baseline; the rest is told."""
    commit = repo.commit(**{"old.py": f"a\nk = '{make_secret('old')}'\n"})
    repo.commit(**{"old.py": "a\n", "now.py": f"k = '{secret}'\n", "vendor/x.py": make_secret("v")})
    repo.write(
        ".gitleaks.toml",
        "[extend]\nuseDefault = true\ndisabledRules = ['aws']\n[allowlist]\ndescription = 'ours'\n"
        "paths = ['^vendor/', 'a{3}']\nregexes = ['x']\ncommits = ['abc']\n[[rules]]\nid = 'mine'\nregex = 'x'\n",
    )
    repo.write(".gitleaksignore", f"# known\n{commit}:old.py:github-pat:2\nnow.py:github-pat:1\nnow.py:github-pat:99\n")
    words = ("config", "import", ".gitleaks.toml", ".gitleaksignore")
    dry = repo.run(*COMMAND, *words)
    assert b'"/vendor/*"' in dry.stdout or b'"/vendor/"' in dry.stdout
    assert not (repo.path / ".scrubjay.toml").exists()
    done = repo.run(*COMMAND, *words, "--write")
    assert done.returncode == 0, done.stderr
    for told in (b"a{3}", b"disabledRules aws", b"1 regexes", b"1 commits", b"1 rules (mine)", b"1 are none that"):
        assert told in done.stderr, told
    assert repo.run(*COMMAND, "scan").returncode == 0
    # The one in vendor/ is excluded, the old one is known.
    assert repo.run(*COMMAND, "history").returncode == 0
    assert repo.run(*COMMAND, "config", "check").returncode == 0
    repo.write("now.py", f"k = '{make_secret('new')}'\n")
    assert repo.run(*COMMAND, "scan").returncode == 1


def test_detect_secrets(repo: Any, secret: str, make_secret: Any) -> None:
    """.secrets.baseline is matched by SHA-1, verdicts come along, and the digest is kept nowhere."""
    repo.write("a.py", f"k = '{secret}'\nj = '{make_secret('j')}'\n")
    digests = [hashlib.sha1(value.encode()).hexdigest() for value in (secret, make_secret("gone"))]
    results = [{"type": "GitHub Token", "hashed_secret": digest, "line_number": 1} for digest in digests]
    results[0]["is_secret"] = False
    document = {
        "version": "1.5.0",
        "results": {"a.py": results},
        "filters_used": [{"path": "detect_secrets.filters.regex.should_exclude_file", "pattern": ["^docs/"]}],
    }
    repo.write(".secrets.baseline", json.dumps(document))
    done = repo.run(*COMMAND, "config", "import", ".secrets.baseline", "--write", check=True)
    assert b"2 known findings: 1 entries" in done.stderr and b"1 are none" in done.stderr
    baseline = (repo.path / ".scrubjay-baseline").read_text()
    assert "audit=false" in baseline and not any(digest[:12] in baseline for digest in digests)
    rows = json.loads(repo.run(*COMMAND, "scan", "-f", "json", "a.py").stdout)["findings"]
    assert {row["line"]: row["suppressed"] for row in rows} == {
        1: "baseline: false alarm, from .secrets.baseline",
        2: "",
    }
    assert "/docs/" in (repo.path / ".scrubjay.toml").read_text()


def test_trufflehog() -> None:
    """A file for --exclude-paths gives patterns, and what can't be one is told."""
    taken = sources.read("exclude.txt", "# no\n\nnode_modules/\n^dist/.*\\.map$\n(a|b{2})\n")
    assert taken.exclude[0] == "node_modules/" and len(taken.lost) == 2


@pytest.mark.parametrize(
    ("name", "text"), [("x.yml", "a"), (".gitleaks.toml", "a = ["), (".secrets.baseline", '{"a": 1}')]
)
def test_what_is_not_known_is_refused(name: str, text: str) -> None:
    """A file of another kind, or a damaged one, is an error that names it."""
    with pytest.raises(ScrubjayError, match=re.escape(name)):
        sources.read(name, text)
