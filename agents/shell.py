"""Reads shell commands: programs, words, redirects, and the existing files that they name. It runs nothing.

It need not understand a command to find its files: every word, and every part of a word, that is a file counts.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple

_DEEPEST = 6
_RUN = re.compile(r"[^\s'\"\\`$<>|&;(){}#]+")
_MOST_FILES = 256
_ENDS = "\n;|&(){}"
_SHELLS = frozenset("sh bash zsh dash ksh ash fish".split())
_RUNNERS = frozenset("sudo doas env time nohup nice command builtin exec xargs stdbuf timeout setsid busybox".split())
_ASSIGNED = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)\+?=(.*)", re.DOTALL)
_PARTS = re.compile(r"[\s'\"`;|&<>(){}=,\[\]]+")
_VARIABLE = re.compile(r"\$(?:\{([A-Za-z_][A-Za-z0-9_]*)\}|([A-Za-z_][A-Za-z0-9_]*))")
_BRACES = re.compile(r"\{([^{}]*,[^{}]*)\}")


class Command(NamedTuple):
    """One simple command: words without quotes, assignments before them, redirects, and if its output is piped on."""

    words: list[str]
    assigned: list[str]
    reads: list[str]
    writes: list[str]
    piped: bool

    @property
    def program(self) -> str:
        """The name of the program, past `sudo` and the like."""
        words = self.run
        return os.path.basename(words[0]) if words else ""

    @property
    def run(self) -> list[str]:
        """The words from the program on."""
        words = list(self.words)
        while words and os.path.basename(words[0]) in _RUNNERS:
            rest = words[1:]
            while rest and (rest[0].startswith("-") or _ASSIGNED.fullmatch(rest[0]) or rest[0].isdigit()):
                rest = rest[1:]
            if not rest:
                break
            words = rest
        return words


@lru_cache(maxsize=16)
def commands(text: str, depth: int = 0) -> tuple[Command, ...]:
    """Return the commands of a text in order, those inside substitutions, `bash -c` and `eval` too."""
    if depth > _DEEPEST:
        return ()
    return tuple(_Reader(text, depth).read())


class _Reader:
    def __init__(self, text: str, depth: int) -> None:
        self._text = text
        self._depth = depth
        self._at = 0
        self._found: list[Command] = []
        self._heredocs: list[tuple[str, Command]] = []
        self._begin()

    def _begin(self) -> None:
        self._words: list[str] = []
        self._reads: list[str] = []
        self._writes: list[str] = []
        self._word: list[str] | None = None
        self._target: list[str] | None = None

    def read(self) -> list[Command]:
        text, size = self._text, len(self._text)
        while self._at < size:
            char = text[self._at]
            if char in " \t\r":
                self._end_word()
                self._at += 1
            elif char in _ENDS:
                self._operator(char)
            elif char == "#" and self._word is None:
                self._at = _find(text, "\n", self._at)
            elif char in "<>":
                self._redirect(char)
            else:
                self._piece(char)
        self._end_command(False)
        return self._found

    def _operator(self, char: str) -> None:
        after = self._text[self._at + 1 : self._at + 2]
        if char == "&" and after == ">":
            self._end_word()
            self._at += 1
            return
        if char == "{" and (self._word is not None or after not in (" ", "\n", "\t")):
            self._put(char)
            return
        if char == "}" and self._word is not None:
            self._put(char)
            return
        self._end_command(char == "|" and after != "|")
        self._at += 1
        if char == "\n":
            self._skip_heredocs()

    def _put(self, char: str) -> None:
        self._word = self._word if self._word is not None else []
        self._word.append(char)
        self._at += 1

    def _redirect(self, char: str) -> None:
        text, at = self._text, self._at
        if text[at + 1 : at + 2] == "(":
            self._at += 1
            self._substitute(")")
            self._put_nothing()
            return
        if self._word is not None and "".join(self._word).isdigit():
            self._word = None
        self._end_word()
        end = at + 1
        while end < len(text) and text[end] in "<>|&-" and end - at < 3:
            end += 1
        mark = text[at:end].rstrip("|-")
        self._at = end
        self._target = self._writes if ">" in mark else self._reads if mark in ("<", "<>") else []
        if mark == "<<":
            self._target = None
            self._heredoc()

    def _heredoc(self) -> None:
        found = re.compile(r"-?[ \t]*(['\"]?)([^\s'\";|&<>()]+)\1").match(self._text, self._at)
        if found:
            self._at = found.end()
            self._heredocs.append((found[2], Command(self._words, [], [], [], False)))

    def _skip_heredocs(self) -> None:
        for word, command in self._heredocs:
            found = re.compile(rf"^[ \t]*{re.escape(word)}[ \t]*$", re.MULTILINE).search(self._text, self._at)
            end = found.start() if found else len(self._text)
            if command.program in _SHELLS:
                self._found += commands(self._text[self._at : end], self._depth + 1)
            self._at = found.end() if found else len(self._text)
        self._heredocs = []

    def _piece(self, char: str) -> None:
        text, at = self._text, self._at
        if char == "\\":
            if text[at + 1 : at + 2] != "\n":
                self._word = [*(self._word or []), text[at + 1 : at + 2]]
            self._at += 2
        elif char == "'" or text.startswith("$'", at):
            start = at + 1 + (char == "$")
            end = _find(text, "'", start)
            self._word = [*(self._word or []), text[start:end]]
            self._at = end + 1
        elif char == '"':
            self._double()
        elif text.startswith("$(", at):
            self._at += 1
            self._substitute(")")
            self._put_nothing()
        elif char == "`":
            self._substitute("`")
            self._put_nothing()
        else:
            run = _RUN.match(text, at)
            self._word = [*(self._word or []), run[0] if run else char]
            self._at = run.end() if run else at + 1

    def _put_nothing(self) -> None:
        self._word = self._word if self._word is not None else []

    def _double(self) -> None:
        text = self._text
        self._at += 1
        self._put_nothing()
        assert self._word is not None
        while self._at < len(text) and text[self._at] != '"':
            if text[self._at] == "\\" and text[self._at + 1 : self._at + 2] in ('"', "\\", "$", "`", "\n"):
                self._word.append(text[self._at + 1])
                self._at += 2
            elif text.startswith("$(", self._at):
                self._at += 1
                self._substitute(")")
            elif text[self._at] == "`":
                self._substitute("`")
            else:
                self._word.append(text[self._at])
                self._at += 1
        self._at += 1

    def _substitute(self, end: str) -> None:
        """Read what is inside `$( )` or backticks, from the opening mark on."""
        text, start, at, deep, quote = self._text, self._at + 1, self._at + 1, 1, ""
        while at < len(text):
            char = text[at]
            if char == "\\":
                at += 1
            elif quote:
                quote = "" if char == quote else quote
            elif char in "'\"" and end == ")":
                quote = char
            elif char == end:
                deep -= 1
                if not deep:
                    break
            elif char == "(" and end == ")":
                deep += 1
            at += 1
        self._found += commands(text[start:at], self._depth + 1)
        self._at = at + 1

    def _end_word(self) -> None:
        if self._word is None:
            return
        word, self._word = "".join(self._word), None
        if self._target is not None:
            self._target.append(word)
            self._target = None
        else:
            self._words.append(word)

    def _end_command(self, piped: bool) -> None:
        self._end_word()
        words = self._words
        count = 0
        while count < len(words) and _ASSIGNED.fullmatch(words[count]):
            count += 1
        if words or self._reads or self._writes:
            made = Command(words[count:], words[:count], self._reads, self._writes, piped)
            self._found.append(made)
            self._found += self._inner(made)
        self._begin()

    def _inner(self, command: Command) -> Iterator[Command]:
        run = command.run
        if command.program == "eval":
            yield from commands(" ".join(run[1:]), self._depth + 1)
        elif command.program in _SHELLS:
            for place, word in enumerate(run[1:-1], 1):
                if re.fullmatch(r"-[a-z]*c", word):
                    yield from commands(run[place + 1], self._depth + 1)


def _find(text: str, mark: str, start: int) -> int:
    place = text.find(mark, start)
    return len(text) if place < 0 else place


def files(text: str, cwd: str, counts: Callable[[str], bool] = os.path.isfile) -> list[str]:
    """Return the existing files that a command line names, in order, except the programs that it starts.

    `counts` says what is one; with `os.path.exists` folders are too.
    """
    found: dict[str, None] = {}
    folder, variables, programs = cwd, {}, set()
    for command in commands(text):
        for word in command.assigned:
            name, _, value = word.partition("=")
            variables[name.rstrip("+")] = value
        run = command.run
        if run:
            programs.add(run[0])
        if command.program in ("cd", "pushd") and len(run) > 1:
            folder = os.path.join(folder, os.path.expanduser(run[1]))
        words = [*command.reads, *command.assigned, *(run[1:] if run else [])]
        for word in words:
            for name in _names(word, variables):
                found.update(dict.fromkeys(_existing(name, folder, counts)))
    for part in _PARTS.split(text):
        # Names inside code, as in python -c "open('.env')", and what was not understood.
        if part and part not in programs:
            for name in _names(part, variables):
                found.update(dict.fromkeys(_existing(name, folder, counts)))
        if len(found) > _MOST_FILES:
            break
    return list(found)[:_MOST_FILES]


def objects(text: str) -> list[str]:
    """Return what is named in git's way: `REV:PATH` and object ids in git commands."""
    found: dict[str, None] = {}
    for command in commands(text):
        if command.program == "git":
            for word in command.run[1:]:
                if re.fullmatch(r"[^:\s-][^:\s]*:[^:\s].*|:[^:\s(!^/].*|[0-9a-f]{40}|[0-9a-f]{64}", word):
                    found[word] = None
    return list(found)[:32]


def _names(word: str, variables: dict[str, str]) -> Iterator[str]:
    """What of a word may be the name of a file: itself, what follows `=`, `@` or `file://`, with variables in it."""

    def value(found: re.Match[str]) -> str:
        name = found[1] or found[2]
        return variables.get(name) or os.environ.get(name, "")

    word = _VARIABLE.sub(value, word)
    braces = _BRACES.search(word)
    if braces:
        for part in braces[1].split(",")[:16]:
            yield from _names(word[: braces.start()] + part + word[braces.end() :], {})
        return
    yield word
    for mark in ("=", "@", "file://", ":"):
        if mark in word:
            yield word.rpartition(mark)[2]
            yield word.partition(mark)[2]
            yield word.partition(mark)[0]
    if word.startswith("-") and len(word) > 2:
        yield word[2:]


def _existing(name: str, folder: str, counts: Callable[[str], bool]) -> Iterator[str]:
    if not name or name in (".", "..", "/") or "\0" in name or len(name) > 4096:
        return
    path = os.path.join(folder, os.path.expanduser(name))
    if any(mark in name for mark in "*?["):
        from glob import iglob
        from itertools import islice

        yield from (found for found in islice(iglob(path, include_hidden=True), 64) if counts(found))
    elif counts(path):
        yield os.path.normpath(path)
