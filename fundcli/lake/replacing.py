"""A partition's file put in the place of the old one: whole, sorted, on the disk before it has its name."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb

from fundcli.errors import DataError
from fundcli.lake.database import explained, first_line, listed, quoted
from fundcli.lake.layout import COLUMNS, PARTITION_KEY, SORTED_BY, VERSION, VERSION_KEY, Partition

# The column of staged rows that says which came first.
PLACE = "place"
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
# One row group holds so many rows: a reader of one contract skips the others.
_GROUP_ROWS = 61_440
# More rows than this are sorted piece by piece: a year of a whole exchange does not fit into the memory allowed.
_SORTED_AT_ONCE = 150_000


def stage(
    connection: duckdb.DuckDBPyConnection, place: Partition, name: str, values: Sequence[list[Any]], first: int
) -> Path:
    """Columns of values as a file beside the partition's, to be merged into it; no reader sees it.

    Times are milliseconds since 1970. Each row gets its place among all that are staged, from `first` on.
    """
    part = place.part(name)
    columns, given = [], []
    for (column, type_), cells in zip(COLUMNS[place.kind].items(), values, strict=True):
        is_time = type_ == "TIMESTAMP"
        is_one = cells.count(cells[0]) == len(cells)  # handed over once: a list is converted cell by cell
        given.append(cells[0] if is_one else cells)
        kind = "BIGINT" if is_time else type_
        cell = f"${len(given)}::{kind}" if is_one else f"unnest(${len(given)}::{kind}[])"
        columns.append(f"make_timestamp({cell} * 1000) AS {column}" if is_time else f"{cell} AS {column}")
    places = f"unnest(range({first}, {first + len(values[0])})) AS {PLACE}"
    with writing(place.file):
        place.folder.mkdir(parents=True, exist_ok=True)
        connection.execute(f"COPY (SELECT {', '.join(columns)}, {places}) TO '{quoted(part)}' (FORMAT parquet)", given)
    return part


def replace(
    connection: duckdb.DuckDBPyConnection,
    place: Partition,
    rows: str,
    values: Sequence[Any] = (),
    counted: str | None = None,
) -> None:
    """Put the rows of a query, which names the columns of its kind, in the place of a partition.

    counted: a query that gives the symbol of at least as many rows, where that is quicker.
    """
    part = place.part()
    pieces: list[Path] = []
    metadata = f"{VERSION_KEY}: '{VERSION}', {PARTITION_KEY}: '{place.name}'"
    end = f"(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {_GROUP_ROWS}, KV_METADATA {{{metadata}}})"
    columns = ", ".join(COLUMNS[place.kind])
    try:
        with writing(place.file):
            place.folder.mkdir(parents=True, exist_ok=True)
            spans = _spans(connection, counted or rows, () if counted else values)
            for number, (first, last) in enumerate(spans):
                bounds = [*values, first, last]
                sorted_rows = (
                    f"SELECT {columns} FROM ({rows}) "
                    f"WHERE symbol BETWEEN ${len(values) + 1} AND ${len(values) + 2} ORDER BY {SORTED_BY[place.kind]}"
                )
                if len(spans) == 1:
                    connection.execute(f"COPY ({sorted_rows}) TO '{quoted(part)}' {end}", bounds)
                    break
                pieces.append(place.part(f"s{number}"))
                connection.execute(f"COPY ({sorted_rows}) TO '{quoted(pieces[-1])}' (FORMAT parquet)", bounds)
            if pieces:
                together = f"SELECT * FROM read_parquet({listed(pieces)})"
                connection.execute(f"COPY ({together}) TO '{quoted(part)}' {end}")
            _to_disk(part)
            part.replace(place.file)
            with contextlib.suppress(OSError):  # not every system can do that to a folder
                _to_disk(place.folder)
    finally:
        remove([part, *pieces])


def remove(files: Sequence[Path]) -> None:
    """Remove files, those that are there and can be removed."""
    for file in files:
        with contextlib.suppress(OSError):
            file.unlink(missing_ok=True)


def _spans(connection: duckdb.DuckDBPyConnection, rows: str, values: Sequence[Any]) -> list[tuple[str, str]]:
    """Contracts in ascending order, as (first, last) of as many as are sorted at once."""
    counted = connection.execute(
        f"SELECT symbol, count(*) FROM ({rows}) GROUP BY symbol ORDER BY symbol",
        list(values),
    ).fetchall()
    spans: list[tuple[str, str]] = []
    held = 0
    for symbol, count in counted:
        if spans and held + count <= _SORTED_AT_ONCE:
            spans[-1] = spans[-1][0], symbol
            held += count
        else:
            spans.append((symbol, symbol))
            held = count
    return spans or [("", "")]


@contextlib.contextmanager
def writing(file: Path) -> Iterator[None]:
    """The errors of writing a partition, in the words of a user."""
    try:
        yield
    except OSError as error:
        raise unwritable(file, error) from None
    except duckdb.Error as error:
        raise _write_error(file, error) from error


def unwritable(file: Path, error: OSError) -> DataError:
    """Why a file of the lake cannot be written."""
    if error.errno in _FULL:
        return DataError(f"no space is left for {file}", "Free some, or name another FUNDCLI_DATA_DIR.")
    why = error.strerror or str(error)
    return DataError(f"{file} cannot be written: {why}", "Check its permissions, or set FUNDCLI_DATA_DIR.")


def _write_error(file: Path, error: duckdb.Error) -> DataError:
    """DuckDB hands the system's reason over as text."""
    text = str(error)
    if any(os.strerror(number) in text for number in _FULL):
        return unwritable(file, OSError(errno.ENOSPC, ""))
    denied = next((n for n in (errno.EACCES, errno.EPERM, errno.EROFS, errno.EIO) if os.strerror(n) in text), None)
    if denied is not None or not file.is_file():
        return unwritable(file, OSError(denied or errno.EIO, os.strerror(denied) if denied else first_line(error)))
    return explained(error, [file])


def _to_disk(path: Path) -> None:
    """Onto the disk before the rename: after a power cut the name must not lead to an empty file."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
