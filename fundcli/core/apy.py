"""Simple to compound and back: the answer of `fundcli apy`."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from fundcli.core.annualize import apr, apy
from fundcli.core.numbers import exact
from fundcli.core.units import HOURS_PER_YEAR


@dataclass(frozen=True, slots=True, kw_only=True)
class ApyResult:
    """A rate per interval as APR and APY; positive is money received.

    periods = 8760 / interval_hours; apr = rate x periods; apy = (1 + rate)^periods - 1, every receipt reinvested at
    no cost; friction is points of principal lost a year: net_apy = apy - friction; final_value = principal x (1 +
    net_apy). apy, net_apy and final_value are null where compounding has no meaning.
    """

    rate: Decimal
    interval_hours: Decimal
    periods: Decimal
    apr: Decimal
    apy: Decimal | None
    friction: Decimal
    net_apy: Decimal | None
    principal: Decimal
    final_value: Decimal | None


@exact
def annualized(rate: Decimal, interval_hours: Decimal, principal: Decimal, friction: Decimal) -> ApyResult:
    """0.1 % a day compounds to 44.03 % a year; less 6 points of friction 38.03 %.

    >>> answer = annualized(Decimal("0.001"), Decimal(24), Decimal(100000), Decimal("0.06"))
    >>> round(answer.apy, 4), round(answer.net_apy, 4), round(answer.final_value)
    (Decimal('0.4403'), Decimal('0.3803'), 138025)
    """
    compounded = apy(rate, interval_hours)
    net = None if compounded is None else compounded - friction
    return ApyResult(
        rate=rate,
        interval_hours=interval_hours,
        periods=HOURS_PER_YEAR / interval_hours,
        apr=apr(rate, interval_hours),
        apy=compounded,
        friction=friction,
        net_apy=net,
        principal=principal,
        final_value=None if net is None else principal * (1 + net),
    )
