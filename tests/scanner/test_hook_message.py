"""The commit-msg hook: what git will keep of the message is looked at."""

from __future__ import annotations

import sys
from typing import Any

import pytest

RULE = "github-pat-classic"
CUT = "------------------------ >8 ------------------------"


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("subject\n\nbody\n", []),
        ("subject\n\nkey {}\n", ["3:5"]),
        ("subject\n# {}\n", []),
        ("#subject {}", []),
        ("subject\n # {}\n", ["2:4"]),
        (f"subject\n# {CUT}\n# rest\n-{{}}\n+{{}}\n", []),
        (f"subject {{}}\n# {CUT}\n{{}}\n", ["1:9"]),
        (f"subject\n{CUT}\n{{}}\n", ["3:1"]),
        ("subject {}\r\n", ["1:9"]),
    ],
)
def test_comments_and_scissors(repo: Any, secret: str, text: str, places: list[str]) -> None:
    """Comment lines, and all below the scissors, are not part of the commit; lines keep their numbers."""
    repo.write("message", text.replace("{}", secret))
    done = repo.hook("commit-msg", "message")
    assert done.places == [f"message:{place} (commit message) {RULE}" for place in places], done
    assert done.code == bool(places)


@pytest.mark.parametrize(("setting", "text", "code"), [
    ("core.commentChar=;", "subject\n; {}\n", 0),
    ("core.commentChar=;", "subject\n# {}\n", 1),
    ("core.commentString=//", "subject\n// {}\n", 0),
    ("core.commentChar=;", f"subject\n; {CUT}\n{{}}\n", 0),
    ("core.commentChar=auto", f"subject\n; {CUT}\n{{}}\n", 0),
    ("core.commentChar=auto", "subject\n# {}\n", 1),
    ("commit.cleanup=verbatim", "subject\n# {}\n", 1),
    ("commit.cleanup=strip", "subject\n# {}\n", 0),
])  # fmt: skip
def test_settings(repo: Any, secret: str, setting: str, text: str, code: int) -> None:
    """The user's comment character and cleanup mode decide what is dropped."""
    repo.git("config", *setting.split("=", 1))
    repo.write("message", text.replace("{}", secret))
    assert repo.hook("commit-msg", "message").code == code


def test_without_an_editor_comments_stay(repo: Any, secret: str) -> None:
    """`git commit -m '# text'` keeps the line, so a secret in it counts."""
    hook = repo.write(
        ".git/hooks/commit-msg", f'#!/bin/sh\nexec "{sys.executable}" -m scrubjay.cli hook commit-msg "$1"\n'
    )
    hook.chmod(0o755)
    repo.stage("a", "a")
    assert repo.run("git", "commit", "-m", f"# key {secret}").returncode == 1
    assert repo.run("git", "-c", "core.commentChar=;", "commit", "-m", f"# key {secret}").returncode == 1
    assert repo.run("git", "commit", "-m", "fine").returncode == 0


def test_with_an_editor(repo: Any, secret: str) -> None:
    """In a real `git commit -v`, the diff below the scissors is not the message."""
    hook = repo.write(
        ".git/hooks/commit-msg", f'#!/bin/sh\nexec "{sys.executable}" -m scrubjay.cli hook commit-msg "$1"\n'
    )
    hook.chmod(0o755)
    repo.stage("a", f"{secret}\n")
    editor = repo.write("editor", '#!/bin/sh\nprintf \'%s\\n\' "$TEXT" | cat - "$1" >"$1.new" && mv "$1.new" "$1"\n')
    editor.chmod(0o755)
    done = repo.run("git", "commit", "-v", GIT_EDITOR=str(editor), TEXT=f"key {secret}")
    assert done.returncode == 1, done
    done = repo.run("git", "commit", "-v", GIT_EDITOR=str(editor), TEXT="fine")
    assert done.returncode == 0, done


def test_missing_file_and_wrong_use(repo: Any) -> None:
    """A message that can't be read, and calls without or with too many words, are errors."""
    assert repo.hook("commit-msg", "nowhere").code == 2
    assert repo.hook("commit-msg").code == 2
    assert repo.hook("commit-msg", "a", "b").code == 2
    assert repo.hook("nonsense").code == 2
    assert repo.hook().code == 2
