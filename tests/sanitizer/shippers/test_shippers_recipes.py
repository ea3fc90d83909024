"""The recipes of docs/shippers.md are taken by the real programs, and mask."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[3] / "docs" / "shippers.md"


def recipes(language: str) -> list[str]:
    """The configuration blocks of the page."""
    text = PAGE.read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def here(recipe: str, folder: Path, helper: Path) -> str:
    """A recipe with this test's paths."""
    recipe = re.sub(r"/var/log/(apache2/)?", f"{folder}/", recipe)
    return recipe.replace("/usr/bin/scrubjay filter", str(helper))


@pytest.mark.parametrize("number", [0, 1])
def test_rsyslog(
    shippers: Path, daemon, helper, send, collected, port: int, tmp_path: Path, secret: str, number: int
) -> None:
    """rsyslog runs the recipe, arguments of the helper included, and what comes out is masked."""
    folder = shippers / "rsyslog" / "usr"
    libraries = folder / "lib" / "x86_64-linux-gnu"
    config = tmp_path / "rsyslog.conf"
    config.write_text(
        f'global(workDirectory="{tmp_path}" net.enableDNS="off")\nmodule(load="imtcp")\n'
        f'input(type="imtcp" address="127.0.0.1" port="{port}")\n'
        + here(recipes("rsyslog")[number], tmp_path, helper().path)
    )
    daemon(
        [folder / "sbin" / "rsyslogd", "-n", "-i", tmp_path / "pid", "-f", config, "-M", libraries / "rsyslog"],
        LD_LIBRARY_PATH=str(libraries),
    )
    send(b"token " + secret.encode())
    assert b"".join(collected(1, "clean.log")).endswith(b" token [REDACTED:github-pat-classic]")


def test_syslog_ng_takes_them(shippers: Path, tmp_path: Path, helper) -> None:
    """syslog-ng finds no fault with the recipes' syntax."""
    root = shippers / "syslog-ng" / "usr"
    own = root / "lib" / "syslog-ng"
    config = tmp_path / "syslog-ng.conf"
    parts = [here(recipe, tmp_path, helper().path) for recipe in recipes("syslogng")]
    assert len(parts) == 2
    config.write_text(
        f'@version: 3.38\nsource s_src {{ file("{tmp_path}/in.log"); }};\n'
        f'destination d_clean {{ file("{tmp_path}/clean.log"); }};\n' + "\n".join(parts)
    )
    libraries = f"{own}:{root / 'lib' / 'x86_64-linux-gnu'}:{root.parent / 'lib' / 'x86_64-linux-gnu'}"
    done = subprocess.run(
        [root / "sbin" / "syslog-ng", "--syntax-only", "--no-caps", "--module-path", own / "3.38", "-f", config],
        env={"LD_LIBRARY_PATH": libraries, "PYTHONHOME": str(root), "PATH": "/usr/bin:/bin"},
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr


def test_apache_takes_them(shippers: Path, tmp_path: Path, helper) -> None:
    """httpd finds no fault with the recipe's syntax."""
    root = shippers / "apache"
    modules = root / "usr/lib/apache2/modules"
    config = tmp_path / "httpd.conf"
    config.write_text(
        f'ServerRoot "{tmp_path}"\nServerName localhost\nListen 127.0.0.1:1\nLogFormat "%h" combined\n'
        f"LoadModule mpm_event_module {modules}/mod_mpm_event.so\n"
        + here(recipes("apache")[0], tmp_path, helper().path)
    )
    libraries = f"{root / 'usr/lib/x86_64-linux-gnu'}:{root / 'lib/x86_64-linux-gnu'}"
    done = subprocess.run(
        [root / "usr/sbin/apache2", "-t", "-f", config], env={"LD_LIBRARY_PATH": libraries}, capture_output=True
    )
    assert done.returncode == 0, done.stderr


def test_the_sidecar_follows_a_rotated_file(
    helper, secret: str, tmp_path: Path, wait_for: Callable[..., object]
) -> None:
    """The Kubernetes recipe's pipe goes on when the application's log is rotated."""
    log, out = tmp_path / "app.log", tmp_path / "out.log"
    log.write_bytes(b"one " + secret.encode() + b"\n")
    line = next(
        text for text in PAGE.read_text(encoding="utf-8").splitlines() if "tail -n +1" in text and "bash" in text
    )
    command = re.search(r'"(tail [^"]*)"', line)[1].replace("/var/log/app/app.log", str(log))
    command = command.replace("scrubjay filter --protocol lines", str(helper("--protocol", "lines").path))
    with out.open("wb") as sink:
        process = subprocess.Popen(["bash", "-c", command], stdout=sink, start_new_session=True)
    try:
        wait_for(lambda: b"one [REDACTED" in out.read_bytes(), "the first line")
        log.rename(tmp_path / "app.log.1")
        log.write_bytes(b"two " + secret.encode() + b"\n")
        wait_for(lambda: b"two [REDACTED" in out.read_bytes(), "the line after rotation")
        assert secret.encode() not in out.read_bytes()
    finally:
        import os
        import signal

        os.killpg(process.pid, signal.SIGTERM)
        process.wait()
