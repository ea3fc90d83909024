"""syslog-ng 3.38 from Debian's packages, with the filter as its Python parser and as a program destination."""

from __future__ import annotations

import signal
import site
import subprocess
import sys
import sysconfig
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

# A destination that has failed is tried again after a second, not after a minute.
CONFIG = """@version: 3.38
options {{ stats-freq(0); time-reopen(1); use-rcptid(yes); keep-hostname(yes); use-dns(no); flush-lines(1); }};
source s {{ network(ip("127.0.0.1") port({port}) transport("tcp")); {sources} }};
destination out {{ file("{folder}/out.log" template("{template}\\n")); }};
{rest}
"""
PARSER = """parser scrubjay {{ python(class("scrubjay.sanitizer.shippers.syslogng.{name}") {options}); }};
log {{ source(s); parser(scrubjay); destination(out); }};"""
PROGRAM = """destination p {{ program("{helper}" template("{number}$HOST $MSGHDR$MESSAGE\\n")); }};
log {{ source(s); destination(p); }};"""
AGAIN = """source back {{ pipe("{folder}/fifo" flags(no-parse)); }};
log {{ source(back); destination(out); }};"""


@pytest.fixture
def syslog_ng(
    shippers: Path, tmp_path: Path, port: int, daemon: Callable[..., subprocess.Popen[bytes]], cache_folder: Path
) -> Callable[..., subprocess.Popen[bytes]]:
    """Starts syslog-ng with log paths of its own."""

    def start(
        rest: str, template: str = "$HOST $MSGHDR$MESSAGE", sources: str = "", **words: str
    ) -> subprocess.Popen[bytes]:
        root = shippers / "syslog-ng" / "usr"
        config = tmp_path / "syslog-ng.conf"
        rest = rest.format(folder=tmp_path, **words)
        config.write_text(CONFIG.format(port=port, folder=tmp_path, template=template, sources=sources, rest=rest))
        own = root / "lib" / "syslog-ng"
        return daemon(
            [root / "sbin" / "syslog-ng", "-F", "--no-caps", "--module-path", own / "3.38", "-f", config,
             "-p", tmp_path / "pid", "-c", tmp_path / "control", "-R", tmp_path / "persist"],
            LD_LIBRARY_PATH=f"{own}:{root / 'lib' / 'x86_64-linux-gnu'}:{root.parent / 'lib' / 'x86_64-linux-gnu'}",
            PYTHONHOME=str(root),
            PYTHONPATH=python_path(tmp_path),
            XDG_CACHE_HOME=str(cache_folder),
        )  # fmt: skip

    return start


def python_path(folder: Path) -> str:
    """What syslog-ng's Python needs to import what this Python has: the package may be installed as links only."""
    import scrubjay

    package = folder / "python" / "scrubjay"
    package.mkdir(parents=True)
    for name in ("patterns", "sanitizer", "scanner", "cli"):
        module = __import__(f"scrubjay.{name}", fromlist=["__file__"])
        (package / name).symlink_to(Path(module.__file__).parent)
    assert scrubjay
    return ":".join([str(package.parent), sysconfig.get_path("purelib"), *site.getsitepackages()])


needs_its_python = pytest.mark.skipif(
    sys.version_info[:2] != (3, 11),
    reason="syslog-ng 3.38 of Debian 12 runs Python 3.11, for which this one's libraries are not",
)


@needs_its_python
def test_parser_masks_messages(syslog_ng, send, collected, secret: str, private_key: bytes) -> None:
    """Messages come out masked, in order, each once; a key that comes line by line too; other bytes stay."""
    syslog_ng(PARSER, name="Parser", options="")
    token = secret.encode()
    key = private_key.splitlines()
    send(b"one", b"two " + token + b" x", b"\xff\xe4 " + token, *key, b"end")
    found = [line.partition(b"app[12]: ")[2] for line in collected(4 + len(key))]
    assert found[:3] == [b"one", b"two [REDACTED:github-pat-classic] x", b"\xff\xe4 [REDACTED:github-pat-classic]"]
    assert found[-1] == b"end" and not set(key[1:]) & set(found)


@needs_its_python
def test_parser_masks_every_field(syslog_ng, send, collected, secret: str) -> None:
    """The tag, which comes before the message, is masked in all its forms."""
    syslog_ng(PARSER, template="$MSGHDR|$PROGRAM|$PID|$LEGACY_MSGHDR|$MESSAGE", name="Parser", options="")
    send(b"x", tag=b"app-" + secret.encode() + b"[" + secret.encode() + b"]:")
    assert secret.encode() not in collected(1)[0]


@needs_its_python
@pytest.mark.parametrize(("name", "options"), [("Missing", ""), ("Parser", 'options("nonsense" "1")')])
def test_syslog_ng_does_not_start_without_the_parser(syslog_ng, name: str, options: str, tmp_path: Path) -> None:
    """A parser that can't be loaded, or that gets a wrong option, ends syslog-ng: nothing passes unmasked."""
    process = syslog_ng(PARSER, name=name, options=options)
    assert process.wait(20) != 0
    assert not (tmp_path / "out.log").exists()


# How much gets through between the deaths depends on how quickly the filter starts, which the second engine does not.
@pytest.mark.once
def test_program_killed_at_random(syslog_ng, helper, send, collected, numbered, secret: str, tmp_path: Path) -> None:
    """As a program destination, a killed helper loses messages that syslog-ng had given it, and gaps in their numbers
    say how many; none comes out raw."""
    made = helper("--protocol", "syslog-ng", "--to", str(tmp_path / "clean.log"))
    syslog_ng(PROGRAM, sources="internal();", helper=str(made.path), number="$RCPTID ")
    messages = numbered(300)
    sender = threading.Thread(target=send, args=messages, kwargs={"pause": 0.005})
    sender.start()
    made.kill_at_random(5, lambda: not sender.is_alive())
    sender.join()
    found: list[bytes] = []
    end = time.monotonic() + 40
    while time.monotonic() < end and not (found and any(line.endswith(b" the last") for line in found)):
        send(b"number %d the last" % len(messages))
        messages.append(b"")
        time.sleep(0.1)
        found = collected(1, "clean.log")
    numbers = [int(line.split()[4]) for line in found if b" app[12]: number " in line]
    assert numbers == sorted(numbers) and numbers[-1] >= 300
    # syslog-ng's own messages have numbers too, and those may be lost like others.
    received = [int(line.split()[0]) for line in found]
    gaps = sum(after - before - 1 for before, after in zip([0, *received], received, strict=False))
    missing = numbers[-1] + 1 - len(numbers)
    assert missing <= gaps <= missing + 2 * len(made.pids)
    assert len(made.pids) > 1 and len(set(numbers)) > 100
    assert secret.encode() not in b"\n".join(found)


def test_program_and_back_again(syslog_ng, helper, send, collected, numbered, secret: str, tmp_path: Path) -> None:
    """Through a named pipe masked messages come back to syslog-ng; a helper that stands still only delays them."""
    import os

    os.mkfifo(tmp_path / "fifo")
    made = helper("--protocol", "syslog-ng", "--to", str(tmp_path / "fifo"))
    syslog_ng(PROGRAM + "\n" + AGAIN, template="$MESSAGE", helper=str(made.path), number="")
    send(*numbered(2))
    collected(2)
    made.signal(signal.SIGSTOP)
    send(*numbered(50))
    time.sleep(0.3)
    made.signal(signal.SIGCONT)
    found = collected(52)
    assert [int(line.split()[3]) for line in found] == [0, 1, *range(50)]
    assert secret.encode() not in b"".join(found)
