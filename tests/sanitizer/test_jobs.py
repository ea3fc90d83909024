"""Several processes for one stream: the same output as one gives, whatever happens to the helpers."""

from __future__ import annotations

import gzip
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from scrubjay.patterns import Matcher
from scrubjay.sanitizer import Summary, redact
from scrubjay.sanitizer.examine import Examiner
from scrubjay.sanitizer.guard import Guard
from scrubjay.sanitizer.jobs import Crew
from scrubjay.sanitizer.keynames import riders
from scrubjay.sanitizer.policy import Key, Policy
from scrubjay.sanitizer.stream import Extras

Start = Callable[..., "subprocess.Popen[bytes]"]
PATIENCE = 60
SEED = 20261124
needs_proc = pytest.mark.skipif(sys.platform != "linux", reason="finds the helpers in /proc")


@pytest.fixture(scope="module")
def examiner() -> Examiner:
    """All rules and the usual key names, as the command has them."""
    return Examiner(Matcher.default(engine=os.environ.get("SCRUBJAY_ENGINE", ""), riders=riders()))


def alone(examiner: Any, text: bytes, policy: Policy | None = None) -> tuple[bytes, Guard]:
    """What one process makes of the text, and its guard."""
    guard = Guard(examiner, policy=policy)
    return b"".join(guard.feed(text) + guard.finish()), guard


def fed(crew: Crew, text: bytes, size: Callable[[], int], pause: Callable[[], bool] = lambda: False) -> bytes:
    """The crew's output for the text in parts of such sizes, with pauses; every second part is read into its memory."""
    out, place, number = b"", 0, 0
    while place < len(text):
        part = text[place : place + size()]
        number += 1
        if number % 2:
            out += b"".join(crew.feed(part))
        else:
            room = crew.room(len(part))
            room[: len(part)] = part
            out += b"".join(crew.took(len(part)))
        place += len(part)
        if pause():
            out += b"".join(crew.drain())
    return out + b"".join(crew.finish())


@pytest.mark.parametrize("jobs", [1, 2, 3])
@pytest.mark.parametrize(("largest", "parts", "texts"), [(5000, 60, 40), (300_000, 3000, 4)])
def test_the_output_is_that_of_one_process(
    examiner: Examiner, private_key: bytes, line: bytes, jobs: int, largest: int, parts: int, texts: int
) -> None:
    """Order, blocks over many pieces, long lines, pauses, unfinished lines; small pieces and those for helpers."""
    random_ = random.Random(SEED)
    choice = [
        line, b"plain text\n" * 40, private_key, b"password=red\n", b"x" * 3000, b"\n", b"-----BEGIN ", b"\xff\0\n"
    ]  # fmt: skip
    for _ in range(texts):
        text = b"".join(random_.choices(choice, [1, 40, 1, 1, 1, 1, 0.1, 1], k=parts))
        events: list[tuple[list[tuple[str, str, int]], int]] = []
        crew = Crew(jobs, examiner, tell=lambda some, place, events=events: events.append((some, place)))  # type: ignore[misc]
        out = fed(crew, text, lambda: random_.randrange(1, largest), lambda: random_.random() < 0.1)
        expected, guard = alone(examiner, text)
        assert out == expected
        assert dict(crew.masked) == dict(guard.masked) and crew.masked.actions == guard.masked.actions
        assert sum(len(some) for some, _ in events) == sum(guard.masked.values())
        assert crew.held == 0 and crew.settled == guard.settled


def test_helpers_mask_by_the_policy_and_by_a_new_one(examiner: Examiner, line: bytes) -> None:
    """Pseudonyms are those of one process; `use` holds for all that is fed after it."""
    text = (b"plain text\n" * 1000 + line) * 30
    first, second = Policy("pseudonym", keys=[Key("k", b"k" * 16)]), Policy("drop")
    crew = Crew(2, examiner, policy=first)
    out = b"".join(bytes(part) for part in crew.feed(text)) + b"".join(crew.drain())
    crew.use(examiner, second)
    out += b"".join(crew.feed(text)) + b"".join(crew.finish())
    assert out == alone(examiner, text, first)[0] + alone(examiner, text, second)[0]


def test_what_fails_is_withheld(matcher: Matcher, line: bytes, password: bytes) -> None:
    """An error in a helper costs the bad line's neighbours at most, and nothing passes raw."""

    class Failing(Examiner):
        def find_and_open(self, data: Any, start: int, end: int) -> Any:
            if b"POISON" in bytes(data):
                raise ValueError
            return super().find_and_open(data, start, end)

    for count in (3000, 30_000):
        crew = Crew(2, Failing(matcher))
        text = b"fine\n" * count + b"POISON " + line + b"fine\n" * count
        out = fed(crew, text, lambda count=count: 3 * count)  # type: ignore[misc]
        assert password not in out
        assert b"POISON" not in out
        assert out.count(b"fine\n") > 2 * count - 1500
        assert crew.withheld >= 1


def test_packed_input_and_pipes(
    through_pipes: Callable[..., tuple[bytes, Summary]], examiner: Examiner, line: bytes
) -> None:
    """The whole loop on real pipes, plain and packed."""
    text = (b"plain text\n" * 500 + line) * 200
    for chunk, packing in ((text, ""), (gzip.compress(text), "gzip")):
        out, summary = through_pipes(examiner, [chunk], extras=Extras(jobs=2, packing=packing))
        assert out == alone(examiner, text)[0]
        assert (summary.status, summary.bytes_in, summary.bytes_out) == (0, len(chunk), len(out))
        assert sum(summary.masked.values()) == 200


def children(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def numbered(line: bytes, count: int) -> bytes:
    return b"".join(b"line %d %b" % (at, line if at % 50 == 0 else b"nothing here\n") for at in range(count))


@needs_proc
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_helper_that_is_signalled_costs_nothing(
    start: Start, matcher: Matcher, line: bytes, number: signal.Signals
) -> None:
    """Killed in the middle of its work, its pieces are judged by the filter itself; milder signals it ignores."""
    text = numbered(line, 200_000)
    process = start("--jobs", "3")
    assert process.stdin and process.stdout
    out: list[bytes] = []
    reader = Thread(target=lambda: out.extend(iter(lambda: process.stdout.read(1 << 16), b"")))  # type: ignore[union-attr]
    reader.start()
    half = len(text) // 2
    process.stdin.write(text[:half])
    for pid in children(process.pid):
        os.kill(pid, number)
    process.stdin.write(text[half:])
    process.stdin.close()
    reader.join(PATIENCE)
    assert process.wait(PATIENCE) == 0
    assert b"".join(out) == redact(matcher, text)


@needs_proc
def test_helpers_end_with_the_filter(start: Start, line: bytes) -> None:
    """Also if it is killed, and a reader sees the end at once."""
    process = start("--jobs", "3")
    assert process.stdin and process.stdout
    process.stdin.write(line)
    assert process.stdout.read(10)
    helpers = children(process.pid)
    assert len(helpers) == 2
    process.kill()
    while process.stdout.read(1 << 16):
        pass
    deadline = time.monotonic() + PATIENCE
    while any(Path(f"/proc/{pid}").exists() and " Z " not in _stat(pid) for pid in helpers):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def _stat(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return " Z "


def test_a_signal_to_the_whole_group_loses_nothing(start: Start, matcher: Matcher, line: bytes) -> None:
    """As a terminal or a supervisor sends it: what was read comes out, masked, up to the end of a line."""
    text = numbered(line, 100_000)
    process = start("--jobs", "2", start_new_session=True)
    assert process.stdin and process.stdout
    out: list[bytes] = []
    reader = Thread(target=lambda: out.extend(iter(lambda: process.stdout.read(1 << 16), b"")))  # type: ignore[union-attr]
    reader.start()
    process.stdin.write(text)
    os.killpg(process.pid, signal.SIGTERM)
    reader.join(PATIENCE)
    assert process.wait(PATIENCE) == 143
    assert b"".join(out) == redact(matcher, text)
