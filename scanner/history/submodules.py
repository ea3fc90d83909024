"""Finds the submodules of a work tree, each of which is a repository with a history of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ..finding import shown
from ..git import executable

if TYPE_CHECKING:
    from ...patterns import Matcher
    from ..coverage import Coverage
    from ..git import Git

# Submodules in submodules, at most so deep: a hostile list could go in circles.
_DEPTH = 10


def submodules(git: Git, matcher: Matcher, coverage: Coverage) -> Iterator[tuple[str, Git]]:
    """Yield the path and repository of each submodule that is checked out, nested ones too; others are gaps."""
    yield from _below(git, os.path.realpath(git.folder or "."), "", matcher, coverage, 0)


def _below(
    git: Git, folder: str, prefix: str, matcher: Matcher, coverage: Coverage, depth: int
) -> Iterator[tuple[str, Git]]:
    library = _library()
    try:
        # Objects are read without starting git, which could fetch them.
        with library.Repo(folder, search_parent_directories=True, odbt=library.GitDB) as repository:
            top = os.path.realpath(repository.working_tree_dir or repository.git_dir)
            paths = [str(one.path) for one in repository.submodules]
    except Exception as error:  # noqa: BLE001
        # The library raises what its parsers raise, on a hostile list of submodules nearly anything.
        coverage.skip(prefix or "submodules", f"the list of submodules can't be read ({type(error).__name__})")
        return
    for path in paths:
        name, place = prefix + path, os.path.realpath(os.path.join(top, path))
        told = shown(matcher, name)
        if not place.startswith(top + os.sep) or depth >= _DEPTH:
            coverage.skip(told, "a submodule outside of its repository, or too deep in others")
        elif not os.path.lexists(os.path.join(place, ".git")):
            coverage.skip(told, "a submodule that is not checked out; run: git submodule update --init --recursive")
        else:
            other = git.elsewhere(place)
            yield name, other
            yield from _below(other, place, f"{name}/", matcher, coverage, depth + 1)


def _library() -> Any:
    """GitPython, which looks for git when it is imported."""
    os.environ.setdefault("GIT_PYTHON_GIT_EXECUTABLE", executable())
    import git

    return git
