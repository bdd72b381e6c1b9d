"""fundcli history export: the lake's settlements as a file for other programs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from fundcli.commands.history_options import Exchanges, Since, Symbols, Until, asked
from fundcli.commands.shared import Shared
from fundcli.commands.values import choice
from fundcli.errors import UsageError
from fundcli.lake.layout import FUNDING, SERIES
from fundcli.render.answer import Answer, Column, Table

_FORMATS = ("parquet", "csv", "json", "ndjson")


@dataclass(frozen=True, kw_only=True)
class ExportRow:
    """The file that was written, and what it holds."""

    file: str
    format: str
    rows: int
    contracts: int
    first: datetime | None
    last: datetime | None


CONTENT = ExportRow
To = Annotated[Path, typer.Option("--to", metavar="FILE", help="The file; its suffix says the format.")]
Format = Annotated[
    str | None,
    typer.Option("--format", metavar="FORMAT", parser=choice("--format", _FORMATS),
                 help="parquet, csv, json or ndjson (by the suffix)."),
]  # fmt: skip
Kind = Annotated[
    str,
    typer.Option("--kind", metavar="KIND", parser=choice("--kind", SERIES),
                 help="funding, mark, index or open_interest (funding)."),
]  # fmt: skip


def run(
    shared: Shared, to: To, format: Format = None, exchange: Exchanges = None, symbol: Symbols = None,
    since: Since = None, until: Until = None, kind: Kind = FUNDING,
) -> Answer:  # fmt: skip
    """Write settlements of the lake to a file, all or nothing, each rate to its last digit; or another --kind of rows.

    Columns: exchange, symbol, time, rate, interval_hours, price, source, fetched_at. In Parquet rate and price are
    floats; rate_text and price_text hold the number where a float is not exact. `history import` reads both back.

    \b
    fundcli history export --to all.parquet
    fundcli history export -e binance -s BTC --since 2024-01-01 --to btc.csv
    fundcli history export -e binance --kind mark --to marks.parquet
    """
    from fundcli.lake import export
    from fundcli.lake.records import from_ms
    from fundcli.render.output import check_file

    form = format or to.suffix.removeprefix(".").lower()
    if form not in _FORMATS:
        raise UsageError(
            f"--to: {to} does not say its format",
            "Name it like out.csv, or add --format: parquet, csv, json or ndjson.",
        )
    check_file(to)
    question = asked(shared, exchange, symbol, since, until)
    done = export.export(question.scope, kind, to, form)
    first, last = (None if ms is None else from_ms(ms) for ms in (done.first_ms, done.last_ms))
    rows = [ExportRow(file=str(to), format=form, rows=done.rows, contracts=done.contracts, first=first, last=last)]
    columns = [
        Column("file", "file"), Column("format", "format"), Column("rows", "rows", "number"),
        Column("contracts", "contracts", "number"), Column("first", "first", "time"), Column("last", "last", "time"),
    ]  # fmt: skip
    inputs = {"to": str(to), "format": form, "kind": kind, **question.inputs}
    return Answer(
        command="history-export", as_of=question.moment, inputs=inputs, content=rows, content_type=ExportRow,
        is_list=True, sign="long pays short", broken=question.scope.problems or (),
        tables=lambda: [Table(columns, [tuple(getattr(row, column.name) for column in columns) for row in rows])],
    )  # fmt: skip
