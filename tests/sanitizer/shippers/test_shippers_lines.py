"""The filter as a helper that talks in lines: one out for each one in, also when something goes wrong inside."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scrubjay.patterns import Matcher
from scrubjay.patterns.errors import MatchTimeout
from scrubjay.sanitizer.shippers.message import Messages
from scrubjay.sanitizer.shippers.mmexternal import answer

Start = Callable[..., "subprocess.Popen[bytes]"]


class Broken:
    """A matcher that fails on texts with a certain word."""

    def __init__(self, matcher: Matcher, word: bytes) -> None:
        self._matcher, self._word = matcher, word

    def __getattr__(self, name: str) -> object:
        return getattr(self._matcher, name)

    def find_and_open(self, data: bytes, start: int, end: int) -> object:
        if self._word in bytes(data):
            raise MatchTimeout("some-rule")
        return self._matcher.find_and_open(data, start, end)


def test_each_line_is_answered_at_once(start: Start, secret: str) -> None:
    """A line's answer comes before the next line is sent."""
    process = start("--protocol", "lines")
    for number in range(5):
        process.stdin.write(b"%d %b\r\n" % (number, secret.encode()))
        assert process.stdout.readline() == b"%d [REDACTED:github-pat-classic]\r\n" % number
    process.stdin.write(b"no end " + secret.encode())
    out, _ = process.communicate()
    assert (out, process.returncode) == (b"no end [REDACTED:github-pat-classic]", 0)


def test_a_line_that_comes_in_pieces(start: Start, secret: str) -> None:
    """A secret that is cut by pauses is masked: no line goes out before its end has come."""
    process = start("--protocol", "lines")
    for piece in (b"a " + secret[:9].encode(), secret[9:].encode(), b" b\n"):
        process.stdin.write(piece)
        time.sleep(0.05)
    assert process.stdout.readline() == b"a [REDACTED:github-pat-classic] b\n"


def test_a_line_without_end_is_withheld(start: Start, secret: str) -> None:
    """A line over 16 MiB becomes a placeholder, memory stays bounded, and the next line is as usual."""
    process = start("--protocol", "lines")
    out, err = process.communicate(secret.encode() * (17 << 20 >> 5) + b"\nnext\n")
    assert (out, process.returncode) == (b"[REDACTED:error]\nnext\n", 3)
    assert b"withheld" in err


def test_a_signal_ends_it_with_all_that_was_sent(start: Start, secret: str) -> None:
    """After SIGTERM what is in the pipe comes out, masked."""
    process = start("--protocol", "lines")
    process.stdin.write(b"first\n")
    process.stdout.readline()
    process.stdin.write((secret.encode() + b"\n") * 100)
    process.send_signal(signal.SIGTERM)
    assert process.stdout.read() == b"[REDACTED:github-pat-classic]\n" * 100
    assert process.wait() == 143


def test_a_file_that_is_rotated(start: Start, tmp_path: Path) -> None:
    """After log rotation has moved the file, the next line goes to a new one, which only its owner can read."""
    log = tmp_path / "out.log"
    process = start("--protocol", "rsyslog-omprog", "--to", str(log))
    assert process.stdout.readline() == b"OK\n"
    for name in ("one", "two"):
        process.stdin.write(name.encode() + b"\n")
        assert process.stdout.readline() == b"OK\n"
        assert log.read_bytes() == name.encode() + b"\n"
        log.rename(tmp_path / name)
    assert (tmp_path / "one").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("pause", [0.0, 0.3])
def test_a_pipe_that_outlives_the_filter(start: Start, secret: str, tmp_path: Path, pause: float) -> None:
    """With --to, a line leaves the pipe when it is in the file: a kill loses none, half a line waits for its end."""
    log = tmp_path / "out.log"
    reader, writer = os.pipe()
    words = ("--protocol", "lines", "--to", str(log))
    half = len(secret) // 2
    with os.fdopen(writer, "wb", buffering=0) as sink:
        for number in range(3):
            process = start(*words, stdin=reader)
            sink.write(b"%d " % number + secret[:half].encode())
            time.sleep(pause)
            process.kill()
            process.wait()
            sink.write(secret[half:].encode() + b" end\n")
        last = start(*words, stdin=reader)
        os.close(reader)
        sink.write(b"half a line")
    assert last.wait() == 0
    found = log.read_bytes().splitlines()
    assert sorted(set(found)) == [b"%d [REDACTED:github-pat-classic] end" % n for n in range(3)] + [b"half a line"]


@pytest.mark.parametrize(
    "words",
    [["rsyslog-omprog"], ["syslog-ng"], ["journald-export", "--to", "x"], ["lines", "--to", "/nonexistent/x"]],
)
def test_wrong_options_stop_it_before_anything_is_read(start: Start, words: list[str], secret: str) -> None:
    """A missing or useless --to, or a file that can't be written: exit code 2 and a word why."""
    process = start("--protocol", *words)
    out, err = process.communicate(secret.encode())
    assert (out, process.returncode) == (b"", 2) and err


def test_nothing_is_said_where_words_would_be_replies(start: Start) -> None:
    """As mmexternal's helper it writes nothing to standard error, not even when it is asked for a summary."""
    process = start("--protocol", "rsyslog-mmexternal", "--summary")
    assert process.communicate(b"x\n") == (b'{"$!":{"scrubjay":"ok"}}\n', b"")


def test_an_error_inside_gives_a_placeholder(matcher: Matcher, secret: str) -> None:
    """The message that could not be examined is replaced, its neighbours are not."""
    said: list[str] = []
    messages = Messages(Broken(matcher, b"bad"), said.append)  # type: ignore[arg-type]
    out = messages.lines(b"one\nbad " + secret.encode() + b"\ntwo " + secret.encode() + b"\n")
    assert out == b"one\n[REDACTED:error]\ntwo [REDACTED:github-pat-classic]\n"
    assert (messages.withheld, said) == (1, ["MatchTimeout"])
    answered = json.loads(answer(messages, b"bad " + secret.encode()))
    assert answered == {"msg": "[REDACTED:error]", "$!": {"scrubjay": "ok"}}


def test_a_key_that_begins_in_a_withheld_message(matcher: Matcher, private_key: bytes) -> None:
    """The lines after a failure at a key's first line are not passed on."""
    key = private_key.splitlines()
    messages = Messages(Broken(matcher, b"-----BEGIN"))  # type: ignore[arg-type]
    out = b"\n".join(messages.mask(line) for line in key)
    assert not [line for line in key[:-1] if line in out]


@pytest.mark.parametrize(
    "value", ['{"msg": 1}', "{", '{"msg": "x", "rawmsg": null, "syslogtag": 1, "hostname": 1, "timereported": 1}']
)
def test_every_message_gets_one_reply(matcher: Matcher, value: str) -> None:
    """JSON that is not rsyslog's is a message like others, and JSON that pretends to be gets a reply too."""
    text = answer(Messages(matcher), value.encode())
    assert text.count(b"\n") == 1 and json.loads(text)["$!"] == {"scrubjay": "ok"}


def test_a_name_in_a_tree_says_what_its_values_are(matcher: Matcher, password: bytes) -> None:
    """Parsed JSON is masked by the names of its values, in lists too; only what changes is in the reply."""
    full = dict.fromkeys(["msg", "rawmsg", "syslogtag", "hostname", "timereported"], "x")
    tree = {"a": {"db_password": ["short", password.decode()], "user": "root"}, "n": 1}
    answered = json.loads(answer(Messages(matcher), json.dumps({**full, "$!": tree}).encode()))
    assert set(answered) == {"$!"} and set(answered["$!"]) == {"a", "scrubjay"}
    assert set(answered["$!"]["a"]) == {"db_password"}
    assert answered["$!"]["a"]["db_password"][1].startswith("[REDACTED:generic-password")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from([b"a", b"\r", b"", b"secret = ", b"AKIA", b"TOKEN", b"-----BEGIN PRIVATE KEY-----"])))
def test_lines_are_neither_joined_nor_split(parts: list[bytes]) -> None:
    """As many line ends come out as went in, and a block gives what its lines give one by one."""
    matcher = Matcher.default(engine=os.environ.get("SCRUBJAY_ENGINE", ""))
    token = b"gh" + b"p_Fz6yHl0sJYfnfdqqq4ZkZsJiC8VbVA09T5zs"
    lines = [part.replace(b"TOKEN", token) + b"\n" for part in parts]
    whole = Messages(matcher).lines(b"".join(lines))
    one_by_one = Messages(matcher)
    assert whole == b"".join(one_by_one.lines(line) for line in lines)
    assert whole.count(b"\n") == len(lines) and token not in whole
