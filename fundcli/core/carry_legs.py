"""The four fills of a carry: what each buys or sells, and what it costs.

An inverse perp leg is a fixed amount Q = q F0 of quote money: Q / F0 coins at entry, Q / F1 at exit.
"""

from __future__ import annotations

from decimal import Decimal

from fundcli.core.carry_answer import LEG_NAMES, Leg
from fundcli.core.carry_plan import Plan, worth
from fundcli.core.numbers import ledger


def hedge_of(plan: Plan) -> Decimal:
    """The quantity that both legs hold: what is left of the coin bought after a fee taken in that coin.

    Buy 10 with a fee of 0.1 % in the coin, hold 9.99, short 9.99.
    """
    if plan.spot_fee_in_base and plan.direction == "cash-and-carry":
        return plan.quantity * (1 - plan.fee_rates[0])
    return plan.quantity


def _spot_closed(plan: Plan, hedge: Decimal) -> Decimal:
    """The quantity of the closing spot fill: to give back q after a fee taken in the coin, q / (1 - fee) is bought."""
    if plan.spot_fee_in_base and plan.direction == "reverse":
        return hedge / (1 - plan.fee_rates[2])
    return hedge


def orders_of(plan: Plan) -> list[tuple[str, Decimal, Decimal, bool]]:
    """The four fills: market, quantity in coin, mid, whether it is bought."""
    forward = plan.direction == "cash-and-carry"
    hedge = hedge_of(plan)
    closed = hedge * plan.perp_price / plan.closing_perp if plan.inverse else hedge
    return [
        ("spot", plan.quantity, plan.spot_price, forward),
        ("perp", hedge, plan.perp_price, not forward),
        ("spot", _spot_closed(plan, hedge), plan.spot_price, not forward),
        ("perp", closed, plan.closing_perp, forward),
    ]


def legs_of(plan: Plan) -> tuple[Leg, ...]:
    """The four legs with their fees, slippage and, out of a book, how they are filled."""
    legs = []
    fills = plan.fills or (None, None, None, None)
    for name, (market, quantity, price, bought), fee_rate, slip, filled in zip(
        LEG_NAMES, orders_of(plan), plan.fee_rates, plan.slippages, fills, strict=True
    ):
        notional = worth(plan, quantity, price)
        missed = None if filled is None or filled.chance_cost is None else filled.chance_cost
        legs.append(
            Leg(
                leg=name,
                market=market,
                side="buy" if bought else "sell",
                price=price if plan.prices_known else None,
                quantity=quantity if plan.prices_known else None,
                notional=notional,
                fee_rate=fee_rate,
                fee=ledger(notional * fee_rate),
                slippage=ledger(notional * slip),
                exchange=plan.exchange if market == "perp" else plan.spot_exchange or plan.exchange,
                average_price=None if filled is None else filled.average_price,
                share_of_depth=None if filled is None else filled.share_of_depth,
                chance_cost=None if missed is None else ledger(notional * missed),
            )
        )
    return tuple(legs)
