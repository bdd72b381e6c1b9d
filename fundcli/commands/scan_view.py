"""How the answer of `scan` is laid out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from fundcli.core.scan_answer import ScanRow
from fundcli.render.answer import Cell, Column, Table


def tables(rows: Sequence[ScanRow], title: str, each: bool) -> Sequence[Table]:
    """The ranking, and the rejected contracts: each of them, or how many for each reason."""
    rejected = [row for row in rows if row.rejected is not None]
    found = [_ranking([row for row in rows if row.rejected is None], title)]
    if rejected:
        found.append(_each(rejected) if each else _counts(rejected))
    return found


def _ranking(rows: Sequence[ScanRow], title: str) -> Table:
    """80 columns hold no more: the sign of the rate tells the direction, the title what each trade ties up."""
    if any(row.direction == "reverse" for row in rows):
        title += "\na negative rate: reverse, short borrowed spot against a long perp"
    last = Column("break_even_hours", "even after", "hours")
    if any(row.net_apr_over_hurdle is not None for row in rows):
        last = Column("net_apr_over_hurdle", "over cash", "percent")
    columns = [
        Column("rank", "#", "number"), Column("exchange", "exchange"), Column("symbol", "symbol"),
        Column("rate", "rate", "rate"), Column("interval_hours", "per", "hours"), Column("net", "net", "money"),
        Column("net_apr_on_capital", "net APR", "percent"), last,
    ]  # fmt: skip
    return Table(columns, [tuple(_cell(row, column.name) for column in columns) for row in rows], title=title)


def _cell(row: ScanRow, name: str) -> object:
    """The net of an inverse contract is in coin, and says so."""
    in_coin = row.symbol.partition("/")[0] == row.currency
    return Cell(row.net, "money", row.currency) if name == "net" and in_coin else getattr(row, name)


def _counts(rows: Sequence[ScanRow]) -> Table:
    """How many for each reason, the commonest first, with the one of the highest gross APR."""
    best: dict[str, ScanRow] = {}
    for row in rows:
        assert row.rejected is not None
        known = best.get(row.rejected)
        if known is None or (row.gross_apr_on_notional or 0) > (known.gross_apr_on_notional or 0):
            best[row.rejected] = row
    counted = Counter(row.rejected for row in rows)
    columns = [
        Column("rejected", "rejected"), Column("contracts", "", "number"), Column("first", "such as"),
        Column("gross_apr_on_notional", "gross APR", "percent"),
    ]  # fmt: skip
    return Table(
        columns,
        [
            (word, count, f"{best[word].exchange} {best[word].symbol}", best[word].gross_apr_on_notional)
            for word, count in counted.most_common()
            if word is not None
        ],
    )


def _each(rows: Sequence[ScanRow]) -> Table:
    columns = [
        Column("exchange", "exchange"), Column("symbol", "symbol"), Column("gross_apr_on_notional", "gross", "percent"),
        Column("rejected", "rejected"), Column("reason", "reason"),
    ]  # fmt: skip
    return Table(columns, [tuple(getattr(row, column.name) for column in columns) for row in rows])
