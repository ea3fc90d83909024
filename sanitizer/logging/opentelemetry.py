"""OpenTelemetry: a log record processor that masks body and attributes."""

from __future__ import annotations

import copy
from typing import Any

from .handlers import shared_shield
from .shield import Shield


class LogRecordProcessor:
    """Wraps the processor that exports: `LogRecordProcessor(BatchLogRecordProcessor(exporter))`.

    Without one it changes the record for the processors that are added after it.
    """

    def __init__(self, inner: Any = None, *, shield: Shield | None = None) -> None:
        """Take the processor that gets a masked copy, if any."""
        self._inner = inner
        self._shield = shield or shared_shield()

    def on_emit(self, log_record: Any) -> None:
        """Mask, and pass on."""
        record = log_record.log_record
        if self._inner is not None:
            log_record = copy.copy(log_record)
            record = log_record.log_record = copy.copy(record)
            record.attributes = dict(record.attributes or {})
        shield = self._shield
        record.body = shield.value(record.body)
        attributes = record.attributes
        for key, value in list((attributes or {}).items()):
            masked = shield.value(value, key)
            if masked is not value:
                attributes[key] = masked
        if getattr(record, "exception", None) is not None:
            # The SDK has made attributes of it, which are masked.
            record.exception = None
        if self._inner is not None:
            self._inner.on_emit(log_record)

    emit = on_emit

    def enabled(self, **options: Any) -> bool:
        """Whether the processor inside wants such records."""
        return bool(self._inner is None or not hasattr(self._inner, "enabled") or self._inner.enabled(**options))

    def shutdown(self) -> None:
        """Shut down the processor inside."""
        if self._inner is not None:
            self._inner.shutdown()

    def force_flush(self, timeout_millis: int = 30000) -> bool:
        """Flush the processor inside."""
        return self._inner is None or bool(self._inner.force_flush(timeout_millis))
