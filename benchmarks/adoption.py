"""How long it takes to adopt scrubjay in an old repository: `adoption.py [REPOSITORY]`.

It clones the repository, or makes an old one with hundreds of secrets, and does what docs/baseline.md says: baseline,
hook, the scan of a CI. Then a commit with a new secret must be stopped, one that moves an old secret must not, and the
branches of two developers who both add an entry must merge. Every step is timed; one that does not end as it must ends
the run with 1.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import zlib
from pathlib import Path

SCRUBJAY = (sys.executable, "-m", "scrubjay.cli")
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
LIMIT = 300


def token(label: str) -> str:
    """A made-up GitHub token with a right checksum."""
    body = "".join(DIGITS[byte % 62] for byte in hashlib.sha256(label.encode()).digest())[:30]
    check, number = "", zlib.crc32(body.encode())
    for _ in range(6):
        number, digit = divmod(number, 62)
        check = DIGITS[digit] + check
    return "gh" + "p_" + body + check


def git(folder: Path, *words: str, good: tuple[int, ...] = (0,)) -> subprocess.CompletedProcess[str]:
    """Run git as a developer with the hook would."""
    done = subprocess.run(["git", "-C", str(folder), *words], capture_output=True, text=True, check=False)
    if done.returncode not in good:
        sys.exit(f"git {' '.join(words)}: {done.returncode}\n{done.stderr}")
    return done


def old_repository(folder: Path, secrets: int = 600, commits: int = 200) -> None:
    """Make a repository with a history in which secrets come, move and go."""
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch=main")
    name = "passw" + "ord"
    for number in range(commits):
        path = folder / f"service{number % 40}" / f"settings{number}.py"
        path.parent.mkdir(exist_ok=True)
        lines = [f"# module {number}\n"] + ["value = compute(1, 2)\n"] * 20
        for part in range(secrets // commits):
            made = hashlib.sha256(f"{number}.{part}".encode()).hexdigest()
            lines.append(f"token = '{token(made)}'\n" if part % 2 else f"{name} = '{made[:5]}X!{made[5:12]}q'\n")
        path.write_text("".join(lines))
        git(folder, "add", ".")
        git(folder, "commit", "--quiet", "-m", f"change {number}")


class Steps:
    """Runs and times the steps."""

    def __init__(self) -> None:
        self.total = 0.0

    def run(self, what: str, folder: Path, *words: str, good: int) -> str:
        """Run a command that must end with `good`; print its time and return what it said."""
        start = time.perf_counter()
        done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
        took = time.perf_counter() - start
        self.total += took
        said = (done.stdout + done.stderr).strip()
        print(f"{took:7.2f} s  {what}: {said.splitlines()[-1][:110] if said else 'silent'}")
        if done.returncode != good:
            print(said[-2000:])
            sys.exit(f"{what}: ended with {done.returncode}, must be {good}")
        return said


def adopt(folder: Path, steps: Steps) -> None:
    """All steps, from nothing to a merge of two developers' branches."""
    told = steps.run("what is there", folder, *SCRUBJAY, "scan", "-q", "-f", "jsonl", good=1)
    before = [json.loads(line) for line in told.splitlines()]
    print(f"          {len(before)} findings of {len({row['fingerprint'] for row in before})} secrets in the files")
    steps.run("baseline", folder, *SCRUBJAY, "baseline", "create", "--reason", "before scrubjay", good=0)
    hook = folder / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\nexec {' '.join(SCRUBJAY)} hook pre-commit\n")
    hook.chmod(0o755)
    git(folder, "add", ".scrubjay-baseline", ".gitattributes")
    steps.run("commit of the baseline, with the hook", folder, "git", "commit", "-m", "Known secrets", good=0)
    start = git(folder, "rev-parse", "HEAD").stdout.strip()
    steps.run("CI: scan", folder, *SCRUBJAY, "scan", good=0)
    known = next(folder / row["path"] for row in before if row["path"].endswith((".py", ".go")))
    known.write_text("\n\n\n" + known.read_text())
    git(folder, "add", str(known))
    steps.run("commit that moves an old secret", folder, "git", "commit", "-m", "Moves", good=0)
    (folder / "fresh.py").write_text(f"token = '{token('fresh')}'\n")
    git(folder, "add", "fresh.py")
    steps.run("commit with a new secret is stopped", folder, "git", "commit", "-m", "Adds", good=1)
    git(folder, "commit", "--quiet", "--no-verify", "-m", "Adds all the same")
    steps.run("CI: what the branch adds", folder, *SCRUBJAY, "diff", f"{start}..HEAD", good=1)
    git(folder, "reset", "--quiet", "--hard", "HEAD~1")
    branch = git(folder, "rev-parse", "--abbrev-ref", "HEAD").stdout.strip()
    for name in ("one", "two"):
        git(folder, "checkout", "--quiet", "-b", name, branch)
        (folder / f"{name}.py").write_text(f"token = '{token(name)}'\n")
        steps.run(f"developer {name}: update", folder, *SCRUBJAY, "baseline", "update", "--reason", name, good=0)
        git(folder, "add", ".")
        steps.run(f"developer {name}: commit", folder, "git", "commit", "-m", name, good=0)
    steps.run("merge of the two", folder, "git", "merge", "--no-edit", "one", good=0)
    steps.run("CI: scan of the merge", folder, *SCRUBJAY, "scan", good=0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("repository", nargs="?", help="a repository to clone; by default one is made")
    options = parser.parse_args()
    for name in ("AUTHOR", "COMMITTER"):
        os.environ[f"GIT_{name}_NAME"], os.environ[f"GIT_{name}_EMAIL"] = "Developer", "dev@example.org"
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "old"
        if options.repository:
            subprocess.run(["git", "clone", "--quiet", options.repository, str(folder)], check=True)
        else:
            old_repository(folder)
        steps = Steps()
        adopt(folder, steps)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"{steps.total:7.2f} s  all commands together (must: < {LIMIT} s)")
    print(f"{used.ru_utime + used.ru_stime:7.2f} s  of processor time, with the making of the repository")
    if steps.total > LIMIT:
        sys.exit(1)


if __name__ == "__main__":
    main()
