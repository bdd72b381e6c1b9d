"""Rates as exchanges publish them, made plain: absolute to relative, scaled integers, intervals between two times."""

from __future__ import annotations

from decimal import Decimal

from fundcli.core.numbers import exact
from fundcli.core.units import MS_PER_HOUR


@exact
def relative_rate(absolute: Decimal, price: Decimal, linear: bool) -> Decimal:
    """The rate as a fraction of notional, of an absolute one (Kraken Futures).

    Linear: quote currency per base coin, divided by the price; inverse: coin per unit of quote, times the price.
    Kraken's sample of 2018: 2.189e-7 ETH per USD at 277.66 USD is 0.006078 %.

    >>> relative_rate(Decimal("2.18900669884E-7"), Decimal("277.66"), linear=False).quantize(Decimal("1e-9"))
    Decimal('0.000060780')
    """
    return absolute / price if linear else absolute * price


@exact
def unscaled(value: Decimal, digits: int) -> Decimal:
    """The number behind a scaled integer: value / 10^digits. Phemex writes 0.0001 as 10000 with 8 digits.

    >>> unscaled(Decimal(10000), 8)
    Decimal('0.0001')
    """
    return value / Decimal(10) ** digits


@exact
def hours_between(start_ms: Decimal, end_ms: Decimal) -> Decimal:
    """Hours from one settlement to the next.

    >>> hours_between(Decimal(1743609600000), Decimal(1743638400000))
    Decimal('8')
    """
    return (end_ms - start_ms) / MS_PER_HOUR
