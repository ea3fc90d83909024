"""What the tests of histories and of the extensions in C share."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from scrubjay.patterns import Matcher

_HERE = Path(__file__).parent
_HEADERS = Path(os.environ.get("SCRUBJAY_CHECKOUT", _HERE.parents[2])) / "scanner" / "history"
_FLAGS = ("-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all", f"-I{_HEADERS}")


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    """All rules."""
    return Matcher.default()


@pytest.fixture(scope="module")
def sanitized(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """A function from the name of a header to a program that damages its input; a skip that says what is missing."""

    def build(name: str, *libraries: str) -> Path:
        compiler = shutil.which("cc")
        if compiler is None or not (_HEADERS / f"_{name}.h").exists():
            pytest.skip("no C compiler" if compiler is None else "no source of the extension")
        program = tmp_path_factory.mktemp("fuzz") / "fuzz"
        command = [compiler, *_FLAGS, str(_HERE / f"{name}_fuzz.c"), "-o", str(program), *libraries]
        built = subprocess.run(command, capture_output=True, text=True)
        if built.returncode:
            pytest.skip(f"no sanitizers, or no library, here: {built.stderr.splitlines()[-1:]}")
        return program

    return build
