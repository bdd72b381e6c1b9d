"""How the answer of `cost` is laid out."""

from __future__ import annotations

from collections.abc import Sequence

from fundcli.core.cost import CostResult
from fundcli.render.answer import Cell, Column, Table
from fundcli.render.human import hours, money, person_rate, plain_number


def tables(result: CostResult) -> Sequence[Table]:
    """Funding per period, the hold with its fees, and what the numbers rest on."""
    cur = result.currency
    parts = [
        Table(
            title=(
                f"{result.exchange} {result.symbol}  {result.side} {money(result.notional)} {cur} at "
                f"{plain_number(result.leverage)}x, margin {money(result.margin)} {cur}\n"
                f"rate {person_rate(result.rate)} per {hours(result.interval_hours)} ({result.rate_kind})"
            ),
            columns=[
                Column("period", ""),
                Column("amount", cur, "money"),
                Column("of_notional", "of notional", "percent"),
                Column("of_margin", "of margin", "percent"),
            ],
            rows=[
                ("funding per settlement", *_flow(result.per_settlement)),
                ("funding per day", *_flow(result.per_day)),
                ("funding per year", *_flow(result.per_year)),
                (f"funding over {hours(result.hold_hours)}", *_flow(result.per_hold)),
                ("fees to open and close", result.fees, result.fees / result.notional, result.fees / result.margin),
                ("total", result.total, result.break_even_move, result.total / result.margin),
            ],
        ),
        Table(
            columns=[Column("fact", ""), Column("value", "")],
            rows=[
                ("settlements", Cell(result.settlements, "number")),
                *_range(result),
                ("break-even price move", Cell(result.break_even_move, "percent")),
                ("APR on notional", Cell(result.apr_on_notional, "percent")),
                ("APR on margin", Cell(result.apr_on_margin, "percent")),
                ("APY on margin, if reinvested", Cell(result.apy_on_margin, "percent")),
                ("rate from", result.rate_source),
                ("interval from", f"{result.interval_source} ({result.interval_basis})"),
            ],
        ),
    ]
    if result.schedule is not None:
        parts.append(
            Table(
                title="Settlements crossed" if result.schedule else "No settlement is crossed",
                columns=[
                    Column("time", "settlement (UTC)", "time"),
                    Column("rate", "rate", "rate"),
                    Column("mark_price", "price", "price"),
                    Column("amount", cur, "money"),
                ],
                rows=[(p.time, p.rate, p.mark_price, p.amount) for p in result.schedule],
            )
        )
    if result.scenarios:
        parts.append(
            Table(
                title=f"Over {hours(result.hold_hours)}, by rate per {hours(result.interval_hours)} and leverage",
                columns=[
                    Column("rate", "rate", "rate"),
                    Column("leverage", "leverage", "number"),
                    Column("funding", f"funding {cur}", "money"),
                    Column("total", f"total {cur}", "money"),
                    Column("apr_on_notional", "APR", "percent"),
                    Column("apr_on_margin", "APR on margin", "percent"),
                    Column("break_even_move", "break-even", "percent"),
                ],
                rows=[
                    (s.rate, s.leverage, s.funding, s.total, s.apr_on_notional, s.apr_on_margin, s.break_even_move)
                    for s in result.scenarios
                ],
            )
        )
    return parts


def _flow(flow: object) -> tuple[object, object, object]:
    return (flow.amount, flow.of_notional, flow.of_margin)  # type: ignore[attr-defined]


def _range(result: CostResult) -> list[tuple[str, Cell]]:
    """What is not certain about the number of settlements."""
    if result.settlements_min == result.settlements_max:
        return []
    return [
        ("settlements, at least", Cell(result.settlements_min, "number")),
        ("settlements, at most", Cell(result.settlements_max, "number")),
        ("funding, at least", Cell(result.funding_min, "money", result.currency)),
        ("funding, at most", Cell(result.funding_max, "money", result.currency)),
    ]
