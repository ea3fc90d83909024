"""Scrubs 1,000 transcripts of each form beside a writer, sometimes killed: `python benchmarks/scrub_load.py [FORM...]`.

The command itself, `scrubjay agent scrub`, on the forms that agents write: lines of JSON, texts, JSON that is written
as a whole, and SQLite with a write-ahead log. Ends with 1 if a record is lost, altered beside its keys or does not
parse, if a key is masked by half, or if one is left in what was complete.
"""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import random
import re
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from typing import Any, NamedTuple

import harness

# The mask and a made-up token have this many bytes.
TOKEN = re.compile(rb"gh[p]_[0-9A-Za-z]{36}")
COMMAND = (sys.executable, "-m", "scrubjay.cli", "agent")
KILLS = 5
# At least so many records are added while scrubs are killed: a busy disk can make the writer slow.
ENOUGH = 50
# How many databases the writer keeps open, as an agent does with those of its sessions.
OPEN = 50
FAULTS = ("lost", "altered", "unparsed", "half", "left")
COLUMNS = ("transcripts", "keys", "added", "killed", "seconds", *FAULTS)


class Form(NamedTuple):
    """How one agent writes: the ending of its files, and a record of a text and a number."""

    ending: str
    record: Callable[[str, int], Any]


def _claude(text: str, number: int) -> Any:
    block = {"type": "tool_result", "tool_use_id": f"toolu_{number}", "content": f"     1\u2192T={text}\n     2\u2192x"}
    message = {"role": "user", "content": [block]}
    return {"type": "user", "uuid": f"u{number}", "message": message, "toolUseResult": {"stdout": text, "stderr": ""}}


def _codex(text: str, number: int) -> Any:
    arguments = json.dumps({"cmd": f'echo "{text}"\n', "workdir": "/"})
    payload = {"type": "function_call", "call_id": f"c{number}", "arguments": arguments, "encrypted_content": "gAAAA"}
    return {"timestamp": "2026-11-24T00:00:00Z", "ordinal": number, "type": "response_item", "payload": payload}


def _gemini(text: str, number: int) -> Any:
    result = [{"functionResponse": {"response": {"output": f"\u00e9 {text}"}}}]
    call = {"id": f"t{number}", "args": {"command": "x"}, "result": result, "resultDisplay": text}
    return {"id": f"m{number}", "type": "gemini", "content": "", "toolCalls": [call]}


def _copilot(text: str, number: int) -> Any:
    data = {"toolName": "bash", "arguments": {"command": f"export T={text}"}, "result": {"content": f"\u001b[1m{text}"}}
    return {"type": "tool.execution_complete", "id": f"e{number}", "data": data}


def _cursor(text: str, number: int) -> Any:
    return {"role": "assistant", "message": {"content": [{"type": "text", "text": f"line {number}\n`{text}`"}]}}


def _vscode(text: str, number: int) -> Any:
    return {"kind": 2, "k": ["requests", number, "response"], "v": [{"value": f"run `echo {text}`"}]}


def _shell(text: str, number: int) -> str:
    return f": {number}:0;export GITHUB_TOKEN={text} # \u00e9"


def _markdown(text: str, number: int) -> str:
    return f"#### {number}: use `{text}`"


LINES = {
    "claude-code": Form(".jsonl", _claude), "codex": Form(".jsonl", _codex), "gemini": Form(".jsonl", _gemini),
    "copilot-cli": Form(".jsonl", _copilot), "cursor": Form(".jsonl", _cursor), "vscode": Form(".jsonl", _vscode),
    "shell": Form("", _shell), "markdown": Form(".md", _markdown),
}  # fmt: skip
FORMS = {**LINES, "json": Form(".json", _gemini), "sqlite": Form(".db", _codex)}


class Store:
    """The transcripts of one form in a folder: writes, adds and reads their records as bytes."""

    def __init__(self, name: str, folder: Path) -> None:
        self.folder, self.form = folder, FORMS[name]
        self._held: dict[Path, Any] = {}

    def record(self, label: str, number: int) -> bytes:
        """A record; two in three have a key, which is that of the label."""
        made = self.form.record(f"plain {label}" if number % 3 == 2 else _token(label), number)
        return (made if isinstance(made, str) else json.dumps(made, ensure_ascii=number % 2 == 0)).encode()

    def create(self, path: Path, records: list[bytes]) -> None:
        """Write a new transcript, some time ago."""
        path.write_bytes(b"".join(record + b"\n" for record in records))
        old = time.time() - 3600
        os.utime(path, (old, old))

    def add(self, path: Path, record: bytes, rng: random.Random) -> None:
        """Add a record: with the file kept open or not, at once or in two halves."""
        if path not in self._held:
            self._drop(OPEN)
            self._held[path] = open(path, "ab", buffering=0)
        file, cut = self._held[path], rng.randrange(len(record))
        for piece in [record + b"\n"] if rng.random() < 0.5 else [record[:cut], record[cut:] + b"\n"]:
            file.write(piece)
        if rng.random() < 0.5:
            self._held.pop(path).close()

    def _drop(self, most: int) -> None:
        while len(self._held) > most:
            self._held.pop(next(iter(self._held))).close()

    def read(self, path: Path) -> list[bytes]:
        """The complete records of a transcript."""
        return path.read_bytes().split(b"\n")[:-1]

    def raw(self, path: Path) -> bytes:
        """All bytes that are kept for a transcript."""
        return path.read_bytes()

    def settle(self) -> None:
        """The program has ended some time ago."""


class Whole(Store):
    """JSON that is written as a whole: in place, or to another file that takes the place of the first."""

    def create(self, path: Path, records: list[bytes]) -> None:
        path.write_bytes(self._made(records))
        old = time.time() - 3600
        os.utime(path, (old, old))

    def _made(self, records: list[bytes]) -> bytes:
        return b'{"sessionId": "s", "messages": [\n' + b",\n".join(records) + b"\n]}\n"

    def add(self, path: Path, record: bytes, rng: random.Random) -> None:
        data = self._made([*self.read(path), record])
        if rng.random() < 0.5:
            path.write_bytes(data)
        else:
            other = path.with_suffix(".new")
            other.write_bytes(data)
            other.replace(path)

    def read(self, path: Path) -> list[bytes]:
        data = path.read_bytes()
        json.loads(data)
        return [line.removesuffix(b",") for line in data.split(b"\n")[1:-2]]

    def settle(self) -> None:
        old = time.time() - 3600
        for path in self.folder.iterdir():
            os.utime(path, (old, old))


class Table(Store):
    """SQLite with a write-ahead log, as text and as BLOB."""

    def _connection(self, path: Path) -> sqlite3.Connection:
        return sqlite3.connect(path, timeout=60, isolation_level=None)

    def create(self, path: Path, records: list[bytes]) -> None:
        with closing(self._connection(path)) as made:
            made.execute("PRAGMA journal_mode = wal")
            made.execute("CREATE TABLE messages (role TEXT, body)")
            made.execute("BEGIN")
            for record in records:
                self._insert(made, record)
            # Its pages are free, and still hold what was deleted.
            made.execute("INSERT INTO messages VALUES ('gone', ?)", (records[0] * 40,))
            made.execute("DELETE FROM messages WHERE role = 'gone'")
            made.execute("COMMIT")

    def _insert(self, connection: sqlite3.Connection, record: bytes) -> None:
        connection.execute("INSERT INTO messages VALUES ('x', ?)", (record if len(record) % 2 else record.decode(),))

    def add(self, path: Path, record: bytes, rng: random.Random) -> None:
        if path not in self._held:
            self._drop(OPEN)
            self._held[path] = self._connection(path)
        self._insert(self._held[path], record)

    def read(self, path: Path) -> list[bytes]:
        with closing(self._connection(path)) as opened:
            if opened.execute("PRAGMA integrity_check").fetchone() != ("ok",):
                raise ValueError("the database is damaged")
            rows = opened.execute("SELECT CAST(body AS BLOB) FROM messages ORDER BY rowid").fetchall()
        return [row[0] for row in rows]

    def raw(self, path: Path) -> bytes:
        parts = []
        for one in path.parent.glob(path.name + "*"):
            # The writer may have closed the database meanwhile, whose companions are gone then.
            with contextlib.suppress(FileNotFoundError):
                parts.append(one.read_bytes())
        return b"".join(parts)


def _token(label: str) -> str:
    from hashlib import sha256
    from zlib import crc32

    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    body = "".join(digits[byte % 62] for byte in sha256(label.encode()).digest())[:30]
    check = crc32(body.encode())
    return "gh" + "p_" + body + "".join(digits[check // 62**place % 62] for place in range(5, -1, -1))


def _store(name: str, folder: Path) -> Store:
    return {"json": Whole, "sqlite": Table}.get(name, Store)(name, folder)


def _write(name: str, folder: Path, paths: list[Path], count: Synchronized[int], stop: Any) -> None:
    """Add records until told to stop; then end as a program that is killed does, with all that is open left so."""
    store, places, ways = _store(name, folder), random.Random(2), random.Random(3)
    while not stop.is_set():
        place = places.randrange(len(paths))
        store.add(paths[place], store.record(f"added {count.value}", count.value), ways)
        count.value += 1
        time.sleep(0.01)
    os._exit(0)


def _added(store: Store, expected: list[list[bytes]], count: int) -> None:
    """Put what the writer has added behind what is expected of each transcript."""
    places = random.Random(2)
    for number in range(count):
        place = places.randrange(len(expected))
        expected[place].append(store.record(f"added {number}", number))


class Load:
    """One form: transcripts in a folder, a writer that adds to them, and scrubs, some of them killed."""

    def __init__(self, name: str, folder: Path, many: int) -> None:
        (folder / "transcripts").mkdir()
        self.name, self.counts = name, dict.fromkeys(COLUMNS, 0.0)
        self.store = _store(name, folder / "transcripts")
        self.paths = [folder / "transcripts" / f"{place:04}{self.store.form.ending}" for place in range(many)]
        rng = random.Random(1)
        self.expected = [
            [self.store.record(f"{place}.{number}", number) for number in range(rng.randrange(1, 9))]
            for place in range(many)
        ]
        for path, records in zip(self.paths, self.expected, strict=True):
            self.store.create(path, records)
        self.errors = folder / "errors"
        # The compiled rules are the same for all forms.
        cache = {"SCRUBJAY_CACHE_DIR": os.environ.get("SCRUBJAY_CACHE_DIR", str(folder.parent / "cache"))}
        homes = {"HOME": str(folder), "XDG_DATA_HOME": str(folder / "data"), "XDG_CONFIG_HOME": str(folder / "config")}
        self.environment = {**os.environ, **homes, **cache}

    def run(self) -> dict[str, float]:
        """Do it all, and return the counts by their columns."""
        context = multiprocessing.get_context("fork")
        count, stop = context.Value("q", 0), context.Event()
        writer = context.Process(target=_write, args=(self.name, self.store.folder, self.paths, count, stop))
        writer.start()
        try:
            self._kill(lambda: count.value < ENOUGH and writer.is_alive())
            self._pass_beside_the_writer()
        finally:
            stop.set()
            writer.join(60)
        if writer.exitcode:
            raise SystemExit(f"the writer ended with {writer.exitcode} after {count.value} records")
        _added(self.store, self.expected, count.value)
        self.store.settle()
        if self._scrub().wait() not in (0, 1):
            raise SystemExit(f"the last scrub did not end well:\n{self.errors.read_text()[-2000:]}")
        self.counts |= {"transcripts": len(self.paths), "added": count.value}
        for path, expected in zip(self.paths, self.expected, strict=True):
            self._judge(path, expected)
        return self.counts

    def _scrub(self, word: str = "scrub", most: int | None = None) -> subprocess.Popen[bytes]:
        with open(self.errors, "wb") as errors:
            command = [*COMMAND, word, *map(str, self.paths[:most])]
            return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors, env=self.environment)

    def _kill(self, more: Callable[[], bool]) -> None:
        """Kill scrubs, and go on for as long as there is to be more."""
        rng = random.Random(4)
        # How long one takes that is not killed, when the rules are compiled.
        self._scrub("scan", 1).wait()
        begin = time.perf_counter()
        self._scrub("scan").wait()
        usual = time.perf_counter() - begin
        while self.counts["killed"] < KILLS or more():
            scrub, begin = self._scrub(), time.perf_counter()
            try:
                scrub.wait(rng.uniform(0.2, 1) * usual)
                usual = min(usual, time.perf_counter() - begin)
            except subprocess.TimeoutExpired:
                scrub.kill()
                self.counts["killed"] += scrub.wait() < 0
            for path, expected in zip(self.paths, self.expected, strict=True):
                if (found := self._found(path)) is not None:
                    self.counts["half"] += _compared(expected, found)[2]

    def _found(self, path: Path) -> list[bytes] | None:
        """The records of a transcript; None for one that is being written as a whole."""
        try:
            return self.store.read(path)
        except ValueError:
            if self.name != "json":
                raise
            return None

    def _pass_beside_the_writer(self) -> None:
        before = {path: set(TOKEN.findall(b"\n".join(self._found(path) or []))) for path in self.paths}
        begin = time.perf_counter()
        self._scrub().wait()
        self.counts["seconds"] = round(time.perf_counter() - begin, 2)
        gaps = self.errors.read_text()
        for path, keys in before.items():
            # A program that has read a file as a whole may write back what was masked meanwhile.
            if self.name != "json" and f"{path}:" not in gaps:
                self.counts["left"] += len(keys & set(TOKEN.findall(self.store.raw(path))))

    def _judge(self, path: Path, expected: list[bytes]) -> None:
        try:
            found = self.store.read(path)
            for record in found:
                json.loads(record) if self.store.form.ending in (".jsonl", ".json", ".db") else record.decode()
        except ValueError:
            self.counts["unparsed"] += 1
            return
        lost, altered, half = _compared(expected, found)
        self.counts["keys"] += len(TOKEN.findall(b"\n".join(expected)))
        self.counts["lost"] += lost
        self.counts["altered"] += altered + (len(found) > len(expected))
        self.counts["half"] += half
        self.counts["left"] += len(TOKEN.findall(self.store.raw(path)))


def _compared(expected: list[bytes], found: list[bytes]) -> tuple[int, int, int]:
    """How many records are lost, altered beside their keys, and how many keys are neither whole nor wholly masked."""
    from scrubjay.agents.jsontext import is_mask

    altered = half = 0
    for old, new in zip(expected, found, strict=False):
        spans = [place.span() for place in TOKEN.finditer(old)]
        blank = bytearray(new)
        for low, high in spans:
            half += new[low:high] != old[low:high] and not is_mask(new[low:high])
            blank[low:high] = old[low:high]
        altered += blank != old
    return max(0, len(expected) - len(found)), altered, half


def main() -> None:
    """Load each form, print the table, and keep the raw results if asked."""
    parser = harness.parser("Transcripts under load: is a record lost, a key left?", runs=1)
    parser.add_argument("forms", nargs="*", metavar="FORM", help=f"of {', '.join(FORMS)} (default: all)")
    parser.add_argument("--transcripts", type=int, default=1000, metavar="N", help="of each form (default 1000)")
    args = parser.parse_args()
    if unknown := set(args.forms) - set(FORMS):
        parser.error(f"no form: {', '.join(sorted(unknown))}")
    described = harness.machine()
    harness.introduce("scrub load", described)
    results: dict[str, list[dict[str, float]]] = {}
    with tempfile.TemporaryDirectory(prefix="scrub-load-") as temp:
        for name in (args.forms or list(FORMS)) * args.runs:
            folder = Path(tempfile.mkdtemp(dir=temp))
            results.setdefault(name, []).append(Load(name, folder, args.transcripts).run())
    rows = [[name, *(f"{run[column]:g}" for column in COLUMNS)] for name, runs in results.items() for run in runs]
    harness.show("`scrubjay agent scrub` beside a writer", ["", *COLUMNS], rows)
    harness.keep(args.json, "scrub load", described, results)
    if any(run[column] for runs in results.values() for run in runs for column in FAULTS):
        sys.exit(1)


if __name__ == "__main__":
    main()
