"""Rates made comparable: simple and compounded years, the 8-hour equivalent, levels.

APR = r x 8760 / h is linear, as funding on a constant position is. APY = (1 + r)^(8760/h) - 1 assumes that every
receipt is reinvested in the same trade at no cost. A year has 365 days.
"""

from __future__ import annotations

from decimal import Decimal, Overflow

from fundcli.core.numbers import exact
from fundcli.core.units import HOURS_PER_YEAR

# A yearly growth beyond this is a number without meaning: null is honest.
_MOST_LN = (Decimal(10) ** 15).ln()

LEVELS = ((Decimal("0.0025"), "extreme"), (Decimal("0.001"), "act"), (Decimal("0.0005"), "observe"))


@exact
def apr(rate: Decimal, interval_hours: Decimal) -> Decimal:
    """Simple yearly rate: rate x 8760 / interval.

    >>> apr(Decimal("0.0001"), Decimal(8))
    Decimal('0.1095')
    """
    return rate * HOURS_PER_YEAR / interval_hours


@exact
def apy(rate: Decimal, interval_hours: Decimal) -> Decimal | None:
    """Compounded yearly rate: (1 + rate)^(8760 / interval) - 1; None where that has no meaning.

    0.1 % a day compounds to 44.03 % a year (365 periods):

    >>> round(apy(Decimal("0.001"), Decimal(24)), 6)
    Decimal('0.440251')
    """
    return compound(rate, HOURS_PER_YEAR / interval_hours)


@exact
def compound(rate: Decimal, periods: Decimal) -> Decimal | None:
    """(1 + rate)^periods - 1; None for a loss of everything and for growth beyond 1e15."""
    if rate <= -1:
        return None
    # ln(1 + r) <= r: the logarithm is asked only where the growth could be too much.
    if periods * rate > _MOST_LN and periods * (1 + rate).ln() > _MOST_LN:
        return None
    try:
        return (1 + rate) ** periods - 1
    except Overflow:
        return None


@exact
def rate_for_apr(apr_value: Decimal, interval_hours: Decimal) -> Decimal:
    """The rate per interval whose APR this is: apr x h / 8760."""
    return apr_value * interval_hours / HOURS_PER_YEAR


@exact
def rate_for_apy(apy_value: Decimal, interval_hours: Decimal) -> Decimal | None:
    """The rate per interval that compounds to this APY: (1 + apy)^(h / 8760) - 1.

    >>> round(rate_for_apy(Decimal("0.4402513134"), Decimal(24)), 9)
    Decimal('0.001000000')
    """
    return compound(apy_value, interval_hours / HOURS_PER_YEAR)


@exact
def rate_8h(rate: Decimal, interval_hours: Decimal) -> Decimal:
    """The same payment per hour as a rate per 8 hours: r x 8 / h.

    >>> rate_8h(Decimal("0.0000125"), Decimal(1))
    Decimal('0.0001000')
    """
    return rate * 8 / interval_hours


def level(rate_per_8h: Decimal) -> str:
    """neutral, observe (0.05 %), act (0.1 %) or extreme (0.25 %), by the size of the 8-hour rate.

    >>> level(Decimal("0.0001")), level(Decimal("-0.0025"))
    ('neutral', 'extreme')
    """
    size = abs(rate_per_8h)
    return next((name for threshold, name in LEVELS if size >= threshold), "neutral")


@exact
def baseline_rate(interest_per_day: Decimal, interval_hours: Decimal) -> Decimal:
    """The rate at a premium of zero: the interest component of one interval, daily x h / 24.

    The old rule scales the interest, the current one divides the 8-hour whole by 8/h; both give this.

    >>> baseline_rate(Decimal("0.0003"), Decimal(4))
    Decimal('0.00005')
    """
    return interest_per_day * interval_hours / 24
