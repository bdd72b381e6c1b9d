"""Tables that a person hands over, row by row as text: CSV, a zip of one CSV, Parquet. Never a whole one at once."""

from __future__ import annotations

import csv
import io
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TextIO

import duckdb

from fundcli.errors import DataError
from fundcli.lake.database import connected, first_line, named
from fundcli.lake.zips import unpacked

# A row's place in its file (its line, in Parquet its number) and its cells.
Rows = Iterator[tuple[int, Sequence[str]]]
_SEPARATORS = (",", ";", "\t", "|")
_ROWS_AT_ONCE = 10_000


@contextmanager
def opened(file: Path) -> Iterator[tuple[list[str], Rows]]:
    """The header of a table, and its rows. What goes wrong with the file while they are read is a DataError."""
    with ExitStack() as stack:
        with _told(file):
            if file.suffix.lower() in (".parquet", ".pq"):
                header, rows = _parquet(stack.enter_context(connected(1)), file)
            else:
                header, rows = _csv(stack.enter_context(_text(file)), file)
        yield header, _guarded(rows, file)


def _guarded(rows: Rows, file: Path) -> Rows:
    with _told(file):
        yield from rows


@contextmanager
def _told(file: Path) -> Iterator[None]:
    """Around reading alone: what fails in the hands of the one who reads is not the file's fault."""
    try:
        yield
    except OSError as error:
        raise DataError(
            f"{file} cannot be read: {error.strerror or error}", "Check the path and its permissions."
        ) from None
    except UnicodeDecodeError:
        raise DataError(f"{file} is not text", "It is a CSV in UTF-8, a zip of one, or a Parquet file.") from None
    except (csv.Error, zipfile.BadZipFile, zlib.error, EOFError, duckdb.Error) as error:
        raise DataError(f"{file} is damaged: {first_line(error)}", "Fetch it again.") from None


@contextmanager
def _text(file: Path) -> Iterator[TextIO]:
    if file.suffix.lower() != ".zip":
        with file.open(encoding="utf-8-sig", newline="") as text:
            yield text
        return
    with unpacked(file, "one CSV") as (_, raw), io.TextIOWrapper(raw, encoding="utf-8-sig", newline="") as text:
        yield text


def _csv(text: TextIO, file: Path) -> tuple[list[str], Rows]:
    first = text.readline(100_000)
    if not first.strip():
        raise DataError(f"{file} is empty", "It is a CSV whose first line names its columns.")
    separator = max(_SEPARATORS, key=first.count)
    header = [name.strip() for name in next(csv.reader([first], delimiter=separator))]
    reader = csv.reader(text, delimiter=separator, strict=True)
    return header, ((reader.line_num + 1, row) for row in reader if row)


def _parquet(connection: duckdb.DuckDBPyConnection, file: Path) -> tuple[list[str], Rows]:
    if not file.is_file():
        raise DataError(f"{file} is not a file", "Check the path.")
    source = "read_parquet($1, hive_partitioning = false)"
    described = connection.execute(f"DESCRIBE SELECT * FROM {source}", [named(file)]).fetchall()
    cells = []
    for name, kind, *_ in described:
        column = '"' + str(name).replace('"', '""') + '"'
        time = str(kind).startswith(("TIMESTAMP", "DATE"))
        cells.append(f"coalesce(CAST({f'epoch_ms({column})' if time else column} AS VARCHAR), '')")
    found = connection.execute(f"SELECT {', '.join(cells)} FROM {source}", [named(file)])

    def rows() -> Rows:
        place = 0
        while chunk := found.fetchmany(_ROWS_AT_ONCE):
            for row in chunk:
                place += 1
                yield place, row

    return [str(name) for name, *_ in described], rows()
