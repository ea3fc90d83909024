"""`scrubjay audit` as a person uses it: on a terminal, left and taken up again."""

from __future__ import annotations

import os
import sys
from typing import Any

COMMAND = (sys.executable, "-m", "scrubjay.cli")


def test_verdicts_are_kept_and_the_walk_goes_on(repo: Any, secret: str, make_secret: Any) -> None:
    """A verdict is saved at once; the next walk begins behind it; going back, skipping and quitting work."""
    for number in range(3):
        repo.write(f"{number}.py", f"# above\nk = '{make_secret(str(number))}'  # and {secret}\n")
    first = repo.run(*COMMAND, "audit", stdin=b"x\nt\nit is real\nq\n").stdout.decode()
    assert "[1/4]" in first and "[2/4]" in first and "[3/4]" not in first
    assert "not an answer" in first and "1 judged, 3 left" in first and "revoke:" in first
    assert "the same secret in 3 places" in first and ">     2 k = 'ghp_********'  # and ghp_********" in first
    second = repo.run(*COMMAND, "audit", stdin=b"s\nb\nf\ntest data\nf\n\ns\n").stdout.decode()
    assert "[1/3]" in second and "2 judged, 1 left" in second
    text = (repo.path / ".scrubjay-baseline").read_text()
    assert text.count("audit=false") == 2 and "audit=true it is real" in text
    scan = repo.run(*COMMAND, "scan")
    assert scan.stdout.count(b"confidence]") == 1
    stats = repo.run(*COMMAND, "audit", "--stats").stdout.decode()
    assert "33%" in stats
    repo.run(*COMMAND, "audit", stdin=b"t\n\n")
    assert b"nothing to judge" in repo.run(*COMMAND, "audit").stdout


def test_staged_only(repo: Any, secret: str, make_secret: Any) -> None:
    """After a stopped commit, --staged asks about what it would add, and the commit passes then."""
    repo.commit(**{"old.txt": make_secret("old")})
    repo.stage("new.txt", secret)
    assert repo.hook("pre-commit").code == 1
    out = repo.run(*COMMAND, "audit", "--staged", stdin=b"f\ntest data\n").stdout.decode()
    assert "[1/1]" in out and "new.txt:1:1" in out
    assert repo.hook("pre-commit").code == 0


def test_on_a_terminal(repo: Any, secret: str) -> None:
    """The walk works on a real terminal, and shows no secret there."""
    import pty

    repo.write("a.py", f"k = '{secret}'\n")
    main, side = pty.openpty()
    pid = os.fork()
    if not pid:
        os.chdir(repo.path)
        for target in (0, 1, 2):
            os.dup2(side, target)
        os.execve(sys.executable, [sys.executable, "-m", "scrubjay.cli", "audit"], repo.environment)
    os.close(side)
    seen, asked = b"", 0
    answers = [b"f\n", b"a test\n"]
    while True:
        try:
            chunk = os.read(main, 4096)
        except OSError:
            break
        if not chunk:
            break
        seen += chunk
        if seen.count(b"> \x1b") + seen.count(b" > ") > asked and asked < len(answers):
            os.write(main, answers[asked])
            asked += 1
    assert os.waitpid(pid, 0)[1] == 0
    assert b"1 judged, 0 left" in seen and secret.encode() not in seen
