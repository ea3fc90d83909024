"""Where secrets leak: streams. `redact` masks bytes in memory, `run` copies one file descriptor to another."""

from .mask import redact
from .stream import Summary, pump, run

__all__ = ["Summary", "pump", "redact", "run"]
