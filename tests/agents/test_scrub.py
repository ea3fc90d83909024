"""Scrubbing what agents keep: nothing but secrets changes. `benchmarks/scrub_load.py` does it under load."""

from __future__ import annotations

import base64
import json
import os
import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scrubjay.agents import places
from scrubjay.agents.jsontext import in_json, is_mask, mask, unescaped
from scrubjay.agents.ledger import read
from scrubjay.agents.scrub import Scrubber, scrub_one
from scrubjay.patterns import Matcher

MAKE = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


@pytest.fixture(scope="session")
def matcher(cache_folder: Path) -> Matcher:
    """The default rules."""
    os.environ.setdefault("SCRUBJAY_CACHE_DIR", str(cache_folder))
    return Matcher.default(engine=os.environ.get("SCRUBJAY_ENGINE", ""))


def claude(text: str, number: int) -> str:
    """A record of Claude Code, with the second copy of a tool's output."""
    block = {"type": "tool_result", "tool_use_id": f"toolu_{number}", "content": f"     1\u2192{text}\n     2\u2192x"}
    row = {
        "parentUuid": None, "type": "user", "uuid": f"u{number}", "sessionId": "s", "timestamp": "2026-11-24T00:00:00Z",
        "message": {"role": "user", "content": [block]}, "toolUseResult": {"stdout": text, "stderr": ""},
    }  # fmt: skip
    return json.dumps(row, ensure_ascii=False)


def codex(text: str, number: int) -> str:
    """A record of Codex: arguments are JSON in a string; what is encrypted stays."""
    payload = {
        "type": "function_call", "call_id": f"c{number}", "arguments": json.dumps({"cmd": f"echo \"{text}\"\n"}),
        "encrypted_content": text if number % 7 == 3 else "gAAAA",
    }  # fmt: skip
    return json.dumps(
        {"timestamp": "2026-11-24T00:00:00Z", "ordinal": number, "type": "response_item", "payload": payload}
    )


def gemini(text: str, number: int) -> str:
    """A record of Gemini CLI."""
    call = {
        "id": f"t{number}",
        "args": {"command": "x"},
        "result": [{"functionResponse": {"response": {"output": text}}}],
    }
    return json.dumps(
        {"id": f"m{number}", "type": "gemini", "content": "", "toolCalls": [{**call, "resultDisplay": text}]}
    )


def copilot(text: str, number: int) -> str:
    """A record of Copilot CLI."""
    data = {"toolName": "bash", "arguments": {"command": f"export T={text}"}, "result": {"content": f"\u001b[1m{text}"}}
    return json.dumps({"type": "tool.execution_complete", "timestamp": "x", "data": data})


def prose(text: str, number: int) -> str:
    """A line of a history in text."""
    return f": {number}:0;export GITHUB_TOKEN={text} # \u00e9"


FORMS: dict[str, tuple[Callable[[str, int], str], str]] = {
    "claude": (claude, ".jsonl"), "codex": (codex, ".jsonl"), "gemini": (gemini, ".jsonl"),
    "copilot": (copilot, ".jsonl"),
    "shell": (prose, ""), "markdown": (prose, ".md"),
}  # fmt: skip


def scrubbed(matcher: Matcher, *paths: Path, live: bool = False) -> tuple[list[Any], Scrubber]:
    """Scrub files by their names; returns the leaks and the scrubber."""
    scrubber = Scrubber(matcher)
    files = [places.File(str(path), places.named(str(path))) for path in paths]
    return list(scrubber.scrub(files, live=live)), scrubber


@pytest.mark.parametrize("form", FORMS)
def test_only_secrets_change(
    home: Path, tmp_path: Path, matcher: Matcher, make_secret: Callable[[str], str], form: str
) -> None:
    """Size, lines, keys, ids and what is encrypted stay as they are; the secrets are gone; once is enough."""
    make, ending = FORMS[form]
    path = tmp_path / f"t{ending}"
    lines = [make(make_secret(f"{form}{n}") if n % 2 else f"plain text {n}", n) for n in range(40)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    before, when = path.read_bytes(), path.stat()
    leaks, scrubber = scrubbed(matcher, path)
    after = path.read_bytes()
    assert not scrubber.gaps and leaks and all(leak.action == "scrubbed" for leak in leaks)
    assert len(after) == len(before) and after.count(b"\n") == before.count(b"\n")
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (when.st_ino, when.st_mtime_ns)
    for number, (old, new) in enumerate(zip(before.splitlines(), after.splitlines(), strict=True)):
        token = make_secret(f"{form}{number}").encode()
        kept = 1 if form == "codex" and number % 7 == 3 and number % 2 else 0
        assert new.count(token) == kept, number
        if not number % 2:
            assert old == new
        elif ending == ".jsonl":
            assert keys(json.loads(old)) == keys(json.loads(new))
    assert scrubbed(matcher, path)[0] == [] and path.read_bytes() == after


def keys(value: Any) -> Any:
    """The keys of a JSON value in their order."""
    if isinstance(value, dict):
        return [(name, keys(item)) for name, item in value.items()]
    return [keys(item) for item in value] if isinstance(value, list) else type(value).__name__


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=30), st.text(max_size=30), st.booleans(), st.integers(0, 3))
def test_any_text_around_a_secret(
    matcher: Matcher, secret: str, before: str, after: str, ascii_only: bool, depth: int
) -> None:
    """Whatever stands around a secret, with whatever escapes and in JSON in JSON, the secret alone is masked."""
    value: Any = {"a": [f"{before} {secret} {after}", 1], "b": before}
    for _ in range(depth):
        value = {"in": json.dumps(value, ensure_ascii=ascii_only)}
    raw = json.dumps(value, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    found = list(in_json(raw, lambda text, key: [
        type(place)("r", place.start, place.end) for place in _found(matcher, text)
    ]))  # fmt: skip
    data = bytearray(raw)
    for place in found:
        data[place.start : place.end] = mask("r", bytes(data[place.start : place.end]))
    assert secret.encode() not in data and len(data) == len(raw)
    inner = json.loads(data.decode("utf-8", "surrogatepass"))
    for _ in range(depth):
        inner = json.loads(inner["in"])
    assert inner["b"] == before and inner["a"][0].startswith(f"{before} ") and inner["a"][0].endswith(f" {after}")


def _found(matcher: Matcher, text: bytes) -> list[Any]:
    from scrubjay.agents.jsontext import Place

    return [Place(m.rule, m.start, m.end) for m in matcher.find(text) if not is_mask(text[m.start : m.end])]


@given(st.text(), st.booleans())
def test_escapes_are_undone_as_json_does(text: str, ascii_only: bool) -> None:
    """A string without its escapes is what JSON reads, and its places lead back to the written bytes."""
    raw = json.dumps(text, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    made = unescaped(raw, 1, len(raw) - 1)
    assert made.text.decode("utf-8", "surrogatepass") == json.loads(raw.decode("utf-8", "surrogatepass"))
    if made.text:
        assert made.raw(0, len(made.text)) == (1, len(raw) - 1)


def test_a_key_over_lines(home: Path, tmp_path: Path, matcher: Matcher) -> None:
    """A private key with line numbers or colours in it is masked; in a text its lines stay lines."""
    body = "".join(random.Random(4).choices(MAKE, k=64 * 12))
    block = [
        "-----BEGIN " + "PRIVATE KEY-----",
        *(body[n : n + 64] for n in range(0, 768, 64)),
        "-----END " + "PRIVATE KEY-----",
    ]
    numbered = "\n".join(f"{number:6}\u2192{line}" for number, line in enumerate(block, 1))
    jsonl, text = tmp_path / "k.jsonl", tmp_path / "k.md"
    jsonl.write_text(json.dumps({"message": {"content": numbered}}) + "\n")
    text.write_text("\n".join(["before", *block, "after"]) + "\n")
    if not matcher.find("\n".join(block).encode()):
        pytest.skip("this block is no key to the rules")
    lines = text.read_bytes().count(b"\n")
    scrubbed(matcher, jsonl, text)
    for path in (jsonl, text):
        assert not any(body[n : n + 64].encode() in path.read_bytes() for n in range(0, 768, 64)), path
    json.loads(jsonl.read_text())
    assert text.read_bytes().count(b"\n") == lines and text.read_text().endswith("after\n")


def test_an_encoded_secret_is_masked(home: Path, tmp_path: Path, matcher: Matcher, secret: str) -> None:
    """All that encodes it goes, at the same length; pictures and signatures, which hold no text, stay."""
    picture = base64.b64encode(bytes(range(256)) * 8).decode()
    lines = [json.dumps({"content": text}) for text in (base64.b64encode(secret.encode()).decode(), picture)]
    path = tmp_path / "session.jsonl"
    path.write_text("\n".join(lines) + "\n")
    before = path.read_text()
    scrubbed(matcher, path)
    after = path.read_text()
    assert len(after) == len(before) and after.splitlines()[1] == lines[1]
    assert is_mask(json.loads(after.splitlines()[0])["content"].rstrip("=").encode())
    assert not scrubbed(matcher, path)[0]


def test_an_unfinished_line_waits(home: Path, tmp_path: Path, matcher: Matcher, secret: str) -> None:
    """A last line without an end is left alone until it is complete."""
    path = tmp_path / "t.jsonl"
    whole, part = claude(secret, 1), claude(secret, 2)
    path.write_text(f"{whole}\n{part[:-30]}")
    scrubbed(matcher, path)
    assert path.read_text().splitlines()[1] == part[:-30] and secret not in path.read_text().splitlines()[0]
    with open(path, "a") as file:
        file.write(part[-30:] + "\n")
    scrubbed(matcher, path)
    assert secret not in path.read_text()


def test_a_file_in_use_waits(home: Path, tmp_path: Path, matcher: Matcher, secret: str) -> None:
    """A file that is written as a whole is left alone right after a write and while it is open, and that is said."""
    path = tmp_path / "session.json"
    path.write_text(json.dumps({"messages": [{"content": f"T {secret}"}]}))
    leaks, scrubber = scrubbed(matcher, path)
    assert not leaks and "just now" in scrubber.gaps[0][1] and secret in path.read_text()
    os.utime(path, (time.time() - 999,) * 2)
    holder = subprocess.Popen([sys.executable, "-c", "import sys; f = open(sys.argv[1]); input()", str(path)],
                              stdin=subprocess.PIPE)  # fmt: skip
    try:
        end = time.monotonic() + 20
        while str(path) not in {os.path.realpath(link) for link in Path(f"/proc/{holder.pid}/fd").glob("*")}:
            assert time.monotonic() < end
            time.sleep(0.02)
        leaks, scrubber = scrubbed(matcher, path)
        assert not leaks and "has it open" in scrubber.gaps[0][1]
    finally:
        holder.communicate(b"\n")
    assert scrubbed(matcher, path)[0] and secret not in path.read_text()
    json.loads(path.read_text())


def test_more_encoded_text_than_is_decoded_is_said(home: Path, tmp_path: Path, matcher: Matcher, secret: str) -> None:
    """Of the one file that holds so much; what was found in it is masked all the same."""
    path, other = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    path.write_text(claude(f"T={secret} " + "%41bc " * 30_000, 1) + "\n")
    other.write_text(claude("T=%41bc", 1) + "\n")
    leaks, scrubber = scrubbed(matcher, path, other)
    assert leaks and secret not in path.read_text()
    assert [name for name, _ in scrubber.gaps] == [str(path)] and "more encoded text" in scrubber.gaps[0][1]
    again = Scrubber(matcher)
    assert not list(again.scan(places.File(str(one), places.named(str(one))) for one in (path, other)))
    assert again.gaps == scrubber.gaps


def test_links_are_not_followed(home: Path, tmp_path: Path, matcher: Matcher, secret: str) -> None:
    """A link that somebody has put there leads nowhere."""
    target = tmp_path / "other"
    target.write_text(f"T={secret}\n")
    (tmp_path / "t.jsonl").symlink_to(target)
    _, scrubber = scrubbed(matcher, tmp_path / "t.jsonl")
    assert scrubber.gaps and secret in target.read_text()


@pytest.mark.parametrize("journal", ["wal", "delete"])
def test_a_database(
    home: Path, tmp_path: Path, matcher: Matcher, make_secret: Callable[[str], str], journal: str
) -> None:
    """Values of any table are masked; neither the file nor its log keeps an old page; deleted values are gone."""
    path = tmp_path / "state.vscdb"
    keys_ = [make_secret(f"db{n}") for n in range(1000)]
    writer = sqlite3.connect(path)
    writer.execute(f"PRAGMA journal_mode={journal}")
    writer.execute("CREATE TABLE cursorDiskKV (key TEXT PRIMARY KEY, value BLOB)")
    writer.execute('CREATE TABLE "odd ""name" (a, b TEXT, n INTEGER)')
    for number, key in enumerate(keys_):
        inner = json.dumps({"command": f"echo '{key}'\n", "n": number})
        value = json.dumps({"toolFormerData": {"rawArgs": inner, "name": "run"}, "id": number})
        writer.execute(
            "INSERT INTO cursorDiskKV VALUES (?, ?)", (f"bubbleId:{number}", value.encode() if number % 2 else value)
        )
    writer.execute('INSERT INTO "odd ""name" VALUES (?, ?, 1)', (keys_[0], None))
    writer.execute("DELETE FROM cursorDiskKV WHERE key = 'bubbleId:999'")
    writer.commit()
    writer.close()
    leaks, scrubber = scrubbed(matcher, path)
    assert not scrubber.gaps and len(leaks) >= 1000
    raw = b"".join(file.read_bytes() for file in tmp_path.glob("state.vscdb*"))
    assert [number for number, key in enumerate(keys_) if key.encode() in raw] == []
    rows = sqlite3.connect(path).execute("SELECT value, typeof(value) FROM cursorDiskKV").fetchall()
    assert len(rows) == 999 and {kind for _, kind in rows} == {"blob", "text"}
    assert all(json.loads(json.loads(value)["toolFormerData"]["rawArgs"])["n"] >= 0 for value, _ in rows)


def test_a_database_in_use(home: Path, tmp_path: Path, matcher: Matcher, secret: str) -> None:
    """While another program writes, nothing is changed and that is said; a reader that holds old pages is named."""
    path = tmp_path / "state.db"
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("PRAGMA journal_mode=wal")
    other.execute("CREATE TABLE t (v)")
    other.execute("INSERT INTO t VALUES (?)", (f"T {secret}",))
    other.execute("BEGIN IMMEDIATE")
    leaks, scrubber = scrubbed(matcher, path)
    assert "close the program" in scrubber.gaps[0][1]
    other.execute("COMMIT")
    other.close()
    assert scrubbed(matcher, path)[0]
    assert secret.encode() not in b"".join(file.read_bytes() for file in tmp_path.glob("state.db*"))


def test_old_pages_of_a_database_go_later(
    home: Path, tmp_path: Path, matcher: Matcher, secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A log that could not be emptied because of a reader is told, and emptied by the next scrub."""
    monkeypatch.setattr("scrubjay.agents.database._BUSY", 0.1)
    path = tmp_path / "state.db"
    writer, reader = (sqlite3.connect(path, isolation_level=None) for _ in range(2))
    writer.execute("PRAGMA journal_mode=wal")
    writer.execute("CREATE TABLE t (v)")
    writer.execute("INSERT INTO t VALUES (?)", (f"T {secret}",))
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM t").fetchall()
    for _ in range(2):
        assert "close it and try again" in scrubbed(matcher, path)[1].gaps[0][1]
        assert secret.encode() in b"".join(file.read_bytes() for file in tmp_path.glob("state.db*"))
    reader.execute("COMMIT")
    assert scrubbed(matcher, path)[1].gaps == []
    assert secret.encode() not in b"".join(file.read_bytes() for file in tmp_path.glob("state.db*"))
    for connection in (writer, reader):
        connection.close()


def test_a_mask_that_was_cut_off_is_completed(home: Path, tmp_path: Path, matcher: Matcher, secret: str) -> None:
    """What a killed scrub has begun, the next one finishes, by its journal; the journal has no value in it."""
    from scrubjay.agents.journal import Edit, Journal

    path = tmp_path / "t.md"
    path.write_text(f"T={secret}\n")
    with Journal() as journal:
        journal.begin(str(path), path.stat(), [Edit("github-pat-classic", 2, 2 + len(secret))])
    noted = (home / ".local/share/scrubjay/scrub-journal").read_text()
    assert secret not in noted and "github-pat-classic" in noted
    half = mask("github-pat-classic", secret.encode())[:15]
    with open(path, "r+b") as file:
        file.seek(2)
        file.write(half)
    scrubbed(matcher)
    assert path.read_bytes() == b"T=" + mask("github-pat-classic", secret.encode()) + b"\n"


def test_the_ledger_says_what_leaked_and_where_to_rotate_it(
    home: Path, tmp_path: Path, matcher: Matcher, secret: str
) -> None:
    """After a session's end the ledger has the rule, the time, the session and the place to rotate, never the value."""
    path = tmp_path / "s.jsonl"
    path.write_text(claude(secret, 1) + "\n")
    assert scrub_one(str(path)) == 2
    rows = read()
    assert rows[0]["rule"] == "github-pat-classic" and rows[0]["when"] == "2026-11-24T00:00:00Z"
    assert rows[0]["session"] == "s" and rows[0]["rotate"] and rows[0]["action"] == "scrubbed"
    ledger = home / ".local/share/scrubjay/agents-ledger.jsonl"
    assert secret not in ledger.read_text() and ledger.stat().st_mode & 0o777 == 0o600


def test_all_of_a_machine(home: Path, project: Any, environment: dict[str, str], secret: str) -> None:
    """Transcripts, histories, databases and copies are found; logins and settings are reported and never rewritten."""
    at = Path(environment["HOME"])
    kept = {
        ".claude/projects/p/s.jsonl": claude(secret, 1) + "\n",
        ".codex/sessions/2026/11/24/rollout-1.jsonl": codex(secret, 1) + "\n",
        ".gemini/tmp/p/chats/session-1.jsonl": gemini(secret, 1) + "\n", ".bash_history": prose(secret, 1) + "\n",
        ".claude/file-history/x/y": f"T={secret}\n",
        ".claude.json": json.dumps({"mcpServers": {"a": {"env": {"T": secret}}}}),
        ".codex/config.toml": f'[mcp_servers.a.env]\nT = "{secret}"\n',
    }  # fmt: skip
    for name, text in kept.items():
        (at / name).parent.mkdir(parents=True, exist_ok=True)
        (at / name).write_text(text)

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "scrubjay.cli", "agent", *words]
        done = subprocess.run(command, env=environment, cwd=project.path, capture_output=True, text=True, check=False)
        assert secret not in done.stdout + done.stderr
        return done

    assert run("scan").returncode == 1 and run("scrub", "--dry-run").returncode == 1
    assert all(secret in (at / name).read_text() for name in kept)
    done = run("scrub", "--format", "jsonl")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1 and {row["action"] for row in rows} == {"found", "scrubbed"}
    left = [name for name in kept if secret in (at / name).read_text()]
    assert left == [".claude/file-history/x/y", ".claude.json", ".codex/config.toml"]
    run("scrub", "--copies")
    assert secret not in (at / ".claude/file-history/x/y").read_text()
