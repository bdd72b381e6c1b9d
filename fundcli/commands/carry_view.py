"""How the answer of `carry` is laid out."""

from __future__ import annotations

from collections.abc import Sequence

from fundcli.core.carry_answer import CarryResult
from fundcli.render.answer import Cell, Column, Table
from fundcli.render.human import counted, hours, money, person_rate


def tables(result: CarryResult) -> Sequence[Table]:
    """The ledger, the returns, the fills, and what was asked for besides."""
    found = [_ledger(result), _facts(result), *_legs(result)]
    if result.odds is not None:
        from fundcli.commands.carry_odds import tables as of_odds

        found += of_odds(result.odds, result.currency, result.notional)
    if result.capacity is not None or result.choices is not None:
        from fundcli.commands.carry_ways_view import tables as of_ways

        found += of_ways(result)
    return found


def _ledger(result: CarryResult) -> Table:
    cur = result.currency
    borrow = [("borrow", -result.borrow)]
    if result.yield_income:
        borrow = [("borrow", -result.borrow_interest), ("yield", result.yield_income)]
    lines = [
        ("gross funding", result.gross_funding),
        ("fees of four fills", -result.fees),
        ("slippage", -result.slippage),
        *borrow,
        ("basis P&L", result.basis_pnl),
        ("net", result.net),
    ]
    spot = "" if result.spot_exchange == result.exchange else f", spot on {result.spot_exchange}"
    return Table(
        title=(
            f"{result.exchange} {result.symbol}{spot}  {result.direction} of {money(result.notional)} {cur} on "
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
        rows=[(name, value, value / result.notional, value / result.capital) for name, value in lines],
    )


def _facts(result: CarryResult) -> Table:
    cur = result.currency
    return Table(
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
            *_shock(result),
            ("capital for one of notional", Cell(result.capital_on_notional, "number")),
            *_share(result),
            *_borrow(result),
            *([("filled from", result.fills_source)] if result.fills_source else []),
            ("rate from", result.rate_source),
            ("interval from", f"{result.interval_source} ({result.interval_basis})"),
        ],
    )


def _over_cash(result: CarryResult) -> list[tuple[str, Cell]]:
    """The return beside what the capital would earn as cash."""
    if result.hurdle_rate is None:
        return []
    return [(f"over cash at {person_rate(result.hurdle_rate)} a year", Cell(result.net_apr_over_hurdle, "percent"))]


def _shock(result: CarryResult) -> list[tuple[str, Cell]]:
    if not result.capital_shock:
        return []
    return [("capital: of it for the shock", Cell(result.capital_shock, "money", result.currency))]


def _share(result: CarryResult) -> list[tuple[str, Cell]]:
    return [] if result.share_of_equity is None else [("share of the equity", Cell(result.share_of_equity, "percent"))]


def _borrow(result: CarryResult) -> list[tuple[str, object]]:
    """Where the borrow rate comes from, and how much may be borrowed."""
    if not result.borrow_interest or result.borrow_rate is None:
        return []
    rows: list[tuple[str, object]] = [
        ("borrow rate a year", Cell(result.borrow_rate, "percent")), ("borrow rate from", result.borrow_source),
    ]  # fmt: skip
    if result.borrow_available is not None:
        rows.append(("may be borrowed", Cell(result.borrow_available, "number")))
    return rows


def _legs(result: CarryResult) -> list[Table]:
    """The four fills; those out of books with their average price and what they take of them, their fees apart."""
    cur, legs = result.currency, result.legs
    name, fees = Column("leg", "leg"), [Column("fee_rate", "fee rate", "rate"), Column("fee", f"fee {cur}", "money")]
    slippage = Column("slippage", f"slippage {cur}", "money")
    if not any(leg.average_price is not None for leg in legs):
        columns = [name, Column("side", "side"), Column("price", "price", "price"), *fees, slippage]
        rows = [(leg.leg, leg.side, leg.price, leg.fee_rate, leg.fee, leg.slippage) for leg in legs]
        return [Table(columns=columns, rows=rows)]
    waits = any(leg.chance_cost is not None for leg in legs)
    columns = [
        name, Column("side", "side"), Column("price", "mid", "price"), Column("average_price", "average", "price"),
        Column("share_of_depth", "of depth", "percent"), slippage,
        *([Column("chance_cost", "if unfilled", "money")] * waits),
    ]  # fmt: skip
    return [
        Table(
            columns=columns,
            rows=[
                (leg.leg, leg.side, leg.price, leg.average_price, leg.share_of_depth, leg.slippage,
                 *((leg.chance_cost,) if waits else ()))
                for leg in legs
            ],
        ),
        Table(columns=[name, *fees], rows=[(leg.leg, leg.fee_rate, leg.fee) for leg in legs]),
    ]  # fmt: skip
