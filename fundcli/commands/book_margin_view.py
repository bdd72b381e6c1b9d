"""How the margin of a book is laid out: of each position, of accounts and the spot that backs them, of exchanges."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from fundcli.core.book_answer import BookPosition, BookResult
from fundcli.render.answer import Column, Table


def shorter(table: Table, *names: str) -> Table:
    """The table, for people without these columns."""
    return msgspec.structs.replace(table, brief=without(table, *names))


def without(table: Table, *names: str) -> Table:
    """The table without these columns."""
    kept = [place for place, column in enumerate(table.columns) if column.name not in names]
    return Table(
        title=table.title,
        columns=[table.columns[place] for place in kept],
        rows=[[row[place] for place in kept] for row in table.rows],
    )


def is_owed(row: BookPosition) -> bool:
    """Whether it is spot that its account has borrowed and sold."""
    return row.market == "spot" and row.side == "short" and row.account is not None


def is_counted(row: BookPosition) -> bool:
    """Whether it is spot that counts in the equity of its account."""
    return row.haircut is not None or is_owed(row)


def margin(rows: Sequence[BookPosition]) -> Table:
    """The margin of each perpetual and of coins that an account owes, and where it is liquidated."""
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
    if row.liquidation_price is not None or row.liquidation_unknown is not None:
        return row.liquidation_price
    return "by now" if row.liquidated else "never"


def sources(rows: Sequence[BookPosition]) -> Table:
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


def accounts(result: BookResult) -> Table:
    """The accounts that several positions share."""
    table = Table(
        title="Accounts",
        columns=[
            Column("account", "account"), Column("currency", "in"), Column("positions", "positions"),
            Column("balance", "balance", "number"), Column("collateral", "spot", "number"),
            Column("equity", "equity", "number"),
            Column("maintenance_margin", "maint.", "number"), Column("margin_ratio", "ratio", "percent"),
            Column("transfer", "transfer", "number"),
        ],
        rows=[
            (
                row.account, row.currency, ", ".join(map(str, row.positions)), row.balance, row.collateral,
                row.equity, row.maintenance_margin, row.margin_ratio, row.transfer,
            )
            for row in result.accounts
        ],
    )  # fmt: skip
    return table if any(row.collateral_positions for row in result.accounts) else without(table, "collateral")


def collateral(rows: Sequence[BookPosition]) -> Table:
    """The spot that counts as margin of its account, and the coins that it owes."""
    owed = ", and coins that are owed" if any(is_owed(row) for row in rows) else ""
    return Table(
        title=f"Spot that is collateral{owed}",
        columns=[
            Column("position", "#", "number"), Column("account", "account"), Column("coin", "coin"),
            Column("size", "size", "number"), Column("price", "price", "price"),
            Column("haircut", "haircut", "percent"), Column("collateral", "counts for", "number"),
        ],
        rows=[
            (Decimal(row.position), row.account, row.coin, row.size, row.price, row.haircut, row.collateral)
            for row in rows
            if is_counted(row)
        ],
    )  # fmt: skip


def exchanges(result: BookResult) -> Table:
    """Each exchange in each currency, with the transfer that it needs."""
    table = Table(
        title="Exchanges; transfer lifts every margin ratio to its floor",
        columns=[
            Column("exchange", "exchange"), Column("currency", "in"), Column("margin", "margin", "number"),
            Column("collateral", "spot", "number"), Column("unrealised_pnl", "P&L", "number"),
            Column("equity", "equity", "number"),
            Column("transfer", "transfer", "number"), Column("nearest_distance", "nearest", "percent"),
            Column("nearest_position", "#", "number"),
        ],
        rows=[
            (
                row.exchange, row.currency, row.margin, row.collateral, row.unrealised_pnl, row.equity, row.transfer,
                row.nearest_distance, row.nearest_position,
            )
            for row in result.exchanges
        ],
    )  # fmt: skip
    return table if any(row.collateral_positions for row in result.accounts) else without(table, "collateral")
