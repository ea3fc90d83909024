"""The filter on real pipes and as a real process: exact bytes, no added wait, bounded memory, closed on failure."""

from __future__ import annotations

import hashlib
import os
import select
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scrubjay.patterns import Matcher, ScrubjayError
from scrubjay.sanitizer import Summary, pump, redact

Start = Callable[..., "subprocess.Popen[bytes]"]
Through = Callable[..., tuple[bytes, Summary]]
# Far more than a healthy run needs; only a hanging one gets there.
PATIENCE = 60

FAULTY = """
import sys
from scrubjay.patterns import Matcher
from scrubjay.sanitizer import run

class Failing(Matcher):
    def find_and_open(self, data, start, end):
        if b"POISON" in bytes(data):
            raise ValueError(bytes(data))
        return super().find_and_open(data, start, end)

sys.exit(run(Failing.default(), show_summary=True))
"""
WITHOUT_REGEX = """
import sys
from scrubjay.patterns import Matcher
from scrubjay.sanitizer import run

matcher = Matcher.default()
sys.modules["regex"] = None
sys.exit(run(matcher))
"""


def _read_until(fd: int, wanted: bytes) -> bytes:
    """Read what comes until it ends with `wanted`; fails after a long time without anything new."""
    got = b""
    while not got.endswith(wanted):
        readable, _, _ = select.select([fd], [], [], PATIENCE)
        assert readable, f"nothing came after {len(got)} bytes"
        block = os.read(fd, 1 << 16)
        assert block, "the output ended"
        got += block
    return got


def _secrets(matcher: Matcher) -> list[bytes]:
    return [example.text for rule in matcher.rules for example in rule.examples[:1] if len(example.text) < 2000]


def _texts(matcher: Matcher) -> st.SearchStrategy[list[bytes]]:
    """Lists of chunks: words, secrets parted from each other, markers, odd bytes, cut anywhere."""
    between = st.sampled_from([b"\n", b" ", b"\r\n", b'"', b", ", b"\x00", b" \xff\xfe "])
    part = st.one_of(
        st.sampled_from([b"key=", b"password: ", b"secret", b" token ", b"=", b"_", b"a", b"-----BEGIN ", b"://user:"]),
        st.sampled_from([b"[REDACTED:error]", b"[REDACTED:", b"-----END X-----"]),
        st.sampled_from(_secrets(matcher)),
        st.binary(max_size=20),
    )
    parted = st.tuples(part, between, st.integers(1, 60)).map(lambda drawn: (drawn[0] + drawn[1], drawn[2]))
    return st.lists(parted, max_size=25).map(_cut)


def _cut(parts: list[tuple[bytes, int]]) -> list[bytes]:
    whole = b"".join(part for part, _ in parts)
    chunks, place = [], 0
    for _, size in parts:
        chunks.append(whole[place : place + size])
        place += size
    return [*chunks, whole[place:]]


def test_the_process_masks_and_keeps_all_other_bytes(start: Start, line: bytes, password: bytes) -> None:
    """Invalid UTF-8, NUL, CRLF, and a last line without line break come out as they went in."""
    text = b"\xff\xfe\x00 first\r\n" + line + b"\n\n" + bytes(range(256)) + b" last"
    process = start()
    out, error = process.communicate(text, timeout=PATIENCE)
    head, _, tail = text.partition(password)
    assert out.startswith(head + b"[REDACTED:")
    assert out.endswith(b"]" + tail)
    assert password not in out
    assert (process.returncode, error) == (0, b"")


def test_nothing_in_gives_nothing_out(start: Start) -> None:
    """An empty input is no error."""
    process = start()
    assert process.communicate(b"", timeout=PATIENCE) == (b"", b"")
    assert process.returncode == 0


def test_the_summary_counts_without_showing(start: Start, line: bytes, password: bytes) -> None:
    """`--summary` names bytes and rules on standard error, and the output stays clean of it."""
    process = start("--summary")
    out, error = process.communicate(line * 3, timeout=PATIENCE)
    assert out.count(b"[REDACTED:") == 3
    assert b"%d bytes in, %d bytes out, 3 secrets masked" % (len(line) * 3, len(out)) in error
    assert password not in error


def test_any_chunks_give_the_output_of_the_whole(matcher: Matcher, through_pipes: Through) -> None:
    """However the input is cut, the output is the redaction of all of it, and text without matches is untouched."""

    @settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(_texts(matcher))
    def check(chunks: list[bytes]) -> None:
        whole = b"".join(chunks)
        out, summary = through_pipes(matcher, chunks, idle=PATIENCE)
        assert out == redact(matcher, whole)
        assert (summary.status, summary.bytes_in, summary.bytes_out) == (0, len(whole), len(out))
        if not summary.masked:
            assert out == whole
        pieces, rest = [match for match in matcher.find(whole)], whole
        for match in reversed(pieces):
            rest = rest[: match.start] + rest[match.end :]
        if b"[REDACTED:" not in whole:
            assert summary.masked or not pieces
            clean = out
            for rule in summary.masked:
                clean = clean.replace(b"[REDACTED:%b]" % rule.encode(), b"")
            assert clean == rest

    check()


def test_masking_twice_changes_nothing(matcher: Matcher, through_pipes: Through) -> None:
    """The output of the filter passes through it unchanged."""

    @settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(_texts(matcher))
    def check(chunks: list[bytes]) -> None:
        once, _ = through_pipes(matcher, chunks, idle=PATIENCE)
        twice, _ = through_pipes(matcher, [once], idle=PATIENCE)
        assert twice == once

    check()


def test_a_secret_split_over_two_writes_is_masked(
    matcher: Matcher, through_pipes: Through, line: bytes, password: bytes
) -> None:
    """Every place to cut, with the reader waiting for each part."""
    whole = redact(matcher, line)
    for cut in range(1, len(line)):
        out, _ = through_pipes(matcher, [line[:cut], line[cut:]], chunk=cut, idle=PATIENCE)
        assert out == whole


def test_small_and_large_reads_agree(matcher: Matcher, through_pipes: Through, line: bytes, private_key: bytes) -> None:
    """A private key over many reads is one block, masked whole."""
    text = b"a\n" * 50 + private_key + line * 3 + private_key.replace(b"\n", b"\r\n") + b"z"
    whole = redact(matcher, text)
    assert private_key.splitlines()[5] not in whole
    for size in (1, 7, 64, 4096, 1 << 20):
        assert through_pipes(matcher, [text], chunk=size, idle=PATIENCE)[0] == whole


def test_a_complete_line_comes_out_while_the_pipe_stays_open(start: Start, line: bytes, password: bytes) -> None:
    """A follower such as `tail -f` is seen line by line, and a prompt without a line break after a moment."""
    process = start()
    assert process.stdin and process.stdout
    process.stdin.write(line)
    assert password not in _read_until(process.stdout.fileno(), b" ok\n")
    process.stdin.write(b"second\nYour answer: ")
    assert _read_until(process.stdout.fileno(), b"answer: ") == b"second\nYour answer: "
    process.stdin.write(b"yes\n")
    assert _read_until(process.stdout.fileno(), b"yes\n") == b"yes\n"
    assert process.poll() is None
    process.stdin.close()
    assert process.wait(PATIENCE) == 0


def test_a_secret_that_goes_on_after_a_pause_is_masked(start: Start, line: bytes, password: bytes) -> None:
    """The idle flush lets the words before it out, and holds what may still become a secret."""
    head, _, _ = line.partition(b"conn=")
    middle = line.index(password) + 5
    process = start()
    assert process.stdin and process.stdout
    process.stdin.write(b"some words before " + line[:middle])
    assert _read_until(process.stdout.fileno(), b"before ") == b"some words before " + head
    process.stdin.write(line[middle:])
    out = _read_until(process.stdout.fileno(), b" ok\n")
    assert out.startswith(b"conn=postgres://app:[REDACTED:")
    assert password[:5] not in out


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc to see the peak memory")
def test_a_line_of_100_mb_needs_little_memory(start: Start, matcher: Matcher, password: bytes) -> None:
    """All secrets in it are masked, no other byte changes, and the process stays under 200 MB."""
    process = start()
    assert process.stdin and process.stdout
    stdin, stdout = process.stdin, process.stdout
    part = (b"some text in a line without an end, " * 1000 + b"u=amqp://svc:" + password + b"@mq/ ") * 30
    clean, count = redact(matcher, part), 100 * (1 << 20) // len(part)
    expected, sent = hashlib.sha256(clean * count), len(clean) * count
    measured = threading.Event()

    def write() -> None:
        for _ in range(count):
            view = memoryview(part)
            while view:
                view = view[stdin.write(view) :]
        measured.wait(PATIENCE)
        stdin.close()

    writer = threading.Thread(target=write)
    writer.start()
    got, received = hashlib.sha256(), 0
    # What may still grow is held back, so the end comes only when the input ends.
    while received < sent - (4 << 20):
        block = stdout.read(1 << 20)
        assert block
        got.update(block)
        received += len(block)
    peak = next(row for row in Path(f"/proc/{process.pid}/status").read_text().splitlines() if row.startswith("VmHWM"))
    measured.set()
    while block := stdout.read(1 << 20):
        got.update(block)
    writer.join()
    assert got.hexdigest() == expected.hexdigest()
    assert int(peak.split()[1]) < 200_000
    assert process.wait(PATIENCE) == 0


def test_non_blocking_descriptors_work(matcher: Matcher, line: bytes) -> None:
    """A slow reader and a slow writer on non-blocking pipes lose nothing."""
    text = line * 20_000
    source_read, source_write = os.pipe()
    sink_read, sink_write = os.pipe()
    os.set_blocking(source_read, False)
    os.set_blocking(sink_write, False)
    out: list[bytes] = []

    def write() -> None:
        with os.fdopen(source_write, "wb") as stream:
            stream.write(text)

    def read() -> None:
        while block := os.read(sink_read, 5000):
            out.append(block)

    threads = [threading.Thread(target=write), threading.Thread(target=read)]
    for thread in threads:
        thread.start()
    summary = pump(matcher, source_read, sink_write)
    for fd in (source_read, sink_write):
        os.close(fd)
    for thread in threads:
        thread.join()
    os.close(sink_read)
    assert b"".join(out) == redact(matcher, text)
    assert summary.bytes_in == len(text)


def test_files_on_both_sides(start: Start, tmp_path: Path, line: bytes, matcher: Matcher) -> None:
    """Regular files work like pipes."""
    source, sink = tmp_path / "in", tmp_path / "out"
    source.write_bytes(line * 10_000)
    with source.open("rb") as stdin, sink.open("wb") as stdout:
        process = start(stdin=stdin, stdout=stdout)
        assert process.wait(PATIENCE) == 0
    assert sink.read_bytes() == redact(matcher, line * 10_000)


def test_a_failing_piece_never_passes_raw(start: Start, line: bytes, password: bytes) -> None:
    """The placeholder goes out, the rest goes on, standard error tells once without content, the exit code is 3."""
    process = start(command=[sys.executable, "-c", FAULTY])
    assert process.stdin and process.stdout
    process.stdin.write(b"fine\n")
    assert _read_until(process.stdout.fileno(), b"fine\n") == b"fine\n"
    process.stdin.write(b"bad POISON " + line)
    assert _read_until(process.stdout.fileno(), b"\n") == b"[REDACTED:error]\n"
    process.stdin.write(b"POISON again " + line)
    assert _read_until(process.stdout.fileno(), b"\n") == b"[REDACTED:error]\n"
    process.stdin.write(b"fine again\nPOISON")
    out, error = process.communicate(timeout=PATIENCE)
    assert out == b"fine again\n[REDACTED:error]"
    assert process.returncode == 3
    assert error.count(b"ValueError") == 1
    assert b"3 pieces" in error
    assert b"POISON" not in error
    assert password not in error


def test_a_broken_installation_withholds_what_it_can_not_judge(start: Start) -> None:
    """Without the library of the second stage only lines without candidates for it pass."""
    token = b"MDA0" * 5 + b".aB3dE6." + b"x" * 30
    process = start(command=[sys.executable, "-c", WITHOUT_REGEX])
    assert process.stdin and process.stdout
    process.stdin.write(b"fine\n")
    assert _read_until(process.stdout.fileno(), b"fine\n") == b"fine\n"
    process.stdin.write(b"discord: " + token + b"\n")
    assert _read_until(process.stdout.fileno(), b"\n") == b"[REDACTED:error]\n"
    out, error = process.communicate(b"more\n", timeout=PATIENCE)
    assert (out, process.returncode) == (b"more\n", 3)
    assert token not in error


@pytest.mark.parametrize("redirect", [">&-", "<&-", "1</dev/null", "0>/dev/null"])
def test_unusable_descriptors_are_refused_at_once(start: Start, redirect: str, line: bytes) -> None:
    """A closed or wrongly opened descriptor is a usage error, and nothing passes."""
    shell = ["sh", "-c", f'exec "$0" -m scrubjay.cli filter {redirect}', sys.executable]
    process = start(command=shell)
    out, error = process.communicate(line, timeout=PATIENCE)
    assert (process.returncode, out) == (2, b"")
    assert error.startswith(b"scrubjay: the ")


def test_a_file_is_not_filtered_onto_itself(start: Start, tmp_path: Path, line: bytes) -> None:
    """Appending to the input would never end."""
    path = tmp_path / "log"
    path.write_bytes(line)
    with path.open("rb") as stdin, path.open("ab") as stdout:
        process = start(stdin=stdin, stdout=stdout)
        assert process.wait(PATIENCE) == 2
    assert path.read_bytes() == line


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_reported(start: Start, line: bytes) -> None:
    """Output that could not be written makes the result incomplete."""
    with Path("/dev/full").open("wb") as stdout:
        process = start(stdout=stdout)
        _, error = process.communicate(line, timeout=PATIENCE)
    assert process.returncode == 3
    assert error == b"scrubjay: cannot write the output: No space left on device\n"


def test_bad_descriptors_raise_for_library_users(matcher: Matcher) -> None:
    """`pump` says what is wrong before it reads anything."""
    read, write = os.pipe()
    try:
        with pytest.raises(ScrubjayError, match="input is not open for reading"):
            pump(matcher, write, write)
        with pytest.raises(ScrubjayError, match="output is not open for writing"):
            pump(matcher, read, read)
        folder = os.open(".", os.O_RDONLY)
        with pytest.raises(ScrubjayError, match="input is a directory"):
            pump(matcher, folder, write)
        os.close(folder)
    finally:
        os.close(read)
        os.close(write)


def test_the_import_stays_light() -> None:
    """Starting the filter loads nothing that it does not need at once."""
    code = "import sys; before = set(sys.modules); import scrubjay.sanitizer.stream; print(*set(sys.modules) - before)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    heavy = "regex json dataclasses subprocess pathlib tempfile click asyncio importlib.metadata importlib.resources"
    assert "scrubjay.sanitizer.stream" in loaded
    assert not set(heavy.split()) & set(loaded)
