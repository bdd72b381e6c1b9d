"""fundcli history stats: what a contract's settlements amount to, over a window or year by year."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fundcli.commands import values
from fundcli.commands.history_options import AsOf, Exchanges, Last, Since, Symbols, Until, asked
from fundcli.commands.shared import Shared
from fundcli.render.answer import Answer, Column, Table

if TYPE_CHECKING:
    from fundcli.lake.stats import Stats


@dataclass(frozen=True, kw_only=True)
class StatsRow:
    """What the settlements of one contract amount to, over the window or one year of it.

    apr = sum of rates / hours covered x 8760, mean_rate_8h the same mean per 8 h; hours is the sum of the intervals.
    p5_apr, p50_apr, p95_apr: plain quantiles over settlements (each counts once, whatever its interval), linear
    between neighbours, of rate / interval x 8760. volatility: the standard deviation (ddof 1) of that same series;
    it is a spread of yearly rates about their mean, not scaled by the root of any time. positive: the share of
    settlements whose rate is above zero. highest_rate and lowest_rate are as paid, at whatever interval then ruled;
    highest_apr and lowest_apr are the extremes per hour. interval_hours is null where it changed, year but for
    --by year; what rests on intervals is null where none is known.
    """

    exchange: str
    symbol: str
    year: int | None
    settlements: int
    hours: int
    interval_hours: int | None
    mean_rate_8h: Decimal | None
    apr: Decimal | None
    p5_apr: Decimal | None
    p50_apr: Decimal | None
    p95_apr: Decimal | None
    volatility: Decimal | None
    positive: Decimal
    highest_rate: Decimal
    lowest_rate: Decimal
    highest_apr: Decimal | None
    lowest_apr: Decimal | None
    first: datetime
    last: datetime


CONTENT = StatsRow
_Key = Callable[["Stats"], Any]
SORT_KEYS: dict[str, _Key] = {
    "apr": lambda s: (s.apr is None, -abs(s.apr or 0)),
    "-apr": lambda s: (s.apr is None, s.apr or 0),
    "volatility": lambda s: -(s.volatility or Decimal(0)),
    "positive": lambda s: -s.positive,
    "symbol": lambda s: s.symbol,
    "exchange": lambda s: s.exchange,
}
By = Annotated[
    str | None,
    typer.Option("--by", metavar="WHAT", parser=values.choice("--by", ("contract", "year")),
                 help="A row for each contract, or for each year of it (contract)."),
]  # fmt: skip
Top = Annotated[int | None, typer.Option("--top", metavar="N", min=1, help="Only the first N after sorting.")]
Sort = Annotated[
    str | None,
    typer.Option("--sort", metavar="KEY", parser=values.choice("--sort", tuple(SORT_KEYS)),
                 help="apr (largest size first), -apr, volatility, positive, symbol or exchange."),
]  # fmt: skip


def run(
    shared: Shared,
    exchange: Exchanges = None,
    symbol: Symbols = None,
    since: Since = None,
    until: Until = None,
    last: Last = None,
    as_of: AsOf = None,
    by: By = None,
    sort: Sort = None,
    top: Top = None,
) -> Answer:
    """Mean, median, quantiles, volatility and share positive of what settled. Positive: long pays short.

    Every mean and rank is per hour: the APR is the sum of rates over the hours that they cover, times 8760. Quantiles
    and volatility are over settlements, each with its rate per hour as APR.

    \b
    fundcli history stats -s BTC --by year
    fundcli history stats --last 90d --sort apr --top 20
    fundcli history stats -e binance --since 2025-01-01 --until 2025-12-31 -o csv
    """
    from fundcli.lake.names import confirm
    from fundcli.lake.stats import stats

    question = asked(shared, exchange, symbol, as_of, since, until, last)
    found = list(stats(question.scope, by_year=by == "year"))
    confirm(question.scope, (one.symbol for one in found))
    if sort is not None:
        found.sort(key=SORT_KEYS[sort])
    rows = [_row(one) for one in found[:top]]
    columns = [
        Column("exchange", "exchange"), Column("symbol", "symbol"), *([Column("year", "year")] if by == "year" else []),
        Column("settlements", "rows", "number"), Column("apr", "APR", "percent"), Column("p5_apr", "p5", "percent"),
        Column("p50_apr", "p50", "percent"), Column("p95_apr", "p95", "percent"),
        Column("volatility", "sd", "percent"), Column("positive", "above 0", "percent"),
    ]  # fmt: skip
    inputs = {**question.inputs, "by": by or "contract", "sort": sort, "top": top}
    return Answer(
        command="history-stats", as_of=question.moment, inputs=inputs, content=rows, content_type=StatsRow,
        is_list=True, sign="long pays short", warnings=[] if rows else ["nothing settled in the window"],
        tables=lambda: [Table(columns, [tuple(getattr(row, column.name) for column in columns) for row in rows])],
    )  # fmt: skip


def _row(one: Stats) -> StatsRow:
    from fundcli.lake.records import from_ms

    same = {name: getattr(one, name) for name in one.__struct_fields__ if not name.endswith("_ms")}
    return StatsRow(**same, first=from_ms(one.first_ms), last=from_ms(one.last_ms))
