"""The size of a trade that ties up a given capital."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_DOWN, Decimal

from fundcli.core.capital import capital_of
from fundcli.core.carry_legs import hedge_of, in_currency_of
from fundcli.core.carry_plan import Plan
from fundcli.core.numbers import CONTEXT, exact

# Ten digits can be typed again; the capital falls short of what was asked for by less than a part in 1e9.
_DIGITS = 10
_ROUNDS = 40
_NEAR = Decimal("1e-12")


@exact
def capital_in_quote(plan: Plan) -> Decimal:
    """All that a plan ties up, in quote money; of an inverse one the coin at its spot price."""
    in_currency = in_currency_of(plan)
    return capital_of(plan, hedge_of(plan), in_currency).total / in_currency


@exact
def notional_for(capital_at: Callable[[Decimal], Decimal], capital: Decimal) -> Decimal:
    """The notional whose capital is this one, to ten digits and never above.

    Capital is proportional to the notional, so that one rescale finds it; only a buffer that goes by maintenance tiers
    bends the line, and takes a few more.

    >>> notional_for(lambda notional: notional * Decimal("1.5"), Decimal(5000))
    Decimal('3333.333333')
    """
    notional = capital
    for _ in range(_ROUNDS):
        tied_up = capital_at(notional)
        if abs(tied_up - capital) <= capital * _NEAR:
            break
        notional *= capital / tied_up
    exponent = Decimal(1).scaleb(notional.adjusted() - _DIGITS + 1)
    short = notional.quantize(exponent, rounding=ROUND_DOWN, context=CONTEXT)
    return _tidy(short if notional - short < exponent * (1 - _NEAR) else short + exponent)


def _tidy(value: Decimal) -> Decimal:
    """Without idle zeros, whole numbers as such."""
    whole = value.to_integral_value()
    return whole if whole == value else value.normalize(CONTEXT)
