"""fundcli history list: what the lake holds, contract by contract."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from fundcli.commands.history_options import Exchanges, Symbols, asked
from fundcli.commands.shared import Shared
from fundcli.render.answer import Answer, Column, Table


@dataclass(frozen=True, kw_only=True)
class HeldHours:
    """Hours of another kind that the lake holds of a contract: mark, index or open_interest."""

    kind: str
    hours: int
    first: datetime
    last: datetime


@dataclass(frozen=True, kw_only=True)
class HeldRow:
    """What the lake holds of one contract.

    interval_hours is that of its newest settlement, intervals how many different ones it has had. missing_hours:
    hours between first and last that no settlement covers with its interval; null where an interval is not known.
    also: what else is held of it.
    """

    exchange: str
    symbol: str
    settlements: int
    first: datetime
    last: datetime
    interval_hours: Decimal | None
    intervals: int
    fetched_at: datetime
    missing_hours: int | None
    also: list[HeldHours]


CONTENT = HeldRow


def run(shared: Shared, exchange: Exchanges = None, symbol: Symbols = None) -> Answer:
    """What the lake holds: each contract with its settlements, from when to when, at which interval.

    Hours that no settlement covers are holes; `fundcli history gaps` says where they lie.

    \b
    fundcli history list
    fundcli history list -e binance -o csv
    fundcli history list -s BTC --fail-if 'missing_hours > 0'
    """
    from fundcli.lake.names import confirm
    from fundcli.lake.reader import contracts_in, hours_in
    from fundcli.lake.records import from_ms

    question = asked(shared, exchange, symbol)
    held = contracts_in(question.scope)
    confirm(question.scope, (found.symbol for found in held))
    hours: dict[tuple[str, str], list[HeldHours]] = {}
    for also in hours_in(question.scope):
        hours.setdefault((also.exchange, also.symbol), []).append(
            HeldHours(kind=also.kind, hours=also.hours, first=from_ms(also.first_ms), last=from_ms(also.last_ms))
        )
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
            missing_hours=found.missing_hours,
            also=hours.get((found.exchange, found.symbol), []),
        )
        for found in held
    ]
    columns = [
        Column("exchange", "exchange"), Column("symbol", "symbol"), Column("settlements", "rows", "number"),
        Column("first", "first", "day"), Column("last", "last", "day"), Column("interval_hours", "per", "hours"),
        Column("missing_hours", "holes h", "number"),
    ]  # fmt: skip
    inputs = {name: question.inputs[name] for name in ("exchange", "symbol", "as_of")}
    return Answer(
        command="history-list", as_of=question.moment, inputs=inputs, content=rows, content_type=HeldRow,
        is_list=True, sign="long pays short", broken=question.scope.problems or (),
        tables=lambda: [
            Table(columns, [tuple(getattr(row, column.name) for column in columns) for row in rows]), *_also(rows)
        ],
    )  # fmt: skip


def _also(rows: list[HeldRow]) -> list[Table]:
    columns = [
        Column("exchange", "exchange"), Column("symbol", "symbol"), Column("kind", "also"),
        Column("hours", "hours", "number"), Column("first", "first", "day"), Column("last", "last", "day"),
    ]  # fmt: skip
    cells = [
        (row.exchange, row.symbol, also.kind.replace("_", " "), also.hours, also.first, also.last)
        for row in rows
        for also in row.also
    ]
    return [Table(columns, cells)] if cells else []
