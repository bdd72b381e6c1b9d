"""How many settlements, and how long, until the funding received covers every cost."""

from __future__ import annotations

from decimal import Decimal

from fundcli.core.borrow import FEWEST_MORE_HOURS, MOST_MORE_HOURS
from fundcli.core.carry_plan import Plan
from fundcli.core.numbers import QUANTUM
from fundcli.core.units import MS_PER_HOUR
from fundcli.core.upkeep import Upkeep

# Settlements in which every counting of time comes round once: rollovers each four hours, settlements each hour.
_ROUND = 4
# What eleven rounded lines of fixed costs and upkeep may be off together is no reason for one more settlement.
_HAIR = 11 * QUANTUM / 2


def _hours_to(plan: Plan, n: int, interval_hours: Decimal) -> Decimal:
    """Hours from the open to the n-th settlement; without an open the upper bound n x interval."""
    if n <= 0:
        return Decimal(0)
    if plan.open_ms is None:
        return n * interval_hours
    last = plan.grid.first_after(plan.open_ms) + (n - 1) * plan.grid.interval_ms
    return Decimal(last - plan.open_ms) / MS_PER_HOUR


def break_even_settlements(
    upkeep: Upkeep, per_settlement: Decimal, interval_hours: Decimal, fixed: Decimal
) -> int | None:
    """The smallest n >= 0 with n x per_settlement >= fixed costs + upkeep until the n-th settlement; None if never.

    Upkeep is a line in n, less or more a few hours by its counting and by those that the first settlement comes early,
    so n lies between the roots of two lines. With rollovers it grows in steps, and a settlement just before a step may
    pay where the next one does not; that one settlement out of any four in a row pays stays true, so the first such
    four are looked for, and in them the first.
    """
    plan = upkeep.plan

    def pays(n: int) -> bool:
        return n * per_settlement >= fixed + upkeep.cost(_hours_to(plan, n, interval_hours)) - _HAIR

    if pays(0):
        return 0
    interest, earned = upkeep.interest_hourly, upkeep.earned_hourly
    gain = per_settlement - (interest - earned) * interval_hours
    if gain <= 0:
        # The time before the first settlement may be short enough for it to pay before borrow catches up.
        return next((n for n in range(1, _ROUND + 1) if pays(n)), None)
    low = max(0, int((fixed + interest * (FEWEST_MORE_HOURS - interval_hours)) / gain) - 2 - _ROUND)
    high = int((fixed + interest * (MOST_MORE_HOURS + interval_hours) + earned * interval_hours) / gain) + 3
    while high - low > 1:  # of the four from low on none pays, of those from high on one does
        middle = (low + high) // 2
        low, high = (low, middle) if any(pays(n) for n in range(middle, middle + _ROUND)) else (middle, high)
    return next(n for n in range(high, high + _ROUND) if pays(n))


def break_even_hours(
    plan: Plan, settlements: int | None, interval_hours: Decimal
) -> tuple[Decimal | None, Decimal | None]:
    """Hours until the n-th settlement: from the open where it is known, else the bounds n x h and (n - 1) x h."""
    if settlements is None:
        return None, None
    upper = _hours_to(plan, settlements, interval_hours)
    if plan.open_ms is not None:
        return upper, upper
    return upper, max(Decimal(0), (settlements - 1) * interval_hours)
