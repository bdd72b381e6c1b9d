"""All the money that a carry ties up: spot cash, perp margin, and what outlasts a move of the price.

q S0 spot cash, q F0 / L margin. Legs in separate accounts each need a buffer of their own for the move that hurts
them; one account (`unified`) sets the gain of one leg against the loss of the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from fundcli.core.carry_plan import Plan
from fundcli.core.liquidation import Margined, excess, pnl
from fundcli.core.numbers import exact

ZERO = Decimal(0)
# A coin does not fall below zero: a greater shock is taken as this one.
_DEEPEST_FALL = Decimal("-0.99")


@dataclass(frozen=True, slots=True)
class Capital:
    """Spot cash (or the margin of a borrowed short), perp margin, spare money, and the shock's part of the latter."""

    spot: Decimal
    perp_margin: Decimal
    buffer: Decimal
    shock: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        """All of it."""
        return self.spot + self.perp_margin + self.buffer


@exact
def capital_of(plan: Plan, hedge: Decimal, in_currency: Decimal) -> Capital:
    """The capital of a plan whose legs hold `hedge` coins; in_currency turns quote money into the settlement's.

    - Linear: q S0 / (spot leverage) + q F0 / L + buffer; margin in an asset with a haircut c counts (1 - c) of itself.
    - Spot as collateral with haircut c: q S0 + max(0, margin + shock loss - (1 - c) q S0).
      What is owed for spot bought on margin is no collateral.
    - Unified account: the same with the coin at the shocked price, (1 - c) q S0 (1 + shock), the worse of now and then.
    - Inverse perp: the coin alone.
    - Reverse: q S0 / (borrow leverage - 1) + q F0 / L.
    - The buffer is the larger of the typed one and what outlasts the shock without a transfer (see `_outlast`).
    """
    spot = plan.quantity * plan.spot_price * in_currency
    perp = hedge * plan.perp_price * in_currency
    margin = perp / plan.leverage
    if plan.direction == "reverse":
        short = spot / (plan.borrow_leverage - 1)
        shock = _outlast(plan, hedge, in_currency) + _debt_outlasts(plan, spot, short)
        return Capital(short, margin / (1 - plan.margin_haircut), max(plan.buffer, shock), shock)
    if plan.inverse:
        return Capital(spot, ZERO, plan.buffer)
    cash = spot / plan.spot_leverage
    if plan.collateral == "cash":
        shock = _outlast(plan, hedge, in_currency)
        return Capital(cash, margin / (1 - plan.margin_haircut), max(plan.buffer, shock), shock)
    loss, counted, debt = perp * plan.shock, (1 - plan.haircut) * spot, spot - cash
    if plan.collateral == "unified":
        needed = debt + max(margin - counted, margin + loss - counted * (1 + plan.shock))
    else:
        needed = debt + margin + loss - counted
    return Capital(cash, max(ZERO, needed), plan.buffer)


def _outlast(plan: Plan, hedge: Decimal, in_currency: Decimal) -> Decimal:
    """What the perp leg needs beside its margin so that the shock does not liquidate it.

    A short fears a rally, a long a fall. Loss + maintenance margin and closing fee at the shocked price - margin; where
    no tier is known the loss itself, so that the margin stays whole. Nothing in a unified account: the other leg gains.
    """
    if not plan.shock or plan.collateral == "unified":
        return ZERO
    move = plan.shock if plan.sign > 0 else max(-plan.shock, _DEEPEST_FALL)
    entry = plan.perp_price
    held = Margined(
        sign=-plan.sign,
        size=hedge * entry if plan.inverse else hedge,
        entry=entry,
        margin=hedge * entry / plan.leverage * in_currency,
        tiers=plan.tiers or (),
        closing_fee=plan.closing_fee,
        inverse=plan.inverse,
    )
    if plan.tiers is None:
        return max(ZERO, -pnl(held, entry * (1 + move)))
    return max(ZERO, -excess(held, entry * (1 + move)))


def _debt_outlasts(plan: Plan, spot: Decimal, short: Decimal) -> Decimal:
    """What borrowed spot needs beside its margin when it rallies: assets must stay the level's multiple of the debt.

    Where no level of liquidation is known it is that of the entry, borrow leverage / (borrow leverage - 1).
    """
    if not plan.shock or plan.collateral == "unified":
        return ZERO
    level = plan.borrow_leverage / (plan.borrow_leverage - 1) if plan.spot_level is None else plan.spot_level
    return max(ZERO, level * spot * (1 + plan.shock) - spot - short)
