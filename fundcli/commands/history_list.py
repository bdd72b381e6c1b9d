"""fundcli history list: what the lake holds, contract by contract."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated

import typer

from fundcli.commands import options
from fundcli.commands.shared import Shared
from fundcli.render.answer import Answer, Column, Table


@dataclass(frozen=True, kw_only=True)
class HeldRow:
    """What the lake holds of one contract."""

    exchange: str
    symbol: str
    settlements: int
    first: datetime
    last: datetime
    interval_hours: Decimal | None
    intervals: int
    fetched_at: datetime


CONTENT = HeldRow
Exchanges = Annotated[
    list[str] | None,
    typer.Option("--exchange", "-e", metavar="ID", help="Only this exchange; repeatable (all).",
                 autocompletion=options.complete_exchanges),
]  # fmt: skip


def run(shared: Shared, exchange: Exchanges = None) -> Answer:
    """What the lake holds: each contract with its settlements, from when to when, at which interval.

    \b
    fundcli history list
    fundcli history list -e binance -o csv
    """
    from fundcli.lake import reader
    from fundcli.lake.records import from_ms

    problems: list[str] = []
    rows = [
        HeldRow(
            exchange=found.exchange,
            symbol=found.symbol,
            settlements=found.settlements,
            first=from_ms(found.first_ms),
            last=from_ms(found.last_ms),
            interval_hours=None if found.interval_hours is None else Decimal(found.interval_hours),
            intervals=found.intervals,
            fetched_at=from_ms(found.fetched_ms),
        )
        for found in reader.contracts(shared.env.folder("data") / "lake", exchange or [], problems)
    ]
    columns = [
        Column("exchange", "exchange"), Column("symbol", "symbol"), Column("settlements", "rows", "number"),
        Column("first", "first", "time"), Column("last", "last", "time"), Column("interval_hours", "per", "hours"),
    ]  # fmt: skip
    return Answer(
        command="history-list", as_of=shared.env.now(), inputs={"exchange": exchange or []}, content=rows,
        content_type=HeldRow, is_list=True, sign="long pays short", broken=problems,
        tables=lambda: [Table(columns, [tuple(getattr(row, column.name) for column in columns) for row in rows])],
    )  # fmt: skip
