"""The documentation says what the code does: commands, options, checks, examples, links. Also outside of a checkout."""

from __future__ import annotations

import io
import os
import re
import shlex
import tomllib
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path

import click
import pytest
from scrubjay.cli.commands import group
from scrubjay.patterns.checks import ARGUMENTS
from scrubjay.patterns.load import load
from scrubjay.scanner.finding import Finding

ROOT = Path(__file__).resolve().parents[1]
# The tests may run in a copy that has only README, docs and tests; then the rest is somewhere else, or nowhere.
ROOTS = [ROOT, *(Path(name) for name in (os.environ.get("SCRUBJAY_CHECKOUT"),) if name)]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND_NAMES = ("scrubjay", ".venv/bin/scrubjay", "/usr/bin/scrubjay")


def page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(text: str, *languages: str) -> list[str]:
    return [body for language, body in FENCE.findall(text) if language in languages]


def section(text: str, heading: str) -> str:
    """The part of a page below a heading, up to the next one of the same rank."""
    rank = heading.partition(" ")[0]
    match = re.search(rf"^{re.escape(heading)}\n(.*?)(?=^{rank} |\Z)", text, re.MULTILINE | re.DOTALL)
    assert match, f"there is no heading {heading}"
    return match[1]


def commands(
    parent: click.Command = group, path: tuple[str, ...] = ("scrubjay",)
) -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, with its full name."""
    if not isinstance(parent, click.Group):
        yield " ".join(path), parent
        return
    context = click.Context(parent)
    for name in parent.list_commands(context):
        child = parent.get_command(context, name)
        assert child is not None
        yield from commands(child, (*path, name))


COMMANDS = dict(commands())


def calls(line: str) -> Iterator[list[str]]:
    """The words of every scrubjay command in a line of shell."""
    for inner in re.findall(r"\$\(([^()]*)\)", line):
        yield from calls(inner)
    command: list[str] = []
    for word in [*shlex.shlex(line, posix=True, punctuation_chars="();<>|&"), ";"]:
        if not set(word) <= set("();<>|&"):
            command.append(word)
            continue
        while command and (command[0] == "exec" or re.fullmatch(r"[A-Z_]+=.*", command[0])):
            del command[0]
        if command and command[0] in COMMAND_NAMES:
            yield command[1:]
        command = []


def table(text: str, first: str = "`") -> list[list[str]]:
    """The cells of the rows of all tables in a text; their first cell begins with `first`."""
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in re.findall(r"^\|.*\|$", text, re.MULTILINE)
    ]
    return [row for row in rows if re.match(first, row[0])]


def check_call(words: list[str]) -> None:
    """Raise what click raises for a command line, without running anything."""
    command: click.Command = group
    context = click.Context(group, info_name="scrubjay")
    while True:
        options, rest, _ = command.make_parser(context).parse_args(list(words))
        for parameter in command.params:
            value = options.get(parameter.name or "")
            if isinstance(parameter.type, click.Choice) and isinstance(value, str):
                parameter.type.convert(value, parameter, context)
        if not isinstance(command, click.Group):
            return
        if not rest:
            # --help and --version need no command.
            assert words, "a group without a command"
            return
        name, _, words = command.resolve_command(context, rest)
        child = command.get_command(context, name or "")
        assert child is not None
        command, context = child, click.Context(child, info_name=name, parent=context)


def documented_lines() -> list[tuple[str, str]]:
    """Every line in the pages that calls scrubjay: console and shell blocks, hooks' entries, inline code."""
    found = []
    for path in PAGES:
        text = path.read_text(encoding="utf-8")
        lines = [line[2:] for body in blocks(text, "console") for line in body.splitlines() if line.startswith("$ ")]
        lines += [line for body in blocks(text, "sh", "bash") for line in body.splitlines() if "scrubjay" in line]
        lines += [
            code for code in re.findall(r"`([^`\n]+)`", FENCE.sub("", text)) if re.search(r"\bscrubjay [a-z-]", code)
        ]
        found += [(f"{path.name}: {line}", line) for line in lines if any(True for _ in calls(line))]
    return found


LINES = documented_lines()


def test_the_pages_are_there() -> None:
    """The expected pages exist and call the command, so the other tests have something to read."""
    assert {"README.md", "design.md", "commands.md", "hooks.md", "filter.md", "library.md", "rules.md"} <= {
        path.name for path in PAGES
    }
    assert len(LINES) > 50


@pytest.mark.parametrize("line", [line for _, line in LINES], ids=[name for name, _ in LINES])
def test_documented_command_lines_exist(line: str) -> None:
    """Every command line in the pages is one that the command takes."""
    for words in calls(line.replace("[FILE...]", "FILE").replace("[ID...]", "ID").replace("COMMAND", "scan")):
        try:
            check_call(words)
        except click.ClickException as error:
            pytest.fail(f"{line}: {error.format_message()}")


@pytest.mark.parametrize(
    "line",
    ["scrubjay nonsense", "scrubjay scan --nonsense", "scrubjay scan -f xml", "a | scrubjay rules x", "scrubjay"],
)
def test_wrong_command_lines_would_be_noticed(line: str) -> None:
    """The reader of command lines refuses what the command would refuse."""
    with pytest.raises((click.ClickException, AssertionError)):
        for words in calls(line):
            check_call(words)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_is_documented(name: str) -> None:
    """docs/commands.md has a heading for each command and names its options; it names no others."""
    text = page("docs/commands.md")
    own = section(text, f"## {name}")
    shared = {"-h", "--help"} | set(re.findall(r"`(--?[a-z-]+)`", section(text, "## Reports")))
    options = {word for option in COMMANDS[name].params if isinstance(option, click.Option) for word in option.opts} - {
        "-h",
        "--help",
    }
    named = set(re.findall(r"`(--?[a-z][a-z-]*)`", own))
    assert options <= (named | shared if "[reports](#reports)" in own else named)
    assert named <= options
    if {"-o", "-q"} <= options:
        assert shared <= options | {"-h", "--help"}


def test_no_other_command_is_documented() -> None:
    """The commands page has no heading for a command that does not exist."""
    assert set(re.findall(r"^## (scrubjay .*)$", page("docs/commands.md"), re.MULTILINE)) == set(COMMANDS)


def test_keys_and_variables_are_documented() -> None:
    """Keys of a finding, keys of the coverage and environment variables are in docs/commands.md."""
    text = page("docs/commands.md")
    cells = [row[0] for row in table(section(text, "## Reports"))]
    assert {key for cell in cells for key in re.findall(r"`([a-z_]+)`", cell)} == set(Finding._fields)
    assert {"SCRUBJAY_ENGINE", "SCRUBJAY_KEY", "SCRUBJAY_CACHE_DIR"} <= set(re.findall(r"`([A-Z_]+)`", text))


def test_every_setting_is_documented() -> None:
    """docs/configuration.md has a row for each setting, and no other; its example uses them without a mistake."""
    from scrubjay.scanner.settings import ALLOW_KEYS, CUSTOM, KEYS, parse

    text = page("docs/configuration.md")
    rows = {name: row for row in table(text) for name in re.findall(r"`([^`]+)`", row[0])}
    assert set(rows) == {".".join(place) for place in KEYS} | {f"[[{name}]]" for name in ("allow", *CUSTOM)}
    assert all(f"`{key}`" in rows["[[allow]]"][2] for key in ALLOW_KEYS)
    (example,) = blocks(text, "toml")
    assert parse(example)[1] == []
    assert all(key in tomllib.loads(example) for key in {place[0] for place in KEYS} | {"allow", *CUSTOM})


def test_every_page_is_in_the_navigation() -> None:
    """The site's navigation leads to each page of docs/, and to nothing else but the index of the rules' pages."""
    yaml = pytest.importorskip("yaml")
    settings = next((root / "mkdocs.yml" for root in ROOTS if (root / "mkdocs.yml").exists()), None)
    if settings is None:
        pytest.skip("a copy without the site's settings")

    def leaves(entry: object) -> Iterator[str]:
        if isinstance(entry, str):
            yield entry
        for inner in entry.values() if isinstance(entry, dict) else entry if isinstance(entry, list) else ():
            yield from leaves(inner)

    named = list(leaves(yaml.safe_load(settings.read_text(encoding="utf-8"))["nav"]))
    pages = {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")}
    assert sorted(named) == sorted(pages | {"catalogue/index.md"})


def test_every_check_is_documented_with_its_arguments() -> None:
    """docs/rules.md lists the checks that a rule can name, no others, and all their arguments."""
    rows = {row[0].strip("`"): row[1] for row in table(section(page("docs/rules.md"), "## Checks"))}
    assert sorted(rows) == sorted(ARGUMENTS)
    for name, arguments in rows.items():
        told = dict(re.findall(r"`(\w+)`(?: = `?(\"?\w+\"?)`?)?", arguments))
        assert set(told) == set(ARGUMENTS[name]), name
        for argument, default in told.items():
            assert default in ("", repr(ARGUMENTS[name][argument]).replace("'", '"')), (name, argument)


def test_the_keys_of_a_rule_are_documented() -> None:
    """docs/rules.md lists the keys that the loader takes, no others."""
    from scrubjay.patterns.load import _OPTIONAL, _REQUIRED

    rows = {row[0].strip("`"): row[1] for row in table(section(page("docs/rules.md"), "## Keys of a block"))}
    assert set(rows) == _REQUIRED | _OPTIONAL
    assert {name for name, note in rows.items() if note == "required"} == _REQUIRED


def test_the_keys_of_a_data_policy_are_documented() -> None:
    """docs/data-classes.md lists the keys that the reader takes, no others, and its example has no mistake."""
    from scrubjay.agents.dialects import NAMES
    from scrubjay.sanitizer.policyfile import BLOCKS, TOP, parse

    example = blocks(page("docs/data-classes.md"), "toml")[0]
    assert parse(example, "policy.toml", agents=tuple(NAMES))[1] == []
    rows = table(section(page("docs/data-classes.md"), "## The policy file"))
    assert {row[0].strip("`") for row in rows} == {*TOP, *(f"{name}.{key}" for name in BLOCKS for key in BLOCKS[name])}


def test_every_dependency_earns_its_place() -> None:
    """docs/design.md has a line for each library that is installed with the command, and for no other."""
    needed = tomllib.loads(page("pyproject.toml"))["project"]["dependencies"]
    rows = table(section(page("docs/design.md"), "## Dependencies"), first=r"[a-z]")
    assert {row[0] for row in rows} - {"library"} == {re.split(r"[^\w-]", name)[0] for name in needed}


def test_every_hook_is_documented() -> None:
    """docs/hooks.md and the README name the hooks of the manifest, and no others."""
    manifest = next(
        (root / ".pre-commit-hooks.yaml" for root in ROOTS if (root / ".pre-commit-hooks.yaml").exists()), None
    )
    if manifest is None:
        pytest.skip("a copy without the manifest")
    hooks = set(re.findall(r"^- id: (\S+)$", manifest.read_text(encoding="utf-8"), re.MULTILINE))
    assert hooks == {row[0].strip("`") for row in table(section(page("docs/hooks.md"), "## With pre-commit"))} & hooks
    for name in ("README.md", "docs/hooks.md"):
        assert set(re.findall(r"^ +- id: (\S+)", page(name), re.MULTILINE)) <= hooks


def test_the_worked_example_is_a_good_rule() -> None:
    """The rule of docs/rules.md passes the gate beside the shipped rules."""
    pytest.importorskip("hyperscan")
    from scrubjay.patterns.gate import check

    source = ("acme.toml", blocks(section(page("docs/rules.md"), "## A worked example"), "toml")[0].encode())
    assert [problem.text for problem in check(load([source]), [source])] == []


PYTHON = [
    (f"{name} {number}", body, expected)
    for name in ("README.md", "docs/library.md")
    for number, (body, expected) in enumerate(
        re.findall(r"^```python\n(.*?)^```$(?:\n\n```text\n(.*?)^```$)?", page(name), re.MULTILINE | re.DOTALL), 1
    )
]


@pytest.mark.parametrize(("body", "expected"), [row[1:] for row in PYTHON], ids=[row[0] for row in PYTHON])
def test_python_examples_run(body: str, expected: str) -> None:
    """Each Python block runs by itself and prints what the block below it says."""
    out = io.StringIO()
    with redirect_stdout(out):
        exec(compile(body, "example", "exec"), {"__name__": "example"})
    if expected:
        assert out.getvalue() == expected


def test_explain_example_is_true() -> None:
    """What docs/commands.md shows of `scrubjay explain` is what it prints."""
    from click.testing import CliRunner
    from scrubjay.cli.explain import command

    body = next(body for body in blocks(page("docs/commands.md"), "console") if "$ scrubjay explain '" in body)
    words = next(calls(body.splitlines()[0].removeprefix("$ ")))
    shown = "".join(line + "\n" for line in body.splitlines()[1:] if not line.startswith("$ "))
    assert CliRunner().invoke(command, words[1:]).output == shown


def anchors(text: str) -> set[str]:
    """The anchors that a page's headings get."""
    headings = re.findall(r"^#+ (.*)$", FENCE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_relative_links_resolve(path: Path) -> None:
    """Each relative link leads to a file, each anchor to a heading."""
    text = FENCE.sub("", path.read_text(encoding="utf-8"))
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" in link:
            continue
        name, _, anchor = link.partition("#")
        inside = (path.parent / name).resolve().relative_to(ROOT) if name else path.relative_to(ROOT)
        targets = [root / inside for root in ROOTS if (root / inside).exists()]
        if not targets and len(ROOTS) == 1 and not (ROOT / "CONTRIBUTING.md").exists():
            # A copy without the checkout's other files.
            assert inside.parent == Path("."), link
            continue
        assert targets, link
        assert not anchor or anchor in anchors(targets[0].read_text(encoding="utf-8")), link


def test_the_pages_hold_nothing_that_looks_like_a_secret() -> None:
    """A scan of the pages finds nothing, not even of low confidence."""
    from scrubjay.patterns import Matcher

    matcher = Matcher.default(engine=os.environ.get("SCRUBJAY_ENGINE", ""))
    assert {path.name: [match.rule for match in matcher.find(path.read_bytes())] for path in PAGES} == {
        path.name: [] for path in PAGES
    }
