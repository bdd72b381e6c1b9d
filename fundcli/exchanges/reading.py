"""What the wire said of a funding rate, before it is trusted."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
from msgspec.structs import replace

from fundcli.core import published
from fundcli.core.words import IntervalBasis, RateBasis, RateKind
from fundcli.exchanges.market import Market

MOST_PLAUSIBLE_INTERVAL = Decimal(24)
# Compared by copy_abs: abs() rounds, and fails on an exponent of nine digits.
_MOST_PLAUSIBLE_RATE = Decimal(1)
# Arithmetic on a larger one fails.
_LARGEST_EXPONENT = 99
_AGE_BEGINS_MS = 1_230_768_000_000
_AGE_ENDS_MS = 7_258_118_400_000


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """A funding rate as the wire had it; None where it was null, missing or unreadable.

    interest, premium, divisor, cap, floor: parts of the formula, where the exchange publishes them: I as it stands in
    the formula of this interval, the premium beside the rate, what the whole is divided by, the largest and smallest
    rate. premium_averaged: the premium is the average of the interval so far, not a sample of this moment.
    """

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
    interest: Decimal | None = None
    premium: Decimal | None = None
    premium_averaged: bool = False
    divisor: Decimal | None = None
    cap: Decimal | None = None
    floor: Decimal | None = None
    rate_basis: RateBasis = "reported"
    problem: str = ""


def checked(reading: Reading) -> Reading:
    """The reading, with a problem named where its rate, interval or time cannot be one.

    A price that cannot be one is null, and so is a time of observation: the rate needs neither.
    """
    reading = replace(
        reading,
        mark=_price(reading.mark),
        index=_price(reading.index),
        interest_per_day=_finite(reading.interest_per_day),
        interest=_share(reading.interest),
        premium=_share(reading.premium),
        divisor=_price(reading.divisor),
        cap=_bound(reading.cap, 1),
        floor=_bound(reading.floor, -1),
        observed_ms=reading.observed_ms if reading.observed_ms and plausible_time(reading.observed_ms) else None,
    )
    if reading.problem:
        return reading
    rate, hours = reading.rate, reading.interval_hours
    if rate is None:
        return replace(reading, problem="no readable rate")
    if not rate.is_finite() or rate.copy_abs() > _MOST_PLAUSIBLE_RATE:
        return replace(reading, rate=None, problem=f"the rate '{rate}' cannot be one")
    if hours is not None and not 0 < hours <= MOST_PLAUSIBLE_INTERVAL:
        return replace(reading, problem=f"the interval '{hours}' h is unknown")
    if reading.time_ms is not None and not plausible_time(reading.time_ms):
        return replace(reading, problem="the time of its settlement cannot be one")
    next_rate = reading.next_rate
    if next_rate is not None and (not next_rate.is_finite() or next_rate.copy_abs() > _MOST_PLAUSIBLE_RATE):
        return replace(reading, next_rate=None)
    return reading


def _finite(value: Decimal | None) -> Decimal | None:
    return value if value is not None and value.is_finite() else None


def _share(value: Decimal | None) -> Decimal | None:
    return value if value is not None and value.is_finite() and value.copy_abs() <= _MOST_PLAUSIBLE_RATE else None


def _bound(value: Decimal | None, sign: int) -> Decimal | None:
    """A cap above zero or a floor below it; exchanges fill in zero, or the cap again, where they mean none."""
    share = _share(value)
    return share if share is not None and share * sign > 0 else None


def _price(value: Decimal | None) -> Decimal | None:
    return value if value is not None and value.is_finite() and value > 0 else None


def plausible_time(ms: int) -> bool:
    """Whether a stamp lies in the age of crypto: 2009 to 2199."""
    return _AGE_BEGINS_MS <= ms < _AGE_ENDS_MS


def number(value: Any) -> Decimal | None:
    """A finite number out of wire text; None for anything else, and where its exponent has three digits."""
    if value is None or value == "":
        return None
    try:
        parsed = Decimal(str(value))
    except ArithmeticError:
        return None
    return parsed if parsed.is_finite() and abs(parsed.adjusted()) <= _LARGEST_EXPONENT else None


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
    return None if start is None or end is None or end <= start else published.hours_between(start, end)
