"""fundcli history stats: what a contract's settlements amount to, over a window or year by year."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, Any

import typer

from fundcli.commands import options, values
from fundcli.commands.history_options import Exchanges, Last, Since, Symbols, Until, asked
from fundcli.commands.shared import Shared
from fundcli.core.moments import ContractStats
from fundcli.render.answer import Answer, Column, Table

CONTENT = ContractStats
SORT_KEYS: dict[str, Callable[[ContractStats], Any]] = {
    "apr": lambda s: -abs(s.apr or Decimal(0)),
    "-apr": lambda s: s.apr or Decimal(0),
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
    by: By = None,
    sort: Sort = None,
    top: options.Top = None,
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

    question = asked(shared, exchange, symbol, since, until, last)
    found = list(stats(question.scope, by_year=by == "year"))
    confirm(question.scope, (one.symbol for one in found))
    if sort is not None:
        found.sort(key=SORT_KEYS[sort])
    rows = found[:top]
    first = [Column("year", "year")] if by == "year" else []
    columns = [
        Column("exchange", "exchange"), Column("symbol", "symbol"), *first, Column("apr", "APR", "percent"),
        Column("p5_apr", "p5", "percent"), Column("p50_apr", "p50", "percent"), Column("p95_apr", "p95", "percent"),
        Column("volatility", "sd", "percent"), Column("positive", "> 0", "percent"),
    ]  # fmt: skip
    inputs = {**question.inputs, "by": by or "contract", "sort": sort, "top": top}
    return Answer(
        command="history-stats", as_of=question.moment, inputs=inputs, content=rows, content_type=ContractStats,
        is_list=True, broken=question.scope.problems or (), sign="long pays short",
        warnings=[] if rows else ["nothing settled in the window"],
        tables=lambda: [Table(columns, [tuple(_cell(row, column.name) for column in columns) for row in rows])],
    )  # fmt: skip


def _cell(row: ContractStats, name: str) -> Any:
    value = getattr(row, name)
    return str(value) if name == "year" else value  # a person reads 2026, not 2,026
