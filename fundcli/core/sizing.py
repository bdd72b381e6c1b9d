"""The size of a trade that ties up a given capital."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_DOWN, Decimal

from fundcli.core.capital import capital_of
from fundcli.core.carry_legs import hedge_of
from fundcli.core.carry_plan import Plan, quote_worth
from fundcli.core.numbers import CONTEXT, exact

# Ten digits can be typed again; the capital falls short of what was asked for by less than a part in 1e9.
_DIGITS = 10
_RESCALES = 4
_HALVINGS = 50
_NEAR = Decimal("1e-12")
_HAIR = Decimal("1e-3")


@exact
def capital_in_quote(plan: Plan) -> Decimal:
    """All that a plan ties up, in quote money; of an inverse one the coin at its spot price."""
    return quote_worth(plan, capital_of(plan, hedge_of(plan)).total)


@exact
def notional_for(capital_at: Callable[[Decimal], Decimal], capital: Decimal) -> Decimal:
    """The largest notional whose capital is not above this one, to ten digits.

    Capital is proportional to the notional, so that one rescale finds it; where margin tiers bend the line, or make it
    leap, halving does.

    >>> notional_for(lambda notional: notional * Decimal("1.5"), Decimal(5000))
    Decimal('3333.333333')
    >>> notional_for(lambda notional: notional * (1 if notional <= 1000 else 2), Decimal(1500))
    Decimal('1000')
    """
    notional = capital
    for _ in range(_RESCALES):
        tied_up = capital_at(notional)
        if abs(tied_up - capital) <= capital * _NEAR:
            return _short(notional)
        notional *= capital / tied_up
    most = _halved(capital_at, capital, notional)
    near = _short(most)
    return near if capital_at(near) <= capital else _short(most, Decimal(0))


def _halved(capital_at: Callable[[Decimal], Decimal], capital: Decimal, notional: Decimal) -> Decimal:
    """The notional below which the capital suffices and above which it does not, near enough."""
    low, high = Decimal(0), notional
    while capital_at(high) <= capital:
        low, high = high, 2 * high
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if capital_at(middle) <= capital else (low, middle)
    return low


def _short(notional: Decimal, hair: Decimal = _HAIR) -> Decimal:
    """Ten digits of it, those of the next one where it lacks a hair of that; whole numbers as such."""
    digit = Decimal(1).scaleb(notional.adjusted() - _DIGITS + 1)
    below = notional.quantize(digit, rounding=ROUND_DOWN, context=CONTEXT)
    kept = below if notional - below < digit * (1 - hair) else below + digit
    whole = kept.to_integral_value()
    return whole if whole == kept else kept.normalize(CONTEXT)
