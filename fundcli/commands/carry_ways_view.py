"""How capacity and choices of `carry` are laid out."""

from __future__ import annotations

from collections.abc import Sequence

from fundcli.core.capacity_answer import Capacity
from fundcli.core.carry_answer import CarryResult
from fundcli.core.choices_answer import Choices
from fundcli.render.answer import Cell, Column, Table
from fundcli.render.human import hours


def tables(result: CarryResult) -> Sequence[Table]:
    """Net against size, then the ways on."""
    found: list[Table] = []
    if result.capacity is not None:
        found += _capacity(result.capacity, result.currency)
    if result.choices is not None:
        found += _choices(result.choices, result.currency)
    return found


def _capacity(found: Capacity, cur: str) -> list[Table]:
    over = any(size.net_apr_over_hurdle is not None for size in found.sizes)
    bound = found.notional_at_hurdle is not None
    beyond = "the books do not reach it"
    facts = [
        ("the books reach a notional of", Cell(found.largest_notional, "money")),
        *([("not under the hurdle up to", Cell(found.notional_at_hurdle, "money"))] if bound else []),
        ("most is earned at", Cell(found.best_notional, "money")),
        ("that is a net of", Cell(found.best_net, "money", cur)),
        *((str(f"{size:,f}"), beyond) for size in found.beyond),
    ]
    return [
        Table(
            title="Net against size, from the books of this moment",
            columns=[
                Column("notional", "notional", "money"), Column("capital", f"capital {cur}", "money"),
                Column("slippage", "slippage", "money"), Column("net", f"net {cur}", "money"),
                Column("net_apr_on_capital", "APR on capital", "percent"),
                *([Column("net_apr_over_hurdle", "over cash", "percent")] * over),
            ],
            rows=[
                (size.notional, size.capital, size.slippage, size.net, size.net_apr_on_capital,
                 *((size.net_apr_over_hurdle,) if over else ()))
                for size in found.sizes
            ],
        ),
        Table(columns=[Column("fact", ""), Column("value", "")], rows=facts),
    ]  # fmt: skip


def _choices(found: Choices, cur: str) -> list[Table]:
    facts = [
        ("entered", Cell(found.entered, "time")),
        ("settled since, received", Cell(found.funding_to_date, "money", cur)),
        ("settlements since", Cell(found.settlements_to_date, "number")),
        ("entry costs, sunk", Cell(found.entry_costs, "money", cur)),
        ("best", found.best),
    ]
    return [
        Table(
            title=f"Hold, close or switch: in {cur} over the next {hours(found.horizon_hours)}",
            columns=[
                Column("choice", "choice"), Column("symbol", "contract"), Column("funding", "funding", "money"),
                Column("fees", "fees", "money"), Column("slippage", "slippage", "money"),
                Column("borrow", "borrow", "money"), Column("basis_pnl", "basis", "money"),
                Column("cash", "cash", "money"), Column("net", "net", "money"),
            ],
            rows=[
                (row.choice, f"{row.exchange} {row.symbol}" if row.choice != "close" else "", row.funding, -row.fees,
                 -row.slippage, -row.borrow, row.basis_pnl, row.cash, row.net)
                for row in found.rows
            ],
        ),
        Table(columns=[Column("fact", ""), Column("value", "")], rows=facts),
    ]  # fmt: skip
