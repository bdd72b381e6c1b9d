"""The settlements to come: every one for scripts; for people those that repeat are one line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from fundcli.core.book_answer import BookSettlement
from fundcli.render.answer import Column, Table


@dataclass
class _Line:
    """Settlements in one currency, of the same positions at the same rates, from one time to another."""

    first: datetime
    last: datetime
    currency: str
    what: tuple[tuple[int, Decimal, bool], ...]  # position, rate, whether estimated
    times: int
    amount: Decimal
    rate_is: str

    @property
    def time(self) -> str:
        """All lie within a day, so that the last one needs no date."""
        return f"{self.first:%m-%d %H:%M}" + (f" to {self.last:%H:%M}" if self.times > 1 else "")


def settlements(rows: Sequence[BookSettlement]) -> Table:
    """Every settlement; for people a line for each time and currency, and one for all of a run that are alike."""
    title = "Settlements of the next 24 hours (UTC)" if rows else "Nothing settles in the next 24 hours"
    brief = Table(
        title=title,
        columns=[
            Column("time", "settlement"), Column("times", "times", "number"), Column("amount", "amount", "number"),
            Column("currency", "in"), Column("positions", "positions"), Column("rate_is", "rate is"),
        ],
        rows=[
            (
                line.time, Decimal(line.times), line.amount, line.currency,
                ", ".join(f"#{number}" for number, *_ in line.what), line.rate_is,
            )
            for line in _lines(rows)
        ],
    )  # fmt: skip
    return Table(
        title=title,
        columns=[
            Column("time", "settlement (UTC)", "time"), Column("position", "#", "number"),
            Column("exchange", "exchange"), Column("symbol", "symbol"), Column("rate", "rate", "rate"),
            Column("rate_kind", "is"), Column("estimated", "estimated"), Column("share", "share", "number"),
            Column("price", "price", "price"), Column("amount", "amount", "number"), Column("currency", "in"),
        ],
        rows=[
            (
                row.time, Decimal(row.position), row.exchange, row.symbol, row.rate, row.rate_kind, row.estimated,
                row.share, row.price, row.amount, row.currency,
            )
            for row in rows
        ],
        brief=brief,
    )  # fmt: skip


def _lines(rows: Sequence[BookSettlement]) -> list[_Line]:
    """In the order of their first time; a run ends where other positions settle in that currency, or at other rates."""
    instants: dict[tuple[datetime, str], list[BookSettlement]] = {}
    for row in rows:
        instants.setdefault((row.time, row.currency), []).append(row)
    lines: list[_Line] = []
    open_now: dict[str, _Line] = {}
    for (time, currency), found in instants.items():
        what = tuple((row.position, row.rate, row.estimated) for row in found)
        amount = sum((row.amount for row in found), Decimal(0))
        line = open_now.get(currency)
        if line is not None and line.what == what:
            line.last, line.times, line.amount = time, line.times + 1, line.amount + amount
            continue
        open_now[currency] = _Line(time, time, currency, what, 1, amount, _known(found))
        lines.append(open_now[currency])
    return lines


def _known(rows: Sequence[BookSettlement]) -> str:
    """The kinds of the rates that are of these very settlements, and whether others are only estimates."""
    kinds = [row.rate_kind for row in rows if not row.estimated] + ["estimated" for row in rows if row.estimated]
    return ", ".join(dict.fromkeys(kinds))
