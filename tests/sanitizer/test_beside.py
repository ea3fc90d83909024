"""Known values that are looked for on a thread of their own: the same is found, and nothing hangs or is lost."""

from __future__ import annotations

import gc
import os
import random
import threading
import time

import pytest
from scrubjay.patterns import Matcher
from scrubjay.sanitizer.beside import Beside
from scrubjay.sanitizer.examine import Examiner
from scrubjay.sanitizer.guard import Guard
from scrubjay.sanitizer.known import KnownValues

VALUES = [b"Tq9-xW2_known-%04d-Lm" % number for number in range(200)]
TOKEN = b"gh" + b"p_" + b"S4zJ9qLw2XvB7nKc5RtY8mHd3FgP6sAe1Uo0"


def _text(size: int) -> bytes:
    chance = random.Random(7)
    lines = []
    while size > 0:
        value = chance.choice(VALUES) if chance.random() < 0.05 else b"nothing"
        colour = b"\x1b[31m" if chance.random() < 0.001 else b""
        lines.append(b"level=info user=%d %s%s done\n" % (chance.randrange(10**6), colour, value))
        size -= len(lines[-1])
    return b"".join(lines)


def _filtered(examiner: Examiner, text: bytes, size: int) -> bytes:
    guard = Guard(examiner)
    out = []
    for low in range(0, len(text), size):
        out += [bytes(part) for part in guard.feed(text[low : low + size])]
    return b"".join([*out, *(bytes(part) for part in guard.finish())])


@pytest.mark.parametrize("size", [70_000, 300_000])
def test_the_output_is_that_of_one_thread(size: int) -> None:
    matcher, known, text = Matcher.default(), KnownValues(VALUES), _text(900_000) + b"token: " + TOKEN + b"\n"
    alone = _filtered(Examiner(matcher, known=known), text, size)
    assert _filtered(Examiner(matcher, known=known, beside=True), text, size) == alone
    assert b"xW2_known" not in alone and TOKEN not in alone
    assert alone.count(b"known-value") == sum(text.count(value) for value in VALUES)


def test_an_error_on_either_thread_withholds_the_text() -> None:
    class Broken(KnownValues):
        def find(self, data: object) -> list[object]:  # type: ignore[override]
            raise ValueError("broken")

    matcher, text = Matcher.default(), _text(200_000)
    examiner = Examiner(matcher, known=Broken(VALUES), beside=True)
    with pytest.raises(ValueError, match="broken"):
        examiner.find_and_open(text, 0, len(text))
    assert b"user=" not in _filtered(examiner, text, len(text))

    class Failing:
        def __getattr__(self, name: str) -> object:
            return getattr(matcher, name)

        def find_and_open(self, *_: object) -> object:
            raise RuntimeError("failed")

    examiner = Examiner(Failing(), known=KnownValues(VALUES), beside=True)  # type: ignore[arg-type]
    for _ in range(3):
        # Each time the other thread's answer is taken, so the next call does not get an old one.
        with pytest.raises(RuntimeError, match="failed"):
            examiner.find_and_open(text, 0, len(text))


def test_a_call_while_another_is_under_way_is_refused() -> None:
    go, calls = threading.Event(), []

    def work(given: int) -> int:
        go.wait(10)
        calls.append(given)
        return given * 2

    beside = Beside(work)
    assert beside.start(21) and not beside.start(1)
    go.set()
    assert beside.result() == 42
    assert beside.start(4) and beside.result() == 8
    assert calls == [21, 4]


def test_a_copy_of_the_process_starts_its_own_thread() -> None:
    beside = Beside(len)
    assert beside.start(b"abc") and beside.result() == 3
    child = os.fork()
    if not child:
        # No assertion may leave the copy.
        os._exit(0 if beside.start(b"abcd") and beside.result() == 4 else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_the_thread_ends_with_its_object() -> None:
    before = threading.active_count()
    beside = Beside(len)
    assert beside.start(b"a") and beside.result() == 1
    assert threading.active_count() == before + 1
    del beside
    gc.collect()
    deadline = time.monotonic() + 10
    while threading.active_count() > before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert threading.active_count() == before
