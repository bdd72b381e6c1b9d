"""fundcli history sync: settled rates of exchanges into the lake, as much as it lacks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import typer

from fundcli.commands import options, values
from fundcli.commands.shared import DEFAULT_EXCHANGE, Shared
from fundcli.core.units import from_ms, parse_time_or_span, to_ms
from fundcli.errors import UsageError
from fundcli.render.answer import Answer, Column, Table


@dataclass(frozen=True, kw_only=True)
class SyncedRow:
    """What came of one exchange; first and last are of the settlements that came now.

    added, known and revised count settlements; prices (hours of mark and index prices) and open_interest the rows that
    came with --with, null where it did not ask for them.
    """

    exchange: str
    contracts: int
    requests: int
    added: int
    known: int
    revised: int
    prices: int | None
    open_interest: int | None
    first: datetime | None
    last: datetime | None
    failed: int


CONTENT = SyncedRow
All = Annotated[bool, typer.Option("--all", help="Every active perpetual of each exchange.")]
Since = Annotated[str, typer.Option("--since", metavar="WHEN", help="From a time, or a span ago, on (1y).")]
Until = Annotated[str | None, typer.Option("--until", metavar="WHEN", help="What settled until then (now).")]
With = Annotated[
    values.Words | None,
    typer.Option("--with", metavar="WHAT", parser=values.words("--with", ("prices", "oi"), (1, 2)),
                 help="Also hourly mark and index prices (prices), open interest (oi), where kept."),
]  # fmt: skip
Again = Annotated[bool, typer.Option("--again", help="Ask also for what the lake has: finds rates changed since.")]


def run(
    shared: Shared,
    exchange: options.Exchanges = None,
    symbol: options.Symbols = None,
    every: All = False,
    since: Since = "1y",
    until: Until = None,
    also: With = None,
    again: Again = False,
) -> Answer:
    """Fetch settled rates into the lake: what it lacks, and nothing twice.

    A sync that was stopped, however, goes on where it was when it is run again. A contract that fails is named and
    the others are synced (exit 5). Here --timeout bounds how long an exchange may say nothing, not how long the sync
    takes: each answer renews it, and waiting for the exchange's own rate limit does not count.

    \b
    fundcli history sync -e binance -e okx --symbol BTC
    fundcli history sync -e bybit --all --since 2y --with prices,oi
    fundcli history sync -e gate -s ETH --since 2025-01-01 --until 2025-07-01 --again
    """
    from fundcli.lake.layout import FUNDING
    from fundcli.market.sync_rows import WITH
    from fundcli.market.syncing import Request, sync

    more = tuple(dict.fromkeys(also or ()))
    now = shared.env.now()
    names = list(dict.fromkeys(exchange or [DEFAULT_EXCHANGE]))
    symbols = list(dict.fromkeys(symbol or []))
    if every and symbols:
        raise UsageError("--symbol and --all exclude each other", "Give one of them.")
    if not every and not symbols:
        raise UsageError("it is not said which contracts", "Add --symbol BTC, or --all for every contract.")
    start, end = _window(now, since, until)
    found = sync(
        [shared.profile(name) for name in names],
        Request(
            symbols=symbols, since_ms=to_ms(start), until_ms=to_ms(end), again=again,
            kinds=(FUNDING, *(kind for name in more for kind in WITH[name])),
        ),
        shared.env.folder("data") / "lake",
        shared.network,
        shared.progress,
    )  # fmt: skip
    rows = [
        SyncedRow(
            exchange=result.exchange, contracts=result.contracts, requests=result.requests,
            added=result.settled.added, known=result.settled.known, revised=result.settled.revised,
            prices=result.added(*WITH["prices"]) if "prices" in more else None,
            open_interest=result.added(*WITH["oi"]) if "oi" in more else None,
            first=None if result.first_ms is None else from_ms(result.first_ms),
            last=None if result.last_ms is None else from_ms(result.last_ms), failed=result.failed,
        )
        for result in found
    ]  # fmt: skip
    revised = [
        f"{r.exchange}: {r.revised} settled rates differ from the lake's; both are kept" for r in rows if r.revised
    ]
    return Answer(
        command="history-sync", as_of=now, content=rows, content_type=SyncedRow, is_list=True, sign="long pays short",
        inputs={"exchange": names, "symbol": symbols, "all": every, "since": start, "until": end, "with": more,
                "again": again},
        tables=lambda: [_table(rows, more)], warnings=[w for r in found for w in r.warnings] + revised,
        missing=[text for result in found for text in result.missing],
        broken=[text for result in found for text in result.broken],
    )  # fmt: skip


def _window(now: datetime, since: str, until: str | None) -> tuple[datetime, datetime]:
    start = parse_time_or_span(since, now, "--since")
    end = parse_time_or_span(until, now, "--until") if until else now
    if start >= now:
        raise UsageError("--since lies in the future", "What has not settled has no rate yet.")
    if start >= end:
        raise UsageError("--since does not lie before --until", "Check the two times.")
    return start, min(end, now)


def _table(rows: list[SyncedRow], more: tuple[str, ...]) -> Table:
    numbers = {"requests": "requests", "added": "added", "revised": "revised"}
    if more:  # 80 columns hold no more
        numbers = {"added": "added", "revised": "revised"}
        numbers |= {"prices": "prices"} if "prices" in more else {}
        numbers |= {"open_interest": "oi"} if "oi" in more else {}
    numbers |= {"failed": "failed"} if any(row.failed for row in rows) else {}
    columns = [
        Column("exchange", "exchange"), Column("contracts", "contracts", "number"),
        *(Column(name, title, "number") for name, title in numbers.items()),
        Column("first", "first", "day"), Column("last", "last", "day"),
    ]  # fmt: skip
    return Table(columns, [tuple(getattr(row, column.name) for column in columns) for row in rows])
