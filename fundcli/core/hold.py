"""A hold: how long, how many settlements it crosses, and at which rate and price each of them is paid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from fundcli.core.numbers import exact
from fundcli.core.schedule import (
    Count,
    Grid,
    accrued_parts,
    count_for_hold,
    count_for_times,
    instants_around,
)
from fundcli.core.units import MS_PER_HOUR


@dataclass(frozen=True, slots=True)
class Crossing:
    """One settlement crossed; share is less than 1 for a part of a period of continuous accrual."""

    time_ms: int
    rate: Decimal
    price: Decimal | None
    share: Decimal


@dataclass(frozen=True, slots=True)
class Hold:
    """A hold and what it crosses.

    crossings: None where only the length is known. doubtful: settlements whose window an end of the hold touches,
    crossed or not: each may be charged or not. unknown: settlements crossed whose settled rate is not known; they are
    left out of the crossings.
    """

    hours: Decimal
    count: Count
    crossings: tuple[Crossing, ...] | None = None
    doubtful: tuple[Crossing, ...] = ()
    unknown: tuple[int, ...] = ()


def hold_for(hours: Decimal, interval_hours: Decimal, continuous: bool) -> Hold:
    """A hold of known length and unknown start.

    >>> hold_for(Decimal(12), Decimal(8), continuous=False).count.expected
    Decimal('1.5')
    """
    return Hold(hours, count_for_hold(hours, interval_hours, continuous))


@exact
def hold_between(
    grid: Grid,
    open_ms: int,
    close_ms: int,
    *,
    continuous: bool,
    window_ms: int,
    rate: Decimal,
    settled: Mapping[int, Decimal] | None = None,
    prices: Mapping[int, Decimal] | None = None,
) -> Hold:
    """A hold between two instants, at one rate or at the rates that settled.

    `settled` maps scheduled instants to rates, and then stands for the grid: intervals may have changed. A position
    opened after a settlement and closed before the next crosses none:

    >>> eight = 8 * MS_PER_HOUR
    >>> hold = hold_between(Grid(eight), eight + 60_000, 2 * eight - 60_000, continuous=False, window_ms=15_000,
    ...                     rate=Decimal("0.0001"))
    >>> hold.count.expected, hold.crossings
    (Decimal('0'), ())
    """
    hours = Decimal(close_ms - open_ms) / MS_PER_HOUR
    priced = prices or {}
    if continuous:
        return _accrued(grid, open_ms, close_ms, hours, rate, settled, priced)
    instants = instants_around(grid, open_ms, close_ms, window_ms) if settled is None else sorted(settled)
    count, crossed, doubtful = count_for_times(instants, open_ms, close_ms, window_ms)

    def crossing(t: int) -> Crossing:
        return Crossing(t, rate if settled is None else settled[t], priced.get(t), Decimal(1))

    return Hold(hours, count, tuple(map(crossing, crossed)), tuple(map(crossing, doubtful)))


def _accrued(
    grid: Grid,
    open_ms: int,
    close_ms: int,
    hours: Decimal,
    rate: Decimal,
    settled: Mapping[int, Decimal] | None,
    prices: Mapping[int, Decimal],
) -> Hold:
    """Every period held in whole or in part, at the rate and price of the settlement that ends it."""
    crossings, unknown = [], []
    parts = accrued_parts(grid, open_ms, close_ms)
    for end, share in parts:
        settlement = grid.first_after(end - 1)
        paid = rate if settled is None else settled.get(settlement)
        if paid is None:
            unknown.append(settlement)
        else:
            crossings.append(Crossing(end, paid, prices.get(settlement), share))
    total = sum((share for _, share in parts), Decimal(0))
    return Hold(hours, Count(total, total, total), tuple(crossings), (), tuple(unknown))
