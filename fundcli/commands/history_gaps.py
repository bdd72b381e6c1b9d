"""fundcli history gaps: which settlements the lake lacks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from fundcli.commands.history_options import Exchanges, Since, Symbols, asked
from fundcli.commands.shared import Shared
from fundcli.render.answer import Answer, Column, Table


@dataclass(frozen=True, kw_only=True)
class GapRow:
    """Settlements that are missing between two times.

    where: inside a series, strictly between two settlements; at the start or the end of what was asked for, where
    the asked end belongs to the gap (a contract may have been listed later, or ended); all, where nothing came.
    interval_hours: the interval that ruled there; missing is counted by it. Null where none is known.
    """

    exchange: str
    symbol: str
    where: str
    after: datetime
    before: datetime
    missing: int | None
    interval_hours: int | None


CONTENT = GapRow


def run(shared: Shared, exchange: Exchanges = None, symbol: Symbols = None, since: Since = None) -> Answer:
    """What is missing: holes by the contract's own schedule, and the ends of what was asked for that brought nothing.

    A contract that changed its interval has no hole there. --since leaves out what ends before it.

    \b
    fundcli history gaps
    fundcli history gaps -e hyperliquid -s BTC --since 1y
    fundcli history gaps --fail-if 'where == inside'
    """
    from fundcli.lake.gaps import gaps
    from fundcli.lake.names import confirm
    from fundcli.lake.records import from_ms

    question = asked(shared, exchange, symbol, since)
    rows = [
        GapRow(
            exchange=gap.exchange,
            symbol=gap.symbol,
            where=gap.where,
            after=from_ms(gap.after_ms),
            before=from_ms(gap.before_ms),
            missing=gap.missing,
            interval_hours=gap.interval_hours,
        )
        for gap in gaps(question.scope)
    ]
    confirm(question.scope, (row.symbol for row in rows))
    columns = [
        Column("exchange", "exchange"), Column("symbol", "symbol"), Column("where", "where"),
        Column("after", "after", "time"), Column("before", "before", "time"), Column("missing", "lacks", "number"),
    ]  # fmt: skip
    inputs = {name: question.inputs[name] for name in ("exchange", "symbol", "since", "as_of")}
    return Answer(
        command="history-gaps", as_of=question.moment, inputs=inputs, content=rows, content_type=GapRow,
        is_list=True, broken=question.scope.problems or (), sign="a settlement that is missing",
        tables=lambda: [Table(columns, [tuple(getattr(row, column.name) for column in columns) for row in rows])],
    )  # fmt: skip
