"""How the answer of `book` is laid out."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec

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
        parts += [_funding(perps), _margin(perps), _sources(perps), settlements(result.settlements)]
    if any(row.market != _PERP and row.side == "short" for row in result.positions):
        parts.append(_borrowed(result.positions))
    parts += [_totals(result)]
    if any(total.converted_currency for total in result.totals):
        parts.append(_converted(result))
    if result.accounts:
        parts.append(_accounts(result))
    if perps:
        parts.append(_exchanges(result))
    if result.stress:
        parts.append(moves(result.stress))
    if any(path.transfers for path in result.stress):
        parts.append(transfers(result.stress))
    return parts


def _coins(result: BookResult) -> Table:
    collateral = any(coin.collateral for coin in result.coins)
    columns = [
        Column("coin", "coin"), Column("long", "long", "number"), Column("short", "short", "number"),
        Column("net", "net", "number"), Column("net_share", "of gross", "percent"),
        Column("net_value", "net value", "money"), Column("price_currency", "in"), Column("price", "at", "price"),
    ]  # fmt: skip
    if collateral:
        columns.append(Column("net_with_collateral", "with margin", "number"))
    rows = [
        (
            coin.coin, coin.long, coin.short, coin.net, coin.net_share, coin.net_value, coin.price_currency, coin.price,
            *([coin.net_with_collateral] if collateral else []),
        )
        for coin in result.coins
    ]  # fmt: skip
    name = f"{result.name}: " if result.name else ""
    table = Table(title=f"{name}coins", columns=columns, rows=rows)
    return _shorter(table, "price") if collateral else table


def _shorter(table: Table, *names: str) -> Table:
    """The table, for people without these columns."""
    kept = [place for place, column in enumerate(table.columns) if column.name not in names]
    brief = Table(
        title=table.title,
        columns=[table.columns[place] for place in kept],
        rows=[[row[place] for place in kept] for row in table.rows],
    )
    return msgspec.structs.replace(table, brief=brief)


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
    return _shorter(table, "side", "coin")


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
    return table if any(row.opened for row in rows) else _shorter(table, "funding_to_date")


def _margin(rows: Sequence[BookPosition]) -> Table:
    own = any(row.exchange_margin_ratio is not None for row in rows)
    columns = [
        Column("position", "#", "number"), Column("margin", "margin", "number"), Column("equity", "equity", "number"),
        Column("maintenance_margin", "maint.", "number"), Column("margin_ratio", "ratio", "percent"),
    ]  # fmt: skip
    if own:
        columns.append(Column("exchange_margin_ratio", "exch.", "percent"))
    columns += [
        Column("liquidation_price", "liquidated at", "price"), Column("liquidation_distance", "away", "percent"),
    ]  # fmt: skip
    shared = any(row.account for row in rows)
    if shared:
        columns.append(Column("account", "account"))
    return Table(
        title="Margin; ratio is equity / initial margin",
        columns=columns,
        rows=[
            (
                Decimal(row.position), row.margin, row.equity, row.maintenance_margin, row.margin_ratio,
                *([row.exchange_margin_ratio] if own else []), _price(row), row.liquidation_distance,
                *([row.account] if shared else []),
            )
            for row in rows
        ],
    )  # fmt: skip


def _sources(rows: Sequence[BookPosition]) -> Table:
    """Where each maintenance margin is from, or why there is none; for people those of one source together."""
    title = "Maintenance margin is from"
    found = [(row, row.maintenance_source or row.liquidation_unknown or "") for row in rows]
    together: dict[tuple[str, str], list[int]] = {}
    for row, source in found:
        together.setdefault((row.maintenance_basis or "unknown", source), []).append(row.position)
    return Table(
        title=title,
        columns=[
            Column("position", "#", "number"), Column("maintenance_basis", "is"),
            Column("maintenance_source", "source"),
        ],
        rows=[(Decimal(row.position), row.maintenance_basis, source) for row, source in found],
        brief=Table(
            title=title,
            columns=[Column("positions", "#"), Column("maintenance_basis", "is"), Column("source", "source")],
            rows=[(", ".join(map(str, numbers)), basis, source) for (basis, source), numbers in together.items()],
        ),
    )  # fmt: skip


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


def _price(row: BookPosition) -> object:
    if row.liquidation_price is None and row.liquidation_unknown is None:
        return "never"
    return row.liquidation_price


def _totals(result: BookResult) -> Table:
    table = Table(
        title="Sums, by settlement currency",
        columns=[
            Column("currency", "in"), Column("notional", "notional", "number"),
            Column("unrealised_pnl", "P&L", "number"), Column("equity", "equity", "number"),
            Column("spot_value", "spot", "number"), Column("funding_8h", "8h", "number"),
            Column("funding_24h", "24h", "number"),
            Column("funding_to_date", "to date", "number"), Column("funding_per_day", "funding/d", "number"),
            Column("borrow_per_day", "borrow/d", "number"), Column("net_per_day", "net a day", "number"),
        ],
        rows=[
            (
                row.currency, row.notional, row.unrealised_pnl, row.equity, row.spot_value, row.funding_8h,
                row.funding_24h, row.funding_to_date, row.funding_per_day, row.borrow_per_day, row.net_per_day,
            )
            for row in result.totals
        ],
    )  # fmt: skip
    without = ["funding_per_day", "borrow_per_day"]
    if not any(row.opened for row in result.positions):
        without.append("funding_to_date")
    if not any(row.market != _PERP for row in result.positions):
        without.append("spot_value")
    if all(row.borrow_per_day == 0 for row in result.positions):
        without.append("net_per_day")
    return _shorter(table, *without)


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


def _accounts(result: BookResult) -> Table:
    return Table(
        title="Accounts",
        columns=[
            Column("account", "account"), Column("currency", "in"), Column("positions", "positions"),
            Column("balance", "balance", "number"), Column("equity", "equity", "number"),
            Column("maintenance_margin", "maint.", "number"), Column("margin_ratio", "ratio", "percent"),
            Column("transfer", "transfer", "number"),
        ],
        rows=[
            (
                row.account, row.currency, ", ".join(map(str, row.positions)), row.balance, row.equity,
                row.maintenance_margin, row.margin_ratio, row.transfer,
            )
            for row in result.accounts
        ],
    )  # fmt: skip


def _exchanges(result: BookResult) -> Table:
    return Table(
        title="Exchanges; transfer lifts every margin ratio to its floor",
        columns=[
            Column("exchange", "exchange"), Column("currency", "in"), Column("margin", "margin", "number"),
            Column("unrealised_pnl", "P&L", "number"), Column("equity", "equity", "number"),
            Column("transfer", "transfer", "number"), Column("nearest_distance", "nearest", "percent"),
            Column("nearest_position", "#", "number"),
        ],
        rows=[
            (
                row.exchange, row.currency, row.margin, row.unrealised_pnl, row.equity, row.transfer,
                row.nearest_distance, row.nearest_position,
            )
            for row in result.exchanges
        ],
    )  # fmt: skip
