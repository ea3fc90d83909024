"""No command, whatever happens, puts a secret into its output, an error, a report or a cached file."""

from __future__ import annotations

import base64
import hashlib
import json
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from scrubjay.cli.commands import group
from scrubjay.scanner.reports import FORMATS

COMMAND = (sys.executable, "-m", "scrubjay.cli")
SECRET = "x7Kp2m" + "Qz9wLr"
KEY_LINE = base64.b64encode(hashlib.sha384(b"fake key").digest()).decode()


@pytest.fixture
def planted(repo: Any, make_secret: Any) -> tuple[Any, list[str]]:
    """A repository with secrets in files, names, links, the index, messages and history, and the secrets."""
    tokens = [make_secret(label) for label in ("file", "name", "link", "staged", "message", "missing")]
    block = "-----BEGIN PRIV" + "ATE KEY-----\n" + f"{KEY_LINE}\n" * 12 + "-----END PRIV" + "ATE KEY-----\n"
    repo.commit(**{"old.txt": "start\n"})
    repo.commit("says " + tokens[4], **{"a.txt": f"key = {tokens[0]}\nurl = amqp://app:{SECRET}@mq/\n{block}"})
    repo.stage(f"n-{tokens[1]}.txt", "x\n")
    (repo.path / "link").symlink_to(tokens[2])
    repo.stage("staged.txt", f"{tokens[3]}\n")
    repo.stage("wide.txt", f"pass{'word'} = '{SECRET}'\n".encode("utf-16"))
    repo.write("message.txt", f"says {tokens[4]}\n")
    return repo, [*tokens, SECRET, KEY_LINE]


def _content(path: Path) -> bytes:
    """A file's content; other tests use the same cache, and may have removed it meanwhile."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def _events(text: bytes) -> list[dict[str, Any]]:
    """Events of an agent that hold secrets: a prompt, a command, an output."""
    base = {"session_id": "s", "transcript_path": "", "cwd": "."}
    said = text.decode()
    return [
        base | {"hook_event_name": "UserPromptSubmit", "prompt": said},
        base | {"hook_event_name": "PreToolUse", "tool_name": "Bash", "tool_input": {"command": f"echo '{said}'"}},
        base | {"hook_event_name": "PreToolUse", "tool_name": "Bash", "tool_input": {"command": "cat a.txt"}},
        base | {
            "hook_event_name": "PostToolUse", "tool_name": "Bash", "tool_input": {"command": "true"},
            "tool_response": {"stdout": said, "stderr": "", "interrupted": False},
        },
    ]  # fmt: skip


def _names(command: click.Command, name: str = "") -> Iterator[str]:
    """The names of all commands that do something."""
    if not isinstance(command, click.Group):
        yield name
        return
    context = click.Context(command)
    for one in command.list_commands(context):
        found = command.get_command(context, one)
        assert found
        yield from _names(found, f"{name} {one}".strip())


@pytest.mark.parametrize("agents", [True, False])
def test_every_command_is_silent_about_values(
    planted: tuple[Any, list[str]], cache_folder: Path, tmp_path: Path, agents: bool
) -> None:
    """All commands, formats and engines, on data and names that hold secrets: nothing of them comes out or stays."""
    repo, secrets = planted
    text = (repo.path / "a.txt").read_bytes()
    audit, policy = str(tmp_path / "home/audit.jsonl"), str(tmp_path / "home/policy.toml")
    Path(policy).write_text('audit = "audit.jsonl"\n[[label]]\nclass = "personal"\npaths = ["n-*"]\n')
    mention = _events(b"")[0] | {"prompt": f"read @n-{secrets[1]}.txt"}
    repo.write("taken.jsonl", json.dumps({"event": "sent", "place": secrets[0], "more": secrets[1]}) + "\n")
    runs: list[tuple[list[str], bytes]] = [
        *((["scan", "--format", form, "--min-confidence", "low"], b"") for form in ("text", "json", "jsonl")),
        (["scan", "--engine", "keywords"], b""),
        (["scan", "-"], text),
        (["scan", f"no-{secrets[5]}"], b""),
        (["scan", "--output", f"no/{secrets[5]}"], b""),
        (["diff", "--staged"], b""),
        (["diff", "HEAD~1..HEAD"], b""),
        (["diff", f"{secrets[5]}..HEAD"], b""),
        (["hook", "pre-commit"], b""),
        (["hook", "pre-commit", "a.txt", "staged.txt", f"n-{secrets[1]}.txt"], b""),
        (["hook", "commit-msg", "message.txt"], b""),
        (["hook", "commit-msg", f"no-{secrets[5]}"], b""),
        (["hook", "pre-push", "origin", "url"], b"refs/heads/main HEAD refs/heads/main " + b"0" * 40 + b"\n"),
        (["filter", "--summary"], text),
        (["explain", "-"], text),
        (["rules", "check", "a.txt"], b""),
        (["rules", "show", secrets[5]], b""),
        ([secrets[5]], b""),
        (["scan", "--format", secrets[5]], b""),
        (["rules", "bench", "--corpus", "a.txt", "generic-password"], b""),
        (["rules", "import", "a.txt"], b""),
        (["history"], b""),
        (["history", "--format", "json", "--all-places"], b""),
        (["history", "--since", secrets[5]], b""),
        (["scan", "--config", "a.txt"], b""),
        (["config", "check", "a.txt"], b""),
        (["config", "show"], b""),
        (["report", "a.txt"], b""),
        (["report", f"no-{secrets[5]}"], b""),
        (["lookup", "--mask-key-file", "a.txt", SECRET], b""),
        (["doctor", "--shipper", secrets[5]], b""),
        *((["agent", "hook", "--agent", "claude-code"], json.dumps(event).encode()) for event in _events(text)),
        (["agent", "hook", "--agent", "claude-code"], text),
        (["agent", "scan", "a.txt"], b""),
        (["agent", "scrub", "--dry-run", "a.txt"], b""),
        (["agent", "allow", secrets[5]], b""),
        (["agent", "status"], b""),
        (["agent", "install", "codex", "--policy", "a.txt"], b""),
        (["agent", "install", "codex"], b""),
        (["agent", "doctor"], b""),
        (["agent", "uninstall", "codex"], b""),
        (["agent", "policy", f"n-{secrets[1]}.txt", "--policy", policy, "--host", secrets[5]], b""),
        (["agent", "policy", "--policy", "a.txt"], b""),
        (["agent", "policy", "--policy", f"no-{secrets[5]}"], b""),
        # A prompt that mentions a file with a secret in its name is noted in an audit.
        (["agent", "hook", "--agent", "claude-code", "--policy", policy], json.dumps(mention).encode()),
        (["agent", "audit", "verify", audit, "a.txt", f"n-{secrets[1]}.txt"], b""),
        (["agent", "audit", "verify", audit, "--head", secrets[5]], b""),
        (["agent", "audit", "show", audit], b""),
        (["agent", "audit", "show", "taken.jsonl"], b""),
        (["agent", "mcp"], text),
        (["audit", "--stats"], b""),
        (["audit"], b""),
        (["baseline", "show"], b""),
        (["baseline", "create"], b""),
        (["baseline", "update"], b""),
        (["baseline", "prune"], b""),
        (["rules", "list"], b""),
        (["rules", "docs"], b""),
        (["config", "import", "a.txt"], b""),
        (["completion", "bash"], b""),
    ]  # fmt: skip
    called = [" ".join(words) for words, _ in runs]
    assert {name for name in _names(group) if not any(one.startswith(name) for one in called)} == set()
    silent: list[bytes] = []
    for words, stdin in runs:
        if (words[0] == "agent") is not agents:
            continue
        done = repo.run(*COMMAND, *words, stdin=stdin)
        said = done.stdout + done.stderr
        silent += [] if said else [stdin]
        assert [s for s in secrets if s.encode() in said] == [], words
        assert b"Traceback" not in said, words
    # The output of that command is masked afterwards, so it may run. MCP has no answer to what is no request.
    silent = [one for one in silent if one != text]
    assert len(silent) == agents and all(b"cat a.txt" in one for one in silent)
    kept = [path for folder in (cache_folder, tmp_path / "home") for path in folder.rglob("*") if path.is_file()]
    assert any(path.suffix == ".bin" for path in kept) and agents is any(path.name == "audit.jsonl" for path in kept)
    assert [path for path in kept for s in secrets if s.encode() in _content(path)] == []


@pytest.mark.parametrize(
    "words", [["scan", "a.txt"], ["diff", "--staged"], ["hook", "pre-commit"], ["filter"], ["explain", "-"]]
)
def test_an_internal_error_quotes_nothing(planted: tuple[Any, list[str]], words: list[str]) -> None:
    """A bug that raises with the data in its message ends with 3 and names only the kind of error and its place."""
    repo, secrets = planted
    text = (repo.path / "a.txt").read_bytes()
    driver = (
        "import sys; from scrubjay.patterns import matcher as m\n"
        "def fail(self, index, data, found): raise RuntimeError(bytes(data))\n"
        "m.Matcher._judged = fail\n"
        "from scrubjay.cli import main\n"
        "sys.exit(main(sys.argv[1:]))"
    )
    done = repo.run(sys.executable, "-c", driver, *words, stdin=text)
    said = done.stdout + done.stderr
    assert done.returncode == 3
    assert [s for s in secrets if s.encode() in said] == []


def test_no_report_baseline_or_cache_holds_a_value_or_its_hash(
    planted: tuple[Any, list[str]], cache_folder: Path, tmp_path: Path
) -> None:
    """All formats, the merged ones, the baseline, audit and the caches: no value, and no plain hash of one."""
    repo, secrets = planted
    out = repo.path / "out"
    out.mkdir()
    merged = [f"out/{one}.json" for one in "shb"]
    runs: list[tuple[list[str], bytes]] = [
        *((["scan", "-f", form, "-o", f"out/s.{form}", "--min-confidence", "low"], b"") for form in FORMATS),
        (["history", "-f", "json", "-o", "out/h.json", "--all-places"], b""),
        (["baseline", "create", "--min-confidence", "low"], b""),
        (["baseline", "show"], b""),
        (["baseline", "update", "--history", "--reason", f"{secrets[5]} it was"], b""),
        (["baseline", "prune"], b""),
        (["audit"], b"t\nreal\nf\nno\ns\ns\ns\ns\ns\n"),
        (["audit", "--staged"], b"s\ns\n"),
        (["audit", "--stats"], b""),
        (["scan", "-f", "json", "-o", "out/b.json"], b""),
        *((["report", "-f", form, "-o", f"out/r.{form}", *merged], b"") for form in FORMATS),
        (["history"], b""),
        (["hook", "pre-commit"], b""),
        (["config", "show"], b""),
        (["config", "check", f"no-{secrets[5]}"], b""),
        (["config", "import", "a.txt"], b""),
    ]  # fmt: skip
    said = {}
    for words, stdin in runs:
        done = repo.run(*COMMAND, *words, stdin=stdin)
        said[" ".join(words)] = done.stdout + done.stderr
        assert b"Traceback" not in done.stderr, words
    folders = (cache_folder, tmp_path / "home", out)
    found = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    found += [repo.path / ".scrubjay-baseline", repo.path / ".gitattributes"]
    assert any(path.name.startswith("entries-") for path in found) and len(list(out.iterdir())) == 2 * len(FORMATS) + 2
    texts = said | {str(path): _content(path) for path in found}
    assert any(path.name.startswith("history-") for path in found)
    told = forbidden(secrets[:-1]) + [KEY_LINE.lower().encode()]
    assert sorted(name for name, text in texts.items() if any(one in text.lower() for one in told)) == []


def forbidden(values: list[str]) -> list[bytes]:
    """What nothing may hold of these values, in lower case: themselves, however encoded, and every plain hash."""
    raw = [value.encode() for value in values]
    plain = [*raw, *(value.encode("utf-16-le") for value in values), *(one[::-1] for one in raw)]
    found = [form for one in plain for form in (one, one.hex().encode(), base64.b64encode(one).rstrip(b"=")[:-1])]
    for one in raw:
        found += [b"%08x" % zlib.crc32(one), b"%08x" % zlib.adler32(one)]
        for name in sorted(hashlib.algorithms_guaranteed):
            # A part of a hash is enough to guess by.
            digest = hashlib.new(name, one).digest(32) if "shake" in name else hashlib.new(name, one).digest()
            found += [digest[:8], digest.hex()[:16].encode(), base64.b64encode(digest)[:11]]
            found.append(base64.urlsafe_b64encode(digest)[:11])
    return [form.lower() for form in found]


def test_the_search_would_find_them() -> None:
    """A value, its encodings and its hashes are found in what holds them."""
    value = b"x7Kp2m" + b"Qz9wLr"
    told = forbidden([value.decode()])
    hashes = [getattr(hashlib, name)(value) for name in ("md5", "sha1", "sha256", "sha512", "blake2b", "sha3_256")]
    held = [value, value.hex().upper().encode(), base64.b64encode(value), b"%08X" % zlib.crc32(value)]
    held += [
        form for one in hashes for form in (one.hexdigest().encode(), one.digest(), base64.b64encode(one.digest()))
    ]
    assert [one for one in held if not any(form in one.lower() for form in told)] == []
    assert not any(form in b"keyed hashes only" for form in told)
