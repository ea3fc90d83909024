"""Time that an agent waits for its hook, start of the process to its exit: `python benchmarks/agent_hook.py`.

Beside it ggshield (PyPI), by its own start-up alone: its hook asks a service for each event.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

import harness

OURS = "scrubjay agent hook"
SIZE = 10_000
WARM_UP = 2


def main() -> None:
    """Measure, print the table, and keep the raw results if asked."""
    parser = harness.parser("Process start to exit for one event of an agent.", runs=20)
    parser.add_argument("--tools", metavar="DIR", help="folder of ggshield's program; default: beside this Python")
    args = parser.parse_args()
    program = shutil.which("scrubjay", path=os.path.dirname(sys.executable))
    if not program:
        raise SystemExit("scrubjay is not installed beside this Python")
    peer = shutil.which("ggshield", path=args.tools or os.path.dirname(sys.executable))
    described = harness.machine()
    harness.introduce("agent_hook", described)
    with tempfile.TemporaryDirectory(prefix="scrubjay-benchmark-") as folder:
        env = _environment(folder)
        events = _events(folder)
        calls = {}
        command = [program, "agent", "hook", "--agent", "claude-code"]
        for name, path in events.items():
            calls[f"{OURS}, {name}"] = lambda path=path: _run(command, path, env)
        for name, policy in _policies(folder).items():
            policed = env | {"SCRUBJAY_POLICY": policy}
            calls[f"{OURS}, clean output, {name}"] = lambda policed=policed: _run(
                command, events["clean output"], policed
            )
        calls["scrubjay hook, its usage"] = lambda: harness.run([program, "hook", "-"], env=env)
        if peer:
            calls["ggshield --version"] = lambda: harness.run([peer, "--version"], env=env)
        calls["floor: python -c pass"] = lambda: harness.run([sys.executable, "-c", "pass"], env=env)
        harness.interleaved(calls, WARM_UP)
        runs = harness.interleaved(calls, args.runs)
    rows = []
    base = harness.median([one.wall for one in runs[next(iter(calls))]])
    for name, own in runs.items():
        wall = harness.median([one.wall for one in own])
        rows.append([
            name, f"{wall:.3f}", f"{min(one.wall for one in own):.3f}",
            f"{harness.median([one.cpu for one in own]):.3f}",
            f"{max(one.peak_mb for one in own):.0f}", f"{wall / base:.1f}",
            ",".join(sorted({str(o.code) for o in own})),
        ])  # fmt: skip
    harness.show(
        f"one event of {SIZE} bytes; seconds, median of {args.runs}",
        ["", "wall", "best", "cpu", "peak MB", "times ours", "exit code"],
        rows,
    )
    if not peer:
        print("  ggshield: missing; install ggshield, then --tools DIR")
    if harness.is_editable():
        print("\nNOTE: scrubjay is an editable install here, which starts slower than an installed wheel")
    harness.keep(
        args.json, "agent_hook", described, {name: [one._asdict() for one in own] for name, own in runs.items()}
    )


def _run(command: list[str], path: str, env: dict[str, str]) -> harness.Run:
    return harness.run(command, env=env, source=["cat", path])


def _policies(folder: str) -> dict[str, str]:
    """Files of a data policy with an audit: with labels of paths, and with a thousand known values."""
    Path(folder, "names").write_text("".join(f"Somebody Number {number}\n" for number in range(1000)))
    receiver = "[[receiver]]\nagents = ['claude-code']\nclasses = ['public']\n"
    found = {}
    for name, things in (
        ("data policy", "paths = ['customers/', '*.mbox']"),
        ("known values", "known-files = ['names']"),
    ):
        path = Path(folder, f"{name}.toml")
        path.write_text(f"audit = 'audit.jsonl'\n[[label]]\nclass = 'personal'\n{things}\n{receiver}")
        found[name] = str(path)
    return found


def _environment(folder: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    return kept | {
        "HOME": folder,
        "XDG_CACHE_HOME": os.path.join(folder, "cache"),
        "XDG_CONFIG_HOME": os.path.join(folder, "config"),
    }


def _events(folder: str) -> dict[str, str]:
    """Files with events: a clean one after and before a tool, and one with a made-up token."""
    import corpus

    line = "line %d of an ordinary file, with nothing in it to hide\n"
    text = "".join(line % number for number in range(SIZE // len(line)))
    token = corpus.fake_tokens(1)[0]
    base = {"session_id": "s", "transcript_path": "", "cwd": folder, "tool_use_id": "t"}
    after = {**base, "hook_event_name": "PostToolUse", "tool_name": "Bash", "tool_input": {"command": "ls -l"}}
    write = {"file_path": os.path.join(folder, "a.txt"), "content": text}
    command = {"command": "ls | head " + "x" * SIZE}
    events = {
        "clean output": {**after, "tool_response": {"stdout": text, "stderr": ""}},
        "clean write": {**base, "hook_event_name": "PreToolUse", "tool_name": "Write", "tool_input": write},
        "clean command": {
            **base, "hook_event_name": "PreToolUse", "tool_name": "Bash", "tool_input": command
        },
        "output with a token": {**after, "tool_response": {"stdout": f"{text}TOKEN={token}\n", "stderr": ""}},
    }  # fmt: skip
    found = {}
    for number, (name, event) in enumerate(events.items()):
        path = os.path.join(folder, f"event{number}")
        Path(path).write_text(json.dumps(event))
        found[name] = path
    return found


if __name__ == "__main__":
    main()
