"""fundcli history import: settled rates out of files into the lake."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fundcli.commands import options, values
from fundcli.commands.shared import Shared
from fundcli.errors import DataError
from fundcli.render.answer import Answer, Column, Table

if TYPE_CHECKING:
    from fundcli.lake.imports import Imported, Sheet


@dataclass(frozen=True, kw_only=True)
class ImportRow:
    """What an import did of one contract. rows = added + known + revised; holes lie between first and last."""

    exchange: str
    symbol: str
    rows: int
    added: int
    known: int
    revised: int
    first: datetime
    last: datetime
    intervals: list[int]
    holes: int


CONTENT = ImportRow
Files = Annotated[list[Path], typer.Argument(metavar="FILE…", help="CSV, zip of one CSV, or Parquet.")]
Exchange = Annotated[
    str,
    typer.Option("--exchange", "-e", metavar="ID", help="The exchange whose settlements they are.",
                 autocompletion=options.complete_exchanges),
]  # fmt: skip
Symbol = Annotated[
    str | None,
    typer.Option("--symbol", "-s", metavar="SYMBOL", help="The contract of a file that names none; else only this."),
]
Map = Annotated[
    values.Words | None,
    typer.Option("--map", metavar="KIND=COLUMN,…", parser=values.pairs("--map"),
                 help="Columns: time, rate, symbol, interval, mark, exchange (by their usual names)."),
]  # fmt: skip


def run(shared: Shared, file: Files, exchange: Exchange, symbol: Symbol = None, map: Map = None) -> Answer:
    """Put settled rates from files into the lake: Binance Vision's, an API's rows as CSV, any CSV or Parquet.

    Rates are fractions, times ISO 8601 or s, ms, µs since 1970. A file with a wrong line is refused whole. What is
    known already stays as it is; another rate for a known settlement is kept beside it as a revision.

    \b
    fundcli history import BTCUSDT-fundingRate-2024-01.zip -e binance
    fundcli history import rates.csv -e okx --symbol BTC --map time=when,rate=paid
    """
    from fundcli.core.history import spacing
    from fundcli.lake import imports, reader
    from fundcli.lake.merging import Written
    from fundcli.lake.records import from_ms, to_ms
    from fundcli.lake.writer import writer

    profile = shared.profile(exchange)
    names = dict(pair.split("=", 1) for pair in map or ())
    root, now = shared.env.folder("data") / "lake", shared.env.now()
    done: dict[str, list[Imported]] = {}
    warnings: list[str] = []
    broken: list[str] = []
    errors: list[DataError] = []
    for path in file:
        try:
            sheet = imports.read(path, profile.id, profile.contracts.main, symbol, names)
        except DataError as error:
            errors.append(error)
            broken.append(f"{error.line().rstrip('.')}")
            continue
        with writer(root, profile.id) as writing:
            found = imports.put(writing, sheet, to_ms(now.replace(tzinfo=None)))
        for one in found:
            done.setdefault(one.symbol, []).append(one)
        warnings += _warnings(sheet, found, to_ms(now.replace(tzinfo=None)))
    if not done:
        raise errors[0]
    rows = []
    low = min(part.first_ms for parts in done.values() for part in parts)
    high = max(part.last_ms for parts in done.values() for part in parts)
    for name, times, hours in reader.instants(root, profile.id, sorted(done), low, high):
        parts = done[name]
        first, last = min(p.first_ms for p in parts), max(p.last_ms for p in parts)
        written = sum((part.written for part in parts), Written())
        within = [(time, hour) for time, hour in zip(times, hours, strict=True) if first <= time <= last]
        rows.append(
            ImportRow(
                exchange=profile.id, symbol=name, rows=sum(part.rows for part in parts), added=written.added,
                known=written.known, revised=written.revised, first=from_ms(first), last=from_ms(last),
                intervals=sorted({hour for _, hour in within if hour}),
                holes=sum(hole.missing for hole in spacing([time for time, _ in within])[1]),
            )
        )  # fmt: skip
    columns = [
        Column("exchange", "exchange"), Column("symbol", "symbol"), Column("rows", "rows", "number"),
        Column("added", "added", "number"), Column("known", "known", "number"), Column("revised", "revised", "number"),
        Column("first", "first", "time"), Column("last", "last", "time"), Column("intervals", "hours"),
        Column("holes", "holes", "number"),
    ]  # fmt: skip
    cells = [
        tuple(
            ", ".join(str(hours) for hours in row.intervals) if c.name == "intervals" else getattr(row, c.name)
            for c in columns
        )
        for row in rows
    ]
    inputs = {
        "files": [str(path) for path in file], "exchange": profile.id, "symbol": symbol, "map": map,
    }  # fmt: skip
    return Answer(
        command="history-import", as_of=now, inputs=inputs, content=rows, content_type=ImportRow, is_list=True,
        sign="long pays short", tables=lambda: [Table(columns, cells)], warnings=warnings, broken=broken,
    )  # fmt: skip


def _warnings(sheet: Sheet, found: list[Imported], now_ms: int) -> list[str]:
    """What the reader of an import should know about a file."""
    counts = {
        "rows have no rate and were left out": sheet.without_rate,
        "rows are of other contracts and were left out": sheet.other_symbols,
        "rows state another interval than their neighbours show, which is the one kept": sum(
            one.contradicted_intervals for one in found
        ),
        "rows are revisions: another rate was known already, which stands": sum(one.written.revised for one in found),
        "contracts have settlements that lie in the future": sum(one.last_ms > now_ms for one in found),
    }
    return [f"{sheet.file}: {count} {what}" for what, count in counts.items() if count]
