"""Caps of the funding rate out of margin rates, the way exchanges publish them.

All rates are fractions; a cap is the largest rate, the floor its negative unless the exchange names another.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from fundcli.core.numbers import exact

CapKind = Literal["fixed", "maintenance", "initial_minus_maintenance", "lower_of_both"]


@dataclass(frozen=True, kw_only=True)
class MarginRates:
    """Initial margin rate at the highest leverage and maintenance margin rate, of the first tier."""

    initial: Decimal | None = None
    maintenance: Decimal | None = None


@exact
def cap_of_maintenance(coefficient: Decimal, maintenance: Decimal) -> Decimal:
    """coefficient x maintenance margin rate. Binance, BTC: 0.75 x 0.40 % = 0.30 %.

    >>> cap_of_maintenance(Decimal("0.75"), Decimal("0.004"))
    Decimal('0.00300')
    """
    return coefficient * maintenance


@exact
def cap_of_margins(coefficient: Decimal, initial: Decimal, maintenance: Decimal) -> Decimal:
    """coefficient x (initial - maintenance margin rate). Gate, BTC at 125x: 75 % x (0.8 % - 0.4 %) = 0.30 %.

    >>> cap_of_margins(Decimal("0.75"), Decimal("0.008"), Decimal("0.004"))
    Decimal('0.00300')
    """
    return coefficient * (initial - maintenance)


@exact
def cap_of_lower(coefficient: Decimal, initial: Decimal, maintenance: Decimal) -> Decimal:
    """min[coefficient x (initial - maintenance), maintenance] (Bybit): 0.75 x (1 % - 0.5 %) = 0.375 %.

    >>> cap_of_lower(Decimal("0.75"), Decimal("0.01"), Decimal("0.005"))
    Decimal('0.00375')
    """
    return min(cap_of_margins(coefficient, initial, maintenance), maintenance)


def cap_of(kind: CapKind, coefficient: Decimal, margin: MarginRates) -> Decimal | None:
    """The cap by an exchange's rule; None where a margin rate that it needs is unknown, or the cap is fixed."""
    initial, maintenance = margin.initial, margin.maintenance
    if maintenance is None or kind == "fixed":
        return None
    if kind == "maintenance":
        return cap_of_maintenance(coefficient, maintenance)
    if initial is None:
        return None
    rule = cap_of_margins if kind == "initial_minus_maintenance" else cap_of_lower
    return rule(coefficient, initial, maintenance)
