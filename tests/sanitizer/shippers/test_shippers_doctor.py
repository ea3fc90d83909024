"""`scrubjay doctor` through the real shippers: it tells paths that mask from those that leak or are broken."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from scrubjay.cli import main

Doctor = Callable[..., "subprocess.CompletedProcess[str]"]
RSYSLOG = """
global(workDirectory="{folder}" net.enableDNS="off")
module(load="imuxsock" sysSock.use="off")
module(load="mmexternal")
input(type="imuxsock" socket="{folder}/log")
{masking}
action(type="omfile" file="{folder}/out.log")
"""
MASKING = """
unset $!scrubjay;
action(type="mmexternal" binary="{helper}" interface.input="fulljson")
if $!scrubjay != "ok" then stop
"""
SYSLOG_NG = """@version: 3.38
options {{ stats-freq(0); use-dns(no); }};
source s {{ network(ip("127.0.0.1") port({port})); }};
destination d {{ program("{helper}" template("$HOST $MSGHDR$MESSAGE\\n")); }};
log {{ source(s); destination(d); }};
"""


@pytest.fixture
def doctor(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Doctor:
    """Runs the command."""

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        monkeypatch.chdir(tmp_path)
        code = main(["doctor", *words])
        return subprocess.CompletedProcess(words, code, *capfd.readouterr())

    return run


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ([sys.executable, "-m", "scrubjay.cli", "filter"], 0),
        ([sys.executable, "-m", "scrubjay.cli", "filter", "--protocol", "rsyslog-mmexternal"], 3),
        (["cat"], 1),
        (["sh", "-c", "cat >&2"], 1),
        (["sed", "s/nothing-secret//;s/[A-Za-z0-9]\\{20,\\}//"], 3),
        (["true"], 3),
        (["/nonexistent/command"], 2),
    ],
)
def test_a_command(doctor: Doctor, command: list[str], code: int) -> None:
    """Commands that mask, leak on either stream, change more than the secret, or do not work are told apart."""
    done = doctor("--shipper", "command", "--timeout", "5", "--", *command)
    assert done.returncode == code, done.stdout + done.stderr
    assert ("Secrets pass" in done.stdout) == (code == 1)


@pytest.mark.parametrize("masking", [True, False])
def test_rsyslog(doctor: Doctor, shippers: Path, daemon, helper, wait_for, tmp_path: Path, masking: bool) -> None:
    """Through rsyslog's log socket: with the filter it says masked, without it says raw."""
    made = helper("--protocol", "rsyslog-mmexternal")
    folder = shippers / "rsyslog" / "usr"
    libraries = folder / "lib" / "x86_64-linux-gnu"
    config = tmp_path / "rsyslog.conf"
    config.write_text(RSYSLOG.format(folder=tmp_path, masking=MASKING.format(helper=made.path) if masking else ""))
    daemon(
        [folder / "sbin" / "rsyslogd", "-n", "-i", tmp_path / "pid", "-f", config, "-M", libraries / "rsyslog"],
        LD_LIBRARY_PATH=str(libraries),
    )
    wait_for((tmp_path / "log").exists, "rsyslog's socket")
    done = doctor("--shipper", "rsyslog", "--send", f"unix:{tmp_path}/log", "--watch", str(tmp_path / "out.log"))
    assert (done.returncode, "This path masks secrets." in done.stdout) == ((0, True) if masking else (1, False)), done


def test_syslog_ng(doctor: Doctor, shippers: Path, daemon, helper, send, port: int, tmp_path: Path) -> None:
    """Through a TCP port of syslog-ng and a program destination."""
    made = helper("--protocol", "syslog-ng", "--to", str(tmp_path / "out.log"))
    root = shippers / "syslog-ng" / "usr"
    config = tmp_path / "syslog-ng.conf"
    config.write_text(SYSLOG_NG.format(port=port, helper=made.path))
    own = root / "lib" / "syslog-ng"
    daemon(
        [root / "sbin" / "syslog-ng", "-F", "--no-caps", "--module-path", own / "3.38", "-f", config,
         "-p", tmp_path / "pid", "-c", tmp_path / "control", "-R", tmp_path / "persist"],
        LD_LIBRARY_PATH=f"{own}:{root / 'lib' / 'x86_64-linux-gnu'}:{root.parent / 'lib' / 'x86_64-linux-gnu'}",
        PYTHONHOME=str(root),
    )  # fmt: skip
    send(b"ready")
    words = ["--send", f"tcp:127.0.0.1:{port}", "--watch", str(tmp_path / "out.log")]
    done = doctor("--shipper", "syslog-ng", *words)
    assert (done.returncode, done.stdout.count("masked")) == (0, 3), done


def test_a_web_server(doctor: Doctor, port: int, tmp_path: Path) -> None:
    """Through a server's access log: what it writes raw is seen."""
    import http.server

    log = tmp_path / "access.log"

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(404)

        def log_message(self, form: str, *words: object) -> None:
            with log.open("a") as file:
                file.write(form % words + "\n")

    server = http.server.HTTPServer(("127.0.0.1", port), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        done = doctor("--shipper", "apache", "--send", f"http://127.0.0.1:{port}/", "--watch", str(log))
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert (done.returncode, done.stdout.count("RAW")) == (1, 3), done


@pytest.mark.parametrize(
    "words",
    [
        ["--shipper", "rsyslog"],
        ["--shipper", "command"],
        ["--shipper", "rsyslog", "--watch", "x", "--send", "nowhere"],
        ["--shipper", "rsyslog", "--watch", "x", "--send", "tcp:127.0.0.1"],
        ["--shipper", "rsyslog", "--watch", "x", "--send", "unix:/nonexistent/log"],
        ["--shipper", "apache", "--watch", "x", "--send", "ftp://host/"],
        ["--shipper", "rsyslog", "--watch", "."],
        ["--shipper", "rsyslog", "--watch", "x", "cat"],
    ],
)
def test_wrong_options_are_explained(doctor: Doctor, words: list[str]) -> None:
    """Missing or impossible options: exit code 2 and a word what to give."""
    done = doctor(*words)
    assert done.returncode == 2 and done.stderr, done


def test_nothing_arrives(doctor: Doctor, tmp_path: Path, port: int) -> None:
    """A message that never comes out is not taken for a masked one."""
    words = ["--send", f"udp:127.0.0.1:{port}", "--watch", "out.log", "--timeout", "0.5"]
    done = doctor("--shipper", "rsyslog", *words)
    assert done.returncode == 3 and "Nothing arrived" in done.stdout
