"""The lake's settlements as a file for others: Parquet, CSV, JSON; every rate to its last digit, all or nothing."""

from __future__ import annotations

import contextlib
import csv
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import msgspec

from fundcli.core.numbers import plain
from fundcli.errors import DataError
from fundcli.lake.database import connected, first_line, named, quoted, sound, steady
from fundcli.lake.layout import FUNDING, INDEX, MARK, OPEN_INTEREST
from fundcli.lake.records import exact_form, to_ms
from fundcli.lake.scope import Scope

# The columns of CSV and JSON; Parquet has rate and price as floats, and rate_text and price_text where those differ.
COLUMNS = {
    FUNDING: ("exchange", "symbol", "time", "rate", "interval_hours", "price", "source", "fetched_at"),
    **dict.fromkeys(
        (MARK, INDEX), ("exchange", "symbol", "time", "open", "high", "low", "close", "source", "fetched_at")
    ),
    OPEN_INTEREST: ("exchange", "symbol", "time", "amount", "value", "source", "fetched_at"),
}
_QUERIES = {FUNDING: "show", MARK: "export_prices", INDEX: "export_prices", OPEN_INTEREST: "export_interest"}
_ROWS_AT_ONCE = 10_000
Row = tuple[Any, ...]


class Exported(msgspec.Struct, kw_only=True):
    """What was written; the times are None where nothing was."""

    rows: int
    contracts: int
    first_ms: int | None
    last_ms: int | None


def export(scope: Scope, kind: str, to: Path, form: str) -> Exported:
    """Write the rows of a kind in a scope, by exchange, contract and time.

    Files of the lake that cannot be read are left out and named in the scope's problems.
    """
    pairs = None if scope.contracts is None else [f"{name} {symbol}" for name, symbol in sorted(scope.contracts)]
    sql, given = scope.question(_QUERIES[kind], pairs=pairs)
    part = to.with_name(f".{to.name}.{os.getpid()}.part")
    problems = scope.problems if scope.problems is not None else []
    good = sound(scope.files(kind, windowed=scope.as_of_ms is None), problems)
    if not good:
        what = "" if kind == FUNDING else f" {kind.replace('_', ' ')}"
        raise DataError(f"the lake holds no{what or 'thing'} to export", "Fill it with `fundcli history sync`.")
    bound = {"files": [named(file) for file in good], **given}
    try:
        rows, contracts, first, last = steady(good, lambda: _write(part, kind, form, sql, bound))
        part.replace(to)
    except (OSError, duckdb.Error) as error:
        why = error.strerror or str(error) if isinstance(error, OSError) else first_line(error)
        raise DataError(f"--to: {to} cannot be written: {why}", "Check the path and its permissions.") from None
    finally:
        with contextlib.suppress(OSError):
            part.unlink()
    return Exported(
        rows=rows, contracts=contracts, first_ms=None if first is None else to_ms(first),
        last_ms=None if last is None else to_ms(last),
    )  # fmt: skip


def _write(part: Path, kind: str, form: str, sql: str, bound: Mapping[str, Any]) -> Row:
    """Write the rows to a file; how many of how many contracts there are, the first and the last time."""
    with connected(1, "128MB") as connection:
        if form == "parquet":
            connection.execute(f"COPY ({sql}) TO '{quoted(part)}' (FORMAT parquet, COMPRESSION zstd)", bound)
        else:
            _WRITERS[form](part, COLUMNS[kind], _rows(connection.execute(sql, bound), kind))
        count = connection.execute(
            f"SELECT count(*), count(DISTINCT (exchange, symbol)), min(time), max(time) FROM ({sql})", bound
        ).fetchone()
        assert count is not None
        return count


def _rows(found: duckdb.DuckDBPyConnection, kind: str) -> Iterator[Row]:
    while chunk := found.fetchmany(_ROWS_AT_ONCE):
        for row in chunk:
            yield _settlement(row) if kind == FUNDING else tuple(map(_cell, row))


def _settlement(row: Row) -> Row:
    exchange, symbol, time, rate, rate_text, hours, price, price_text, source, fetched = row
    return (
        exchange, symbol, _iso(time), exact_form(rate, rate_text), hours, exact_form(price, price_text), source,
        _iso(fetched),
    )  # fmt: skip


def _cell(value: Any) -> Any:
    if isinstance(value, datetime):
        return _iso(value)
    return exact_form(value, None) if isinstance(value, float) else value


def _iso(time: datetime) -> str:
    return time.isoformat(timespec="milliseconds" if time.microsecond else "seconds") + "Z"


def _csv(file: Path, names: Sequence[str], rows: Iterable[Row]) -> None:
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(names)
        writer.writerows([plain(v) if isinstance(v, Decimal) else v for v in row] for row in rows)


def _objects(names: Sequence[str], rows: Iterable[Row]) -> Iterator[str]:
    for row in rows:
        cells = (plain(v) if isinstance(v, Decimal) else json.dumps(v, ensure_ascii=False) for v in row)
        yield "{" + ", ".join(f'"{name}": {cell}' for name, cell in zip(names, cells, strict=True)) + "}"


def _ndjson(file: Path, names: Sequence[str], rows: Iterable[Row]) -> None:
    with file.open("w", encoding="utf-8", newline="") as out:
        out.writelines(f"{text}\n" for text in _objects(names, rows))


def _json(file: Path, names: Sequence[str], rows: Iterable[Row]) -> None:
    with file.open("w", encoding="utf-8", newline="") as out:
        out.write("[")
        out.writelines(f"{',' if n else ''}\n{text}" for n, text in enumerate(_objects(names, rows)))
        out.write("\n]\n")


_WRITERS: dict[str, Callable[[Path, Sequence[str], Iterable[Row]], None]] = {
    "csv": _csv, "json": _json, "ndjson": _ndjson,
}  # fmt: skip
