"""The audit's chain: what is changed is found, by line; several processes append; a killed one leaves whole lines."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scrubjay.agents.auditreport import shown, verified
from scrubjay.patterns import ScrubjayError
from scrubjay.sanitizer import lines
from scrubjay.sanitizer.audit import HEAD, Audit, Head, append, chained, check, read_head

VALUES = st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.text(), max_size=2)
NAMES = st.text(min_size=1).filter(lambda name: name not in ("n", "chain"))
ROWS = st.lists(st.dictionaries(NAMES, VALUES, max_size=3), min_size=1, max_size=6)


def numbered(count: int, first: int = 0) -> list[dict[str, Any]]:
    """Rows that can be told apart."""
    return [{"event": "sent", "receiver": "r", "place": f"p{number}"} for number in range(first, first + count)]


def holds(path: Path, *more: Path) -> bool:
    """True when `verify` has nothing to say against audit files."""
    return verified([str(path), *map(str, more)])[1]


@given(ROWS, st.lists(st.integers(1, 5), max_size=3))
def test_a_chain_holds_however_it_was_appended(rows: list[dict[str, Any]], cuts: list[int]) -> None:
    """Rows that are added at once or one after the other make the same chain, and it holds."""
    whole, end = chained(rows, Head())
    data, head = b"", Head()
    places = sorted({0, *(cut for cut in cuts if cut < len(rows)), len(rows)})
    for low, high in zip(places, places[1:], strict=False):
        part, head = chained(rows[low:high], head)
        data += part
    assert (data, head) == (whole, end)
    found = check(whole.splitlines(keepends=True), wanted=[end])
    assert found.breaks == found.notes == [] and found.head == end and found.met == {end}
    assert [json.loads(line)["n"] for line in whole.splitlines()] == list(range(1, len(rows) + 1))


@settings(max_examples=50)
@given(ROWS, st.data())
def test_a_changed_line_is_found(rows: list[dict[str, Any]], data: Any) -> None:
    """Any other byte in any line is a break at that line, or at the next if the chain itself was changed."""
    made, end = chained(rows, Head())
    place = data.draw(st.integers(0, len(made) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda byte: byte != made[place]))
    bad = made[:place] + bytes([byte]) + made[place + 1 :]
    found = check(BytesIO(bad), wanted=[end])
    number = made.count(b"\n", 0, place) + 1
    if place == len(made) - 1:
        # The last line break: all that is left is cut off.
        assert found.notes or found.breaks
    else:
        assert found.breaks and found.breaks[0].line in (number, number + 1)


@given(ROWS.filter(lambda rows: len(rows) > 1), st.data())
def test_removed_moved_repeated_and_foreign_lines_are_found(rows: list[dict[str, Any]], data: Any) -> None:
    """Without a line, with two exchanged, with one twice, or with one that another chain has, it breaks there."""
    made, end = chained(rows, Head())
    whole = made.splitlines(keepends=True)
    place = data.draw(st.integers(0, len(whole) - 2))
    without = check(whole[:place] + whole[place + 1 :])
    assert without.breaks[0].line == place + 1 and f"row {place + 1} is missing" in without.breaks[0].what
    exchanged = [*whole[:place], whole[place + 1], whole[place], *whole[place + 2 :]]
    assert check(exchanged).breaks[0].line == place + 1
    assert check([*whole[: place + 1], *whole[place:]]).breaks[0].line == place + 2
    foreign = chained([{"event": "x"}] * len(whole), Head(0, "1" * 64))[0].splitlines(keepends=True)
    assert check([*whole[:place], foreign[place], *whole[place + 1 :]]).breaks[0].line == place + 1
    rewritten = chained([{"event": "x"}, *rows[1:]], Head())[0].splitlines(keepends=True)
    assert check(rewritten, wanted=[end]).breaks[0].line == len(whole), "a chain that was made anew has another head"


def test_rows_that_are_taken_from_the_end_are_missed(tmp_path: Path) -> None:
    """The head beside the file knows how many there were; a row that is added later does not hide it."""
    path = tmp_path / "audit"
    append(str(path), numbered(5))
    assert holds(path)
    whole = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(whole[:3]))
    told, good = verified([str(path)])
    assert not good and "the rows after 3 are missing: the last one was 5" in told[0]
    append(str(path), numbered(1))
    told, good = verified([str(path)])
    assert not good and told[0].startswith(f"{path}:4: rows 4 to 5 are missing")
    path.unlink()
    append(str(path), numbered(1))
    assert not holds(path), "a file that begins anew"


def test_a_head_that_was_noted_elsewhere(tmp_path: Path) -> None:
    """Who writes file and head anew is found out by a head that somebody has kept."""
    path = tmp_path / "audit"
    append(str(path), numbered(3))
    noted = str(read_head(str(path)))
    append(str(path), numbered(2))
    assert verified([str(path)], noted)[1]
    path.unlink()
    (tmp_path / f"audit{HEAD}").unlink()
    append(str(path), numbered(9, first=10))
    assert holds(path) and not verified([str(path)], noted)[1]
    with pytest.raises(ScrubjayError, match="64 hexadecimal"):
        verified([str(path)], "3:nonsense")


def test_a_file_that_was_moved_away_is_continued(tmp_path: Path) -> None:
    """The next file goes on with the number and the chain; both together hold, the second alone says what it lacks."""
    path, old = tmp_path / "audit", tmp_path / "audit.1"
    append(str(path), numbered(3))
    path.rename(old)
    append(str(path), numbered(2))
    assert holds(old, path)
    told, good = verified([str(path)])
    assert not good and "rows 1 to 3 are missing" in told[0] and "older file" in told[0]


APPENDER = """
import sys
from scrubjay.sanitizer.audit import append
sys.stdout.write("ready\\n"); sys.stdout.flush()
sys.stdin.readline()
for number in range(int(sys.argv[2])):
    append(sys.argv[1], [{"event": "sent", "who": sys.argv[3], "at": number, "place": "p" * 200}] * (number % 3 + 1))
"""


def appenders(path: Path, count: int, rows: int) -> list[subprocess.Popen[bytes]]:
    """Processes that are ready to append."""
    made = [
        subprocess.Popen(
            [sys.executable, "-c", APPENDER, path, str(rows), str(number)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )
        for number in range(count)
    ]  # fmt: skip
    for process in made:
        assert process.stdout
        process.stdout.readline()
    return made


def begin(processes: list[subprocess.Popen[bytes]]) -> None:
    """Let them append."""
    for process in processes:
        assert process.stdin
        process.stdin.write(b"\n")
        process.stdin.flush()


def test_processes_append_at_once(tmp_path: Path) -> None:
    """No row is lost, torn or out of its process's order, and the chain holds."""
    path = tmp_path / "audit"
    processes = appenders(path, 4, 60)
    begin(processes)
    assert [process.wait(60) for process in processes] == [0] * 4
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert len(rows) == 4 * 60 * 2 and holds(path)
    for number in range(4):
        own = [row["at"] for row in rows if row["who"] == str(number)]
        assert own == sorted(own)
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE((tmp_path / f"audit{HEAD}").stat().st_mode) == 0o600


def test_processes_that_are_killed(tmp_path: Path) -> None:
    """Killed at any time, they leave a file to which the next row can be added, and whose chain holds."""
    path = tmp_path / "audit"
    for number in range(4):
        processes = appenders(path, 2, 100_000)
        begin(processes)
        time.sleep(0.02 + 0.013 * number)
        for process in processes:
            process.send_signal(signal.SIGKILL)
            process.wait(60)
    append(str(path), numbered(1))
    assert holds(path) and len(path.read_bytes().splitlines()) > 8


TORN = """
import resource, signal, sys
from scrubjay.patterns import ScrubjayError
from scrubjay.sanitizer.audit import append
signal.signal(signal.SIGXFSZ, signal.SIG_DFL if sys.argv[3] == "die" else signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
try:
    append(sys.argv[1], [{"event": "sent", "place": "p" * 300}] * 2)
except ScrubjayError as error:
    sys.exit(5)
"""


@pytest.mark.parametrize("more", [1, 40, 360, 500])
def test_an_append_that_is_ended_in_the_middle(tmp_path: Path, more: int) -> None:
    """The system ends a process in the middle of a write: the next append takes the torn line away, and says it."""
    path = tmp_path / "audit"
    append(str(path), numbered(2))
    limit = path.stat().st_size + more
    died = subprocess.run([sys.executable, "-c", TORN, path, str(limit), "die"], check=False)
    assert died.returncode == -signal.SIGXFSZ and path.stat().st_size == limit
    told, good = verified([str(path)])
    assert good and "is cut off" in told[0]
    append(str(path), numbered(1))
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    whole = 3 if more > 450 else 2
    assert [row["event"] for row in rows[whole:]] == ["torn", "sent"] and rows[whole]["bytes"] > 0
    told, good = verified([str(path)])
    assert good and "ended in the middle" in told[0]


def test_an_append_that_fails_adds_nothing(tmp_path: Path) -> None:
    """All rows or none: what was written of them before the disk was full is taken away, and the caller is told."""
    path = tmp_path / "audit"
    append(str(path), numbered(2))
    before = path.read_bytes()
    done = subprocess.run([sys.executable, "-c", TORN, path, str(len(before) + 100), "fail"], check=False)
    assert done.returncode == 5 and path.read_bytes() == before and holds(path)


def test_killed_between_the_line_and_the_head(tmp_path: Path) -> None:
    """A head that lacks the last rows is no break, and the next row goes on behind them; so it does without a head."""
    path, head = tmp_path / "audit", tmp_path / f"audit{HEAD}"
    append(str(path), numbered(2))
    before = head.read_bytes()
    append(str(path), numbered(2))
    head.write_bytes(before)
    assert holds(path)
    append(str(path), numbered(1))
    assert holds(path) and read_head(str(path)) == check(path.open("rb")).head
    for text in (b"", b"nonsense"):
        head.write_bytes(text)
        append(str(path), numbered(1))
        assert holds(path)


def test_files_that_are_not_for_an_audit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that others can read, a link, a folder that does not exist, and one whose lock nobody lets go of."""
    readable, link = tmp_path / "readable", tmp_path / "link"
    readable.touch(0o644)
    link.symlink_to(tmp_path / "elsewhere")
    for path in (readable, link, tmp_path / "no" / "audit"):
        with pytest.raises(ScrubjayError):
            append(str(path), numbered(1))
    monkeypatch.setattr(lines, "_PATIENCE", 0.02)
    path = tmp_path / "audit"
    with lines.locked(f"{path}{HEAD}", "head"), pytest.raises(ScrubjayError, match="does not let go"):
        append(str(path), numbered(1))
    append(str(path), numbered(1))
    assert holds(path)


def test_a_pipe_gets_lines_without_a_chain(tmp_path: Path) -> None:
    """Whoever reads the filter's audit from a pipe has plain JSON lines."""
    path = tmp_path / "pipe"
    os.mkfifo(path, 0o600)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    audit = Audit(str(path), "web")
    audit.write("start", rules="x")
    audit.write("end", status=0)
    audit.close()
    rows = [json.loads(line) for line in os.read(reader, 1 << 16).splitlines()]
    os.close(reader)
    assert [row["event"] for row in rows] == ["start", "end"] and "chain" not in rows[0] and not audit.failed


def test_rows_for_people(tmp_path: Path) -> None:
    """A line says when, what, whereto and why; others can be left out; no name can move the cursor."""
    path = tmp_path / "audit"
    row = {
        "event": "withheld",
        "receiver": "codex",
        "classes": ["personal"],
        "labels": ["customers"],
        "place": "a\x1b.csv",
    }
    append(str(path), [{**row, "stage": "read"}, {"event": "sent", "receiver": "cursor"}])
    path.write_bytes(path.read_bytes() + b"nonsense\n")
    told = list(shown(str(path)))
    assert told[0].endswith("withheld  codex a?.csv: personal by customers  stage=read")
    assert len(told) == 3 and told[2] == "line 3 can't be read"
    assert len(list(shown(str(path), ["sent"]))) == 2 and "cursor" in list(shown(str(path), (), "cursor"))[0]
