"""The filter's options as a real process: masks, keys, reload, quarantine, audit, metrics, alerts, packed input."""

from __future__ import annotations

import gzip
import json
import os
import re
import select
import signal
import stat
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Start = Callable[..., "subprocess.Popen[bytes]"]
PATIENCE = 60
KEY = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def run(start: Start) -> Callable[..., tuple[int, bytes, str]]:
    """Runs the filter on an input and returns code, output and what it said."""

    def run(*args: str | Path, given: bytes = b"", **options: Any) -> tuple[int, bytes, str]:
        process = start(*map(str, args), **options)
        out, error = process.communicate(given, timeout=PATIENCE)
        return process.returncode, out, error.decode()

    return run


Run = Callable[..., tuple[int, bytes, str]]


def read_until(fd: int, wanted: bytes) -> bytes:
    got = b""
    while wanted not in got:
        assert select.select([fd], [], [], PATIENCE)[0], got
        block = os.read(fd, 1 << 16)
        assert block, got
        got += block
    return got


def test_masks_by_rule_and_by_key(run: Run, tmp_path: Path, secret: str) -> None:
    """Each word is used where it fits, the last one wins, and a second pass changes nothing."""
    keys = tmp_path / "keys"
    keys.write_text(f"k1 {KEY}\n")
    text = f'token={secret}\n{{"password": "red house"}}\npin: x\n{{"pin": 5}} bye\n'.encode()
    args = ("--mask-key-file", keys, "--mask", "github-*=pseudonym", "--mask", "name:pin=drop", "--key-name", "pin",
            "--mask", "name:password=tag")  # fmt: skip
    code, out, error = run(*args, given=text)
    assert (code, error) == (0, "")
    lines = out.decode().splitlines()
    assert lines[0].startswith("token=[REDACTED:github-pat-classic:k1-")
    assert lines[1] == '{"password": "[SECRET:generic-key-name]red house"}'
    assert lines[2:] == []
    assert run(*args, given=out)[1] == out
    pseudonym = lines[0].rpartition(":")[2].rstrip("]")
    log = tmp_path / "clean.log"
    log.write_bytes(gzip.compress(out))
    command = [sys.executable, "-m", "scrubjay.cli", "lookup", "--mask-key-file", str(keys), "-", str(log)]
    done = subprocess.run(command, input=secret.encode(), capture_output=True, check=False)
    assert done.returncode == 1
    assert done.stdout.decode().splitlines() == [pseudonym, f"{log}:1: {pseudonym}"]
    other = subprocess.run(command, input=b"another value", capture_output=True, check=False)
    assert (other.returncode, other.stdout.count(b"\n")) == (0, 1)


def test_key_names_can_be_switched_off(run: Run) -> None:
    """Then rules and own names alone decide."""
    text = b'{"password": "red house", "pin": "7"}\n'
    assert run("--no-key-names", given=text)[1] == text
    out = run("--no-key-names", "--key-name", "PIN", given=text)[1]
    assert out == b'{"password": "red house", "pin": "[REDACTED:generic-key-name]"}\n'


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ('mask = ["blur"]', "there is no mask blur"),
        ('mask = ["no-such-rule=drop"]', "there is no such rule"),
        ('mask = ["pseudonym"]', "pseudonyms need a key"),
        ('mask = "full"', "must be a list of texts"),
        ("jobs = 0", "--jobs must be"),
        ("jobs = true", "must be a number"),
        ("maks = []", "there is no setting filter.maks"),
        ('known-file = ["none"]', "can't read the known values"),
        ('known-env = ["NO_SUCH_VARIABLE_*"]', "no environment variable"),
        ('quarantine = "/no/such/folder/file"', "can't write the quarantine file"),
        ('metrics-file = "/no/such/folder/file"', "can't write the metrics file"),
        ('alert-command = "no-such-program-at-all"', "there is no program"),
        ('packing = "rar"', "there is no packing"),
        ("not toml", "is not TOML"),
    ],
)
def test_wrong_settings_stop_the_start(run: Run, tmp_path: Path, table: str, message: str) -> None:
    """Nothing is read, nothing passes, the reason is said and the exit code is 2."""
    config = tmp_path / "scrubjay.toml"
    config.write_text(f"[filter]\n{table}\n")
    env = {name: value for name, value in os.environ.items() if name != "SCRUBJAY_MASK_KEY"}
    code, out, error = run("--config", config, given=b"password=red\n", env=env)
    assert (code, out) == (2, b"")
    assert message in error


def test_settings_come_from_a_file_and_options_win(run: Run, tmp_path: Path) -> None:
    """Paths are relative to the file; lists add up."""
    (tmp_path / "values").write_text("red house on the hill\n")
    config = tmp_path / "scrubjay.toml"
    config.write_text('[filter]\nmask = ["partial"]\nkey-name = ["pin"]\nknown-file = ["values"]\nsummary = true\n')
    text = b'a red house on the hill\n{"pin": "abcdefghijklmnopqrstuvwxyz"} {"pan": "x"}\n'
    code, out, error = run("--config", config, "--key-name", "pan", given=text)
    assert code == 0
    assert out == (
        b'a [REDACTED:known-value:..hill]\n{"pin": "[REDACTED:generic-key-name:..wxyz]"} '
        b'{"pan": "[REDACTED:generic-key-name]"}\n'
    )
    assert "3 secrets masked" in error


def test_reload_takes_new_values_and_refuses_bad_files(start: Start, tmp_path: Path) -> None:
    """SIGHUP reads the values again; a missing or empty file, or bad settings, never weaken a running filter."""
    values, config = tmp_path / "values", tmp_path / "scrubjay.toml"
    values.write_text("red house on the hill\n")
    config.write_text('[filter]\nknown-file = ["values"]\n')
    process = start("--config", str(config))
    assert process.stdin and process.stdout and process.stderr
    fds = process.stdout.fileno(), process.stderr.fileno()

    def line(text: bytes) -> bytes:
        assert process.stdin
        process.stdin.write(text + b"\n")
        return read_until(fds[0], b"\n")

    def hangup(answer: bytes) -> None:
        process.send_signal(signal.SIGHUP)
        assert answer in read_until(fds[1], b"\n")

    assert line(b"a red house on the hill") == b"a [REDACTED:known-value]\n"
    for bad in (
        lambda: values.unlink(),
        lambda: values.write_text(""),
        lambda: config.write_text("[filter]\nmask=5\n"),
    ):
        bad()
        hangup(b"not reloaded, the former settings stay in force")
        assert line(b"a red house on the hill") == b"a [REDACTED:known-value]\n"
    config.write_text('[filter]\nknown-file = ["values"]\nmask = ["tag"]\n')
    values.write_text("blue boat, white sail\n")
    hangup(b"reloaded: 1 known values")
    assert line(b"a red house on the hill") == b"a red house on the hill\n"
    assert line(b"a blue boat, white sail") == b"a [SECRET:known-value]blue boat, white sail\n"
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE) == 128 + signal.SIGTERM


def test_shipper_protocols_reload_too(start: Start, tmp_path: Path) -> None:
    """The same for a helper of a shipper."""
    values = tmp_path / "values"
    values.write_text("red house on the hill\n")
    process = start("--protocol", "lines", "--known-file", str(values))
    assert process.stdin and process.stdout and process.stderr
    process.stdin.write(b"red house on the hill\n")
    assert read_until(process.stdout.fileno(), b"\n") == b"[REDACTED:known-value]\n"
    values.write_text("blue boat, white sail\n")
    process.send_signal(signal.SIGHUP)
    assert b"reloaded" in read_until(process.stderr.fileno(), b"\n")
    out, _ = process.communicate(b"blue boat, white sail\n", timeout=PATIENCE)
    assert (process.returncode, out) == (0, b"[REDACTED:known-value]\n")


FAULTY = """
import sys
from scrubjay.patterns import Matcher
from scrubjay.sanitizer.examine import Examiner
from scrubjay.sanitizer.quarantine import Quarantine
from scrubjay.sanitizer.stream import Extras, run

class Failing(Examiner):
    def find_and_open(self, data, start, end):
        if b"POISON" in bytes(data):
            raise ValueError(bytes(data))
        return super().find_and_open(data, start, end)

sys.exit(run(Failing(Matcher.default()), show_summary=True, extras=Extras(quarantine=Quarantine(sys.argv[1]))))
"""


def test_what_is_withheld_goes_to_the_quarantine(start: Start, tmp_path: Path) -> None:
    """Raw and complete, in a file for its owner only; the output has the placeholder."""
    path = tmp_path / "quarantine"
    process = start(str(path), command=[sys.executable, "-c", FAULTY])
    out, error = process.communicate(b"POISON password=red\nfine\n", timeout=PATIENCE)
    assert process.returncode == 3
    assert b"[REDACTED:error]" in out
    assert b"red" not in out.replace(b"[REDACTED:error]", b"") + error.replace(b"scrubjay", b"")
    assert b"POISON password=red\n" in path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_quarantine_that_others_can_read_is_refused(run: Run, tmp_path: Path) -> None:
    """So is a link: the file that it leads to is not ours to choose."""
    path = tmp_path / "quarantine"
    path.write_bytes(b"")
    path.chmod(0o644)
    assert "others can read" in run("--quarantine", path)[2]
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "elsewhere")
    assert run("--quarantine", link)[0] == 2


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_the_audit_says_where_and_by_which_rule(run: Run, tmp_path: Path, secret: str, jobs: str) -> None:
    """JSON lines with offsets in the input and the hash of the rules, and never a value."""
    path = tmp_path / "audit"
    text = b"x\n" * 10 + f"token={secret}\n".encode() + b"password=red\n"
    assert run("--audit", path, "--source", "web", "--jobs", jobs, given=text)[0] == 0
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert [row["event"] for row in rows] == ["start", "masked", "masked", "end"]
    assert {row["source"] for row in rows} == {"web"}
    assert [(row["rule"], row["action"], row["offset"]) for row in rows[1:3]] == [
        ("github-pat-classic", "full", text.index(secret.encode())),
        ("generic-key-name", "full", text.index(b"red")),
    ]
    assert len(rows[0]["rules"]) == 64
    assert secret not in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_metrics_in_a_file_and_on_a_port(start: Start, tmp_path: Path, secret: str) -> None:
    """Counts by rule, mask and source, in Prometheus' format, while the filter runs; the port is on loopback only."""
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    path = tmp_path / "metrics.prom"
    process = start("--metrics-file", str(path), "--metrics-port", str(port), "--source", "a", "--interval", "0.1")
    assert process.stdin and process.stdout
    process.stdin.write(f"token={secret}\n".encode())
    read_until(process.stdout.fileno(), b"\n")
    wanted = 'scrubjay_filter_masked_total{source="a",rule="github-pat-classic",action="full"} 1\n'
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=PATIENCE) as answer:
        assert wanted in answer.read().decode()
    deadline = time.monotonic() + PATIENCE
    while wanted not in path.read_text() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert wanted in path.read_text()
    process.communicate(timeout=PATIENCE)
    assert f'scrubjay_filter_read_bytes_total{{source="a"}} {len(secret) + 7}\n' in path.read_text()
    assert [name.name for name in tmp_path.iterdir()] == ["metrics.prom"]


def test_a_sudden_rise_raises_an_alert(start: Start, tmp_path: Path) -> None:
    """After a quiet time a flood of secrets is told on standard error and to a program, without values."""
    told = tmp_path / "told"
    command = f"{sys.executable} -c \"import sys; open('{told}', 'ab').write(sys.stdin.buffer.read())\""
    process = start("--alert-command", command, "--interval", "0.05")
    assert process.stdin and process.stdout and process.stderr
    process.stdin.write(b"nothing\n")
    read_until(process.stdout.fileno(), b"\n")
    # Long enough to learn what is usual.
    time.sleep(2)
    process.stdin.write(b"password=red\n" * 500)
    assert b"alert: " in read_until(process.stderr.fileno(), b"\n")
    process.communicate(timeout=PATIENCE)
    facts = json.loads(told.read_text().splitlines()[0])
    assert facts["source"] == "stdin"
    assert facts["masked"] > 20


@pytest.mark.parametrize("packing", ["gzip", "auto"])
def test_gzip_input(run: Run, packing: str) -> None:
    """Several parts, and zero bytes of padding behind; plain text passes with auto."""
    text = b"a password=red b\n" * 5000
    packed = gzip.compress(text) + gzip.compress(b"end password=red\n") + b"\0" * 100
    code, out, _ = run("--packing", packing, given=packed)
    assert code == 0
    assert out == (text + b"end password=red\n").replace(b"red", b"[REDACTED:generic-key-name]")
    assert run("--packing", "auto", given=b"plain\n")[1] == b"plain\n"
    assert run("--packing", "auto", given=b"\x1f")[1] == b"\x1f"


def test_zstd_input(run: Run) -> None:
    """The same for zstd, whose package is an extra."""
    zstd = pytest.importorskip("backports.zstd" if sys.version_info < (3, 14) else "compression.zstd")
    packed = zstd.compress(b"a password=red b\n" * 5000) + zstd.compress(b"end\n")
    code, out, _ = run("--packing", "auto", given=packed)
    assert (code, out) == (0, b"a password=[REDACTED:generic-key-name] b\n" * 5000 + b"end\n")


@pytest.mark.parametrize("damage", ["cut", "changed"])
def test_damaged_input_never_looks_complete(run: Run, damage: str) -> None:
    """What could be unpacked comes out masked, and the exit code is 3."""
    packed = gzip.compress(os.urandom(20_000).hex().encode() + b"\n", 1)
    packed = packed[:-9] if damage == "cut" else packed[:9000] + b"\xff" * 20 + packed[9020:]
    code, _, error = run("--packing", "gzip", given=packed)
    assert code == 3
    assert "cannot read the input: the packed data" in error


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-16"])
def test_utf_16_input(run: Run, encoding: str) -> None:
    """Masked and written in the encoding that it came in; half a character at the end stays as it is."""
    text = "\ufeffa password=" + "rötlich b \U0001f600\r\n"
    kind = "utf-16-le" if encoding == "utf-16" else encoding
    code, out, _ = run("--encoding", encoding, given=text.encode(kind) + b"x")
    assert code == 0
    masked = re.sub(r"\[REDACTED:[a-z-]+\]", "rötlich", out[:-1].decode(kind))
    assert (masked, out[-1:]) == (text, b"x")
    assert "rötlich".encode(kind) not in out


def test_explain_shows_what_would_happen(run: Run, secret: str) -> None:
    """Rules, key names, masks, cost by rule and speed, and no secret."""
    text = f'x\ntoken={secret}\n{{"password": "red house"}}\n'.encode()
    code, out, _ = run("--explain", "--mask", "name:password=drop", given=text)
    report = out.decode()
    assert code == 0
    assert "line 2: github-pat-classic (full)" in report
    assert "line 3: generic-key-name (key password; drop)" in report
    assert f"{len(text)} bytes, 3 lines, 2 secrets" in report
    assert secret not in report
    assert "red house" not in report


@pytest.mark.skipif(
    sys.platform != "linux" or len(os.sched_getaffinity(0)) < 2, reason="counts processes where two processors are"
)
@pytest.mark.parametrize(("count", "args", "helpers"), [(1000, (), 1), (1000, ("--jobs", "1"), 0), (999, (), 0)])
def test_many_known_values_take_a_second_process(
    start: Start, tmp_path: Path, count: int, args: tuple[str, ...], helpers: int
) -> None:
    file = tmp_path / "known"
    file.write_text("".join(f"Tq9-xW2_{number:04d}-Lm\n" for number in range(count)))
    process = start("--known-file", str(file), *args)
    assert process.stdin and process.stdout
    os.write(process.stdin.fileno(), b"user=x Tq9-xW2_0007-Lm done\n")
    assert b"Tq9-xW2_0007-Lm" not in read_until(process.stdout.fileno(), b"done\n")
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    assert len(children) == helpers
    out, _ = process.communicate(b"bye Tq9-xW2_0998-Lm\n" * 5000, timeout=PATIENCE)
    assert out.count(b"known-value") == 5000 and b"0998" not in out
