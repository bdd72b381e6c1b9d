"""How the price moves of a book are laid out: every figure for scripts, for people a line for each move."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from fundcli.core.book_answer import BookPath
from fundcli.render.answer import Cell, Column, Table

# A column for each of more currencies would not fit.
_MOST_CURRENCIES = 4


def moves(paths: Sequence[BookPath]) -> Table:
    """Every amount of every currency; for people the net in each currency, where there are several."""
    return Table(
        title="All prices move; net is with what is liquidated on the way",
        columns=[
            Column("path", "prices"), Column("currency", "in"), Column("pnl", "P&L", "number"),
            Column("net", "net", "number"), Column("equity", "equity left", "number"),
            Column("transfer", "transfer", "number"), Column("liquidated", "liquidated"),
        ],
        rows=[
            (
                path.path, money.currency, money.pnl, money.net, money.equity, money.transfer,
                ", ".join(f"#{number}" for number in path.liquidated),
            )
            for path in paths
            for money in path.money
        ],
        brief=_net(paths),
    )  # fmt: skip


def _net(paths: Sequence[BookPath]) -> Table | None:
    currencies = list(dict.fromkeys(money.currency for path in paths for money in path.money))
    if not 1 < len(currencies) <= _MOST_CURRENCIES:
        return None
    rows = []
    for path in paths:
        net = {money.currency: money.net for money in path.money}
        died = ", ".join(f"#{number}" for number in path.liquidated)
        rows.append((path.path, *(net.get(currency) for currency in currencies), died))
    return Table(
        title="All prices move: net gain, with what is liquidated on the way",
        columns=[
            Column("path", "prices"),
            *(Column(currency, currency, "number") for currency in currencies),
            Column("liquidated", "liquidated"),
        ],
        rows=rows,
    )


def transfers(paths: Sequence[BookPath]) -> Table:
    """The transfers of every path by exchange; for people the largest of each exchange, and at which move."""
    return Table(
        title="Transfers that each exchange needs then",
        columns=[Column("path", "prices"), Column("exchange", "exchange"), Column("amount", "transfer")],
        rows=[
            (path.path, transfer.exchange, Cell(transfer.amount, "money", transfer.currency))
            for path in paths
            for transfer in path.transfers
        ],
        brief=_largest(paths),
    )


def _largest(paths: Sequence[BookPath]) -> Table:
    most: dict[tuple[str, str], tuple[Decimal, str]] = {}
    for path in paths:
        for transfer in path.transfers:
            key = transfer.exchange, transfer.currency
            if key not in most or transfer.amount > most[key][0]:
                most[key] = transfer.amount, path.path
    return Table(
        title="The largest transfer that each exchange needs then",
        columns=[Column("exchange", "exchange"), Column("amount", "transfer"), Column("path", "at prices")],
        rows=[
            (exchange, Cell(amount, "money", currency), path) for (exchange, currency), (amount, path) in most.items()
        ],
    )
