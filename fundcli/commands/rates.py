"""fundcli rates: funding rates of exchanges, live or settled, made comparable."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated

import typer

from fundcli.commands import options, values
from fundcli.commands.shared import DEFAULT_EXCHANGE, Shared
from fundcli.core.rate import RateRow
from fundcli.core.selection import SORT_KEYS, select
from fundcli.core.units import parse_time_or_span
from fundcli.errors import UsageError
from fundcli.market.live import live
from fundcli.render.answer import Answer, Column, Table

CONTENT = RateRow
IS_LIST = True
SIGN = "long pays short"
Since = Annotated[str | None, typer.Option("--since", metavar="WHEN", help="What settled since a time, or a span ago.")]
Until = Annotated[str | None, typer.Option("--until", metavar="WHEN", help="What settled until then (now).")]
Last = Annotated[
    Decimal | None,
    typer.Option("--last", metavar="SPAN", parser=values.span("--last"), help="What settled in the last 30d."),
]
Quote = Annotated[
    list[str] | None, typer.Option("--quote", metavar="COIN", help="Only this quote currency; repeatable.")
]
MinApr = Annotated[
    Decimal | None,
    typer.Option(
        "--min-apr",
        metavar="SHARE",
        parser=values.share("--min-apr"),
        help="Only rates whose APR is at least this in size.",
    ),
]
Sort = Annotated[
    str | None,
    typer.Option("--sort", metavar="KEY", parser=values.choice("--sort", tuple(SORT_KEYS)),
                 help="apr (largest size first), -apr, symbol, exchange, time or rate_8h."),
]  # fmt: skip


def run(
    shared: Shared,
    exchange: options.Exchanges = None,
    symbol: options.Symbols = None,
    since: Since = None,
    until: Until = None,
    last: Last = None,
    quote: Quote = None,
    min_apr: MinApr = None,
    top: options.Top = None,
    sort: Sort = None,
) -> Answer:
    """Funding rates, live or settled, made comparable. A positive rate: long pays short.

    Rates are ranked by what they cost an hour, never by their bare size: contracts settle every 1, 2, 4 or 8 hours.

    \b
    fundcli rates --exchange binance --top 10
    fundcli rates -e okx -e bybit --symbol BTC -o json
    fundcli rates --symbol BTC --last 30d -o csv
    """
    now = shared.env.now()
    names = list(dict.fromkeys(exchange or [DEFAULT_EXCHANGE]))
    profiles = [shared.profile(name) for name in names]
    symbols = list(dict.fromkeys(symbol or []))
    window = _window(now, since, until, last)
    if window is None:
        found = live(profiles, symbols, shared.network, now, shared.strict, shared.progress)
    else:
        from fundcli.market.past import settled

        network = None if shared.store.alone else shared.network
        found = settled(profiles, symbols, *window, now, network, shared.progress, shared.store)
    rows = select([RateRow.of(rate) for rate in found.rates], quote or [], min_apr, sort, top, live=window is None)
    inputs = {
        "exchange": [p.id for p in profiles], "symbol": symbols,
        "since": window and window[0], "until": window and window[1],
        "quote": quote or [], "min_apr": min_apr, "top": top, "sort": sort,
    }  # fmt: skip
    return Answer(
        command="rates", as_of=now, inputs=inputs, content=rows, content_type=RateRow, is_list=True, sign=SIGN,
        tables=lambda: [_table(rows, live=window is None)], warnings=found.warnings, missing=found.missing,
        broken=found.broken,
        unreported=_unreported(rows),
    )  # fmt: skip


def _window(
    now: datetime, since: str | None, until: str | None, last: Decimal | None
) -> tuple[datetime, datetime] | None:
    if since is None and until is None and last is None:
        return None
    if last is not None and (since or until):
        raise UsageError("--last and --since both give the start", "Give one of them.")
    end = parse_time_or_span(until, now, "--until") if until else now
    if last is not None:
        start = now - timedelta(seconds=float(last * 3600))
    elif since is not None:
        start = parse_time_or_span(since, now, "--since")
    else:
        raise UsageError("--until needs a start", "Add --since.")
    if start >= end:
        raise UsageError("--since does not lie before --until", "Check the two times.")
    if start >= now:
        raise UsageError("--since lies in the future", "What has not settled has no rate yet.")
    return start, min(end, now)


def _unreported(rows: Sequence[RateRow]) -> list[str]:
    reasons = []
    for what, found in (
        ("intervals are only the profile's", [r for r in rows if r.interval_basis == "profile"]),
        ("rates are derived, not reported", [r for r in rows if r.rate_basis == "derived"]),
    ):
        if found:
            reasons.append(f"{len(found)} of {len(rows)} {what} (first: {found[0].exchange} {found[0].symbol})")
    return reasons


def _table(rows: Sequence[RateRow], live: bool) -> Table:
    columns = [
        Column("exchange", "exchange"), Column("symbol", "symbol"), Column("rate", "rate", "rate"),
        Column("interval_hours", "per", "hours"), Column("apr", "APR", "percent"),
        Column("time", "next" if live else "settled", "until" if live else "time"),
        Column("interval_basis", "known"), Column("level", "level"),
    ]  # fmt: skip
    return Table(columns, [tuple(getattr(row, column.name) for column in columns) for row in rows])
