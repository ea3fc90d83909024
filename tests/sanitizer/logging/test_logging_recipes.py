"""What docs/logging.md says: its examples as they stand, its recipes in the real framework or server."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

MASK = "[REDACTED:github-pat-classic]"
WHY = "not installed: pip install 'scrubjay[ecosystem]'"
PAGE = (Path(__file__).resolve().parents[3] / "docs" / "logging.md").read_text(encoding="utf-8")
BLOCKS: list[tuple[str, str]] = re.findall(
    r"^```python\n(.*?)^```$(?:\n\n```text\n(.*?)^```$)?", PAGE, re.MULTILINE | re.DOTALL
)
EXAMPLES = [block for block in BLOCKS if not block[0].startswith("# ")]
RECIPES = {body.partition("\n")[0].removeprefix("# "): body for body, _ in BLOCKS if body.startswith("# ")}

# Asks a WSGI or ASGI server for pages.
ASK = """
import http.client

def ask(port, *paths):
    for path in paths:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        connection.request("GET", path, headers={"Authorization": "token " + secret})
        connection.getresponse().read()
        connection.close()
"""


@pytest.mark.parametrize(("body", "expected"), EXAMPLES)
def test_examples(body: str, expected: str, run_python: Callable[..., Any]) -> None:
    """Each example runs by itself and prints what the page says."""
    done = run_python(body)
    if expected:
        assert done.stdout + done.stderr == expected


@pytest.mark.parametrize("name", ["structlog", "loguru", "opentelemetry", "sentry"])
def test_recipes_of_libraries(name: str, run_python: Callable[..., Any], secret: str) -> None:
    """The lines for a library run, and what they set up masks a secret in a message and its fields."""
    pytest.importorskip(
        {"opentelemetry": "opentelemetry.sdk._logs", "sentry": "sentry_sdk"}.get(name, name), reason=WHY
    )
    then = {
        "structlog": "structlog.get_logger().error('x ' + sys.argv[1], field=sys.argv[1])",
        "loguru": "logger.error('x {}', sys.argv[1])",
        "opentelemetry": "provider.get_logger('x').emit(body='x ' + sys.argv[1]); provider.shutdown()",
        "sentry": "print('x', before_send({'message': sys.argv[1]}))",
    }[name]
    done = run_python(f"import sys\n{RECIPES[name]}\n{then}\n", secret)
    told = done.stdout + done.stderr
    assert secret not in told and MASK in told and "w4Vb" not in told


def test_django(tmp_path: Path, run_python: Callable[..., Any], secret: str) -> None:
    """Logs of requests, of SQL and of views that raise are masked, with Django's own handlers and configured ones."""
    pytest.importorskip("django", reason=WHY)
    settings = """
import sys
from django.http import HttpResponse
from django.urls import path
import logging

DEBUG = False
SECRET_KEY = "x"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "settings"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {
        "out": {"class": "logging.StreamHandler", "stream": sys.stdout},
        "mail": {"class": "django.utils.log.AdminEmailHandler", "level": "ERROR", "include_html": True},
    },
    "loggers": {"django.db.backends": {"handlers": ["out"], "level": "DEBUG"}},
    "root": {"handlers": ["out", "mail"], "level": "INFO"},
}
ADMINS = [("Admin", "admin@example.org")]
EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"

def page(request):
    local = request.GET["key"]
    from django.db import connection
    connection.force_debug_cursor = True
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s", [request.GET["key"]])
    logging.getLogger("shop").info("asked", extra={"headers": dict(request.headers)})
    if "fail" in request.GET:
        raise ValueError("bad key " + request.GET["key"])
    return HttpResponse("ok")

urlpatterns = [path("page", page)]
"""
    (tmp_path / "settings.py").write_text(RECIPES["settings.py"] + settings)
    done = run_python(
        """
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
import django
django.setup()
from django.test import Client
client = Client(raise_request_exception=False)
secret = sys.argv[1]
for path in ("/page", "/page?fail=1", "/missing/" + secret):
    client.get(path, {"key": secret, "fail": 1} if "fail" in path else {"key": secret})
""",
        secret,
    )
    told = done.stdout + done.stderr
    assert secret not in told
    # The mail to the administrators, as text and as a page, with the variables of the view.
    assert told.count("local") >= 2 and "Content-Type: text/html" in told and "base64" not in told
    assert f"SELECT '{MASK}'" in told and f"ValueError: bad key {MASK}" in told and f"/missing/{MASK}" in told


def test_flask(tmp_path: Path, run_python: Callable[..., Any], secret: str) -> None:
    """The application's logger, a view that raises and the server's access log are masked."""
    pytest.importorskip("flask", reason=WHY)
    view = """
@app.get("/page")
def page():
    from flask import request
    app.logger.warning("asked %s", request.headers["Authorization"])
    raise ValueError("bad key " + request.args["key"])
"""
    (tmp_path / "app.py").write_text(RECIPES["app.py for Flask"] + view)
    done = run_python(
        "import sys, threading\nfrom app import app\nsecret = sys.argv[1]\n"
        + ASK
        + """
import logging
from werkzeug.serving import make_server
logging.getLogger("werkzeug").setLevel("INFO")
server = make_server("127.0.0.1", 0, app)
threading.Thread(target=server.serve_forever, daemon=True).start()
ask(server.server_port, "/page?key=" + secret)
server.shutdown()
""",
        secret,
    )
    assert secret not in done.stderr and f"asked token {MASK}" in done.stderr
    assert f"ValueError: bad key {MASK}" in done.stderr
    assert re.search(r'"(\x1b\[\d+m)*GET /page\?key=\[REDACTED:[a-z-]+\] HTTP/1\.1(\x1b\[0m)*" 500', done.stderr)


def test_fastapi_with_uvicorn(tmp_path: Path, run_python: Callable[..., Any], secret: str) -> None:
    """The access log has its format and is masked; so is the traceback of a path that raises."""
    pytest.importorskip("fastapi", reason=WHY)
    pytest.importorskip("uvicorn", reason=WHY)
    view = """
@app.get("/page")
def page(key: str, fail: bool = False) -> str:
    if fail:
        raise ValueError("bad key " + key)
    return "ok"
"""
    (tmp_path / "app.py").write_text(RECIPES["app.py for FastAPI"] + view)
    done = run_python(
        "import sys, threading, time\nsecret = sys.argv[1]\n"
        + ASK
        + """
import logging, uvicorn
seen = []
server = uvicorn.Server(uvicorn.Config("app:app", port=0))
thread = threading.Thread(target=server.run, daemon=True)
thread.start()
while not server.started:
    time.sleep(0.01)
logging.getLogger("uvicorn.access").addFilter(lambda record: seen.append(record.args) or True)
port = server.servers[0].sockets[0].getsockname()[1]
ask(port, "/page?key=" + secret, "/page?key=" + secret + "&fail=1", "/page?key=clean")
server.should_exit = True
thread.join()
assert [len(args) for args in seen] == [5, 5, 5], seen
""",
        secret,
    )
    assert secret not in done.stdout + done.stderr and f"ValueError: bad key {MASK}" in done.stderr
    lines = [re.sub(r"REDACTED:[a-z-]+|\x1b\[\d*m|:\d+ -", lambda hit: hit[0][:8] if "RED" in hit[0] else "", line)
             for line in done.stdout.splitlines()]  # fmt: skip
    assert lines == [
        'INFO:     127.0.0.1 "GET /page?key=[REDACTED] HTTP/1.1" 200 OK',
        'INFO:     127.0.0.1 "GET /page?key=[REDACTED]&fail=1 HTTP/1.1" 500 Internal Server Error',
        'INFO:     127.0.0.1 "GET /page?key=clean HTTP/1.1" 200 OK',
    ]


def test_gunicorn(tmp_path: Path, environment: dict[str, str], secret: str) -> None:
    """A server of several processes masks its access log and the errors of its workers."""
    pytest.importorskip("gunicorn", reason=WHY)
    (tmp_path / "gunicorn.conf.py").write_text(RECIPES["gunicorn.conf.py"])
    (tmp_path / "app.py").write_text(
        "def app(environ, start_response):\n    raise ValueError('bad ' + environ['QUERY_STRING'])\n"
    )
    server = subprocess.Popen(
        # A worker that is asked to end while it starts would have it wait half a minute.
        [
            sys.executable,
            "-m",
            "gunicorn",
            "--workers=2",
            "--bind=unix:socket",
            "--no-control-socket",
            "--graceful-timeout=3",
            "app:app",
        ],
        cwd=tmp_path,
        env={**environment, "PYTHONPATH": os.environ.get("PYTHONPATH", "")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        for _ in range(4):
            get_over_unix(tmp_path / "socket", f"/page?key={secret}")
    finally:
        server.send_signal(signal.SIGTERM)
        told, _ = server.communicate(timeout=60)
    assert secret not in told and told.count(f"ValueError: bad key={MASK}") == 4
    assert len(re.findall(r'"GET /page\?key=\[REDACTED:[a-z-]+\] HTTP/1\.1" 500', told)) == 4


def get_over_unix(path: Path, target: str) -> None:
    """Ask for a page over a socket of the file system, which may not be there yet."""
    deadline = time.monotonic() + 20
    while True:
        link = socket.socket(socket.AF_UNIX)
        try:
            link.connect(str(path))
            break
        except OSError:
            link.close()
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
    connection = http.client.HTTPConnection("localhost")
    connection.sock = link
    connection.request("GET", target)
    connection.getresponse().read()
    connection.close()


def test_celery(tmp_path: Path, environment: dict[str, str], secret: str) -> None:
    """A worker with forked processes masks what tasks log, print and raise, and their arguments."""
    pytest.importorskip("celery", reason=WHY)
    (tmp_path / "queue").mkdir()
    tasks = """
from celery.utils.log import get_task_logger

folder = "queue"
app.conf.update(
    broker_url="filesystem://",
    broker_transport_options={
        **{name: folder for name in ("data_folder_in", "data_folder_out", "control_folder")},
        "polling_interval": 0.05,
    },
    worker_enable_remote_control=False,
)

@app.task
def work(key):
    get_task_logger(__name__).warning("asked %s", key)
    print(f"printed {key}")
    raise ValueError("bad key " + key)
"""
    (tmp_path / "tasks.py").write_text(RECIPES["tasks.py"] + tasks)
    options = {"cwd": tmp_path, "env": {**environment, "PYTHONPATH": os.environ.get("PYTHONPATH", "")}}
    send = f"import sys, tasks\nfor number in range(3): tasks.work.delay({secret!r})"
    subprocess.run([sys.executable, "-c", send], check=True, **options)  # type: ignore[call-overload]
    flags = ["--pool=prefork", "--concurrency=2", "--loglevel=INFO", "--without-gossip", "--without-mingle"]
    with (tmp_path / "log").open("w+") as log:
        worker = subprocess.Popen(  # type: ignore[call-overload]
            [sys.executable, "-m", "celery", "-A", "tasks", "worker", *flags],
            stdout=log,
            stderr=log,
            start_new_session=True,
            **options,
        )
        try:
            deadline = time.monotonic() + 30
            while (tmp_path / "log").read_text().count("ValueError: bad key") < 3 and time.monotonic() < deadline:
                time.sleep(0.05)
        finally:
            # It takes seconds to end by itself.
            os.killpg(worker.pid, signal.SIGKILL)
            worker.wait()
    told = (tmp_path / "log").read_text()
    assert secret not in told
    for text in (f"asked {MASK}", f"printed {MASK}", f"ValueError: bad key {MASK}"):
        assert told.count(text) >= 3, text


def test_caplog(tmp_path: Path, run_python: Callable[..., Any], secret: str) -> None:
    """A test sees masked records in caplog, and the report of a failed one prints them masked."""
    (tmp_path / "conftest.py").write_text(RECIPES["conftest.py"])
    (tmp_path / "test_it.py").write_text(
        """
import logging, os

def test_it(caplog):
    logging.getLogger("app").warning("token %s", os.environ["CANARY"])
    assert os.environ["CANARY"] not in caplog.text and "token [REDACTED" in caplog.text
    assert caplog.records[0].args == ("[REDACTED:github-pat-classic]",)
    assert caplog.messages == ["token [REDACTED:github-pat-classic]"]
    assert False
"""
    )
    done = run_python(
        "import os, sys, pytest\nos.environ['CANARY'] = sys.argv[1]\n"
        "sys.exit(pytest.main(['-q', '-p', 'no:cacheprovider', 'test_it.py']))",
        secret,
        check=False,
    )
    assert secret not in done.stdout and f"token {MASK}" in done.stdout
    assert "assert False" in done.stdout and "1 failed" in done.stdout
