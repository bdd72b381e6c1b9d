"""How the answer of `book` is laid out."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from fundcli.core.book_answer import BookPath, BookPosition, BookResult, BookSettlement
from fundcli.render.answer import Cell, Column, Table

_PERP = "perp"


def tables(result: BookResult) -> Sequence[Table]:
    """Coins, positions, their funding and margin, what settles when, the sums, and the stress."""
    perps = [row for row in result.positions if row.market == _PERP]
    parts = [_coins(result), _positions(result.positions)]
    if perps:
        parts += [_funding(perps), _margin(perps), _settlements(result.settlements)]
    parts += [_totals(result)]
    if any(total.converted_currency for total in result.totals):
        parts.append(_converted(result))
    if result.accounts:
        parts.append(_accounts(result))
    if perps:
        parts.append(_exchanges(result))
    if result.stress:
        parts.append(_stress(result.stress))
    if any(path.transfers for path in result.stress):
        parts.append(_needed(result.stress))
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
    return Table(title=f"{name}coins", columns=columns, rows=rows)


def _positions(rows: Sequence[BookPosition]) -> Table:
    return Table(
        title="Positions",
        columns=[
            Column("position", "#", "number"), Column("exchange", "exchange"), Column("symbol", "symbol"),
            Column("side", "side"), Column("delta", "coins", "number"), Column("price", "price", "price"),
            Column("price_basis", "is"), Column("unrealised_pnl", "P&L", "number"),
        ],
        rows=[
            (
                Decimal(row.position), row.exchange, row.symbol, row.side, row.delta, row.price, row.price_basis,
                row.unrealised_pnl,
            )
            for row in rows
        ],
    )  # fmt: skip


def _funding(rows: Sequence[BookPosition]) -> Table:
    return Table(
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


def _price(row: BookPosition) -> object:
    if row.liquidation_price is None and row.liquidation_unknown is None:
        return "never"
    return row.liquidation_price


def _settlements(rows: Sequence[BookSettlement]) -> Table:
    """One line for each time and currency, with the positions that settle then."""
    lines: dict[tuple[object, str], list[BookSettlement]] = {}
    for row in rows:
        lines.setdefault((row.time, row.currency), []).append(row)
    return Table(
        title="Settlements of the next 24 hours" if rows else "Nothing settles in the next 24 hours",
        columns=[
            Column("time", "settlement (UTC)", "time"), Column("amount", "amount", "number"), Column("currency", "in"),
            Column("positions", "positions"), Column("rate_is", "rate is"),
        ],
        rows=[
            (
                time, sum((row.amount for row in found), Decimal(0)), currency,
                ", ".join(str(row.position) for row in found), _known(found),
            )
            for (time, currency), found in lines.items()
        ],
    )  # fmt: skip


def _known(rows: Sequence[BookSettlement]) -> str:
    if not any(row.estimated for row in rows):
        return "of this settlement"
    return "estimated" if all(row.estimated for row in rows) else "partly estimated"


def _totals(result: BookResult) -> Table:
    return Table(
        title="Sums, by settlement currency",
        columns=[
            Column("currency", "in"), Column("notional", "notional", "number"),
            Column("unrealised_pnl", "P&L", "number"), Column("equity", "equity", "number"),
            Column("spot_value", "spot", "number"), Column("funding_8h", "8h", "number"),
            Column("funding_24h", "24h", "number"),
            Column("funding_to_date", "to date", "number"),
        ],
        rows=[
            (
                row.currency, row.notional, row.unrealised_pnl, row.equity, row.spot_value, row.funding_8h,
                row.funding_24h, row.funding_to_date,
            )
            for row in result.totals
        ],
    )  # fmt: skip


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


def _stress(paths: Sequence[BookPath]) -> Table:
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
    )  # fmt: skip


def _needed(paths: Sequence[BookPath]) -> Table:
    """The transfers by exchange: a column for each would not fit."""
    return Table(
        title="Transfers that each exchange needs then",
        columns=[Column("path", "prices"), Column("exchange", "exchange"), Column("amount", "transfer")],
        rows=[
            (path.path, transfer.exchange, Cell(transfer.amount, "money", transfer.currency))
            for path in paths
            for transfer in path.transfers
        ],
    )
