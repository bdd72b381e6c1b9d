"""When a position is liquidated: isolated margin, linear and inverse, with tiered maintenance margin.

s is +1 for a long and -1 for a short, q the size in coin (linear) or Q in quote units (inverse), E the entry price, W
the margin, m and A rate and amount of the maintenance tier, f the closing fee. A position is liquidated where its
equity is down to maintenance margin + closing fee:

    linear   W + s q (P - E)       = q P (m + f) - A     P* = (s q E - W - A) / (q (s - m - f))
    inverse  W + s Q (1/E - 1/P)   = Q / P (m + f) - A   P* = Q (s + m + f) / (s Q / E + W + A)

m and A are those of the tier at P*. Money is in the settlement currency: quote for linear, coin for inverse.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from fundcli.core.numbers import exact

ZERO = Decimal(0)
_HAIR = Decimal(1).scaleb(-40)  # what rounding may put an amount beyond the end of its tier, or leave of zero

RatioKind = Literal["maintenance / equity", "equity / (maintenance + fees)", "equity / maintenance"]


@dataclass(frozen=True, slots=True)
class MaintenanceTier:
    """Maintenance margin of a notional up to `up_to`: notional x rate - amount."""

    rate: Decimal
    amount: Decimal = ZERO
    up_to: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Margined:
    """A position on its margin.

    sign: +1 long, -1 short. size: coin, or quote units of an inverse contract. margin: W, money in the settlement
    currency, after the funding charged to it. tiers: in the order of their notional. collateral: coins that count as
    margin beside W, at the price of the day (linear; a coin is plain money where the contract is inverse).
    """

    sign: int
    size: Decimal
    entry: Decimal
    margin: Decimal
    tiers: Sequence[MaintenanceTier]
    closing_fee: Decimal = ZERO
    inverse: bool = False
    collateral: Decimal = ZERO


@exact
def notional(held: Margined, price: Decimal) -> Decimal:
    """q P, or Q / P."""
    return held.size / price if held.inverse else held.size * price


@exact
def pnl(held: Margined, price: Decimal) -> Decimal:
    """s q (P - E), or s Q (1/E - 1/P) in coin: what the position has gained since its entry."""
    if held.inverse:
        return held.sign * (held.size / held.entry - held.size / price)
    return held.sign * held.size * (price - held.entry)


@exact
def equity(held: Margined, price: Decimal) -> Decimal:
    """Margin, coins given as collateral, and gain."""
    return held.margin + held.collateral * price + pnl(held, price)


def tier_at(tiers: Sequence[MaintenanceTier], amount: Decimal) -> MaintenanceTier:
    """The tier of a notional; beyond the end of the last one, the last one.

    >>> first, second = MaintenanceTier(Decimal("0.004"), up_to=Decimal(50)), MaintenanceTier(Decimal("0.005"))
    >>> tier_at([first, second], Decimal(50)).rate, tier_at([first, second], Decimal(51)).rate
    (Decimal('0.004'), Decimal('0.005'))
    """
    return next((tier for tier in tiers if tier.up_to is None or not beyond(amount, tier.up_to)), tiers[-1])


@exact
def beyond(amount: Decimal, end: Decimal) -> bool:
    """Whether an amount lies beyond the end of a tier.

    A notional divided by its price and multiplied again comes back a hair off, and is at the end all the same.

    >>> beyond(Decimal("50000." + "0" * 44 + "1"), Decimal(50_000)), beyond(Decimal("50000.01"), Decimal(50_000))
    (False, True)
    """
    return amount > end * (1 + _HAIR)


@exact
def one_tier(rate: Decimal, amount: Decimal = ZERO) -> tuple[MaintenanceTier, ...]:
    """The tiers of a rate and an amount typed alone: none is asked for below the notional where it would be negative.

    >>> one_tier(Decimal("0.005"), Decimal(50))[0].up_to
    Decimal('1.0E+4')
    """
    if amount <= 0 or rate == 0:
        return (MaintenanceTier(rate, amount),)
    return MaintenanceTier(ZERO, ZERO, amount / rate), MaintenanceTier(rate, amount)


@exact
def maintenance_margin(held: Margined, price: Decimal) -> Decimal:
    """Notional x m - A, by the tier of the notional at that price."""
    amount = notional(held, price)
    tier = tier_at(held.tiers, amount)
    return amount * tier.rate - tier.amount


@exact
def closing_cost(held: Margined, price: Decimal) -> Decimal:
    """What closing the position costs in fees."""
    return notional(held, price) * held.closing_fee


@exact
def excess(held: Margined, price: Decimal) -> Decimal:
    """Equity above maintenance margin and closing fee; at zero and below the position is liquidated."""
    return equity(held, price) - maintenance_margin(held, price) - closing_cost(held, price)


@exact
def liquidation_price(held: Margined) -> Decimal | None:
    """The price at which the position is liquidated, or None if there is none above zero.

    5x, m = 0.4 %, no fee: a long at 1 is liquidated at 0.803213, a short at 1.195219; inverse 0.836667 and 1.245.

    >>> tiers = [MaintenanceTier(Decimal("0.004"))]
    >>> def five_times(sign, inverse):
    ...     held = Margined(sign=sign, size=Decimal(1), entry=Decimal(1), margin=Decimal("0.2"), tiers=tiers,
    ...                     inverse=inverse)
    ...     return round(liquidation_price(held), 6)
    >>> five_times(1, False), five_times(-1, False), five_times(1, True), five_times(-1, True)
    (Decimal('0.803213'), Decimal('1.195219'), Decimal('0.836667'), Decimal('1.245000'))

    Phemex's example: 500 at 0.4 on 40.096 of margin, m = 1 %, closing fee 0.06 %.

    >>> round(liquidation_price(Margined(sign=1, size=Decimal(500), entry=Decimal("0.4"), margin=Decimal("40.096"),
    ...     tiers=[MaintenanceTier(Decimal("0.01"))], closing_fee=Decimal("0.0006"))), 5)
    Decimal('0.32323')

    The formula is solved in every tier and kept where its price lies in that tier. Where a tier's amount does not
    join it to the one before, a position can die at the border itself, by the step in its maintenance margin.
    """
    return min(_deaths(held), key=lambda price: abs(price - held.entry), default=None)


@exact
def liquidation_price_towards(held: Margined, end: Decimal) -> Decimal | None:
    """The first price on the straight way from the entry to `end` at which the position is liquidated, if there is one.

    Where tiers do not join, the maintenance margin falls by a step on the way of a long down: at the end equity may do
    again, and the position is gone all the same. A long of 1 at 100 on 20, m = 10 % above 85 and 1 % up to there, dies
    at 80 / 0.9 = 88.89, though at 84 its equity of 4 is above 0.84.

    >>> D = Decimal
    >>> tiers = [MaintenanceTier(D("0.01"), up_to=D(85)), MaintenanceTier(D("0.1"))]
    >>> held = Margined(sign=1, size=D(1), entry=D(100), margin=D(20), tiers=tiers)
    >>> round(liquidation_price_towards(held, D(84)), 2), liquidation_price_towards(held, D(90))
    (Decimal('88.89'), None)
    """
    way = end - held.entry
    ahead = []
    for price in _deaths(held):
        apart = price / held.entry - 1
        if abs(apart) <= _HAIR:  # a tier ends at the entry: the next one is entered where the notional grows
            passed = (way < 0) if held.inverse else (way > 0)
        else:
            passed = apart * way > 0 and abs(price - held.entry) <= abs(way)
        if passed:
            ahead.append(price)
    first = min(ahead, key=lambda price: abs(price - held.entry), default=None)
    return end if first is None and excess(held, end) <= 0 else first


def _deaths(held: Margined) -> list[Decimal]:
    """Every price at which equity and what is required meet, or pass each other at the border of two tiers."""
    found = []
    least = ZERO
    for tier in held.tiers:
        price = _solved(held, tier)
        if price is not None:
            amount = notional(held, price)
            if amount >= least * (1 - _HAIR) and (tier.up_to is None or not beyond(amount, tier.up_to)):
                found.append(price)
        least = tier.up_to or least
    if not found and held.tiers[-1].up_to is not None:  # beyond the last tier on record its terms are all there is
        price = _solved(held, held.tiers[-1])
        if price is not None and notional(held, price) > least:
            found.append(price)
    return found + _steps(held)


def _solved(held: Margined, tier: MaintenanceTier) -> Decimal | None:
    """The formula at the terms of one tier; None where its price is not above zero."""
    if held.inverse:
        above = held.size * (held.sign + tier.rate + held.closing_fee)
        below = held.sign * held.size / held.entry + held.margin + tier.amount
    else:
        above = held.sign * held.size * held.entry - held.margin - tier.amount
        below = held.size * (held.sign - tier.rate - held.closing_fee) + held.collateral
    price = above / below if below else ZERO
    return price if price > held.entry * _HAIR else None  # an unlevered long has what rounding leaves of zero


def _steps(held: Margined) -> list[Decimal]:
    """Prices at which the notional passes from one tier to the next and the excess changes its sign by the step."""
    found = []
    for tier, following in zip(held.tiers, held.tiers[1:], strict=False):
        if tier.up_to is None:
            break
        price = held.size / tier.up_to if held.inverse else tier.up_to / held.size
        free = equity(held, price) - tier.up_to * held.closing_fee
        before, after = (free - (tier.up_to * each.rate - each.amount) for each in (tier, following))
        if (before > 0) != (after > 0) and abs(before - after) > _HAIR * tier.up_to:
            found.append(price)
    return found


@exact
def margin_ratio(held: Margined, price: Decimal, leverage: Decimal) -> Decimal:
    """Equity / initial margin at that price, notional / leverage: 1.75 at 5x is equity of 35 % of the notional."""
    return equity(held, price) * leverage / notional(held, price)


@exact
def exchange_ratio(held: Margined, price: Decimal, kind: RatioKind | None) -> Decimal | None:
    """The margin ratio as the exchange itself shows it; None where it is not known or has no meaning."""
    have, need = equity(held, price), maintenance_margin(held, price)
    if kind == "maintenance / equity":
        return need / have if have > 0 else None
    if kind == "equity / (maintenance + fees)":
        need += closing_cost(held, price)
    elif kind != "equity / maintenance":
        return None
    return have / need if need > 0 else None


@exact
def missing_to(held: Margined, price: Decimal, leverage: Decimal, floor: Decimal) -> Decimal:
    """What must be transferred in for the margin ratio to stand at the floor; 0 where it stands above."""
    return max(ZERO, floor * notional(held, price) / leverage - equity(held, price))
