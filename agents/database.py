"""SQLite databases of agents: secrets in any column of any table, masked in one transaction, in the log too."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from ..patterns.errors import INCOMPLETE, ScrubjayError

if TYPE_CHECKING:
    from sqlite3 import Connection

_BUSY = 3.0


class Cell(NamedTuple):
    """A value of a row as bytes; `text` is false for a BLOB."""

    table: str
    column: str
    row: int
    data: bytes
    text: bool


def cells(path: str) -> Iterator[Cell]:
    """Yield all texts of a database, read only. Raises ScrubjayError for what can't be read."""
    import sqlite3

    try:
        connection = sqlite3.connect(f"file:{_quoted(path)}?mode=ro", uri=True, timeout=_BUSY, isolation_level=None)
        try:
            yield from _cells(connection)
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise ScrubjayError(f"{path}: {error}", INCOMPLETE) from None


def _quoted(path: str) -> str:
    return path.replace("%", "%25").replace("?", "%3f").replace("#", "%23")


def _name(word: str) -> str:
    return '"' + word.replace('"', '""') + '"'


def _tables(connection: Connection) -> Iterator[tuple[str, list[str]]]:
    rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall()
    for table, sql in rows:
        text = str(sql or "").upper()
        if table.startswith("sqlite_") or text.startswith("CREATE VIRTUAL"):
            continue
        if "WITHOUT ROWID" in text:
            raise ScrubjayError(f"the table {table} has no row numbers, so it can't be examined", INCOMPLETE)
        yield table, [row[1] for row in connection.execute(f"PRAGMA table_info({_name(table)})")]


def _cells(connection: Connection) -> Iterator[Cell]:
    connection.text_factory = bytes
    for raw_table, raw_columns in [(t, c) for t, c in _decoded(connection)]:
        for column in raw_columns:
            query = f"SELECT rowid, typeof({_name(column)}), {_name(column)} FROM {_name(raw_table)} " + (
                f"WHERE typeof({_name(column)}) IN ('text', 'blob')"
            )
            for row, kind, data in connection.execute(query):
                yield Cell(raw_table, column, row, bytes(data), kind == b"text")


def _decoded(connection: Connection) -> list[tuple[str, list[str]]]:
    factory: Any = connection.text_factory
    connection.text_factory = str
    try:
        return list(_tables(connection))
    finally:
        connection.text_factory = factory


def change(path: str, masked: Callable[[Cell], bytes]) -> int:
    """Put what `masked` returns into the place of each value that differs; returns how many did.

    All or nothing, also when the process is killed. What is freed is overwritten, and the write-ahead log is emptied.
    Raises ScrubjayError when another program holds the database, or keeps old pages of it in use.
    """
    import sqlite3

    connection = sqlite3.connect(path, timeout=_BUSY, isolation_level=None)
    try:
        connection.execute("PRAGMA secure_delete = ON")
        if connection.execute("PRAGMA freelist_count").fetchone()[0]:
            # Free pages may hold what was deleted once. Before the change: a process that is killed between the two
            # leaves secrets to be found again.
            connection.execute("VACUUM")
        connection.execute("BEGIN IMMEDIATE")
        changed = 0
        for cell in list(_changed(connection, masked)):
            value: Any = cell.data if not cell.text else cell.data.decode("utf-8", "surrogatepass")
            sql = f"UPDATE {_name(cell.table)} SET {_name(cell.column)} = ? WHERE rowid = ?"
            connection.execute(sql, (value, cell.row))
            changed += 1
        connection.execute("COMMIT")
        _empty_log(connection, path)
        return changed
    except sqlite3.Error as error:
        raise ScrubjayError(f"{path}: {error}; close the program that uses it, and try again", INCOMPLETE) from None
    finally:
        connection.close()


def _changed(connection: Connection, masked: Callable[[Cell], bytes]) -> Iterator[Cell]:
    for cell in _cells(connection):
        data = masked(cell)
        if data != cell.data:
            yield cell._replace(data=data)


def empty_log(path: str) -> None:
    """Empty the write-ahead log of a database, if there is one: a scrub that was killed or met a reader may have left
    old pages there. Raises ScrubjayError when another program still has them in use."""
    import sqlite3

    if not _has_log(path):
        return
    connection = sqlite3.connect(path, timeout=_BUSY, isolation_level=None)
    try:
        _empty_log(connection, path)
    except sqlite3.Error as error:
        raise ScrubjayError(f"{path}: {error}; close the program that uses it, and try again", INCOMPLETE) from None
    finally:
        connection.close()


def _has_log(path: str) -> bool:
    return os.path.exists(path + "-wal") and os.path.getsize(path + "-wal") > 0


def _empty_log(connection: Connection, path: str) -> None:
    busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    if busy and _has_log(path):
        raise ScrubjayError(
            f"another program keeps old pages of {path} in {path}-wal; close it and try again", INCOMPLETE
        )
