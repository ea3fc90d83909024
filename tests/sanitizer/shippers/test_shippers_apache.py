"""Apache httpd from Debian's package, with the filter as the program of a piped log."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

CONFIG = """
ServerRoot "{folder}"
ServerName localhost
Listen 127.0.0.1:{port}
PidFile "{folder}/pid"
Mutex file:{folder}
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authz_core_module {modules}/mod_authz_core.so
StartServers 1
ServerLimit 1
ThreadsPerChild 8
MaxRequestWorkers 8
DocumentRoot "{folder}"
ErrorLog "{errors}"
LogFormat "%h \\"%r\\" %>s \\"%{{Authorization}}i\\"" short
CustomLog "|{helper}" short
"""


@pytest.fixture
def apache(
    shippers: Path, tmp_path: Path, port: int, daemon: Callable[..., subprocess.Popen[bytes]]
) -> Callable[..., None]:
    """Starts httpd with a piped access log."""

    def start(helper: Path, errors: str = "") -> None:
        root = shippers / "apache"
        config = tmp_path / "httpd.conf"
        config.write_text(
            CONFIG.format(
                folder=tmp_path, port=port, helper=helper, modules=root / "usr/lib/apache2/modules",
                errors=errors or f"{tmp_path}/error.log",
            )
        )  # fmt: skip
        libraries = [root / "usr/lib/x86_64-linux-gnu", root / "lib/x86_64-linux-gnu"]
        daemon(
            [root / "usr/sbin/apache2", "-f", config, "-D", "FOREGROUND"],
            LD_LIBRARY_PATH=":".join(map(str, libraries)),
        )

    return start


@pytest.fixture
def get(port: int) -> Callable[..., None]:
    """Asks httpd for a page, which does not exist."""

    def request(path: str, **headers: str) -> None:
        end = time.monotonic() + 20
        while True:
            try:
                urllib.request.urlopen(
                    urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers=headers)
                ).close()
            except urllib.error.HTTPError as error:
                error.close()
                return
            except OSError:
                assert time.monotonic() < end
                time.sleep(0.02)

    return request


def test_piped_log_is_masked_at_once(apache, get, helper, collected, secret: str, tmp_path: Path) -> None:
    """A request is in the log as soon as it is answered, with secrets in its path and its headers masked."""
    apache(helper("--protocol", "lines", "--to", str(tmp_path / "out.log")).path)
    get(f"/a?token={secret}", Authorization="Bearer " + secret)
    assert collected(1) == [
        b'127.0.0.1 "GET /a?token=[REDACTED:github-pat-classic] HTTP/1.1" 404 "Bearer [REDACTED:github-pat-classic]"'
    ]
    get("/b")
    assert collected(2)[1] == b'127.0.0.1 "GET /b HTTP/1.1" 404 "-"'


def test_error_log_is_masked(apache, get, helper, collected, secret: str, tmp_path: Path) -> None:
    """The error log goes through the filter in the same way."""
    made = helper("--protocol", "lines", "--to", str(tmp_path / "out.log")).path
    apache(made, errors=f"|{made}")
    found = collected(1)
    assert any(b"resuming normal operations" in line for line in found)


def test_killed_at_random(apache, get, helper, collected, wait_for, secret: str, tmp_path: Path) -> None:
    """httpd starts a killed helper again and says so; nothing is lost: what was not written is still in the pipe."""
    made = helper("--protocol", "lines", "--to", str(tmp_path / "out.log"))
    apache(made.path)
    for number in range(120):
        get(f"/{number}?token={secret}")
        if number in (37, 71):
            # httpd looks after its children once a second; what is logged meanwhile waits in the pipe.
            before = len(made.pids)
            made.signal(signal.SIGKILL)
            threading.Thread(target=get, args=(f"/?token={secret}",)).start()
            wait_for(lambda: len(made.pids) > before, "a new helper")  # noqa: B023
    wait_for(lambda: any(b"/119?" in line for line in collected(1)[-3:]), "the last line")
    found = b"\n".join(collected(1))
    assert secret.encode() not in found
    numbers = [int(line.split(b"/")[1].split(b"?")[0]) for line in found.splitlines() if b"/?" not in line]
    assert sorted(set(numbers)) == list(range(120))
    assert (tmp_path / "error.log").read_bytes().count(b"AH00106") == 2


def test_slow_helper(apache, get, helper, collected, secret: str, tmp_path: Path) -> None:
    """A helper that stands still delays the log; nothing is lost."""
    made = helper("--protocol", "lines", "--to", str(tmp_path / "out.log"))
    apache(made.path)
    get("/0")
    collected(1)
    made.signal(signal.SIGSTOP)
    for number in range(1, 30):
        get(f"/{number}?token={secret}")
    made.signal(signal.SIGCONT)
    found = collected(30)
    assert len(found) == 30 and secret.encode() not in b"".join(found)


def test_doctor(apache, get, helper, port: int, tmp_path: Path) -> None:
    """`scrubjay doctor` proves that httpd's log is masked."""
    apache(helper("--protocol", "lines", "--to", str(tmp_path / "out.log")).path)
    get("/")
    words = ["--shipper", "apache", "--send", f"http://127.0.0.1:{port}/", "--watch", str(tmp_path / "out.log")]
    done = subprocess.run([sys.executable, "-m", "scrubjay.cli", "doctor", *words], capture_output=True, text=True)
    assert (done.returncode, done.stdout.count("masked")) == (0, 3), done
