"""fundcli history show: the settlements of a contract, to the last digit that was fetched."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated

import typer

from fundcli.commands.history_options import Exchanges, Last, Since, Until, asked, complete_held
from fundcli.commands.shared import Shared
from fundcli.core.annualize import apr, rate_8h
from fundcli.errors import UsageError
from fundcli.render.answer import Answer, Column, Table

if TYPE_CHECKING:
    from fundcli.lake.scope import Scope

Symbols = Annotated[
    list[str] | None,
    typer.Option("--symbol", "-s", metavar="SYMBOL", help="BTC, BTCUSDT or BTC/USDT:USDT; repeatable.",
                 autocompletion=complete_held),
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledRow:
    """One settlement. apr = rate x 8760 / interval_hours, rate_8h = rate x 8 / interval_hours.

    price: the one that the payment used, where it was given. source: the endpoint or file that it came from, and
    fetched_at when. interval_hours, apr and rate_8h are null for a settlement without a neighbour to measure from.
    """

    exchange: str
    symbol: str
    time: datetime
    rate: Decimal
    interval_hours: int | None
    apr: Decimal | None
    rate_8h: Decimal | None
    price: Decimal | None
    source: str
    fetched_at: datetime


CONTENT = SettledRow


def run(
    shared: Shared,
    symbol: Symbols = None,
    exchange: Exchanges = None,
    since: Since = None,
    until: Until = None,
    last: Last = None,
) -> Answer:
    """The settlements of a contract in the lake, oldest first, exact. A positive rate: long pays short.

    \b
    fundcli history show -s BTC --last 7d
    fundcli history show -e binance -s ETHUSDT --since 2024-01-01 --until 2024-12-31 -o csv
    fundcli history show -s BTC --as-of 2026-01-01 -o json
    """
    from fundcli.lake.names import confirm

    if not symbol:
        raise UsageError("history show needs a contract", "Name one with --symbol BTC.")
    question = asked(shared, exchange, symbol, since, until, last)
    rows = list(_rows(question.scope))
    confirm(question.scope, (row.symbol for row in rows))
    columns = [
        Column("exchange", "exchange"), Column("symbol", "symbol"), Column("time", "settled", "time"),
        Column("rate", "rate", "rate"), Column("interval_hours", "per", "hours"), Column("apr", "APR", "percent"),
        Column("price", "price", "price"),
    ]  # fmt: skip
    return Answer(
        command="history-show", as_of=question.moment, inputs=question.inputs, content=rows,
        content_type=SettledRow, is_list=True, broken=question.scope.problems or (), sign="long pays short",
        warnings=_warnings(rows),
        tables=lambda: [Table(columns, [tuple(getattr(row, column.name) for column in columns) for row in rows])],
    )  # fmt: skip


def _rows(scope: Scope) -> Iterator[SettledRow]:
    from fundcli.lake.records import exact_form

    for exchange, symbol, time, number, text, hours, price, price_text, source, fetched in scope.rows("show"):
        rate = exact_form(number, text) or Decimal(0)
        per = None if not hours else Decimal(hours)
        yield SettledRow(
            exchange=exchange,
            symbol=symbol,
            time=time.replace(tzinfo=UTC),
            rate=rate,
            interval_hours=hours,
            apr=None if per is None else apr(rate, per),
            rate_8h=None if per is None else rate_8h(rate, per),
            price=exact_form(price, price_text),
            source=source,
            fetched_at=fetched.replace(tzinfo=UTC),
        )


def _warnings(rows: list[SettledRow]) -> list[str]:
    """Contracts with steps wider than the interval that ended there, and windows with nothing in them."""
    if not rows:
        return ["nothing settled in the window"]
    holes: dict[tuple[str, str], int] = {}
    for before, row in pairwise(rows):
        key = row.exchange, row.symbol
        if key == (before.exchange, before.symbol) and row.interval_hours:
            holes[key] = holes.get(key, 0) + ((row.time - before.time).total_seconds() > 3600 * row.interval_hours)
    return [
        f"{exchange} {symbol}: {count} hole{'s' if count > 1 else ''} between these settlements; "
        f"`fundcli history gaps -e {exchange} -s {symbol}` names them"
        for (exchange, symbol), count in holes.items()
        if count
    ]
