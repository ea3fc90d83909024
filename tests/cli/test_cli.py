"""The command line as a user meets it: real processes, exit codes, formats, errors that say what to do."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

COMMAND = (sys.executable, "-m", "scrubjay.cli")
KEYS = {"rule", "path", "line", "column", "end_line", "end_column", "masked", "fingerprint", "confidence"}


def test_version_and_help(repo: Any) -> None:
    """--version names the release that is installed; --help lists every command with a line of its own."""
    assert repo.run(*COMMAND, "--version", check=True).stdout.decode() == f"scrubjay {version('scrubjay')}\n"
    text = repo.run(*COMMAND, "--help", check=True).stdout.decode()
    for name in ("scan", "diff", "hook", "filter", "explain", "rules", "completion"):
        assert f"  {name} " in text
        assert b"Usage: scrubjay " in repo.run(*COMMAND, name, "--help", check=True).stdout


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["nonsense"], 2, "No such command"),
        (["scan", "--nonsense"], 2, "No such option"),
        (["scan", "no/such/file"], 2, "no such file"),
        (["scan", "--format", "xml"], 2, "xml"),
        (["scan", "--output", "no/such/folder/x", "."], 2, "can't write"),
        (["scan", "--ignored", "--tracked-only"], 2, "exclude each other"),
        (["diff"], 2, "--staged or a range"),
        (["diff", "no..such"], 2, "fetch it first"),
        (["rules", "show", "github-pat-clasic"], 2, "did you mean github-pat-classic"),
        (["hook"], 2, "usage"),
        (["hook", "post-office"], 2, "usage"),
    ],
)
def test_errors_say_what_to_do(repo: Any, words: list[str], code: int, said: str) -> None:
    """Bad input ends with 2 and one message, never a traceback."""
    repo.commit()
    done = repo.run(*COMMAND, *words)
    assert done.returncode == code
    assert said in done.stderr.decode()
    assert b"Traceback" not in done.stderr


def test_text_report(repo: Any, secret: str) -> None:
    """The text report names place, rule and confidence, tells where to revoke, and shows no secret."""
    repo.write("a b.txt", f"x\nkey = {secret}\n")
    done = repo.run(*COMMAND, "scan")
    out = done.stdout.decode()
    assert done.returncode == 1
    assert out.startswith("a b.txt:2:7: GitHub ")
    assert "[github-pat-classic, high confidence]" in out and "revoke: " in out
    assert secret not in out and "1 finding" in done.stderr.decode()


def test_json_and_jsonl_hold_the_same_findings(repo: Any, secret: str) -> None:
    """JSON has findings and coverage; JSON lines has one finding a line; both have the documented keys."""
    repo.write("a.txt", f"key = {secret}\n")
    repo.write("b.txt", f"é key = {secret}\n")
    document = json.loads(repo.run(*COMMAND, "scan", "--format", "json").stdout)
    rows = [json.loads(line) for line in repo.run(*COMMAND, "scan", "-f", "jsonl").stdout.splitlines()]
    assert document["findings"] == rows and len(rows) == 2
    assert set(rows[0]) >= KEYS
    assert rows[1] | {"path": "b.txt", "line": 1, "column": 9, "end_line": 1, "end_column": 49} == rows[1]
    assert rows[0]["fingerprint"] == rows[1]["fingerprint"]
    assert document["coverage"]["files"] == 2
    assert secret not in json.dumps(document)


def test_output_goes_to_a_file(repo: Any, secret: str) -> None:
    """--output leaves standard output empty."""
    repo.write("a.txt", secret)
    done = repo.run(*COMMAND, "scan", "a.txt", "--output", "report.jsonl", "--format", "jsonl")
    assert (done.returncode, done.stdout) == (1, b"")
    assert json.loads((repo.path / "report.jsonl").read_bytes())["line"] == 1


def test_standard_input(repo: Any, secret: str) -> None:
    """A dash reads standard input."""
    done = repo.run(*COMMAND, "scan", "-", stdin=f"key {secret}".encode())
    assert done.returncode == 1
    assert done.stdout.startswith(b"<stdin>:1:5: ")


def test_low_confidence_is_hidden_and_counted(repo: Any) -> None:
    """Guesses are not shown by default, but the summary says how many there are."""
    repo.write("a.txt", "pass" + 'word = "correcthorse"\n')
    done = repo.run(*COMMAND, "scan")
    assert done.returncode == 0 and b"1 of low confidence not shown" in done.stderr
    assert repo.run(*COMMAND, "scan", "--min-confidence", "low").returncode == 1


def test_quiet_hides_the_summary_of_a_complete_scan_only(repo: Any) -> None:
    """--quiet drops the summary, but never the word that something was not examined."""
    repo.write("a.txt", "x")
    assert repo.run(*COMMAND, "scan", "--quiet").stderr == b""


def test_an_unreadable_file_is_never_clean(repo: Any) -> None:
    """A file that can't be read makes the scan incomplete: exit 3, said even with --quiet."""
    repo.write("a.txt", "x")
    repo.write("locked.txt", "y").chmod(0)
    run = [*COMMAND, "scan", "--quiet"]
    if os.geteuid() == 0:
        # Root reads everything, unless these two capabilities are taken away.
        powers = "-dac_override,-dac_read_search"
        run = ["setpriv", f"--bounding-set={powers}", f"--inh-caps={powers}", *run]
        if repo.run(*run[:3], "true").returncode:
            pytest.skip("root can't drop capabilities here")
    done = repo.run(*run)
    assert done.returncode == 3
    assert b"locked.txt" in done.stderr and b"INCOMPLETE" in done.stderr


def test_ignored_and_untracked_files(repo: Any, secret: str) -> None:
    """Untracked files count, ignored ones do not; the options turn both round."""
    repo.commit(**{".gitignore": "out/\n", "tracked.txt": secret})
    repo.write("new.txt", secret)
    repo.write("out/build.txt", secret)

    def paths(*words: str) -> list[str]:
        rows = repo.run(*COMMAND, "scan", "-f", "jsonl", *words).stdout.splitlines()
        return sorted(json.loads(row)["path"] for row in rows)

    assert paths() == ["new.txt", "tracked.txt"]
    assert paths("--tracked-only") == ["tracked.txt"]
    assert paths("--ignored") == ["new.txt", "out/build.txt", "tracked.txt"]
    assert paths("out") == ["out/build.txt"]


def test_names_links_and_wide_text(repo: Any, secret: str) -> None:
    """Secrets in names, in targets of links, in UTF-16 with and without mark, behind NULs: all found."""
    repo.write(f"n {secret}.txt", "x")
    os.symlink(secret, repo.path / "link")
    repo.write("bom.txt", ("\ufeffa\nkey = " + secret).encode("utf-16-le"))
    repo.write("be.txt", ("some plain text here\nkey = " + secret).encode("utf-16-be"))
    repo.write("nul.bin", b"\0\1\2" + secret.encode() + b"\0")
    repo.write("crlf.txt", f"a\r\nkey = {secret}\r\n")
    rows = [json.loads(row) for row in repo.run(*COMMAND, "scan", "-f", "jsonl").stdout.splitlines()]
    places = {(row["path"], row["kind"], row["line"], row["column"]) for row in rows}
    assert places == {
        ("n ghp_********.txt", "path", 1, 3),
        ("link", "symlink", 1, 1),
        ("bom.txt", "file", 2, 7),
        ("be.txt", "file", 2, 7),
        ("nul.bin", "file", 1, 4),
        ("crlf.txt", "file", 2, 7),
    }
    assert secret not in json.dumps(rows)


def test_a_large_file_is_scanned_whole(repo: Any, secret: str) -> None:
    """A secret behind 40 MB is found with its right line."""
    line = b"nothing to see here, only filler text\n"
    count = 40_000_000 // len(line)
    with (repo.path / "big.txt").open("wb") as file:
        file.write(line * count + b"key = " + secret.encode() + b"\n" + line)
    (row,) = repo.run(*COMMAND, "scan", "-f", "jsonl").stdout.splitlines()
    found = json.loads(row)
    assert (found["line"], found["column"]) == (count + 1, 7)


def test_both_engines_report_the_same(repo: Any, secret: str) -> None:
    """--engine and SCRUBJAY_ENGINE choose the engine; the reports are equal."""
    repo.write("a.txt", f"key = {secret}\nurl = postgres://app:x7Kp" + "2mQz9w@db/x\n")
    reports = {repo.run(*COMMAND, "scan", "-f", "json", "--engine", name).stdout for name in ("keywords",)}
    reports.add(repo.run(*COMMAND, "scan", "-f", "json").stdout)
    reports.add(repo.run(*COMMAND, "scan", "-f", "json", SCRUBJAY_ENGINE="keywords").stdout)
    assert len(reports) == 1
    assert repo.run(*COMMAND, "scan", SCRUBJAY_ENGINE="steam").returncode == 2


def test_explain(repo: Any, secret: str) -> None:
    """explain says which rule fits and what its checks found, for reported and for dropped texts."""
    good = repo.run(*COMMAND, "explain", f"key = {secret}")
    assert good.returncode == 1
    assert b"github-pat-classic" in good.stdout and b"high confidence" in good.stdout
    assert secret.encode() not in good.stdout
    dummy = repo.run(*COMMAND, "explain", "-", stdin=b"gh" + b"p_" + b"x" * 36)
    assert dummy.returncode == 0 and b"not reported" in dummy.stdout
    assert b"no rule" in repo.run(*COMMAND, "explain", "hello").stdout


def test_rules_list_and_show(repo: Any) -> None:
    """Every listed rule can be shown; both formats list the same."""
    rows = json.loads(repo.run(*COMMAND, "rules", "list", "--format", "json").stdout)
    text = repo.run(*COMMAND, "rules", "list").stdout.decode().splitlines()
    assert [row["id"] for row in rows] == [line.split()[0] for line in text]
    assert len(rows) >= 80
    shown = repo.run(*COMMAND, "rules", "show", "github-pat-classic").stdout.decode()
    assert "github-pat-classic" in shown and "crc32-base62" in shown


def test_rules_check_takes_the_users_own_file(repo: Any) -> None:
    """A rule file beside the shipped ones is checked; what is wrong is named, with exit code 1."""
    repo.write("acme.toml", 'provider = "A"\n[[rule]]\nid = "generic-password"\n')
    done = repo.run(*COMMAND, "rules", "check", "acme.toml")
    assert done.returncode == 2 and b"acme.toml" in done.stderr


def test_rules_bench(repo: Any) -> None:
    """The bench prints speed and candidates of each rule that was asked for."""
    pytest.importorskip("hyperscan")
    repo.write("corpus.txt", "password = 'x'\n" * 1000)
    done = repo.run(*COMMAND, "rules", "bench", "--corpus", "corpus.txt", "generic-password", check=True)
    assert done.stdout.decode().splitlines()[-1].endswith("generic-password")


def test_completion_scripts(repo: Any) -> None:
    """Each shell gets a script, and asking for candidates answers with commands."""
    for shell in ("bash", "zsh", "fish"):
        assert b"_SCRUBJAY_COMPLETE" in repo.run(*COMMAND, "completion", shell, check=True).stdout


def test_a_closed_pipe_ends_quietly(repo: Any, secret: str) -> None:
    """A reader that goes away, as with head, leaves no traceback."""
    for number in range(3000):
        repo.write(f"f{number}.txt", secret)
    process = subprocess.Popen(
        [*COMMAND, "scan"], cwd=repo.path, env=repo.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout and process.stderr
    process.stdout.readline()
    process.stdout.close()
    assert b"Traceback" not in process.stderr.read()
    assert process.wait() in (141, 1)


def test_an_interrupt_gives_130(repo: Any, tmp_path: Path) -> None:
    """Ctrl-C ends a scan with 130 and one line."""
    fifo_fed = subprocess.Popen(
        [*COMMAND, "scan", "-"], cwd=repo.path, env=repo.environment,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    # It is at work once its engine has been loaded.
    deadline = time.monotonic() + 60
    maps = Path(f"/proc/{fifo_fed.pid}/maps")
    while maps.exists() and time.monotonic() < deadline:
        if any(engine in maps.read_bytes() for engine in (b"hyperscan", b"ahocorasick")):
            break
        time.sleep(0.05)
    else:
        time.sleep(2)
    time.sleep(0.3)
    fifo_fed.send_signal(signal.SIGINT)
    out, err = fifo_fed.communicate(timeout=30)
    assert fifo_fed.returncode == 130
    assert b"interrupted" in err and b"Traceback" not in err


def test_names_cannot_forge_report_lines(repo: Any, secret: str) -> None:
    """A file name with a newline and escapes can't forge a line of the text report."""
    repo.write("a\nfake.txt:1:1: \x1b[31m", secret)
    out = repo.run(*COMMAND, "scan").stdout.decode()
    assert [line.startswith("a\\n") for line in out.splitlines() if "fake.txt" in line] == [True]
    assert "\\n" in out and "\x1b" not in out


def test_an_option_like_file_name_does_not_stop_the_hook(repo: Any, secret: str) -> None:
    """A staged file named --help is scanned as a file, and help is only given where no file can be."""
    repo.stage("--help", secret)
    repo.stage("b.txt", secret)
    assert repo.hook("pre-commit", "--help", "b.txt").code == 1
    assert b"Usage" in repo.run(*COMMAND, "hook", "--help").stdout


def test_a_terminal_without_unicode_does_not_stop_a_scan(repo: Any, secret: str) -> None:
    """Where the output's encoding lacks a character of a path, the character is escaped."""
    repo.write("schlüssel-鍵.txt", secret)
    done = repo.run(*COMMAND, "scan", PYTHONUTF8="0", PYTHONIOENCODING="ascii")
    assert done.returncode == 1 and b"schl\\xfcssel" in done.stdout
