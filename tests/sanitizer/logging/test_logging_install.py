"""What `install` does to a process, what `uninstall` gives back, and that it fails closed."""

from __future__ import annotations

import io
import json
import logging
import logging.handlers
import re
import sys
import threading
import traceback
import warnings
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from scrubjay.patterns import Matcher, ScrubjayError
from scrubjay.patterns.load import load
from scrubjay.sanitizer import logging as plugin

MASK = "[REDACTED:github-pat-classic]"

PROLOGUE = """
import asyncio, gc, logging, sys, threading, time, warnings
from scrubjay.sanitizer.logging import install, uninstall

secret = sys.argv[1]
install()
"""


def state() -> list[Any]:
    """Everything that `install` replaces."""
    kinds = [logging.Handler, logging.StreamHandler, logging.handlers.QueueHandler, logging.handlers.SocketHandler]
    methods = ("handle", "format", "handleError", "emit", "__init_subclass__")
    found = [vars(kind).get(name) for kind in kinds for name in methods]
    return [
        *found,
        vars(traceback.TracebackException)["print"],
        sys.excepthook,
        sys.unraisablehook,
        threading.excepthook,
        warnings.formatwarning,
    ]


def test_uninstall_gives_everything_back(matcher: Matcher) -> None:
    """After `uninstall`, also after two calls of `install`, all is what it was."""
    before = state()
    plugin.install(matcher)
    assert state() != before
    plugin.install(matcher)
    plugin.uninstall()
    assert state() == before
    plugin.uninstall()
    assert state() == before


def test_uninstall_leaves_what_others_have_put_on_top(
    matcher: Matcher, monkeypatch: pytest.MonkeyPatch, logger: logging.Logger, out: io.StringIO, secret: str
) -> None:
    """A wrapper that another library put around a method stays, and masking ends all the same."""
    plugin.install(matcher)
    inner = logging.Handler.format
    monkeypatch.setattr(logging.Handler, "format", lambda self, record: "+" + inner(self, record))
    with pytest.raises(ScrubjayError, match=r"Handler\.format was replaced"):
        plugin.check()
    plugin.uninstall()
    logger.warning("token %s", secret)
    assert out.getvalue() == f"+token {secret}\n"


def test_a_library_that_was_first_keeps_its_wrapper(
    matcher: Matcher, monkeypatch: pytest.MonkeyPatch, logger: logging.Logger, out: io.StringIO, secret: str
) -> None:
    """A replaced logging.Handler.handle is still called, with a masked record."""
    seen = []
    inner = logging.Handler.handle

    def handle(self: logging.Handler, record: logging.LogRecord) -> Any:
        seen.append(record.getMessage())
        return inner(self, record)

    monkeypatch.setattr(logging.Handler, "handle", handle)
    plugin.install(matcher)
    logger.warning("token %s", secret)
    plugin.uninstall()
    assert seen[-1] == f"token {MASK}" and out.getvalue() == f"token {MASK}\n"


def test_the_self_test_fails_loudly(matcher: Matcher, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is installed when the made-up secret comes through."""
    before = state()
    monkeypatch.setattr(plugin.Shield, "text", lambda self, text: text)
    with pytest.raises(ScrubjayError, match="self-test failed"):
        plugin.install(matcher)
    assert state() == before
    with pytest.raises(ScrubjayError, match="not installed"):
        plugin.check()


def test_rules_of_the_application_alone(logger: logging.Logger, out: io.StringIO, secret: str) -> None:
    """A matcher that does not know the self-test's secret can be installed."""
    rule = b"""
provider = "Acme"
[[rule]]
id = "acme-key"
name = "Acme key"
description = "A key."
keywords = ["acme_"]
pattern = '''(?P<secret> acme_ [a-z0-9]{16} ) (?![a-z0-9])'''
revoke = "https://acme.example/keys"
references = ["https://acme.example/docs"]
examples = []
counterexamples = []
"""
    plugin.install(Matcher(load([("acme.toml", rule)])))
    logger.warning("%s %s", secret, "acme_" + "k3v9x2m7" + "q4w8z1t6")
    plugin.uninstall()
    assert out.getvalue() == f"{secret} [REDACTED:acme-key]\n"


def test_it_fails_closed(
    installed: plugin.Shield, monkeypatch: pytest.MonkeyPatch, logger: logging.Logger, out: io.StringIO, keeper: Any
) -> None:
    """When masking itself fails, a marker is written instead of the text, the record is not lost, nothing is raised."""

    def broken(*args: object) -> Any:
        raise RuntimeError("broken")

    monkeypatch.setattr(installed.examiner, "find", broken)
    logger.error("a %s", "b", extra={"field": "value"})
    assert out.getvalue() == "[REDACTED:error]\n"
    assert keeper.records[0].getMessage() == "[REDACTED:error]" and keeper.records[0].field == "[REDACTED:error]"
    assert keeper.records[0].levelname == "ERROR" and installed.counts["error"] > 0


def test_objects_that_raise(
    installed: plugin.Shield, logger: logging.Logger, keeper: Any, out: io.StringIO, secret: str
) -> None:
    """Fields that can't even be printed do not stop the record, nor the application."""

    class Hostile:
        def __repr__(self) -> str:
            raise RuntimeError(secret)

    deep: list[Any] = []
    deep.append(deep)
    logger.error("here %s", secret, extra={"hostile": Hostile(), "deep": deep, "plain": 1})
    assert out.getvalue() == f"here {MASK}\n"
    record = keeper.records[0]
    assert record.hostile == "[REDACTED:error]" and record.plain == 1
    assert secret not in str(record.__dict__)


def test_a_clean_record_is_passed_as_it_is(
    installed: plugin.Shield, logger: logging.Logger, out: io.StringIO, keeper: Any
) -> None:
    """A record without secrets is the same object for every handler, and nothing is counted."""
    before = dict(installed.counts)
    seen: list[logging.LogRecord] = []
    logger.addFilter(lambda record: bool(seen.append(record)) or True)
    logger.error("a %s", "b", extra={"field": {"key": ["value"]}})
    assert keeper.records[0] is seen[0] and out.getvalue() == "a b\n" and installed.counts == before


def test_what_filters_of_a_handler_add(
    installed: plugin.Shield, logger: logging.Logger, keeper: Any, secret: str
) -> None:
    """A field that a handler's filter adds to the record is masked too."""
    keeper.addFilter(lambda record: bool(record.__dict__.update(request_id=secret)) or True)
    logger.error("here")
    assert keeper.records[0].request_id == MASK


@pytest.mark.parametrize("when", ["before", "after"])
def test_handlers_with_methods_of_their_own(
    matcher: Matcher, when: str, logger: logging.Logger, capsys: pytest.CaptureFixture[str], secret: str
) -> None:
    """Classes that replace `handle`, `format` or `handleError` are covered, whether made before or after."""
    if when == "after":
        plugin.install(matcher)

    class Direct(logging.Handler):
        def handle(self, record: logging.LogRecord) -> bool:
            print(record.getMessage(), record.__dict__.get("field"), file=sys.stderr)
            return True

    class Added(logging.StreamHandler[Any]):
        def format(self, record: logging.LogRecord) -> str:
            return f"{super().format(record)} added {secret}"

        def handleError(self, record: logging.LogRecord) -> None:
            print(record.msg, record.args, file=sys.stderr)

    if when == "before":
        plugin.install(matcher)
    logger.addHandler(Direct())
    logger.addHandler(Added(sys.stderr))
    logger.error("token %s", secret, extra={"field": secret})
    logger.handlers.pop(0)
    logger.error("count %d", secret)
    told = capsys.readouterr().err
    assert told == f"token {MASK} {MASK}\ntoken {MASK} added {MASK}\ncount %d ('{MASK}',)\n"
    plugin.uninstall()


def test_exceptions_in_records(
    installed: plugin.Shield, logger: logging.Logger, keeper: Any, out: io.StringIO, secret: str
) -> None:
    """The stand-in for an exception has its class's name, chain, notes, group and traceback; the original stays."""

    class Strange(LookupError):
        def __init__(self, one: str, two: str) -> None:
            super().__init__(one, two)

    try:
        try:
            raise Strange("key", secret)
        except Strange as error:
            error.add_note(f"note {secret}")
            raise ExceptionGroup(f"group {secret}", [ValueError(secret), KeyError("fine")]) from error
    except ExceptionGroup as error:
        original = error
        logger.exception("failed")
    kind, stand_in, trace = keeper.records[0].exc_info
    assert kind.__name__ == "ExceptionGroup" and isinstance(stand_in, ExceptionGroup)
    assert isinstance(stand_in.__cause__, Strange) and trace is original.__traceback__
    assert [type(one).__name__ for one in stand_in.exceptions] == ["ValueError", "KeyError"]
    text = logging.Formatter().formatException((kind, stand_in, trace))
    assert text == keeper.records[0].exc_text
    assert secret not in text and f"note {MASK}" in text and "KeyError: 'fine'" in text
    assert out.getvalue() == f"failed\n{text}\n"
    assert original.__cause__ and original.__cause__.args == ("key", secret)


def test_what_the_interpreter_prints(run_python: Callable[..., Any], secret: str) -> None:
    """Uncaught exceptions of program, threads and finalizers, warnings and asyncio's errors are masked."""
    done = run_python(
        PROLOGUE
        + """
def fail(where):
    raise ValueError(f"{where} {secret}")

thread = threading.Thread(target=fail, args=("thread",), name="worker")
thread.start()
thread.join()

class Finalized:
    def __del__(self):
        fail("finalizer")

del Finalized, thread
class Finalized:
    def __repr__(self):
        return f"<object {secret}>"
    def __del__(self):
        fail("finalizer")
one = Finalized()
del one
warnings.warn(f"warning {secret}")

try:
    fail("printed")
except ValueError:
    import traceback
    traceback.print_exc()
    traceback.TracebackException(*sys.exc_info()).print()
    traceback.print_exc(file=sys.stdout)
    print(traceback.format_exc().count(secret))
import multiprocessing
process = multiprocessing.get_context("fork").Process(target=fail, args=("process",))
process.start()
process.join()

async def background():
    fail("task")

async def main():
    task = asyncio.create_task(background())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    del task
    gc.collect()
    asyncio.get_running_loop().call_exception_handler({"message": "loop", "token": secret})

asyncio.run(main())
fail("main")
""",
        secret,
        check=False,
    )
    assert done.returncode == 1 and secret not in done.stderr
    for where in ("thread", "finalizer", "warning", "printed", "process", "task", "main"):
        assert f"{where} {MASK}" in done.stderr, where
    assert done.stderr.count(f"printed {MASK}") == 2
    assert "Exception in thread worker:" in done.stderr and f"token: '{MASK}'" in done.stderr
    assert done.stdout.count(MASK) == 1 and done.stdout.endswith("\n1\n")
    assert f"<object {MASK}>" in done.stderr or "__del__" in done.stderr


def test_hooks_that_were_there(run_python: Callable[..., Any], secret: str) -> None:
    """A hook of the application gets the exception itself, or a stand-in if that holds a secret."""
    done = run_python(
        """
import sys, threading
from types import SimpleNamespace
from scrubjay.sanitizer.logging import install

def hook(kind, error, trace):
    print(kind.__name__, isinstance(error, ValueError), error, trace is not None, error is last)

def thread_hook(args):
    print(args.exc_type.__name__, args.exc_value, args.thread.name)

def unraisable_hook(args):
    print(args.exc_type.__name__, args.exc_value, args.object)

sys.excepthook, threading.excepthook, sys.unraisablehook = hook, thread_hook, unraisable_hook
install()
for text in ("clean", sys.argv[1]):
    try:
        raise ValueError(text)
    except ValueError as error:
        last = error
        sys.excepthook(ValueError, error, error.__traceback__)
        sys.unraisablehook(
            SimpleNamespace(exc_type=ValueError, exc_value=error, exc_traceback=None, err_msg=None, object=text)
        )
    def fail():
        raise ValueError(text)
    thread = threading.Thread(target=fail, name="worker")
    thread.start()
    thread.join()
""",
        secret,
    )
    assert done.stdout.splitlines() == [
        "ValueError True clean True True",
        "ValueError clean clean",
        "ValueError clean worker",
        f"ValueError True {MASK} True False",
        f"ValueError {MASK} {MASK}",
        f"ValueError {MASK} worker",
    ]


def test_dictionary_configuration(run_python: Callable[..., Any], secret: str) -> None:
    """Formatter, handler and filter are made by dictConfig, and each masks without `install`."""
    done = run_python(
        """
import logging, logging.config, sys
own = "scrubjay.sanitizer.logging."

class Json(logging.Formatter):
    def format(self, record):
        import json
        return json.dumps({"message": super().format(record), "field": record.__dict__.get("field")})

stream = {"class": "logging.StreamHandler", "stream": "ext://sys.stdout"}
logging.config.dictConfig({
    "version": 1,
    "formatters": {
        "masked": {"()": own + "Formatter", "format": "1 %(message)s %(field)s"},
        "json": {"()": own + "Formatter", "inner": "ext://__main__.Json"},
        "plain": {"format": "3 %(message)s %(field)s"},
    },
    "filters": {"masked": {"()": own + "Filter"}},
    "handlers": {
        "one": {**stream, "formatter": "masked"},
        "two": {**stream, "formatter": "json"},
        "three": {"()": own + "Handler", "inner": stream, "formatter": "plain"},
        "four": {**stream, "filters": ["masked"], "formatter": "plain"},
    },
    "root": {"handlers": ["one", "two", "three", "four"]},
})
logging.warning("token %s", sys.argv[1], extra={"field": sys.argv[1]})
try:
    raise ValueError(sys.argv[1])
except ValueError:
    logging.exception("failed", extra={"field": 1})
""",
        secret,
    )
    lines = done.stdout.splitlines()
    assert lines[0] == f"1 token {MASK} {MASK}"
    assert json.loads(lines[1]) == {"message": f"token {MASK}", "field": MASK}
    assert lines[2:4] == [f"3 token {MASK} {MASK}"] * 2
    assert secret not in done.stdout + done.stderr and done.stdout.count(f"ValueError: {MASK}") == 4


def test_known_values_of_environment_and_settings(
    matcher: Matcher, monkeypatch: pytest.MonkeyPatch, logger: logging.Logger, out: io.StringIO
) -> None:
    """Values whose names say that they are secret are masked in any text; others, short ones and words are not."""
    monkeypatch.setenv("SHOP_DB_PASSWORD", "plain9words")
    monkeypatch.setenv("SHOP_REGION", "eucentral1x")
    monkeypatch.setenv("SHOP_TOKEN", "short")

    class Settings:
        SECRET_KEY = "another1value"
        DATABASES = {"default": {"PASSWORD": "nested1value", "URL": "postgres://app:{}@db/app".format("inurl%31value")}}
        passenger = "harmless1value"
        apiKey = "camel1value"
        TIMEOUT = 30

    line = "plain9words eucentral1x short another1value nested1value inurl1value harmless1value camel1value"
    plugin.install(matcher)
    logger.warning(line)
    plugin.install(matcher, environment=True, settings=[Settings])
    logger.warning(line)
    plugin.uninstall()
    before, after = out.getvalue().splitlines()
    assert before == line
    assert [word for word in line.split() if word in after] == ["eucentral1x", "short", "harmless1value"]


@pytest.mark.usefixtures("installed")
def test_values_by_the_names_of_their_keys(logger: logging.Logger, out: io.StringIO, keeper: Any) -> None:
    """A value is masked for its key's name, in text and in fields, whatever it looks like."""
    value = type("Value", (), {"__str__": lambda self: "a friend", "__repr__": lambda self: "<a friend>"})()
    logger.warning('db_password=abc {"session_token": 12345}', extra={"api_key": 4711, "password": value, "size": 12})
    assert out.getvalue() == (
        'db_password=[REDACTED:generic-key-name] {"session_token": "[REDACTED:generic-key-name]"}\n'
    )
    record = keeper.records[0]
    assert (str(record.password), record.api_key, record.size) == (*["[REDACTED:generic-key-name]"] * 2, 12)


def test_masks_and_names_of_the_application(
    matcher: Matcher, logger: logging.Logger, out: io.StringIO, keeper: Any, tmp_path: Path, secret: str
) -> None:
    """Pseudonyms are the same for the same value, in text and in records; a part is shown where it is asked for."""
    (tmp_path / "keys").write_text("k1 " + "0123456789abcdef" * 2)
    masks = ["pseudonym", "generic-*=partial"]
    plugin.install(matcher, masks=masks, key_file=str(tmp_path / "keys"), key_names=["seat"])
    try:
        logger.warning("%s and again %s", secret, secret, extra={"seat": "12A of the long train"})
    finally:
        plugin.uninstall()
    found = re.fullmatch(r"(\[REDACTED:github-pat-classic:k1-[0-9a-f]{16}\]) and again (.*)\n", out.getvalue())
    assert found and found[1] == found[2]
    assert keeper.records[0].args == (found[1], found[1])
    assert keeper.records[0].seat == "[REDACTED:generic-key-name:..rain]"


@pytest.mark.parametrize(
    "options", [{"masks": ["tag"]}, {"masks": ["x=drop"]}, {"masks": ["pseudonym"]}, {"known": ["short"]}]
)
def test_arguments_that_would_leak(matcher: Matcher, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Masks that show the secret or drop lines, pseudonyms without a key and too short values are refused."""
    monkeypatch.delenv("SCRUBJAY_MASK_KEY", raising=False)
    before = state()
    with pytest.raises(ScrubjayError):
        plugin.install(matcher, **options)
    assert state() == before


def test_known_values_in_other_forms(matcher: Matcher, logger: logging.Logger, out: io.StringIO) -> None:
    """A known value is masked also where it is percent-encoded, escaped, in base64, or printed in hexadecimal."""
    value = 'k&v+/"x7 y2'
    plugin.install(matcher, known=[value])
    for form in (
        value,
        quote(value),
        json.dumps(value),
        b64encode(b"u:" + value.encode()).decode(),
        value.encode().hex(),
    ):
        logger.warning("form %s.", form)
    plugin.uninstall()
    assert out.getvalue().count("[REDACTED:known-value]") == 5 and "x7" not in out.getvalue()


def test_standard_output_and_error_of_children(run_python: Callable[..., Any], secret: str) -> None:
    """Within the context, what the program and its children write is masked; after it, everything is as before."""
    done = run_python(
        """
import os, subprocess, sys
from scrubjay.sanitizer.logging import filtered_output

child = [sys.executable, "-c", "import sys; print('child', sys.argv[1]); print('error', sys.argv[1], file=sys.stderr)"]
with filtered_output():
    print("own", sys.argv[1])
    subprocess.run([*child, sys.argv[1]], check=True)
    os.write(1, b"raw " + sys.argv[1].encode() + b"\\n")
with filtered_output(redirect=False) as filtered:
    subprocess.run([*child, sys.argv[1]], check=True, stdout=filtered.stdout, stderr=filtered.stderr)
print("after", sys.argv[1])
""",
        secret,
    )
    lines = sorted(done.stdout.splitlines())
    assert lines == sorted([f"child {MASK}"] * 2 + [f"own {MASK}", f"raw {MASK}", f"after {secret}"])
    assert done.stderr.splitlines() == [f"error {MASK}"] * 2


def test_known_values_in_the_output_of_children(run_python: Callable[..., Any]) -> None:
    """What `install` knows is masked in what children print, in other forms too, and counted with the rest."""
    done = run_python(
        """
import subprocess, sys
from scrubjay.sanitizer.logging import filtered_output, install

value = "plain/words & 77"
shield = install(known=[value])
with filtered_output(redirect=False) as filtered:
    code = "import sys, urllib.parse; print(sys.argv[1], urllib.parse.quote_plus(sys.argv[1]))"
    subprocess.run([sys.executable, "-c", code, value], check=True, stdout=filtered.stdout)
print(shield.counts)
"""
    )
    assert done.stdout == "[REDACTED:known-value] [REDACTED:known-value]\n{'known-value': 2}\n"


def test_nothing_is_imported_while_records_are_logged(run_python: Callable[..., Any], secret: str) -> None:
    """All is loaded by `install`: a fork while another thread imports would leave the child waiting for ever."""
    run_python(
        PROLOGUE
        + """
logging.basicConfig(format="%(message)s %(field)s")
before = set(sys.modules)
password = "".join(["x7Kp", "2mQz", "9wLr"])
for number in range(3):
    try:
        raise ValueError(f"postgres://app:{password}@db/app {secret}")
    except ValueError:
        logging.exception("%s %s", "token", secret, extra={"field": {"password": password, "list": [secret]}})
    logging.error("count %d", secret, extra={"field": 1})
assert set(sys.modules) == before, set(sys.modules) - before
""",
        secret,
    )
