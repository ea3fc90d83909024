"""Read from the installed code: the arrows between the folders, what may start a process, sizes, what a start loads."""

from __future__ import annotations

import ast
import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

FOLDERS = ("patterns", "scanner", "sanitizer", "agents", "cli")
LINES = 500
ALLOWED = {
    "patterns": {"patterns"},
    "scanner": {"scanner", "patterns"},
    "sanitizer": {"sanitizer", "patterns"},
    "agents": {"agents", "scanner", "sanitizer", "patterns"},
    "cli": set(FOLDERS),
}
NETWORK = {"socket", "ssl", "http", "urllib", "ftplib", "smtplib", "xmlrpc", "asyncio", "requests", "httpx", "aiohttp"}
PROCESS_MODULES = {"subprocess", "_posixsubprocess", "multiprocessing", "pty", "asyncio"}
PROCESS_CALLS = {"system", "popen", "fork", "forkpty", "posix_spawn", "posix_spawnp", "startfile"}


def modules() -> dict[str, Path]:
    """Dotted name and file of every module, wherever the package is installed."""
    found = {}
    for folder in FOLDERS:
        spec = importlib.util.find_spec(f"scrubjay.{folder}")
        assert spec and spec.submodule_search_locations, folder
        for place in spec.submodule_search_locations:
            for path in sorted(Path(place).rglob("*.py")):
                parts = path.relative_to(place).with_suffix("").parts
                found[".".join((folder, *(part for part in parts if part != "__init__")))] = path
    return found


MODULES = modules()
TREES = {name: ast.parse(path.read_bytes(), str(path)) for name, path in MODULES.items()}


def is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def nodes(tree: ast.AST, *, typing_too: bool = True) -> Iterator[ast.AST]:
    """All nodes of a tree; on request without what only a type checker reads."""
    for child in ast.iter_child_nodes(tree):
        if typing_too or not is_type_checking(child):
            yield child
            yield from nodes(child, typing_too=typing_too)
        elif isinstance(child, ast.If):
            for other in child.orelse:
                yield other
                yield from nodes(other, typing_too=typing_too)


def imports(name: str, *, typing_too: bool = True) -> set[str]:
    """Absolute names of what a module imports, at any depth; relative imports are resolved."""
    path = MODULES[name]
    package = ["scrubjay", *name.split(".")] if path.name == "__init__.py" else ["scrubjay", *name.split(".")[:-1]]
    found: set[str] = set()
    for node in nodes(TREES[name], typing_too=typing_too):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            parts = [*base, *(node.module.split(".") if node.module else [])]
            found |= {".".join([*parts, alias.name]) for alias in node.names}
    return found


def tops(names: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in names}


def starts(name: str) -> set[str]:
    """What in a module can start a process."""
    found = tops(imports(name, typing_too=False)) & PROCESS_MODULES
    for node in nodes(TREES[name]):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "os":
            called = {node.attr}
        elif isinstance(node, ast.ImportFrom) and node.module == "os":
            called = {alias.name for alias in node.names}
        else:
            continue
        found |= {f"os.{one}" for one in called if one in PROCESS_CALLS or one.startswith(("exec", "spawn"))}
    return found


def test_modules_are_found() -> None:
    """All five folders are read, wherever they are installed."""
    assert {name.partition(".")[0] for name in MODULES} == set(FOLDERS)
    assert {"patterns.matcher", "scanner.git", "sanitizer.stream", "cli.scan"} <= set(MODULES)


@pytest.mark.parametrize("name", MODULES)
def test_imports_follow_the_arrows(name: str) -> None:
    """The command imports all, agents the scanner and the sanitizer, those patterns; nothing goes the other way."""
    folder = name.partition(".")[0]
    inside = {target.split(".")[1] for target in imports(name) if target.startswith("scrubjay.")}
    assert inside <= ALLOWED[folder]
    assert not tops(imports(name)) & set(FOLDERS), "a bare name would be an application's own module"


@pytest.mark.parametrize("name", [name for name in MODULES if name.startswith("patterns")])
def test_patterns_is_pure(name: str) -> None:
    """The matcher knows no processes, no logging and no git."""
    assert not tops(imports(name)) & {"subprocess", "logging", "git", "click", "rich"}
    assert not starts(name)


def test_few_modules_start_processes() -> None:
    """scanner/git.py runs git, the two doctors and sanitizer/programs.py what the operator says; nothing else does.

    scanner/history/crew.py and sanitizer/jobs.py make copies of this process.
    """
    assert {name: starts(name) for name in MODULES if starts(name)} == {
        "sanitizer.programs": {"subprocess"},
        "agents.doctor": {"subprocess"},
        "sanitizer.shippers.probe": {"subprocess"},
        "scanner.history.crew": {"os.fork"},
        "sanitizer.jobs": {"os.fork"},
        "scanner.git": {"subprocess"},
    }


def test_hardly_anything_uses_a_network_and_nothing_a_shell() -> None:
    """Only `scrubjay doctor` sends something; metrics are served if asked for; no call asks for a shell."""

    def uses(name: str) -> set[str]:
        # Taking an address apart needs no network.
        return tops({target for target in imports(name) if not target.startswith("urllib.parse")}) & NETWORK

    assert {name for name in MODULES if uses(name)} == {
        "sanitizer.metrics",
        "sanitizer.shippers.probe",
    }
    keywords = [node for tree in TREES.values() for node in ast.walk(tree) if isinstance(node, ast.keyword)]
    assert not [node for node in keywords if node.arg == "shell"]


@pytest.mark.parametrize("name", MODULES)
def test_modules_are_small(name: str) -> None:
    """No module has over 500 lines, and each says in its first line what it owns."""
    text = MODULES[name].read_text(encoding="utf-8")
    assert text.count("\n") <= LINES
    assert not text or ast.get_docstring(TREES[name])


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import subprocess", {"subprocess"}),
        ("def f():\n    from subprocess import run", {"subprocess"}),
        ("import os\nos.execvp('a', ['a'])", {"os.execvp"}),
        ("from os import posix_spawn", {"os.posix_spawn"}),
        ("if TYPE_CHECKING:\n    import subprocess\nelse:\n    import pty", {"pty"}),
        ("import os\nos.open('a', 0)", set()),
    ],
)
def test_a_started_process_would_be_noticed(source: str, expected: set[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The reader of the code sees every way to start a process."""
    monkeypatch.setitem(MODULES, "cli.sample", Path("sample.py"))
    monkeypatch.setitem(TREES, "cli.sample", ast.parse(source))
    assert starts("cli.sample") == expected


def loaded(code: str, folder: Path, environment: dict[str, str], stdin: bytes = b"") -> tuple[int, set[str], str]:
    """Run Python code, which sets `code`, in a process of its own: exit code, names of loaded modules, output."""
    source = f"import sys\nbefore = set(sys.modules)\n{code}\n" + (
        "sys.stderr.write('\\n' + ' '.join(sorted(set(sys.modules) - before)))\nsys.exit(code)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", source], cwd=folder, env=environment, input=stdin, capture_output=True, check=False
    )
    told, _, names = done.stderr.decode().rpartition("\n")
    return done.returncode, set(names.split()), told


@pytest.fixture
def environment(tmp_path: Path, cache_folder: Path) -> dict[str, str]:
    """An environment without the user's settings."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "XDG_CACHE_HOME": str(cache_folder),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        **{name: os.environ[name] for name in ("SCRUBJAY_ENGINE", "PYTHONPATH") if name in os.environ},
    }


def test_importing_the_command_is_light(tmp_path: Path, environment: dict[str, str]) -> None:
    """`import scrubjay.cli` loads no command, no matcher's second stage and no library that only some commands need."""
    code, names, _ = loaded("import scrubjay.cli; code = 0", tmp_path, environment)
    assert code == 0 and "scrubjay.cli" in names
    heavy = {"git", "regex", "rich", "asyncio", "click", "hyperscan", "ahocorasick", "orjson", "subprocess", "tomllib"}
    assert not tops(names) & heavy
    assert not tops(names) & {"json", "dataclasses", "importlib.metadata", "pathlib", "tempfile", "logging"}


def test_a_clean_commit_loads_little(tmp_path: Path, environment: dict[str, str]) -> None:
    """A clean run of the staged hook with the rules cached loads nothing that it does not need."""
    folder = tmp_path / "repository"
    subprocess.run(["git", "init", "--quiet", str(folder)], env=environment, check=True)
    (folder / "notes").write_text("nothing to see\n")
    subprocess.run(["git", "add", "notes"], cwd=folder, env=environment, check=True)
    run = "from scrubjay.cli import main\ncode = main(['hook', 'pre-commit'])"
    first = loaded(run, folder, environment)
    assert first[0] == 0, first[2]
    code, names, told = loaded(run, folder, environment)
    assert code == 0 and "1 blob" in told and "scrubjay.scanner.hook" in names
    unneeded = {
        "click",
        "regex",
        "json",
        "orjson",
        "dataclasses",
        "importlib.metadata",
        "importlib.resources",
        "tomllib",
    }
    unneeded |= {
        "git",
        "rich",
        "asyncio",
        "logging",
        "platformdirs",
        "argparse",
        "inspect",
        "hashlib",
        "email",
        "zipfile",
    }
    unneeded |= {"pathlib", "tempfile"}
    assert not (names | tops(names)) & unneeded


def test_a_clean_stream_loads_little(tmp_path: Path, environment: dict[str, str]) -> None:
    """The filter's loop on clean input with the rules cached needs neither the second stage nor click."""
    code = (
        "from scrubjay.patterns import Matcher\nfrom scrubjay.sanitizer.stream import run\n"
        "import os\ncode = run(Matcher.default(engine=os.environ.get('SCRUBJAY_ENGINE', '')))"
    )
    loaded(code, tmp_path, environment)
    status, names, told = loaded(code, tmp_path, environment, b"nothing to see\n")
    assert status == 0, told
    assert not tops(names) & {"click", "regex", "json", "orjson", "dataclasses", "tomllib", "rich", "subprocess", "git"}
