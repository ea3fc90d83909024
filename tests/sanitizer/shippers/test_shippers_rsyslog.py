"""rsyslog 8 from Debian's package, with the filter as mmexternal and omprog helper."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

COMMON = """
global(workDirectory="{folder}" net.enableDNS="off")
module(load="imtcp")
module(load="mmexternal")
module(load="mmjsonparse")
module(load="omprog")
input(type="imtcp" address="127.0.0.1" port="{port}" ruleset="clean")
template(name="clean" type="string" string="%hostname% %syslogtag%%msg%\\n")
template(name="all" type="string" string="%rawmsg% %msg% %programname% %structured-data% %$!all-json%\\n")
template(name="lost" type="string" string="[REDACTED:lost] %timegenerated% %inputname%\\n")
"""
MMEXTERNAL = """
ruleset(name="clean") {{
  {before}
  unset $!scrubjay;
  action(type="mmexternal" binary="{helper}" interface.input="{given}")
  if $!scrubjay != "ok" then {{
    action(type="omfile" file="{folder}/out.log" template="lost")
    stop
  }}
  action(type="omfile" file="{folder}/out.log" template="{template}")
}}
"""
OMPROG = """
ruleset(name="clean") {{
  action(type="omprog" binary="{helper}" confirmMessages="on" template="clean"
         action.resumeRetryCount="-1" action.resumeInterval="1" confirmTimeout="3000")
}}
"""
LOST = b"[REDACTED:lost]"


@pytest.fixture
def rsyslog(shippers: Path, tmp_path: Path, port: int, daemon: Callable[..., object]) -> Callable[..., None]:
    """Starts rsyslog with a ruleset."""

    def start(
        ruleset: str, helper: object, *, given: str = "fulljson", before: str = "", template: str = "clean"
    ) -> None:
        folder = shippers / "rsyslog" / "usr"
        libraries = folder / "lib" / "x86_64-linux-gnu"
        words = {"folder": tmp_path, "port": port, "helper": helper, "given": given, "before": before}
        config = tmp_path / "rsyslog.conf"
        config.write_text((COMMON + ruleset).format(template=template, **words))
        daemon(
            [folder / "sbin" / "rsyslogd", "-n", "-i", tmp_path / "pid", "-f", config, "-M", libraries / "rsyslog"],
            LD_LIBRARY_PATH=str(libraries),
        )

    return start


@pytest.mark.parametrize("given", ["fulljson", "msg"])
def test_mmexternal_masks_messages(rsyslog, send, collected, helper, secret: str, given: str) -> None:
    """Messages come out masked, in order, each once; bytes that are not UTF-8 and JSON text stay whole."""
    rsyslog(MMEXTERNAL, helper("--protocol", "rsyslog-mmexternal").path, given=given)
    token = secret.encode()
    send(
        b"one", b"two " + token + b" x", b"\xff\xe4 " + token, b'{"password": "' + b"x7Kp2m" + b'Qz9wLr"}', b"tab\tend"
    )
    assert [line.partition(b"app[12]: ")[2] for line in collected(5)] == [
        b"one",
        b"two [REDACTED:github-pat-classic] x",
        b"\xff\xe4 [REDACTED:github-pat-classic]",
        b'{"password": "[REDACTED:generic-password]"}',
        b"tab#011end",
    ]


def test_mmexternal_masks_all_that_a_template_can_print(rsyslog, send, collected, helper, secret: str) -> None:
    """The raw line, the tag, structured data and parsed JSON are masked too; what can't be changed is withheld."""
    before = 'action(type="mmjsonparse" cookie="")'
    rsyslog(MMEXTERNAL, helper("--protocol", "rsyslog-mmexternal").path, before=before, template="all")
    token = secret.encode()
    send(b'{"a": {"b": ["' + token + b'", 1], "c": "' + token + b'"}, "password": "x7Kp2m' + b'Qz9wLr"}')
    send(b"tag", tag=b"app[" + token + b"]:")
    send(b"program", tag=b"app-" + token + b":")
    found = collected(3)
    assert secret.encode() not in b"".join(found) and b"x7Kp2m" not in b"".join(found)
    # Each came by a connection of its own, so in any order.
    parsed = b'"a": { "b": [ "[REDACTED:github-pat-classic]", 1 ], "c": "[REDACTED:github-pat-classic]" }'
    assert [parsed in line for line in found].count(True) == 1
    assert sorted(LOST in line for line in found) == [False, False, True]


def test_a_key_is_masked_line_by_line(rsyslog, send, collected, helper, private_key: bytes) -> None:
    """A private key that comes as forty messages, between those of another program, is masked."""
    rsyslog(MMEXTERNAL, helper("--protocol", "rsyslog-mmexternal").path)
    key = private_key.splitlines()
    for line in key:
        send(line)
        send(b"something else", tag=b"other:")
    found = b"\n".join(collected(2 * len(key)))
    assert not [line for line in key[1:-1] if line in found]
    assert found.count(b"something else") == len(key)


@pytest.mark.parametrize("broken", ["missing", "garbage", "dead", "silent reply"])
def test_the_guard_holds_when_the_helper_fails(
    rsyslog, send, collected, tmp_path: Path, secret: str, broken: str
) -> None:
    """A helper that can't start, answers nonsense, dies or replies without the mark: each message is a placeholder."""
    script = tmp_path / "broken"
    bodies = {"garbage": "exec /bin/cat", "dead": "exit 1", "silent reply": "while read -r x; do echo '{}'; done"}
    if broken in bodies:
        script.write_text(f"#!/bin/sh\n{bodies[broken]}\n")
        script.chmod(0o755)
    rsyslog(MMEXTERNAL, script)
    send(*(b"%d %b" % (n, secret.encode()) for n in range(4)))
    assert [line.split()[0] for line in collected(4)] == [LOST] * 4


def test_a_program_cannot_forge_the_mark(rsyslog, send, collected, tmp_path: Path, secret: str) -> None:
    """JSON of a program that says it has been examined does not pass the guard."""
    rsyslog(MMEXTERNAL, tmp_path / "missing", before='action(type="mmjsonparse" cookie="")', template="all")
    send(b'{"scrubjay": "ok", "token": "' + secret.encode() + b'"}')
    assert collected(1)[0].startswith(LOST)


def test_mmexternal_killed_at_random(rsyslog, send, collected, helper, numbered, tmp_path: Path, secret: str) -> None:
    """A helper that is killed again and again: no secret gets out, and every message is there or a placeholder is."""
    made = helper("--protocol", "rsyslog-mmexternal")
    rsyslog(MMEXTERNAL, made.path)
    messages = numbered(300)
    sender = threading.Thread(target=send, args=messages, kwargs={"pause": 0.005})
    sender.start()
    made.kill_at_random(8, lambda: not sender.is_alive())
    sender.join()
    found = collected(len(messages))
    lost = [line for line in found if line.startswith(LOST)]
    assert len(found) == len(messages) and secret.encode() not in b"".join(found)
    numbers = [int(line.split()[3]) for line in found if line not in lost]
    assert numbers == sorted(set(numbers)) and len(numbers) + len(lost) == len(messages)
    assert len(made.pids) > 1 and numbers


def test_mmexternal_slow(rsyslog, send, collected, helper, numbered, secret: str) -> None:
    """A helper that stands still for a while delays messages and loses none."""
    made = helper("--protocol", "rsyslog-mmexternal")
    rsyslog(MMEXTERNAL, made.path)
    send(*numbered(2))
    collected(2)
    made.signal(signal.SIGSTOP)
    send(*numbered(50))
    time.sleep(0.5)
    made.signal(signal.SIGCONT)
    found = collected(52)
    assert [int(line.split()[3]) for line in found] == [0, 1, *range(50)]
    assert secret.encode() not in b"".join(found)


def test_omprog_killed_at_random(rsyslog, send, helper, numbered, collected, tmp_path: Path, secret: str) -> None:
    """With confirmed messages nothing is lost: what was not confirmed is sent again, masked."""
    made = helper("--protocol", "rsyslog-omprog", "--to", str(tmp_path / "out.log"))
    rsyslog(OMPROG, made.path)
    messages = numbered(200)
    sender = threading.Thread(target=send, args=messages, kwargs={"pause": 0.005})
    sender.start()
    made.kill_at_random(3, lambda: not sender.is_alive())
    sender.join()
    send(b"number 200 the last")
    end = time.monotonic() + 20
    numbers: list[int] = []
    while time.monotonic() < end and (not numbers or numbers[-1] != 200):
        time.sleep(0.05)
        numbers = [int(line.split()[3]) for line in collected(1)]
    assert sorted(set(numbers)) == list(range(201)) and numbers == sorted(numbers)
    assert secret.encode() not in (tmp_path / "out.log").read_bytes()
    assert len(made.pids) > 1


def test_omprog_waits_for_the_disk(rsyslog, send, helper, collected, tmp_path: Path, secret: str) -> None:
    """When the file can't be written, the message is refused and comes again later."""
    folder = tmp_path / "logs"
    folder.mkdir()
    made = helper("--protocol", "rsyslog-omprog", "--to", str(folder / "out.log"))
    rsyslog(OMPROG, made.path)
    send(b"first")
    collected(1, "logs/out.log")
    folder.rename(tmp_path / "away")
    send(b"second " + secret.encode())
    time.sleep(0.3)
    folder.mkdir()
    assert collected(1, "logs/out.log") == [b"host app[12]: second [REDACTED:github-pat-classic]"]


def test_the_environment_may_be_empty(cache_folder: Path, secret: str, tmp_path: Path) -> None:
    """rsyslog starts helpers without any environment, and the filter needs none."""
    import sys

    done = subprocess.run(
        [sys.executable, "-m", "scrubjay.cli", "filter", "--protocol", "rsyslog-mmexternal"],
        env={name: os.environ[name] for name in ("PYTHONPATH",) if name in os.environ},
        input=secret.encode() + b"\n",
        capture_output=True,
        cwd=tmp_path,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout == b'{"msg":"[REDACTED:github-pat-classic]","$!":{"scrubjay":"ok"}}\n'
