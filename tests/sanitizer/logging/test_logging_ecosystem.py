"""structlog, loguru, OpenTelemetry and Sentry, each with the real library; skipped where it is not installed."""

from __future__ import annotations

import io
import json
import logging
from pathlib import Path
from typing import Any

import pytest

MASK = "[REDACTED:github-pat-classic]"
WHY = "not installed: pip install 'scrubjay[ecosystem]'"


def fail(secret: str) -> None:
    token = secret
    raise ValueError(f"bad token {token}")


def raised(secret: str) -> BaseException:
    try:
        fail(secret)
    except ValueError as error:
        return error
    raise AssertionError


@pytest.mark.usefixtures("installed")
def test_structlog_events_and_rendered_text(secret: str) -> None:
    """Values at any depth, the exception and what the renderer adds are masked; the event given is not touched."""
    structlog = pytest.importorskip("structlog", reason=WHY)
    from scrubjay.sanitizer.logging.structlog import Processor

    stream = io.StringIO()

    def renderer(logger: Any, name: str, event: dict[str, Any]) -> str:
        return json.dumps({**event, "added": f"late {secret}"}, default=repr)

    context = {"nested": {"list": [f"token {secret}"], "count": 3}}
    log = structlog.wrap_logger(
        structlog.PrintLogger(stream),
        processors=[structlog.processors.format_exc_info, Processor(renderer)],
        wrapper_class=structlog.BoundLogger,
    ).bind(**context)
    log.error(f"call {secret}", exc_info=raised(secret))
    log.error("unformatted", exc_info=raised(secret), _record=logging.makeLogRecord({"msg": secret}))
    assert secret not in stream.getvalue()
    first = json.loads(stream.getvalue().splitlines()[0])
    assert first["event"] == f"call {MASK}" and first["nested"] == {"list": [f"token {MASK}"], "count": 3}
    assert first["exception"].endswith(f"ValueError: bad token {MASK}") and first["added"] == f"late {MASK}"
    assert context["nested"]["list"] == [f"token {secret}"]


@pytest.mark.usefixtures("installed")
def test_structlog_before_a_renderer(secret: str) -> None:
    """Without a renderer of its own it masks the event, an unformatted exception included."""
    structlog = pytest.importorskip("structlog", reason=WHY)
    from scrubjay.sanitizer.logging.structlog import Processor

    stream = io.StringIO()
    renderer = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    log = structlog.wrap_logger(structlog.PrintLogger(stream), processors=[Processor(), renderer])
    try:
        fail(secret)
    except ValueError:
        log.msg("failed", exc_info=True, token=secret)
    assert secret not in stream.getvalue() and f"ValueError: bad token {MASK}" in stream.getvalue()


@pytest.mark.usefixtures("installed")
def test_structlog_through_the_standard_library(logger: logging.Logger, out: io.StringIO, secret: str) -> None:
    """ProcessorFormatter's records, its own and foreign ones, are masked by `install` alone."""
    structlog = pytest.importorskip("structlog", reason=WHY)
    formatter = structlog.stdlib.ProcessorFormatter(
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.JSONRenderer(),
        ]
    )
    logger.handlers[0].setFormatter(formatter)
    log = structlog.wrap_logger(
        logger, processors=[structlog.stdlib.ProcessorFormatter.wrap_for_formatter], wrapper_class=structlog.BoundLogger
    )
    log.error("own", token=secret)
    logger.error("foreign %s", secret)
    own, foreign = [json.loads(line) for line in out.getvalue().splitlines()]
    assert own["event"] == "own" and secret not in str(own) and foreign["event"] == f"foreign {MASK}"


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize("serialize", [False, True])
def test_loguru_sinks(tmp_path: Path, serialize: bool, secret: str) -> None:
    """Streams, functions and files get masked text and records: also the variables that `diagnose` prints."""
    pytest.importorskip("loguru", reason=WHY)
    from loguru._logger import Core, Logger
    from scrubjay.sanitizer.logging.loguru import Sink, patcher

    log: Any = Logger(Core(), None, 0, False, False, False, False, True, [], {})
    log.configure(patcher=patcher)
    stream, messages = io.StringIO(), []
    options: dict[str, Any] = {"diagnose": True, "backtrace": True, "serialize": serialize}
    log.add(Sink(stream), **options)
    log.add(Sink(messages.append), **options)
    log.add(Sink(tmp_path / "app.log", rotation="1 MB"), **options)
    extra = {"header": f"token {secret}"}
    try:
        fail(secret)
    except ValueError:
        log.bind(**extra).exception("call {}", secret)
    log.remove()
    texts = [stream.getvalue(), "".join(messages), (tmp_path / "app.log").read_text()]
    assert texts[0] == texts[1] == texts[2]
    assert secret not in texts[0] and f"call {MASK}" in texts[0] and "fail" in texts[0]
    assert secret not in str(messages[0].record) and extra["header"] == f"token {secret}"
    if serialize:
        assert json.loads(texts[0])["record"]["extra"] == {"header": f"token {MASK}"}


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize("width", [44, 50, 56])
def test_structlog_variables_that_are_cut(width: int, secret: str) -> None:
    """The variables that structlog prints in development, wrapped and cut to a terminal's width, leak no piece."""
    structlog = pytest.importorskip("structlog", reason=WHY)
    from scrubjay.sanitizer.logging.structlog import Processor

    stream = io.StringIO()
    tracebacks = structlog.dev.RichTracebackFormatter(show_locals=True, width=width)
    log = structlog.wrap_logger(
        structlog.PrintLogger(stream),
        processors=[Processor(structlog.dev.ConsoleRenderer(colors=False, exception_formatter=tracebacks))],
    )
    try:
        deep(secret)
    except ValueError:
        log.exception("failed")
    assert "deep" in stream.getvalue() and "short" in stream.getvalue()
    assert not pieces(secret, stream.getvalue())


@pytest.mark.usefixtures("installed")
def test_structlog_variables_in_json_that_are_cut(secret: str) -> None:
    """Nor do those that structlog puts into the event, each up to some length."""
    structlog = pytest.importorskip("structlog", reason=WHY)
    from scrubjay.sanitizer.logging.structlog import Processor

    stream = io.StringIO()
    renderer = Processor(structlog.processors.JSONRenderer())
    log = structlog.wrap_logger(
        structlog.PrintLogger(stream), processors=[structlog.processors.dict_tracebacks, renderer]
    )
    for size in range(44, 76, 6):
        try:
            shallow("x" * size + " " + secret)
        except ValueError:
            log.exception("failed")
    assert '"value": "\'xxx' in stream.getvalue() and not pieces(secret, stream.getvalue())


@pytest.mark.usefixtures("installed")
def test_loguru_variables_that_are_cut(secret: str) -> None:
    """The long values that loguru's `diagnose` cuts in the middle of a secret leak no piece of it."""
    pytest.importorskip("loguru", reason=WHY)
    from loguru._logger import Core, Logger
    from scrubjay.sanitizer.logging.loguru import Sink

    log: Any = Logger(Core(), None, 0, False, False, False, False, True, [], {})
    stream = io.StringIO()
    log.add(Sink(stream), diagnose=True, backtrace=True)
    for size in range(80, 130, 7):
        try:
            shallow("x" * size + " " + secret)
        except ValueError:
            log.exception("failed")
    log.remove()
    assert "shallow" in stream.getvalue() and not pieces(secret, stream.getvalue())


def deep(secret: str) -> None:
    short, request = secret, {"url": f"https://example.com/{'p' * 40}?key={secret}", "keys": [secret] * 3}
    raise ValueError("no answer" if short and request else "")


def shallow(value: str) -> None:
    raise ValueError("no answer" if value else "")


def pieces(secret: str, text: str) -> list[str]:
    """What of a secret is in a text, by eight characters, the first four left out: they say what it is."""
    return [secret[start : start + 8] for start in range(4, len(secret) - 7) if secret[start : start + 8] in text]


@pytest.mark.usefixtures("installed")
def test_loguru_into_the_standard_library(secret: str) -> None:
    """A logging handler as loguru's sink is masked by `install` alone."""
    pytest.importorskip("loguru", reason=WHY)
    from loguru._logger import Core, Logger

    log: Any = Logger(Core(), None, 0, False, False, False, False, True, [], {})
    stream = io.StringIO()
    log.add(logging.StreamHandler(stream), format="{message}")
    log.error("token {}", secret)
    log.remove()
    assert stream.getvalue() == f"token {MASK}\n"


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize("wrapped", [True, False])
def test_opentelemetry(wrapped: bool, secret: str) -> None:
    """Body, attributes and exceptions of log records are masked before they are exported, types unchanged."""
    pytest.importorskip("opentelemetry.sdk._logs", reason=WHY)
    from opentelemetry._logs import SeverityNumber
    from opentelemetry.sdk import _logs as sdk
    from opentelemetry.sdk._logs import export
    from scrubjay.sanitizer.logging.opentelemetry import LogRecordProcessor

    memory: Any = getattr(export, "InMemoryLogRecordExporter", None) or export.InMemoryLogExporter  # type: ignore[attr-defined]
    exporter = memory()
    simple: Any = export.SimpleLogRecordProcessor(exporter)
    provider = sdk.LoggerProvider()
    for processor in [LogRecordProcessor(simple)] if wrapped else [LogRecordProcessor(), simple]:
        provider.add_log_record_processor(processor)
    provider.get_logger("test").emit(
        severity_number=SeverityNumber.ERROR,
        body={"text": f"token {secret}", "count": 3},
        attributes={"http.url": f"https://x.example/?k={secret}", "size": 12},
        exception=raised(secret),
    )
    provider.force_flush()
    (exported,) = exporter.get_finished_logs()
    assert secret not in exported.to_json()
    record = exported.log_record
    assert record.body == {"text": f"token {MASK}", "count": 3} and record.attributes["size"] == 12
    assert record.attributes["exception.message"] == f"bad token {MASK}"
    provider.shutdown()


@pytest.mark.usefixtures("installed")
def test_opentelemetry_handler_of_the_standard_library(logger: logging.Logger, secret: str) -> None:
    """OpenTelemetry's own logging handler gets masked records from `install` alone."""
    handlers = pytest.importorskip("opentelemetry.instrumentation.logging.handler", reason=WHY)
    from opentelemetry.sdk import _logs as sdk
    from opentelemetry.sdk._logs import export

    memory: Any = getattr(export, "InMemoryLogRecordExporter", None) or export.InMemoryLogExporter  # type: ignore[attr-defined]
    exporter = memory()
    provider = sdk.LoggerProvider()
    provider.add_log_record_processor(export.SimpleLogRecordProcessor(exporter))
    logger.addHandler(handlers.LoggingHandler(logger_provider=provider))
    logger.error("token %s", secret, exc_info=raised(secret), extra={"field": secret})
    provider.force_flush()
    (exported,) = exporter.get_finished_logs()
    assert secret not in exported.to_json() and exported.log_record.body == f"token {MASK}"
    assert exported.log_record.attributes["exception.type"] == "ValueError"
    provider.shutdown()


@pytest.mark.usefixtures("installed")
def test_sentry(secret: str) -> None:
    """Messages, exceptions, variables of frames, breadcrumbs and extra data of an event are masked when it is sent."""
    sentry = pytest.importorskip("sentry_sdk", reason=WHY)
    from scrubjay.sanitizer.logging.sentry import before_send

    sent: list[str] = []

    class Transport(sentry.transport.Transport):  # type: ignore[misc, name-defined]
        def capture_envelope(self, envelope: Any) -> None:
            sent.append(envelope.serialize().decode())

    client = sentry.Client(
        "https://public@sentry.example/1",
        transport=Transport,
        before_send=before_send,
        before_breadcrumb=before_send,
        default_integrations=False,
        include_local_variables=True,
    )
    with sentry.isolation_scope() as scope, sentry.new_scope():
        scope.set_client(client)
        sentry.add_breadcrumb(message=f"call {secret}")
        sentry.set_extra("header", {"authorization": f"token {secret}"})
        sentry.capture_exception(raised(secret))
        sentry.capture_message(f"text {secret}")
        client.flush()
    text = "".join(sent)
    assert secret not in text and f"bad token {MASK}" in text and f"text {MASK}" in text and f"call {MASK}" in text
    assert '"fail"' in text
    client.close()
