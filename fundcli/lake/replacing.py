"""A partition's file put in the place of the old one: whole, sorted, on the disk before it has its name."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from fundcli.errors import DataError
from fundcli.lake.database import connected, explained, first_line, quoted
from fundcli.lake.layout import COLUMNS, FILE, PARTITION_KEY, SORTED_BY, VERSION, VERSION_KEY, partition

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
# One row group holds so many rows: a reader of one contract skips the others.
_GROUP_ROWS = 61_440


def replace(
    root: Path, kind: str, exchange: str, year: int, rows: str, values: Sequence[Any] | Mapping[str, Any] = ()
) -> None:
    """Put the rows of a query, which names the columns of its kind, in the place of a partition."""
    folder = partition(root, kind, exchange, year)
    file, part = folder / FILE, folder / f".{os.getpid()}.part"
    metadata = f"{VERSION_KEY}: '{VERSION}', {PARTITION_KEY}: '{folder.relative_to(root).as_posix()}'"
    sql = (
        f"COPY (SELECT {', '.join(COLUMNS[kind])} FROM ({rows}) ORDER BY {SORTED_BY[kind]}) TO '{quoted(part)}' "
        f"(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {_GROUP_ROWS}, KV_METADATA {{{metadata}}})"
    )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with connected(2, "192MB") as connection:
            connection.execute(sql, values)
        _to_disk(part)
        part.replace(file)
        with contextlib.suppress(OSError):  # not every system can do that to a folder
            _to_disk(folder)
    except (duckdb.Error, OSError) as error:
        with contextlib.suppress(OSError):
            part.unlink()
        if isinstance(error, OSError):
            raise unwritable(file, error) from None
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
