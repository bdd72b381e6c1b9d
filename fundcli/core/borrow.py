"""How borrowing counts time: simple interest on the coin borrowed, by the exchange's own clock."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal
from typing import Literal

from fundcli.core.numbers import exact
from fundcli.core.units import HOURS_PER_YEAR, MS_PER_HOUR

Counting = Literal["hour_marks", "started_hours", "pro_rata"]


@exact
def charged_hours(hold_hours: Decimal, counting: Counting, open_ms: int | None = None) -> Decimal:
    """The hours that interest is charged for.

    hour_marks (Binance): 1 + the full hours of the clock crossed; without a start, 1 + the hold (exact for whole
    hours, else the expectation). started_hours: every started hour is a whole one. pro_rata: the time itself.

    13:20 to 14:15 crosses one hour mark and costs two hours on Binance:

    >>> charged_hours(Decimal(55) / 60, "hour_marks", open_ms=13 * MS_PER_HOUR + 20 * 60_000)
    Decimal('2')
    """
    if hold_hours <= 0:
        return Decimal(0)
    if counting == "pro_rata":
        return hold_hours
    if counting == "started_hours":
        return hold_hours.to_integral_value(ROUND_CEILING)
    if open_ms is None:
        return 1 + hold_hours
    close_ms = open_ms + int(hold_hours * MS_PER_HOUR)
    return Decimal(1 + close_ms // MS_PER_HOUR - open_ms // MS_PER_HOUR)


@exact
def interest(borrowed: Decimal, yearly_rate: Decimal, hours: Decimal) -> Decimal:
    """Simple interest: borrowed x yearly rate x hours / 8760.

    >>> round(interest(Decimal(1000), Decimal("0.073"), Decimal(2)), 7)
    Decimal('0.0166667')
    """
    return borrowed * yearly_rate * hours / HOURS_PER_YEAR
