"""The ways in which plug-ins that mask log records are known to leak, one by one. Each is a test that nothing leaks."""

from __future__ import annotations

import io
import logging
import logging.config
import logging.handlers
import queue
import textwrap
from collections.abc import Callable
from typing import Any

import pytest
from scrubjay.sanitizer import logging as plugin

pytestmark = pytest.mark.usefixtures("installed")


def child_of(logger: logging.Logger) -> logging.Logger:
    child = logging.Logger(f"{logger.name}.child")
    child.parent = logger
    return child


def raised(secret: str) -> BaseException:
    try:
        raise ValueError(f"bad token {secret}")
    except ValueError as error:
        return error


def test_01_records_of_child_loggers(logger: logging.Logger, out: io.StringIO, secret: str) -> None:
    """A record that a child logger made is masked at the parent's handler."""
    child_of(logger).warning("token %s", secret)
    assert out.getvalue() == "token [REDACTED:github-pat-classic]\n"


def test_02_every_handler_of_every_logger(logger: logging.Logger, secret: str) -> None:
    """Handlers mask for child loggers wherever they are attached."""
    outputs = []
    child = child_of(logger)
    grandchild = child_of(child)
    for owner in (logger, child, grandchild):
        outputs.append(io.StringIO())
        owner.addHandler(logging.StreamHandler(outputs[-1]))
    grandchild.warning("token %s", secret)
    assert [stream.getvalue() for stream in outputs] == ["token [REDACTED:github-pat-classic]\n"] * 3


def test_03_tracebacks(logger: logging.Logger, out: io.StringIO, secret: str) -> None:
    """The text of an exception is masked, and the traceback is still there."""
    logger.error("failed", exc_info=raised(secret))
    assert secret not in out.getvalue()
    assert "Traceback (most recent call last):" in out.getvalue()
    assert "ValueError: bad token [REDACTED:github-pat-classic]" in out.getvalue()


def test_03_stacks(logger: logging.Logger, out: io.StringIO, secret: str) -> None:
    """A stack whose source lines hold a secret is masked."""
    record = logging.makeLogRecord({"levelno": 40, "msg": "here", "stack_info": f"Stack:\n  call({secret!r})"})
    logger.handle(record)
    assert out.getvalue() == "here\nStack:\n  call('[REDACTED:github-pat-classic]')\n"


def test_04_any_order_of_handlers(logger: logging.Logger, secret: str) -> None:
    """All handlers are masked, whichever is first, and none changes the record for others."""
    seen: list[logging.LogRecord] = []
    logger.addFilter(lambda record: bool(seen.append(record)) or True)
    outputs = [io.StringIO(), io.StringIO()]
    for stream in outputs:
        logger.addHandler(logging.StreamHandler(stream))
    logger.warning("token %s", secret)
    assert [stream.getvalue() for stream in outputs] == ["token [REDACTED:github-pat-classic]\n"] * 2
    assert (seen[0].msg, seen[0].args) == ("token %s", (secret,))


@pytest.mark.parametrize("first", ["text", "records"])
def test_05_cached_text_of_an_exception(logger: logging.Logger, first: str, secret: str) -> None:
    """The traceback that the first formatter keeps in the record is masked wherever it is printed."""
    outputs = [io.StringIO(), io.StringIO()]
    handlers: list[logging.Handler] = [logging.StreamHandler(outputs[0])]
    handlers.append(plugin.Handler(logging.StreamHandler(outputs[1])))
    for handler in handlers if first == "text" else handlers[::-1]:
        logger.addHandler(handler)
    logger.error("failed", exc_info=raised(secret))
    for stream in outputs:
        assert "bad token [REDACTED:github-pat-classic]" in stream.getvalue()
        assert secret not in stream.getvalue()


def test_05_text_of_an_exception_that_is_there_already(logger: logging.Logger, out: io.StringIO, secret: str) -> None:
    """A record that comes with the text of an exception, from another process say, is masked."""
    logger.handle(logging.makeLogRecord({"levelno": 40, "msg": "failed", "exc_text": f"ValueError: {secret}"}))
    assert out.getvalue() == "failed\nValueError: [REDACTED:github-pat-classic]\n"


def test_06_extra_fields(logger: logging.Logger, out: io.StringIO, keeper: Any, secret: str) -> None:
    """Fields given as `extra` are masked in text and in records, at any depth, in order and type."""
    logger.handlers[0].setFormatter(logging.Formatter("%(message)s %(request)s"))
    fields = {"headers": [("authorization", f"token {secret}")], "size": 12}
    logger.warning("call", extra={"request": fields})
    assert secret not in out.getvalue()
    record = keeper.records[0]
    assert secret not in str(record.__dict__)
    assert record.request["size"] == 12 and record.request["headers"][0][0] == "authorization"
    assert fields["headers"] == [("authorization", f"token {secret}")]


def test_07_the_handler_of_last_resort(capsys: pytest.CaptureFixture[str], secret: str) -> None:
    """What is printed when no handler is configured is masked."""
    logging.Logger("alone").warning("token %s", secret)
    assert capsys.readouterr().err == "token [REDACTED:github-pat-classic]\n"


def test_08_errors_of_formatting(
    logger: logging.Logger, out: io.StringIO, capsys: pytest.CaptureFixture[str], secret: str
) -> None:
    """The report of a message that does not fit its arguments is masked; it names the message and the caller."""
    logger.warning("count %d", secret)
    logger.warning(f"{secret[:5]}%s %d", secret[5:], "x")
    told = capsys.readouterr().err
    assert secret not in told and secret[5:] not in told
    assert "--- Logging error ---" in told and "Message: 'count %d'" in told
    assert "test_08_errors_of_formatting" in told and out.getvalue() == ""


def test_09_values_that_are_whole_only_in_the_text(
    logger: logging.Logger, out: io.StringIO, keeper: Any, secret: str
) -> None:
    """A secret that message and arguments make together is masked in the text and in the record."""
    logger.warning(secret[:7] + "%s", secret[7:])
    logger.warning("%s%s", secret[:9], secret[9:])
    logger.warning("%(kind)s_%(rest)s", {"kind": secret[:3], "rest": secret[4:]})
    assert secret[9:] not in out.getvalue()
    for record in keeper.records:
        assert secret[9:] not in str(record.__dict__)
        assert record.getMessage()


def test_10_queue_handlers(logger: logging.Logger, secret: str) -> None:
    """What a QueueHandler puts in its queue is masked, fields and traceback too, and so is what the listener writes."""
    records: queue.Queue[Any] = queue.Queue()
    stream = io.StringIO()
    listener = logging.handlers.QueueListener(records, logging.StreamHandler(stream))
    logger.addHandler(logging.handlers.QueueHandler(records))
    logger.error("failed", exc_info=raised(secret), extra={"token": secret})
    assert secret not in str(records.queue[0].__dict__)
    listener.start()
    listener.stop()
    assert "bad token [REDACTED:github-pat-classic]" in stream.getvalue()


def test_10_listeners_of_other_processes(secret: str) -> None:
    """A listener masks what a process without the plug-in has put in the queue."""
    records: queue.Queue[Any] = queue.Queue()
    stream = io.StringIO()
    listener = logging.handlers.QueueListener(records, logging.StreamHandler(stream))
    records.put(logging.makeLogRecord({"levelno": 40, "msg": f"token {secret}"}))
    listener.start()
    listener.stop()
    assert stream.getvalue() == "token [REDACTED:github-pat-classic]\n"


def test_11_a_filter_may_replace_the_record_on_every_python(logger: logging.Logger, secret: str) -> None:
    """The filter's masked copy counts, also on Python 3.11, and for its own handler only."""
    plugin.uninstall()
    outputs = [io.StringIO(), io.StringIO()]
    for stream in outputs:
        logger.addHandler(logging.StreamHandler(stream))
    logger.handlers[0].addFilter(plugin.Filter())
    logger.error("token %s", secret, exc_info=raised(secret), extra={"field": secret})
    assert secret not in outputs[0].getvalue() and "ValueError: bad token [REDACTED" in outputs[0].getvalue()
    assert secret in outputs[1].getvalue()


def test_12_loggers_that_do_not_propagate(monkeypatch: pytest.MonkeyPatch, secret: str) -> None:
    """A logger of the tree that keeps its records from the root is masked."""
    stream = io.StringIO()
    alone = logging.getLogger("test.alone")
    monkeypatch.setattr(alone, "propagate", False)
    monkeypatch.setattr(alone, "handlers", [logging.StreamHandler(stream)])
    alone.warning("token %s", secret)
    assert stream.getvalue() == "token [REDACTED:github-pat-classic]\n"


@pytest.mark.parametrize(
    "argument",
    [
        pytest.param(lambda secret: secret, id="that a pattern for the template would eat"),
        pytest.param(lambda secret: secret.encode(), id="bytes"),
        pytest.param(lambda secret: {"nested": [secret]}, id="nested"),
        pytest.param(lambda secret: type("Lock", (), {"__repr__": lambda self: f"<lock {secret}>"})(), id="an object"),
        pytest.param(lambda secret: NotCopyable(secret), id="not copyable"),
    ],
)
def test_13_no_line_is_lost_for_its_arguments(
    logger: logging.Logger,
    out: io.StringIO,
    keeper: Any,
    capsys: pytest.CaptureFixture[str],
    argument: Any,
    secret: str,
) -> None:
    """A line whose argument can't be copied, or whose template looks like a secret, is written, masked."""
    logger.warning("password=%s", argument(secret))
    assert out.getvalue().startswith("password=") and "[REDACTED:" in out.getvalue()
    assert secret not in out.getvalue() + str(keeper.records[0].__dict__) + keeper.records[0].getMessage()
    assert capsys.readouterr().err == ""


class NotCopyable:
    def __init__(self, secret: str) -> None:
        self.secret = secret

    def __deepcopy__(self, memo: object) -> None:
        raise TypeError("can't be copied")

    __copy__ = __deepcopy__

    def __reduce_ex__(self, protocol: object) -> Any:
        raise TypeError("can't be pickled")

    def __str__(self) -> str:
        return f"token {self.secret}"


def test_14_a_new_configuration(run_python: Callable[..., Any], secret: str) -> None:
    """Handlers that dictConfig makes afterwards, in the place of all others, mask."""
    done = run_python(
        """
import logging, logging.config, sys
from scrubjay.sanitizer.logging import install

install()
logging.basicConfig()
handlers = {"only": {"class": "logging.StreamHandler", "stream": sys.stdout}}
logging.config.dictConfig({"version": 1, "handlers": handlers, "root": {"handlers": ["only"]}})
logging.getLogger("app").warning("token %s", sys.argv[1])
""",
        secret,
    )
    assert (done.stdout, done.stderr) == ("token [REDACTED:github-pat-classic]\n", "")


@pytest.mark.parametrize("template", ["%(user)s", "key %.6s...", "key %-20.4s"])
def test_arguments_that_the_message_does_not_show(
    logger: logging.Logger, out: io.StringIO, keeper: Any, template: str, secret: str
) -> None:
    """What of the arguments is not in the text is masked in the record, which some handlers send elsewhere."""
    shown: Any = {"user": "bob", "token": secret} if "user" in template else secret
    logger.warning(template, shown)
    assert "REDACTED" not in out.getvalue() and secret not in str(keeper.records[0].__dict__)
    assert "REDACTED" in str(keeper.records[0].args)


class Wrapping(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return "\n".join(textwrap.wrap(super().format(record), 30))


@pytest.mark.parametrize(
    "formatter",
    [Wrapping(), logging.Formatter("%(message).30s"), logging.Formatter("{message:.30}", style="{")],
    ids=["wrapped", "cut", "cut, in braces"],
)
@pytest.mark.parametrize("by", ["install", "Formatter"])
def test_formatters_that_wrap_or_cut(
    logger: logging.Logger, out: io.StringIO, formatter: logging.Formatter, by: str, secret: str
) -> None:
    """A secret of which a formatter would write pieces, none of them enough to be found, is masked before."""
    if by == "Formatter":
        plugin.uninstall()
        formatter = plugin.Formatter(inner=formatter)
    logger.handlers[0].setFormatter(formatter)
    logger.warning("signed in with %s today", secret)
    assert secret[4:10] not in out.getvalue() and "[REDACTED:" in out.getvalue()


def test_a_format_of_the_formatter_that_cuts(logger: logging.Logger, out: io.StringIO, secret: str) -> None:
    """The plug-in's formatter masks what its own format would cut."""
    logger.handlers[0].setFormatter(plugin.Formatter("%(message).30s"))
    logger.warning("signed in with %s today", secret)
    assert out.getvalue() == "signed in with [REDACTED:githu\n"


class BraceRecord(logging.LogRecord):
    def getMessage(self) -> str:
        return str(self.msg).format(*self.args or ())


def test_records_with_a_style_of_their_own(keeper: Any, logger: logging.Logger, secret: str) -> None:
    """Records that format in another way are masked, also what that way does not show."""
    for template, argument in (("{}", secret), ("{:.4}...", secret), ("token " + secret[:4] + "{}", secret[4:])):
        logger.handle(BraceRecord("app", logging.WARNING, "app.py", 1, template, (argument,), None))
    assert len(keeper.records) == 3
    for record in keeper.records:
        assert secret[4:] not in str(record.__dict__) + record.getMessage()
    assert keeper.records[0].getMessage() == "[REDACTED:github-pat-classic]"


def test_names_of_loggers(keeper: Any, logger: logging.Logger, secret: str) -> None:
    """A logger that is named after a secret does not hand it on in its records."""
    logger.name = f"client.{secret}"
    logger.warning("hello")
    assert keeper.records[0].name == "client.[REDACTED:github-pat-classic]"


def test_colours_inside_a_value(logger: logging.Logger, out: io.StringIO, secret: str) -> None:
    """A value that a coloured formatter or library has cut by colour codes is masked."""
    logger.warning("token %s", f"\x1b[31m{secret[:12]}\x1b[0m{secret[12:]}")
    assert secret[:12] not in out.getvalue() and secret[12:] not in out.getvalue()
