"""How the answer of `carry` is laid out."""

from __future__ import annotations

from collections.abc import Sequence

from fundcli.core.carry import CarryResult
from fundcli.render.answer import Cell, Column, Table
from fundcli.render.human import counted, hours, money, person_rate


def tables(result: CarryResult) -> Sequence[Table]:
    """The ledger, the returns, the fills."""
    cur = result.currency
    ledger = [
        ("gross funding", result.gross_funding),
        ("fees of four fills", -result.fees),
        ("slippage", -result.slippage),
        ("borrow", -result.borrow),
        ("basis P&L", result.basis_pnl),
        ("net", result.net),
    ]
    return [
        Table(
            title=(
                f"{result.exchange} {result.symbol}  {result.direction} of {money(result.notional)} {cur} on "
                f"{money(result.capital)} {cur}\n"
                f"rate {person_rate(result.rate)} per {hours(result.interval_hours)} ({result.rate_kind}), "
                f"{counted(result.settlements, 'settlement')} in {hours(result.hold_hours)}"
            ),
            columns=[
                Column("line", ""),
                Column("amount", cur, "money"),
                Column("of_notional", "of notional", "percent"),
                Column("of_capital", "of capital", "percent"),
            ],
            rows=[(name, value, value / result.notional, value / result.capital) for name, value in ledger],
        ),
        Table(
            columns=[Column("fact", ""), Column("value", "")],
            rows=[
                ("gross APR on notional", Cell(result.gross_apr_on_notional, "percent")),
                ("net APR on notional", Cell(result.net_apr_on_notional, "percent")),
                ("net APR on capital", Cell(result.net_apr_on_capital, "percent")),
                *_over_cash(result),
                ("net APY on capital, reinvested", Cell(result.net_apy_on_capital, "percent")),
                ("break-even settlements", Cell(result.break_even_settlements, "number")),
                ("break-even after at most", Cell(result.break_even_hours, "hours")),
                ("break-even rate for this hold", Cell(result.break_even_rate, "rate")),
                ("capital: spot", Cell(result.capital_spot, "money", cur)),
                ("capital: perp margin", Cell(result.capital_perp_margin, "money", cur)),
                ("capital: buffer", Cell(result.capital_buffer, "money", cur)),
                ("rate from", result.rate_source),
                ("interval from", f"{result.interval_source} ({result.interval_basis})"),
            ],
        ),
        Table(
            columns=[
                Column("leg", "leg"), Column("side", "side"), Column("price", "price", "price"),
                Column("fee_rate", "fee rate", "rate"), Column("fee", f"fee {cur}", "money"),
                Column("slippage", f"slippage {cur}", "money"),
            ],
            rows=[(leg.leg, leg.side, leg.price, leg.fee_rate, leg.fee, leg.slippage) for leg in result.legs],
        ),
    ]  # fmt: skip


def _over_cash(result: CarryResult) -> list[tuple[str, Cell]]:
    """The return beside what the capital would earn as cash."""
    if result.hurdle_rate is None:
        return []
    return [(f"over cash at {person_rate(result.hurdle_rate)} a year", Cell(result.net_apr_over_hurdle, "percent"))]
