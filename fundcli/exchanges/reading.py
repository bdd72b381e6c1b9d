"""What the wire said of a funding rate, before it is trusted."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
from msgspec.structs import replace

from fundcli.core.units import MS_PER_HOUR
from fundcli.core.words import IntervalBasis, RateBasis, RateKind
from fundcli.exchanges.market import Market

MOST_PLAUSIBLE_INTERVAL = Decimal(24)
_MOST_PLAUSIBLE_RATE = Decimal(1)


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """A funding rate as the wire had it; None where it was null, missing or unreadable."""

    market: Market
    rate: Decimal | None
    kind: RateKind = "accruing"
    interval_hours: Decimal | None = None
    interval_basis: IntervalBasis = "reported"
    interval_source: str = ""
    time_ms: int | None = None
    observed_ms: int | None = None
    mark: Decimal | None = None
    index: Decimal | None = None
    next_rate: Decimal | None = None
    interest_per_day: Decimal | None = None
    rate_basis: RateBasis = "reported"
    problem: str = ""


def checked(reading: Reading) -> Reading:
    """The reading, with a problem named where its rate or interval cannot be one."""
    if reading.problem:
        return reading
    rate, hours = reading.rate, reading.interval_hours
    if rate is None:
        return replace(reading, problem="no readable rate")
    if not rate.is_finite() or abs(rate) > _MOST_PLAUSIBLE_RATE:
        return replace(reading, rate=None, problem=f"the rate '{rate}' cannot be one")
    if hours is not None and not 0 < hours <= MOST_PLAUSIBLE_INTERVAL:
        return replace(reading, problem=f"the interval '{hours}' h is unknown")
    return reading


def number(value: Any) -> Decimal | None:
    """A finite number out of wire text; None for anything else."""
    if value is None or value == "":
        return None
    try:
        parsed = Decimal(str(value))
    except ArithmeticError:
        return None
    return parsed if parsed.is_finite() else None


def interval_hours(text: Any) -> tuple[Decimal | None, str]:
    """Hours of ccxt's interval text (`8h`), and what is wrong with it where it says something else."""
    if text is None:
        return None, ""
    hours = number(str(text).removesuffix("h"))
    if hours is None or not 0 < hours <= MOST_PLAUSIBLE_INTERVAL:
        return None, f"the interval '{text}' is unknown"
    return hours, ""


def hours_between(start_ms: Any, end_ms: Any) -> Decimal | None:
    """Hours from one settlement to the next, as the exchange names both."""
    start, end = number(start_ms), number(end_ms)
    if start is None or end is None or end <= start:
        return None
    return (end - start) / MS_PER_HOUR
