"""DuckDB over the lake's files: one connection in memory a call, and its errors in the words of a user."""

from __future__ import annotations

import os
import re
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from fundcli.errors import DataError
from fundcli.lake.layout import COLUMNS, VERSION, VERSION_KEY, kind_of

if TYPE_CHECKING:
    import duckdb
else:
    try:  # the engine alone: the package around it, which SQL does not need, takes as long again three times
        import _duckdb as duckdb
    except ImportError:  # before 1.4 it had another name
        import duckdb

_QUERIES = Path(__file__).parent / "queries"
_ATTEMPTS = 500
_PAUSE_SECONDS = 0.01
T = TypeVar("T")
_SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": False,
    "TimeZone": "UTC",
    "memory_limit": "256MB",
    # A file is replaced under its name: what was read of it once must not be taken for what it holds now.
    "enable_external_file_cache": False,
}
# Of a file that cannot be read: what stood in it counts as asked for.
REMEDY = "Move it away and ask for it anew with `fundcli history sync --again`."
_NO_LAKE = "is not a file of the lake: its metadata names no schema"


@contextmanager
def connected(
    threads: int | None = None, memory: str = "256MB", aside: Path | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection of its own, which never touches the network or a file that is not named to it.

    aside: the folder for what does not fit into memory (one of this program's among the temporary ones), never the
    folder that the user happens to be in.
    """
    connection = duckdb.connect(":memory:", config=_SETTINGS)
    try:
        if threads is not None:
            connection.execute(f"SET threads = {threads}")
        folder = aside or Path(tempfile.gettempdir()) / f"fundcli-{os.getpid()}"
        connection.execute(f"SET temp_directory = '{quoted(folder)}'")
        if memory != _SETTINGS["memory_limit"]:
            connection.execute(f"SET memory_limit = '{memory}'")
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


def fetch(
    sql: str,
    files: Sequence[Path],
    parameters: dict[str, Any] | None = None,
    problems: list[str] | None = None,
    connection: duckdb.DuckDBPyConnection | None = None,
) -> list[tuple[Any, ...]]:
    """The rows of a query over files, named `$files` in it, as they stood at one moment.

    Parameters that a query does not name are left out. A file that cannot be read (cut off, or of a newer schema) is
    left out and named in `problems`; without such a list it is an error. connection: instead of one of its own.
    """
    chosen = list(files)
    given = {name: value for name, value in (parameters or {}).items() if f"${name}" in sql}

    def ask() -> tuple[list[tuple[Any, ...]], dict[Path, str]]:
        with connected() if connection is None else nullcontext(connection) as asking:
            if strange := _strange(asking, chosen):
                return [], strange
            return asking.execute(sql, {"files": [named(f) for f in chosen], **given}).fetchall(), {}

    while chosen:
        try:
            found, strange = steady(chosen, ask)
        except duckdb.Error as error:
            strange = {file: problem for file in chosen if (problem := problem_of(file))}
            if not strange:
                raise explained(error, chosen) from error
        if not strange:
            return found
        for file, problem in strange.items():
            if problems is None:
                raise refused(file, problem)
            text = f"{file} {problem}"
            if text not in problems:
                problems.append(text)
        chosen = [file for file in chosen if file not in strange]
    return []


def steady(files: Sequence[Path], ask: Callable[[], T]) -> T:
    """What is asked of files that nobody replaces meanwhile: else it is asked again.

    DuckDB opens a file more than once for one query: replaced in between, the rows of the new one would be counted by
    the footer of the old one.
    """
    for _ in range(_ATTEMPTS):
        before = _identity(files)
        failure: duckdb.Error | None = None
        try:
            found = ask()
        except duckdb.Error as error:
            failure = error
        if _identity(files) != before:
            time.sleep(_PAUSE_SECONDS)
        elif failure is None:
            return found
        else:
            raise failure
    raise DataError("the lake is being replaced faster than it can be read", "Try again.")


def _identity(files: Sequence[Path]) -> list[tuple[int, int, int] | None]:
    """Which files stand under these names now; None where there is none."""
    found: list[tuple[int, int, int] | None] = []
    for file in files:
        try:
            status = file.stat()
        except OSError:
            found.append(None)
            continue
        found.append((status.st_ino, status.st_mtime_ns, status.st_size))
    return found


def sound(files: Sequence[Path], problems: list[str]) -> list[Path]:
    """The files that can be read; the others are named in `problems`."""
    fetch("SELECT 1 FROM read_parquet($files, hive_partitioning = false) LIMIT 0", files, None, problems)
    return [file for file in files if not any(problem.startswith(f"{file} ") for problem in problems)]


def _strange(connection: duckdb.DuckDBPyConnection, files: Sequence[Path]) -> dict[Path, str]:
    """The files that are not of a schema that this fundcli knows, and why."""
    rows = connection.execute(
        "SELECT file_name, decode(value) FROM parquet_kv_metadata($files) WHERE decode(key) = $key",
        {"files": [named(file) for file in files], "key": VERSION_KEY},
    ).fetchall()
    versions = dict(rows)
    found = {file: _version_problem(versions.get(str(file))) for file in files}
    return {file: problem for file, problem in found.items() if problem}


def _version_problem(version: str | None) -> str:
    if version is None:
        return _NO_LAKE
    if not version.isdecimal():
        return f"names '{version[:20]}' as its schema"
    if int(version) > VERSION:
        return f"was written by a newer fundcli (schema {version}, this one knows {VERSION})"
    return ""


def explained(error: duckdb.Error, files: Sequence[Path]) -> DataError:
    """What is wrong with which file."""
    for file in files:
        problem = problem_of(file)
        if problem:
            return refused(file, problem)
    return DataError(f"the lake cannot be read: {first_line(error)}", "Run `fundcli history verify`.")


def refused(file: Path, problem: str) -> DataError:
    """The error of a file that cannot be read."""
    if "newer fundcli" in problem:
        return DataError(f"{file} {problem}", "Update fundcli, or move the file away.")
    return DataError(f"{file} {problem}", REMEDY)


def problem_of(file: Path, version: bool = True) -> str:
    """Why a file cannot be read as one of the lake; empty if it can. `version`: whether it has to name its schema."""
    try:
        return steady([file], lambda: _problem(file, version))
    except (duckdb.Error, ValueError) as error:
        return f"is damaged: {first_line(error)}"


def _problem(file: Path, version: bool) -> str:
    with connected(1) as connection:
        if version and (strange := _strange(connection, [file])):
            return strange[file]
        described = connection.execute(
            "DESCRIBE SELECT * FROM read_parquet($1, hive_partitioning = false)", [named(file)]
        )
        wrong = _column_problem({name: kind for name, kind, *_ in described.fetchall()}, COLUMNS[kind_of(file)])
        if not wrong:
            # Reads every page of every column: a file may be cut or scratched behind a sound footer.
            connection.execute(
                "SELECT max(COLUMNS(*)) FROM read_parquet($1, hive_partitioning = false)", [named(file)]
            ).fetchall()
        return wrong


def _column_problem(found: dict[str, str], wanted: dict[str, str]) -> str:
    missing = [name for name in wanted if name not in found]
    if missing:
        return f"has no column {missing[0]}"
    other = [name for name in wanted if found[name] != wanted[name]]
    return f"has {found[other[0]]} in column {other[0]} instead of {wanted[other[0]]}" if other else ""


def first_line(error: Exception) -> str:
    """An error of DuckDB's, short."""
    return str(error).splitlines()[0][:160]


def named(path: Path) -> str:
    """A path to be read, which DuckDB would take for a pattern if it has such characters.

    >>> named(Path("lake[1].parquet"))
    'lake[[]1].parquet'
    """
    return re.sub(r"([\[*?])", r"[\1]", str(path))


def listed(paths: Iterable[Path]) -> str:
    """Paths to be read, as a list within SQL."""
    texts = (f"'{quoted(named(path))}'" for path in paths)
    return f"[{', '.join(texts)}]"


def quoted(path: Path | str) -> str:
    """A path within a quoted string of SQL."""
    return str(path).replace("'", "''")
