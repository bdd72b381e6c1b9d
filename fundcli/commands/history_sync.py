"""fundcli history sync: settled rates of exchanges into the lake, as much as it lacks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import typer

from fundcli.commands import options
from fundcli.commands.shared import DEFAULT_EXCHANGE, Shared
from fundcli.core.units import from_ms, parse_time_or_span, to_ms
from fundcli.errors import UsageError
from fundcli.render.answer import Answer, Column, Table


@dataclass(frozen=True, kw_only=True)
class SyncedRow:
    """What came of one exchange; first and last are of the settlements that came now."""

    exchange: str
    contracts: int
    requests: int
    added: int
    known: int
    revised: int
    first: datetime | None
    last: datetime | None
    failed: int


CONTENT = SyncedRow
Exchanges = Annotated[
    list[str] | None,
    typer.Option("--exchange", "-e", metavar="ID", help="Exchange; repeat it for more (binance).",
                 autocompletion=options.complete_exchanges),
]  # fmt: skip
Symbols = Annotated[
    list[str] | None,
    typer.Option("--symbol", "-s", metavar="SYMBOL", help="This contract of each exchange; repeat it for more.",
                 autocompletion=options.complete_symbols),
]  # fmt: skip
All = Annotated[bool, typer.Option("--all", help="Every active perpetual of each exchange.")]
Since = Annotated[str, typer.Option("--since", metavar="WHEN", help="From a time, or a span ago, on (1y).")]
Until = Annotated[str | None, typer.Option("--until", metavar="WHEN", help="What settled until then (now).")]
Again = Annotated[bool, typer.Option("--again", help="Ask also for what the lake has: finds rates changed since.")]


def run(
    shared: Shared,
    exchange: Exchanges = None,
    symbol: Symbols = None,
    every: All = False,
    since: Since = "1y",
    until: Until = None,
    again: Again = False,
) -> Answer:
    """Fetch settled rates into the lake: what it lacks, and nothing twice.

    A sync that was stopped, however, goes on where it was when it is run again. A contract that fails is named and
    the others are synced (exit 5). Here --timeout bounds how long an exchange may say nothing, not how long the sync
    takes: each answer renews it, and waiting for the exchange's own rate limit does not count.

    \b
    fundcli history sync -e binance -e okx --symbol BTC
    fundcli history sync -e bybit --all --since 2y
    fundcli history sync -e gate -s ETH --since 2025-01-01 --until 2025-07-01 --again
    """
    from fundcli.market.syncing import Request, sync

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
        Request(symbols=symbols, since_ms=to_ms(start), until_ms=to_ms(end), again=again),
        shared.env.folder("data") / "lake",
        shared.network,
        shared.progress,
    )
    rows = [
        SyncedRow(
            exchange=result.exchange, contracts=result.contracts, requests=result.requests,
            added=result.written.added, known=result.written.known, revised=result.written.revised,
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
        inputs={"exchange": names, "symbol": symbols, "all": every, "since": start, "until": end, "again": again},
        tables=lambda: [_table(rows)], warnings=[w for r in found for w in r.warnings] + revised,
        missing=[text for result in found for text in result.missing],
    )  # fmt: skip


def _window(now: datetime, since: str, until: str | None) -> tuple[datetime, datetime]:
    start = parse_time_or_span(since, now, "--since")
    end = parse_time_or_span(until, now, "--until") if until else now
    if start >= now:
        raise UsageError("--since lies in the future", "What has not settled has no rate yet.")
    if start >= end:
        raise UsageError("--since does not lie before --until", "Check the two times.")
    return start, min(end, now)


def _table(rows: list[SyncedRow]) -> Table:
    columns = [
        Column("exchange", "exchange"), Column("contracts", "contracts", "number"),
        Column("requests", "requests", "number"), Column("added", "added", "number"),
        Column("known", "known", "number"), Column("revised", "revised", "number"), Column("first", "first", "time"),
        Column("last", "last", "time"), Column("failed", "failed", "number"),
    ]  # fmt: skip
    return Table(columns, [tuple(getattr(row, column.name) for column in columns) for row in rows])
