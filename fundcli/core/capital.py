"""All the money that a carry ties up: spot cash, perp margin, and what outlasts a move of the price.

q S0 spot cash, q F0 / L margin. Legs in separate accounts each need a buffer of their own for the move that hurts
them; one account (`unified`) sets the gain of one leg against the loss of the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from fundcli.core.carry_plan import Plan, worth
from fundcli.core.liquidation import Margined, excess, pnl
from fundcli.core.numbers import exact, ledger

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
def capital_of(plan: Plan, hedge: Decimal) -> Capital:
    """The capital of a plan whose legs hold `hedge` coins, in the settlement currency.

    - Linear: q S0 / (spot leverage) + q F0 / L + buffer; margin in an asset with a haircut c counts (1 - c) of itself.
    - Spot as collateral with haircut c: q S0 + max(0, margin + shock loss - (1 - c) q S0).
      What is owed for spot bought on margin is no collateral.
    - Unified account: the same with the coin at the shocked price, (1 - c) q S0 (1 + shock), the worse of now and then.
    - Inverse perp: the coin alone.
    - Reverse: q S0 / (borrow leverage - 1) + q F0 / L.
    - The buffer is the larger of the typed one and what outlasts the shock without a transfer: what each account needs
      then (see `_outlast`), kept like the margin in an asset that counts (1 - c) of itself; of spot as collateral and
      of a unified account, what the shock asks for beyond what is needed now.
    """
    spot = worth(plan, plan.quantity, plan.spot_price)
    perp = worth(plan, hedge, plan.perp_price)
    margin = perp / plan.leverage
    forward = plan.direction == "cash-and-carry"
    own = spot / plan.spot_leverage if forward else spot / (plan.borrow_leverage - 1)
    if forward and plan.inverse:
        return Capital(own, ZERO, plan.buffer)
    if forward and plan.collateral != "cash":
        counted, debt, loss = (1 - plan.haircut) * spot, spot - own, perp * plan.shock
        risen = 1 + plan.shock if plan.collateral == "unified" else 1
        now = max(ZERO, debt + margin - counted)
        shock = ledger(max(ZERO, debt + margin + loss - counted * risen - now))
        return Capital(own, now, max(plan.buffer, shock), shock)
    shock = ledger((_outlast(plan, hedge) + _debt_outlasts(plan, spot, own)) / (1 - plan.margin_haircut))
    return Capital(own, margin / (1 - plan.margin_haircut), max(plan.buffer, shock), shock)


@exact
def greatest_notional(plan: Plan, hedge: Decimal) -> Decimal:
    """The most that the perp leg is worth on the way of the shock that it fears, in the settlement currency.

    A short grows in a rally, and a long of an inverse contract, counted in coin, in a fall; the other two shrink.
    """
    notional = worth(plan, hedge, plan.perp_price)
    if plan.inverse == (plan.sign > 0):
        return notional
    return notional / (1 + _fall(plan)) if plan.inverse else notional * (1 + plan.shock)


def _outlast(plan: Plan, hedge: Decimal) -> Decimal:
    """What the perp leg needs beside its margin so that the shock does not liquidate it.

    A short fears a rally, a long a fall. Loss + maintenance margin and closing fee at the shocked price - margin; where
    no tier is known the loss itself, so that the margin stays whole. Nothing in a unified account: the other leg gains.
    """
    if not plan.shock or plan.collateral == "unified":
        return ZERO
    move = plan.shock if plan.sign > 0 else _fall(plan)
    entry = plan.perp_price
    held = Margined(
        sign=-plan.sign,
        size=hedge * entry if plan.inverse else hedge,
        entry=entry,
        margin=worth(plan, hedge, entry) / plan.leverage,
        tiers=plan.tiers or (),
        closing_fee=plan.closing_fee,
        inverse=plan.inverse,
    )
    if plan.tiers is None:
        return max(ZERO, -pnl(held, entry * (1 + move)))
    return max(ZERO, -excess(held, entry * (1 + move)))


def _debt_outlasts(plan: Plan, spot: Decimal, own: Decimal) -> Decimal:
    """What an account that owes the spot, or money for it, needs beside its own for the move that hurts it.

    Assets must stay the level's multiple of the debt: of coin sold short, which a rally makes dearer, (q S0 + own) of
    q S0 (1 + shock), or counted in coin q / (1 + shock) + own of q; of coin bought on margin, which a fall makes
    cheaper, q S0 (1 - shock) of (q S0 - own). Where no level of liquidation is known it is that of the entry:
    leverage / (leverage - 1).
    """
    leverage = plan.borrow_leverage if plan.sign < 0 else plan.spot_leverage
    if not plan.shock or plan.collateral == "unified" or leverage == 1:
        return ZERO
    level = leverage / (leverage - 1) if plan.spot_level is None else plan.spot_level
    if plan.sign < 0 and plan.inverse:  # the coins that the proceeds are worth become fewer, the debt stays
        return max(ZERO, level * spot - spot / (1 + plan.shock) - own)
    if plan.sign < 0:
        return max(ZERO, level * spot * (1 + plan.shock) - spot - own)
    return max(ZERO, level * (spot - own) - spot * (1 + _fall(plan)))


def _fall(plan: Plan) -> Decimal:
    """The shock as a fall: a negative share."""
    return max(-plan.shock, _DEEPEST_FALL)
