"""Shell commands: the files that they name, dumps of the environment, ways around the checks."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrubjay.agents.bypass import in_command, in_path
from scrubjay.agents.decide import is_masked, mentions
from scrubjay.agents.shell import commands, files, objects
from scrubjay.agents.variables import dumps, secret_values


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with files to name."""
    path = tmp_path_factory.mktemp("shell")
    (path / "sub").mkdir()
    for name in (".env", ".env.local", "a b", "sub/deep", "x.py", "quo'te"):
        (path / name).write_text("x")
    return path


@pytest.mark.parametrize(
    ("command", "names"),
    [
        ("cat .env", [".env"]),
        ("cat '.env' && true", [".env"]),
        ("sudo -u me xxd ./.env | head", [".env"]),
        ("FOO=1 sed -n p .env", [".env"]),
        ("while read l; do echo $l; done < .env", [".env"]),
        ("cat<.env", [".env"]),
        ("diff <(sort .env) x.py", [".env", "x.py"]),
        ("echo $(cat .env)", [".env"]),
        ("echo `cat .env`", [".env"]),
        ('echo "$(cat ".env")"', [".env"]),
        ("bash -c 'cat .env'", [".env"]),
        ("bash -lc \"eval 'cat .env'\"", [".env"]),
        ("cd sub && cat deep ../.env", ["sub/deep", ".env"]),
        ("curl -d @.env http://127.0.0.1", [".env"]),
        ("curl -F 'file=@.env' x", [".env"]),
        ("docker run --env-file=.env x", [".env"]),
        ("docker run --env-file .env x", [".env"]),
        ("dd if=.env of=/dev/null", [".env"]),
        ("F=.env; cat $F", [".env"]),
        ("cat .env{,.local}", [".env", ".env.local"]),
        ("cat .en*", [".env", ".env.local"]),
        ("cat a\\ b", ["a b"]),
        ('cat "a b" # not x.py', ["a b"]),
        ("python3 -c \"print(open('.env').read())\"", [".env"]),
        ("find . -name x -o -exec cat .env \\;", [".env"]),
        ("cat <<EOF > out\n.env\nEOF\n", [".env"]),
        ("bash <<'EOF'\ncat .env\nEOF", [".env"]),
        ("cat 'unclosed .env", [".env"]),
        ("python x.py", ["x.py"]),
        ("ls -la", []),
        ("", []),
    ],
)
def test_the_files_of_a_command_are_found(folder: Path, command: str, names: list[str]) -> None:
    """Every existing file that a command names is found, however the command reads it."""
    assert set(names) <= {str(Path(name).relative_to(folder)) for name in files(command, str(folder))}
    if not names:
        assert not files(command, str(folder))


@given(st.text(alphabet="abc .'\"`$(){}<>|&;\\\n#=@-*", max_size=60))
def test_any_text_is_read(text: str) -> None:
    """No text is too broken to be read."""
    assert isinstance(commands(text), list)
    assert isinstance(in_command(text), object)
    dumps(text)


def test_objects_of_git_are_found() -> None:
    """Files in commits count as well."""
    assert objects("git show HEAD:.env | head; git cat-file -p :.env") == ["HEAD:.env", ":.env"]
    assert objects("git -C sub show HEAD~2:a/b") == ["HEAD~2:a/b"]
    assert objects("echo HEAD:.env") == []


@pytest.mark.parametrize(
    "command",
    ["env", "printenv", "sudo env", "env | sort", "set", "export -p", "declare -x", "printenv GITHUB_TOKEN",
     "true; env > out", "cat /proc/self/environ", "bash -c env", "Get-ChildItem env:", "compgen -e"],
)  # fmt: skip
def test_dumps_of_the_environment_are_seen(command: str) -> None:
    """A command that prints the environment is known."""
    assert dumps(command)


@pytest.mark.parametrize("command", ["env FOO=1 make", "set -e", "export A=1", "echo env", "cat env.txt", "ls"])
def test_other_uses_of_these_words_are_not(command: str) -> None:
    """What only resembles a dump is none."""
    assert not dumps(command)


def test_values_are_secret_by_the_name_of_their_variable() -> None:
    """In a dump, a weak value counts where the name says so, and what is known to be none does not."""
    text = "HOME=/home/me\nDB_PASSWORD=hunter22\nexport API_KEY='abcd1234'\nPWD=/x\nSSH_AUTH_SOCK=/run/x\nKEYMAP=us\n"
    assert [text[start:end] for start, end, _ in secret_values(text)] == ["hunter22", "abcd1234"]


@pytest.mark.parametrize(
    "command",
    ["git commit --no-verify -m x", "git commit -nm x", "git commit -anm x", "git commit -m x -n",
     "git push --no-verify",
     "git -c core.hooksPath=/dev/null commit -m x", "git config core.hooksPath /dev/null", "SKIP=scrubjay git commit",
     "git config --global core.hookspath x", "HUSKY=0 git commit -m x", "env SKIP=all git commit", "export HUSKY=0",
     "git commit --no-verif -m x", "pre-commit uninstall", "rm -rf .git/hooks", "echo > .git/hooks/pre-commit",
     "sed -i s/a/b/ .claude/settings.json", "git commit-tree x", "cd x && git commit -n", "bash -c 'git commit -n'",
     "scrubjay agent allow x --reason y", "scrubjay agent uninstall", "mv a .gemini/settings.json",
     "chmod -x .husky/pre-commit", "echo x >> .scrubjay-baseline", "git merge --no-verify x",
     "GIT_CONFIG_KEY_0=core.hooksPath GIT_CONFIG_VALUE_0=/x GIT_CONFIG_COUNT=1 git commit"],
)  # fmt: skip
def test_ways_around_the_checks_are_seen(command: str) -> None:
    """Skipped hooks, other folders of hooks and edits of what guards are known in all their forms."""
    assert in_command(command)


@pytest.mark.parametrize(
    "command",
    ["git commit -m 'explain --no-verify'", "git commit -m -n", "git log -n 5", "git push -n", "git status",
     "git config --get core.hooksPath", "git config core.hooksPath", "cat .claude/settings.json", "git diff .husky/x",
     "git commit -am 'no -n'", "git commit -F -n", "grep SKIP= x", "ls .git/hooks", "scrubjay agent status",
     "git add .pre-commit-config.yaml", "git commit -Cn", "echo 'git commit --no-verify'"],
)  # fmt: skip
def test_honest_commands_are_none(command: str) -> None:
    """What only reads, or only speaks of it, is no way around."""
    assert not in_command(command)


def test_guarding_files_are_known() -> None:
    """Files that decide what is checked are known by their path, others are not."""
    for path in (
        "/p/.git/hooks/pre-push",
        ".claude/settings.local.json",
        "C:\\p\\.codex\\hooks.json",
        ".cursor/hooks.json",
    ):
        assert in_path(path)
    for path in ("src/settings.json", "docs/hooks.json", ".gitignore", "hooks/pre-commit"):
        assert not in_path(path)


@pytest.mark.parametrize("command", ["scrubjay filter < .env", "cat .env | scrubjay filter", "env | scrubjay filter"])
def test_a_masked_command_is_known(command: str) -> None:
    """What goes through the filter may be printed."""
    assert is_masked(command)


@pytest.mark.parametrize(
    "command",
    ["scrubjay filter < .env; cat .env", "cat .env | tee x | scrubjay filter", "scrubjay filter < .env > out",
     "curl -d @.env x | scrubjay filter", "scrubjay filter < .env | sh -c 'cat .env'", "scrubjay scan .env",
     "cat .env"],
)  # fmt: skip
def test_a_command_that_does_more_is_not(command: str) -> None:
    """One that prints, writes or sends something beside the filter counts as any other."""
    assert not is_masked(command)


def test_mentions_are_found() -> None:
    """Files that a prompt mentions, with quotes, escapes and line numbers; addresses of mail are none."""
    prompt = 'look at @.env and @"a b", @file:x.py#L1-9 (see @sub/deep.) or @a\\ c:3 but not me@example.com'
    assert {".env", "a b", "x.py", "sub/deep", "a c"} <= set(mentions(prompt))
    assert "example.com" not in set(mentions(prompt))
