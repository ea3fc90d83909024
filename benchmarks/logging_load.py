"""Programs under load that log made-up secrets: how many come out, how many lines are lost, whether formats stay.

`threads`: eight threads log through handlers that come and go; meanwhile processes are forked and spawned, one each of
which does as much again. `django`, `fastapi` and `celery`: a real server or worker writes secrets in URLs, headers, SQL
and tracebacks. The exit code is 1 for a leak, a lost or doubled line, or fewer lines than asked for.
With PROTECTED=no in the environment the plug-in is not installed.
"""

from __future__ import annotations

import argparse
import contextlib
import faulthandler
import http.client
import io
import json
import logging
import logging.handlers
import math
import multiprocessing
import os
import queue
import random
import re
import signal
import string
import subprocess
import sys
import tempfile
import threading
import time
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

THREADS = 8
# "no" shows that leaks are seen.
PROTECTED = os.environ.get("PROTECTED") != "no"
_ALPHABET = string.ascii_letters + string.digits
_DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase
# So many characters of a secret are a leak, and by chance in no other text.
PART = 8
_WORD = re.compile(rb"[A-Za-z0-9]{%d,}" % PART)


class Secrets:
    """Makes secrets, each with a part that is in no other text; `leaks` finds those parts again."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self.cores: set[bytes] = set()

    def _core(self, length: int) -> str:
        return "".join(self._random.choices(_ALPHABET, k=length))

    def token(self) -> str:
        """A token of a provider, by itself enough to be found."""
        core = self._core(30)
        check, number = "", zlib.crc32(core.encode())
        for _ in range(6):
            number, digit = divmod(number, 62)
            check = _DIGITS[digit] + check
        self.cores.add((core + check).encode())
        return "gh" + "p_" + core + check

    def url(self) -> str:
        """An address with a password, which is found by its place."""
        core = self._core(20)
        self.cores.add(core.encode())
        return "postgres://app:" + core + "@db.internal:5432/shop"


def leaks(texts: Iterable[bytes], cores: set[bytes]) -> int:
    """How many secrets are in some texts, whole or in parts that tell something."""
    seen = parts({word for text in texts for word in set(_WORD.findall(text))})
    return sum(not seen.isdisjoint(parts([core])) for core in cores)


def parts(words: Iterable[bytes]) -> set[bytes]:
    """All parts of words that are long enough to tell something."""
    return {word[start : start + PART] for word in words for start in range(len(word) - PART + 1)}


def protect() -> None:
    """Install the plug-in."""
    if PROTECTED:
        from scrubjay.sanitizer.logging import install

        install()


def log_one(logger: logging.Logger, number: int, secrets: Secrets) -> None:
    """Log one record; the number decides what kind of record, and where its secret is."""
    token, name = secrets.token(), f"#{number}#"
    kind = number % 8
    if kind == 0:
        logger.info("%s token %s", name, token)
    elif kind == 1:
        logger.info(f"%s token {token[:9]}%s", name, token[9:])
    elif kind == 2:
        logger.warning("%s fields", name, extra={"request": {"headers": [("authorization", f"token {token}")]}})
    elif kind == 3:
        try:
            raise ValueError(f"cannot reach {secrets.url()}")
        except ValueError:
            logger.exception("%s failed", name)
    elif kind == 4:
        logger.error("%(name)s %(data)s", {"name": name, "data": {"token": token}})
    elif kind == 5:
        logger.info("%s connects to %s", name, secrets.url())
    elif kind == 6:
        logger.info("%s nothing to see", name)
    else:
        logger.info("%s GET /page?key=%s 200", name, token, stack_info=number % 64 == 7)


def work(first: int, count: int, seed: int, cores: set[bytes]) -> None:
    """Log `count` records under three loggers, one of which does not propagate."""
    secrets = Secrets(seed)
    loggers = [logging.getLogger(name) for name in ("app", "app.child.grandchild", "alone")]
    for number in range(first, first + count):
        log_one(loggers[number % 3], number, secrets)
    cores |= secrets.cores


def configure(folder: Path, name: str) -> list[logging.Handler]:
    """A file handler that gets everything, and a queue with a listener that writes another file."""
    formatter = logging.Formatter("%(asctime)s %(threadName)s %(levelname)s %(name)s %(message)s %(request)s",
                                  defaults={"request": ""})  # fmt: skip
    records: queue.Queue[Any] = queue.Queue()
    listened = logging.FileHandler(folder / f"{name}.queue")
    listener = logging.handlers.QueueListener(records, listened)
    listener.start()
    handlers = [logging.FileHandler(folder / f"{name}.log"), logging.handlers.QueueHandler(records)]
    for handler in handlers:
        handler.setFormatter(formatter)
    for logger in (logging.getLogger(), logging.getLogger("alone")):
        logger.setLevel(logging.DEBUG)
        logger.handlers = list(handlers)
    logging.getLogger("alone").propagate = False
    handlers[1].listener = listener  # type: ignore[attr-defined]
    return handlers


def child(folder: str, name: str, count: int) -> None:
    """What a forked or spawned process does: protect itself if need be, and log as its parent does."""
    faulthandler.enable()
    if name.startswith("spawn"):
        protect()
    if PROTECTED:
        from scrubjay.sanitizer.logging import check

        check()
    outputs = hammer(count, Path(folder), name)
    Path(folder, f"{name}.churned").write_text("".join(stream.getvalue() for stream in outputs))


def churn(stop: threading.Event, outputs: list[io.StringIO]) -> None:
    """Add and remove handlers, change formatters, until told to stop."""
    names = ["", "app", "app.child", "alone"]
    number = 0
    while not stop.is_set():
        number += 1
        logger = logging.getLogger(names[number % 4])
        stream = io.StringIO()
        outputs.append(stream)
        handler: logging.Handler = logging.StreamHandler(stream)
        if number % 3 == 0:
            handler = logging.handlers.MemoryHandler(50, target=handler)
        logger.addHandler(handler)
        handler.setFormatter(logging.Formatter("%(message)s"))
        time.sleep(0.005)
        logger.removeHandler(handler)
        handler.close()


def hammer(count: int, folder: Path, name: str, meanwhile: Callable[[], None] = lambda: None) -> list[io.StringIO]:
    """Log `count` records from eight threads, and do something else meanwhile; leave the secrets in a file.

    Returns what handlers have written that came and went.
    """
    handlers = configure(folder, name)
    stop, outputs, cores = threading.Event(), list[io.StringIO](), set[bytes]()
    share = count // THREADS
    workers = [
        threading.Thread(target=work, args=(place * share, share, os.getpid() * THREADS + place, cores))
        for place in range(THREADS)
    ]
    changer = threading.Thread(target=churn, args=(stop, outputs))
    for thread in [*workers, changer]:
        thread.start()
    meanwhile()
    for thread in workers:
        thread.join()
    stop.set()
    changer.join()
    handlers[1].listener.stop()  # type: ignore[attr-defined]
    (folder / f"{name}.cores").write_bytes(b"\n".join(cores))
    return outputs


def threads(count: int, folder: Path) -> dict[str, Any]:
    """Eight threads log, handlers come and go, and processes are forked and spawned meanwhile, which do the same."""
    # Seconds after which it is called a deadlock; a busy machine needs a third of them.
    patience = 60 + count / 20
    faulthandler.dump_traceback_later(patience, exit=True)
    protect()
    count -= count % THREADS
    few = max(10, count // 3200) * THREADS
    counts = {"spawn": count, "fork": count, "fork2": few, "fork3": few, "fork4": few}
    processes: list[Any] = []

    def start() -> None:
        for name, share in counts.items():
            time.sleep(0.05)
            context = multiprocessing.get_context(name.rstrip(string.digits))
            process = context.Process(target=child, args=(str(folder), name, share))  # type: ignore[attr-defined]
            process.start()
            processes.append(process)

    begin = time.perf_counter()
    outputs = hammer(count, folder, "main", start)
    faulthandler.cancel_dump_traceback_later()
    for process in processes:
        process.join(max(1, patience - (time.perf_counter() - begin)))
        if process.exitcode is None:
            # It prints what its threads wait for.
            os.kill(process.pid, signal.SIGABRT)
            process.join()
    seconds = time.perf_counter() - begin
    (folder / "main.churned").write_text("".join(stream.getvalue() for stream in outputs))
    failed = [process.exitcode for process in processes if process.exitcode]
    result = examine(folder, {"main": count} | counts)
    return result | {"processes": len(processes), "failed": len(failed), "handlers": len(outputs), "seconds": seconds}


def examine(folder: Path, expected: dict[str, int]) -> dict[str, Any]:
    """Count what came out, in all files."""
    lost = lines = 0
    cores: set[bytes] = set()
    for path in folder.glob("*.cores"):
        cores |= set(path.read_bytes().split())
    for name, count in expected.items():
        for kind in ("log", "queue"):
            path = folder / f"{name}.{kind}"
            text = path.read_bytes() if path.exists() else b""
            lines += text.count(b"\n")
            seen = sorted(int(number) for number in re.findall(rb"#(\d+)# ", text))
            # A number twice is as wrong as one that is missing.
            lost += len(set(range(count)) ^ set(seen)) + len(seen) - len(set(seen))
    texts = [path for path in sorted(folder.iterdir()) if path.suffix != ".cores"]
    leaked = leaks((path.read_bytes() for path in texts), cores)
    if leaked:
        where(texts, cores)
    records = sum(expected.values())
    return {"records": records, "lines": lines, "secrets": len(cores), "leaked": leaked, "lost": lost}


def where(paths: Iterable[Path], cores: set[bytes]) -> None:
    """Print the lines in which a secret is, which are made up, to standard error."""
    secret = parts(cores)
    for path in paths:
        for number, line in enumerate(path.read_bytes().split(b"\n"), 1):
            if not secret.isdisjoint(parts(_WORD.findall(line))):
                print(f"{path.name}:{number}: {line.decode(errors='replace')}", file=sys.stderr)


DJANGO = """
import logging, sqlite3, sys
from scrubjay.sanitizer.logging import install
install()
from django.conf import settings
from django.http import HttpResponse
from django.urls import path

settings.configure(
    SECRET_KEY="x", ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__,
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    LOGGING={
        "version": 1, "disable_existing_loggers": False,
        "formatters": {
            "server": {"()": "django.utils.log.ServerFormatter", "format": "ACCESS {message}", "style": "{"},
        },
        "handlers": {
            "out": {"class": "logging.StreamHandler", "stream": sys.stdout},
            "access": {"class": "logging.StreamHandler", "stream": sys.stdout, "formatter": "server"},
        },
        "loggers": {
            "django.db.backends": {"level": "DEBUG"},
            "django.server": {"handlers": ["access"], "propagate": False, "level": "INFO"},
        },
        "root": {"handlers": ["out"], "level": "INFO"},
    },
)
import django
django.setup()

def page(request):
    from django.db import connection
    connection.force_debug_cursor = True
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s, %s", [request.GET["key"], request.headers["X-Database"]])
    logging.getLogger("shop").info("asked %s with %s", request.get_full_path(), dict(request.headers))
    if "fail" in request.GET:
        raise ValueError("cannot reach " + request.headers["X-Database"])
    return HttpResponse("ok")

urlpatterns = [path("page", page)]
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application
server = ThreadedWSGIServer(("127.0.0.1", 0), WSGIRequestHandler)
server.set_app(get_wsgi_application())
print("PORT", server.server_port, flush=True)
server.serve_forever()
"""

FASTAPI = """
import logging, sys, uvicorn
from fastapi import FastAPI, Request
from scrubjay.sanitizer.logging import install
install()
app = FastAPI()

@app.get("/page")
async def page(request: Request, key: str, fail: bool = False) -> str:
    logging.getLogger("shop").info("asked %s with %s", request.url, dict(request.headers))
    logging.getLogger("sql").info("SELECT * FROM keys WHERE token = '%s'", key)
    if fail:
        raise ValueError("cannot reach " + request.headers["X-Database"])
    return "ok"

config = uvicorn.Config(app, port=0)
logging.basicConfig(level=logging.INFO, stream=sys.stdout)
server = uvicorn.Server(config)
started = server.startup
async def startup(sockets=None):
    await started(sockets)
    print("PORT", server.servers[0].sockets[0].getsockname()[1], flush=True)
server.startup = startup
server.run()
"""


def source(program: str) -> str:
    """The program, or what it would be without the plug-in."""
    return program if PROTECTED else program.replace("\ninstall()\n", "\n")


ACCESS = {
    "django": rb'^ACCESS "GET /page\?[^ ]+ HTTP/1\.1" (?:200|500) \d+$',
    "fastapi": rb'^INFO: +127\.0\.0\.1:\d+ - "GET /page\?[^ ]+ HTTP/1\.1" (?:200 OK|500 Internal Server Error)$',
}
APPLICATION = {name: rb"asked \S*/page\?\S+ with \{.*\}$" for name in ACCESS}
SQL = {"django": rb"^\([\d.]+\) SELECT .*$", "fastapi": rb"SELECT \* FROM keys WHERE token = '[^']+'$"}


def web(name: str, count: int, folder: Path) -> dict[str, Any]:
    """Ask a web server for pages from four threads until it has written `count` lines."""
    (folder / "server.py").write_text(source({"django": DJANGO, "fastapi": FASTAPI}[name]))
    log = folder / "log"
    begin = time.perf_counter()
    with log.open("wb") as out:
        server = subprocess.Popen([sys.executable, "server.py"], cwd=folder, stdout=out, stderr=out)
    try:
        while not (found := re.search(rb"PORT (\d+)", log.read_bytes())):
            if server.poll() is not None:
                raise SystemExit(log.read_text())
            time.sleep(0.05)
        lanes = [Secrets(number) for number in range(4)]
        asked = [0] * len(lanes)
        clients = [
            threading.Thread(target=ask, args=(int(found[1]), lane, asked, place, log, count))
            for place, lane in enumerate(lanes)
        ]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        time.sleep(0.5)
    finally:
        server.send_signal(signal.SIGINT)
        server.wait()
    cores = set().union(*(lane.cores for lane in lanes))
    text = log.read_bytes()
    return {
        "lines": text.count(b"\n"),
        "secrets": len(cores),
        "leaked": leaks([text], cores),
        "requests": sum(asked),
        "lost": astray(text, {ACCESS[name]: sum(asked), APPLICATION[name]: sum(asked), SQL[name]: sum(asked)}),
        "seconds": time.perf_counter() - begin,
    }


def ask(port: int, secrets: Secrets, asked: list[int], place: int, log: Path, count: int) -> None:
    """Send requests with secrets in the address and the headers."""
    position, lines = 0, 0
    while lines < count:
        for number in range(20):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            target = f"/page?key={secrets.token()}" + ("&fail=1" if number % 10 == 0 else "")
            headers = {"Authorization": f"token {secrets.token()}", "X-Database": secrets.url()}
            connection.request("GET", target, headers=headers)
            connection.getresponse().read()
            connection.close()
            asked[place] += 1
        with log.open("rb") as file:
            file.seek(position)
            lines += (new := file.read()).count(b"\n")
            position += len(new)


CELERY = """
from celery import Celery
from celery.utils.log import get_task_logger
from scrubjay.sanitizer.logging import install

install()
app = Celery("tasks")
app.conf.update(
    broker_url="filesystem://",
    broker_transport_options={
        **{name: "queue" for name in ("data_folder_in", "data_folder_out", "control_folder")},
        "polling_interval": 0.01,
    },
    worker_enable_remote_control=False,
)
logger = get_task_logger("tasks")

@app.task
def work(number, keys, database):
    for key in keys:
        logger.info("SELECT * FROM keys WHERE token = '%s'", key)
        print(f"GET /page?key={key} 200")
    logger.info("#%d# done", number)
    if number % 4 == 0:
        raise ValueError("cannot reach " + database)
"""


def celery(count: int, folder: Path) -> dict[str, Any]:
    """Give tasks to a worker with two forked processes, which log until there are `count` lines."""
    (folder / "tasks.py").write_text(source(CELERY))
    (folder / "queue").mkdir()
    secrets = Secrets(1)
    keys = 50
    # Each task writes two lines a key, and some more.
    tasks = math.ceil(count / (2 * keys))
    calls = [[number, [secrets.token() for _ in range(keys)], secrets.url()] for number in range(tasks)]
    (folder / "calls.json").write_text(json.dumps(calls))
    send = "import json, tasks\nfor call in json.load(open('calls.json')): tasks.work.delay(*call)"
    begin = time.perf_counter()
    log = folder / "log"
    subprocess.run([sys.executable, "-c", send], cwd=folder, check=True)
    flags = ["--pool=prefork", "--concurrency=2", "--loglevel=INFO", "--without-gossip", "--without-mingle"]
    with log.open("wb") as out:
        worker = subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", "tasks", "worker", *flags],
            cwd=folder,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + 30 + count / 200
        while len(set(re.findall(rb"#\d+# done", log.read_bytes()))) < tasks and time.monotonic() < deadline:
            time.sleep(0.1)
        # It ends the tasks that it has begun, and itself.
        worker.terminate()
        worker.wait(30)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()
    text = log.read_bytes()
    expected = {
        rb"GET /page\?key=\S+ 200$": keys * tasks,
        rb"SELECT \* FROM keys WHERE token = '[^']+'$": keys * tasks,
        rb"#\d+# done$": tasks,
        rb"Task tasks\.work\[[-\w]+\] received$": tasks,
        rb"Task tasks\.work\[[-\w]+\] succeeded in": tasks - math.ceil(tasks / 4),
        rb"Task tasks\.work\[[-\w]+\] raised unexpected: ValueError\(": math.ceil(tasks / 4),
    }
    return {
        "lines": text.count(b"\n"),
        "secrets": len(secrets.cores),
        "leaked": leaks([text], secrets.cores),
        "tasks": tasks,
        "failed": int(worker.returncode != 0),
        "lost": astray(text, expected),
        "seconds": time.perf_counter() - begin,
    }


def astray(text: bytes, expected: dict[bytes, int]) -> int:
    """How many lines of each kind, an expression, are missing or too many."""
    return sum(abs(count - len(re.findall(kind, text, re.MULTILINE))) for kind, count in expected.items())


def main() -> None:
    """Run one case and print its figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("case", choices=("threads", "django", "fastapi", "celery"))
    parser.add_argument("--count", type=int, help="records (default 200000) or lines (default 50000)")
    options = parser.parse_args()
    count = options.count or (200_000 if options.case == "threads" else 50_000)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if options.case == "threads":
            result = threads(count, folder)
        elif options.case == "celery":
            result = celery(count, folder)
        else:
            result = web(options.case, count, folder)
    print(json.dumps({"case": options.case, **result, "seconds": round(result["seconds"], 1)}))
    sys.exit(bool(result["leaked"] or result["lost"] or result.get("failed") or result["lines"] < count))


if __name__ == "__main__":
    main()
