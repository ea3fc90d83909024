"""The C extensions, which are optional: where no compiler was there at installation, Python does the same, slower."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def native(package: str | None, name: str) -> Any:
    """Return the extension of this name in a package, None where it was not built."""
    try:
        return import_module(f"{package}.{name}")
    except ImportError:
        return None
