"""DuckDB over the lake's files: one connection in memory a call, and its errors in the words of a user."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fundcli.errors import DataError
from fundcli.lake.layout import VERSION, VERSION_KEY

if TYPE_CHECKING:
    import duckdb
else:
    try:  # the engine alone: the package around it, which SQL does not need, takes as long again three times
        import _duckdb as duckdb
    except ImportError:  # before 1.4 it had another name
        import duckdb

_QUERIES = Path(__file__).parent / "queries"
_ATTEMPTS = 5
_SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": False,
    "TimeZone": "UTC",
    "memory_limit": "256MB",
}


@contextmanager
def connected(threads: int | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection of its own, which never touches the network or a file that is not named to it."""
    connection = duckdb.connect(":memory:", config=_SETTINGS)
    try:
        if threads is not None:
            connection.execute(f"SET threads = {threads}")
        yield connection
    finally:
        connection.close()


@cache
def query(name: str) -> str:
    """The text of queries/NAME.sql."""
    return (_QUERIES / f"{name}.sql").read_text(encoding="utf-8")


def without(sql: str, absent: Iterable[str]) -> str:
    """A query without its lines of conditions (`AND …`) over parameters that are not given: a column less to read.

    >>> without("WHERE true\\n  AND time >= $since\\n  AND fetched_at <= $as_of", ["as_of"])
    'WHERE true\\n  AND time >= $since'
    """
    names = tuple(f"${name}" for name in absent)
    kept = (s for s in sql.split("\n") if not (s.lstrip().startswith("AND ") and any(name in s for name in names)))
    return "\n".join(kept)


def fetch(sql: str, files: Sequence[Path], parameters: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
    """The rows of a query over files, named `$files` in it.

    Parameters that a query does not name are left out. A file may be replaced between its listing and its reading: the
    query is then asked again.
    """
    if not files:
        return []
    named = {name: value for name, value in (parameters or {}).items() if f"${name}" in sql}
    for attempt in range(_ATTEMPTS):
        try:
            with connected() as connection:
                return connection.execute(sql, {"files": [str(f) for f in files], **named}).fetchall()
        except duckdb.Error as error:
            if attempt == _ATTEMPTS - 1:
                raise explained(error, files) from error
    raise AssertionError


def explained(error: duckdb.Error, files: Sequence[Path]) -> DataError:
    """What is wrong with which file."""
    for file in files:
        problem = problem_of(file)
        if problem:
            return DataError(f"{file} {problem}", "Move it away and run `fundcli history sync` again.")
    return DataError(f"the lake cannot be read: {str(error).splitlines()[0][:160]}", "Run `fundcli history verify`.")


def problem_of(file: Path) -> str:
    """Why a file cannot be read; empty if it can."""
    try:
        with connected(1) as connection:
            rows = connection.execute(
                "SELECT decode(value) FROM parquet_kv_metadata($1) WHERE decode(key) = $2", [str(file), VERSION_KEY]
            ).fetchall()
            if rows and int(rows[0][0]) > VERSION:
                return f"was written by a newer fundcli (schema {rows[0][0]}, this one knows {VERSION})"
            if not rows:
                return "is not a file of the lake: its metadata names no schema"
            connection.execute("SELECT count(*), max(time) FROM read_parquet($1)", [str(file)]).fetchall()
    except (duckdb.Error, ValueError) as error:
        return f"is damaged: {str(error).splitlines()[0][:160]}"
    return ""
