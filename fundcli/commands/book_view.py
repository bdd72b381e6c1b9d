"""How the answer of `book` is laid out."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from fundcli.commands.book_margin_view import (
    accounts,
    collateral,
    exchanges,
    is_counted,
    is_owed,
    margin,
    shorter,
    sources,
    without,
)
from fundcli.commands.book_settling import settlements
from fundcli.commands.book_stress_view import moves, transfers
from fundcli.core.book_answer import BookPosition, BookResult
from fundcli.render.answer import Cell, Column, Table

_PERP = "perp"


def tables(result: BookResult) -> Sequence[Table]:
    """Coins, positions, their funding and margin, what settles when, the sums, and the stress."""
    perps = [row for row in result.positions if row.market == _PERP]
    parts = [_coins(result), _positions(result.positions)]
    if perps:
        margined = [row for row in result.positions if row.market == _PERP or is_owed(row)]
        parts += [_funding(perps), margin(margined), sources(margined), settlements(result.settlements)]
    if any(row.market != _PERP and row.side == "short" for row in result.positions):
        parts.append(_borrowed(result.positions))
    parts += [_totals(result)]
    if any(total.converted_currency for total in result.totals):
        parts.append(_converted(result))
    if result.accounts:
        parts.append(accounts(result))
    if any(is_counted(row) for row in result.positions):
        parts.append(collateral(result.positions))
    if perps:
        parts.append(exchanges(result))
    if result.stress:
        parts.append(moves(result.stress))
    if any(path.transfers for path in result.stress):
        parts.append(transfers(result.stress))
    return parts


def _coins(result: BookResult) -> Table:
    in_coin = any(coin.collateral for coin in result.coins)
    columns = [
        Column("coin", "coin"), Column("long", "long", "number"), Column("short", "short", "number"),
        Column("net", "net", "number"), Column("net_share", "of gross", "percent"),
        Column("net_value", "net value", "money"), Column("price_currency", "in"), Column("price", "at", "price"),
    ]  # fmt: skip
    if in_coin:
        columns.append(Column("net_with_collateral", "with margin", "number"))
    rows = [
        (
            coin.coin, coin.long, coin.short, coin.net, coin.net_share, coin.net_value, coin.price_currency, coin.price,
            *([coin.net_with_collateral] if in_coin else []),
        )
        for coin in result.coins
    ]  # fmt: skip
    name = f"{result.name}: " if result.name else ""
    table = Table(title=f"{name}coins", columns=columns, rows=rows)
    return shorter(table, "price") if in_coin else table


def _positions(rows: Sequence[BookPosition]) -> Table:
    """For people the sign of the coins says the side, and coins are named where the contract counts many of them."""
    table = Table(
        title="Positions",
        columns=[
            Column("position", "#", "number"), Column("exchange", "exchange"), Column("symbol", "symbol"),
            Column("side", "side"), Column("delta", "coins", "number"), Column("price", "price", "price"),
            Column("price_basis", "is"), Column("unrealised_pnl", "P&L", "number"),
            Column("coin", "coin"),
        ],
        rows=[
            (
                Decimal(row.position), row.exchange, row.symbol, row.side, _coins_of(row), row.price, row.price_basis,
                row.unrealised_pnl, row.coin,
            )
            for row in rows
        ],
    )  # fmt: skip
    return shorter(table, "side", "coin")


def _coins_of(row: BookPosition) -> object:
    return row.delta if row.multiple == 1 or row.delta is None else Cell(row.delta, "number", row.coin)


def _funding(rows: Sequence[BookPosition]) -> Table:
    table = Table(
        title="Funding of the perpetuals, each in its currency",
        columns=[
            Column("position", "#", "number"), Column("rate", "rate", "rate"), Column("interval_hours", "per", "hours"),
            Column("rate_kind", "is"), Column("apr_on_notional", "APR", "percent"),
            Column("next_settlement", "next in", "until"), Column("funding_8h", "8h", "number"),
            Column("funding_24h", "24h", "number"),
            Column("funding_to_date", "to date", "number"),
        ],
        rows=[
            (
                Decimal(row.position), row.rate, row.interval_hours, row.rate_kind, row.apr_on_notional,
                row.next_settlement, row.funding_8h, row.funding_24h, row.funding_to_date,
            )
            for row in rows
        ],
    )  # fmt: skip
    return table if any(row.opened for row in rows) else shorter(table, "funding_to_date")


def _borrowed(rows: Sequence[BookPosition]) -> Table:
    """The coins of spot sold short."""
    return Table(
        title="Borrowed coins, at the rate of now",
        columns=[
            Column("position", "#", "number"), Column("coin", "coin"), Column("size", "borrowed", "number"),
            Column("borrow_rate", "a year", "percent"), Column("borrow_basis", "is"),
            Column("borrow_per_day", "a day", "number"), Column("currency", "in"), Column("borrow_source", "source"),
        ],
        rows=[
            (
                Decimal(row.position), row.coin, row.size, row.borrow_rate, row.borrow_basis or "unknown",
                row.borrow_per_day, row.currency, row.borrow_source,
            )
            for row in rows
            if row.market != _PERP and row.side == "short"
        ],
    )  # fmt: skip


def _totals(result: BookResult) -> Table:
    counts = any(is_counted(row) for row in result.positions)
    twice = "; spot that is collateral stands in equity too" if counts else ""
    table = Table(
        title=f"Sums, by settlement currency{twice}",
        columns=[
            Column("currency", "in"), Column("notional", "notional", "number"),
            Column("unrealised_pnl", "P&L", "number"), Column("equity", "equity", "number"),
            Column("collateral", "of it spot", "number"),
            Column("spot_value", "spot", "number"), Column("funding_8h", "8h", "number"),
            Column("funding_24h", "24h", "number"),
            Column("funding_to_date", "to date", "number"), Column("funding_per_day", "funding/d", "number"),
            Column("borrow_per_day", "borrow/d", "number"), Column("net_per_day", "net a day", "number"),
        ],
        rows=[
            (
                row.currency, row.notional, row.unrealised_pnl, row.equity, row.collateral, row.spot_value,
                row.funding_8h, row.funding_24h, row.funding_to_date, row.funding_per_day, row.borrow_per_day,
                row.net_per_day,
            )
            for row in result.totals
        ],
    )  # fmt: skip
    if not counts:
        table = without(table, "collateral")
    left_out = ["collateral", "funding_per_day", "borrow_per_day"]
    if not any(row.opened for row in result.positions):
        left_out.append("funding_to_date")
    if not any(row.market != _PERP for row in result.positions):
        left_out.append("spot_value")
    if all(row.borrow_per_day == 0 for row in result.positions):
        left_out.append("net_per_day")
    return shorter(table, *left_out)


def _converted(result: BookResult) -> Table:
    return Table(
        title="The same of coins, converted",
        columns=[
            Column("currency", "of"), Column("converted_price", "at", "price"), Column("converted_currency", "in"),
            Column("converted_unrealised_pnl", "P&L", "number"), Column("converted_equity", "equity", "number"),
            Column("converted_funding_24h", "24h", "number"),
        ],
        rows=[
            (
                row.currency, row.converted_price, row.converted_currency, row.converted_unrealised_pnl,
                row.converted_equity, row.converted_funding_24h,
            )
            for row in result.totals
            if row.converted_currency
        ],
    )  # fmt: skip
