"""What a log tells of objects, so that git need not be asked: all about trees, a third of what a stream reads.

A log with folders has a line for each tree that a commit brought, and for each entry in it that no parent has at the
same path. An entry without a line was told where a parent, or one of its parents, brought it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import chain
from threading import Thread
from typing import IO, TYPE_CHECKING

from ...patterns.errors import ScrubjayError
from ..git import unquoted
from .commitlog import brought, pieces
from .listing import Listing, size
from .text import lines_of, suspects

if TYPE_CHECKING:
    from ...patterns import Matcher
    from ..git import Git

# A commit's own tree, behind a line break, which no name can hold; and the path of what a commit brought, or of more.
_ROOT = re.compile(rb"\n\x01[^ ]+ [^ ]* [^ ]* ([^ ]+) ")
_PATH = re.compile(rb"\t(.*)")
# Objects and paths that are worth the memory, which is 100 to 200 bytes for each.
_MOST = 1 << 21


class Told(Thread):
    """Reads a log in a thread of its own.

    `log` waits for one and returns it; `objects` and `trees` are what the repository holds, but for what is known;
    `found` tells whether something is found in the name of a tree's entry.
    """

    def __init__(
        self,
        git: Git,
        objects: Listing,
        trees: Listing,
        log: Callable[[], IO[bytes]],
        matcher: Matcher,
        found: Callable[[bytes], bool],
    ) -> None:
        super().__init__(daemon=True)
        self._git, self._objects, self._trees, self._log = git, objects, trees, log
        self._matcher, self._found = matcher, found
        # The trees that are to be read, all where something may be found in a name; the bytes of the others; and the
        # ids of files that are not listed, None where that is not known.
        self.left = trees
        self.bytes = 0
        self.unlisted: bytes | None = None

    def run(self) -> None:
        """Read the log, if there is not too much of all."""
        try:
            if len(self._objects) + len(self._trees) <= _MOST:
                self._read(self._log())
        except (ScrubjayError, OSError, ValueError):
            # There is no log, or the scan has failed and closed it.
            pass

    def _read(self, file: IO[bytes]) -> None:
        names = self._trees.names()
        left, listed = set(names), set(self._objects.names())
        paths: set[bytes] = set()
        unlisted: set[bytes] = set()
        for text in pieces(file):
            folders, files = brought(text)
            left.difference_update(folders, _ROOT.findall(b"\n" + text))
            unlisted.update(set(files) - listed)
            paths.update(_PATH.findall(text))
            if len(paths) > _MOST:
                return
        self.unlisted = b"".join(unlisted)
        if self._are_clean(paths):
            self.bytes = size(self._git, self._trees.of(name for name in names if name not in left))
            self.left = self._trees.of(name for name in names if name in left)

    def _are_clean(self, paths: set[bytes]) -> bool:
        # A path as a whole, too: no slash belongs in a name, but one may be there.
        names = {name for path in map(unquoted, paths) for name in (path, *path.split(b"/"))}
        text = b"\n".join(names)
        spots = (lines_of(text, low, high).split(b"\n") for low, high in suspects(self._matcher, text))
        broken = (name for name in names if b"\n" in name)
        return not any(map(self._found, chain(*spots, broken)))
