"""journald's export format through the filter, and on into systemd's own tools."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Start = Callable[..., "subprocess.Popen[bytes]"]


def binary(name: bytes, value: bytes) -> bytes:
    """A field with its length, as journald writes values with line breaks."""
    return name + b"\n" + len(value).to_bytes(8, "little") + value + b"\n"


def entry(number: int, *fields: bytes) -> bytes:
    """An entry with the fields that journald itself writes."""
    boot = b"%032x" % 0xB007
    return b"".join(
        [
            b"__CURSOR=s=%032x;i=%x;b=%b;m=1;t=%x;x=1\n" % (1, number, boot, number),
            b"__REALTIME_TIMESTAMP=%d\n" % (1700000000000000 + number),
            b"__MONOTONIC_TIMESTAMP=%d\n" % number,
            b"_BOOT_ID=%b\n" % boot,
            b"_MACHINE_ID=%032x\n" % 0xACE,
            b"_HOSTNAME=host\n_PID=12\nSYSLOG_IDENTIFIER=app\n",
            *fields,
            b"\n",
        ]
    )


@pytest.fixture
def filtered(start: Start) -> Callable[..., tuple[bytes, int, bytes]]:
    """Sends bytes through the filter and returns its output, exit code and words."""

    def run(data: bytes) -> tuple[bytes, int, bytes]:
        process = start("--protocol", "journald-export")
        out, err = process.communicate(data)
        return out, process.returncode, err

    return run


def test_values_are_masked_and_the_form_stays(filtered, secret: str) -> None:
    """Text and binary values are masked, a length fits its value, all else is the same."""
    token = secret.encode()
    data = b"".join(
        [
            entry(1, b"MESSAGE=plain\n", b"PRIORITY=6\n"),
            entry(2, b"MESSAGE=a " + token + b"\n", b"_CMDLINE=app --token " + token + b"\n"),
            entry(3, binary(b"MESSAGE", b"one\n" + token + b"\ntwo"), binary(b"BLOB", b"\0\xff\n\n")),
            entry(4, b"DB_PASSWORD=" + b"x7Kp2m" + b"Qz9wLr\n", b"MESSAGE=\n"),
        ]
    )
    mark = b"[REDACTED:github-pat-classic]"
    expected = data.replace(b"=a " + token, b"=a " + mark).replace(b"--token " + token, b"--token " + mark)
    expected = expected.replace(
        binary(b"MESSAGE", b"one\n" + token + b"\ntwo"), binary(b"MESSAGE", b"one\n" + mark + b"\ntwo")
    )
    expected = expected.replace(b"x7Kp2m" + b"Qz9wLr", b"[REDACTED:generic-password-unquoted]")
    assert filtered(data) == (expected, 0, b"")


def test_a_key_over_many_entries(filtered, private_key: bytes) -> None:
    """A private key that comes line by line is masked."""
    key = private_key.splitlines()
    out, code, _ = filtered(b"".join(entry(n, b"MESSAGE=" + line + b"\n") for n, line in enumerate(key)))
    assert code == 0 and not [line for line in key[1:-1] if line in out]
    assert out.count(b"\n\n") == len(key)


@pytest.mark.parametrize(
    "broken",
    [
        b"MESSAGE=cut in the mid",
        b"MESSAGE\n\x10\0\0\0\0\0\0\0short\n\n",
        b"MESSAGE\n\x03\0\0\0\0\0\0\0longer than said\n\n",
        b"not a field at all\n\n",
        b"MESSAGE=no end of the entry\n",
    ],
)
def test_what_is_not_an_entry_is_withheld(filtered, secret: str, broken: bytes) -> None:
    """After whole entries, an entry that is cut or wrong is left out; that is said, and the exit code is 3."""
    good = entry(1, b"MESSAGE=good\n")
    out, code, err = filtered(good + b"TOKEN=" + secret.encode() + b"\n" + broken)
    assert (out, code) == (good, 3)
    assert b"withheld" in err and secret.encode() not in err


def test_systemd_reads_what_comes_out(shippers: Path, filtered, tmp_path: Path, secret: str) -> None:
    """systemd-journal-remote takes the output, and journalctl shows each entry, masked."""
    token = secret.encode()
    data = b"".join(
        [
            entry(1, b"MESSAGE=first\n"),
            entry(2, binary(b"MESSAGE", b"second\n" + token), b"_CMDLINE=app " + token + b"\n"),
            entry(3, b"MESSAGE=third " + token + b"\n", b"NOTE=\xc3\xa4\n"),
        ]
    )
    out, code, _ = filtered(data)
    assert code == 0
    root = shippers / "journal"
    libraries = [root / "lib/x86_64-linux-gnu", root / "usr/lib/x86_64-linux-gnu", root / "lib/systemd"]
    libraries += [root / "usr/lib/x86_64-linux-gnu/systemd"]
    environment = {"LD_LIBRARY_PATH": ":".join(map(str, libraries)), "PATH": "/usr/bin:/bin"}
    journal = tmp_path / "out.journal"
    subprocess.run(
        [root / "lib/systemd/systemd-journal-remote", "-o", journal, "-"], input=out, env=environment, check=True,
        capture_output=True,
    )  # fmt: skip
    shown = subprocess.run(
        [root / "bin/journalctl", "--file", journal, "-o", "json", "--no-pager"], env=environment, check=True,
        capture_output=True,
    ).stdout  # fmt: skip
    entries = [json.loads(line) for line in shown.splitlines()]
    mark = "[REDACTED:github-pat-classic]"
    assert [e["MESSAGE"] if isinstance(e["MESSAGE"], str) else bytes(e["MESSAGE"]).decode() for e in entries] == [
        "first",
        f"second\n{mark}",
        f"third {mark}",
    ]
    assert entries[1]["_CMDLINE"] == f"app {mark}" and entries[2]["NOTE"] == "ä"
