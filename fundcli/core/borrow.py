"""What borrowing costs: a rate with its own period, and simple interest on the coin by the exchange's own clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Literal

from fundcli.core.numbers import exact
from fundcli.core.units import HOURS_PER_YEAR, MS_PER_HOUR

Counting = Literal["hour_marks", "on_the_hour", "started_hours", "pro_rata", "four_hour_rollovers"]
BorrowBasis = Literal["reported", "profile", "given"]

# What is charged for lies between the hold less one hour and the hold plus four, however time is counted.
FEWEST_MORE_HOURS = Decimal(-1)
MOST_MORE_HOURS = Decimal(4)
_ROLLOVER_HOURS = Decimal(4)


@dataclass(frozen=True, slots=True, kw_only=True)
class BorrowQuote:
    """The rate at which a coin, or money, may be borrowed.

    rate: fraction of the amount per period_hours, as its source states it; yearly_rate = rate x 8760 / period_hours,
    simple interest. available: how much of it may be borrowed, as far as the source says; None where it does not.
    basis: the exchange's own public rate (reported), that of its profile, or typed (given); source says which one and
    of when. observed_at: the time that the exchange gives with it.
    """

    coin: str
    rate: Decimal
    period_hours: Decimal
    yearly_rate: Decimal
    available: Decimal | None
    basis: BorrowBasis
    source: str
    observed_at: datetime | None = None


@exact
def quoted(
    coin: str,
    rate: Decimal,
    period_hours: Decimal,
    basis: BorrowBasis,
    source: str,
    available: Decimal | None = None,
    observed_at: datetime | None = None,
) -> BorrowQuote:
    """A quote, with its yearly rate worked out: rate x 8760 / period_hours.

    0.02 % a day is 7.3 % a year:

    >>> quoted("USDT", Decimal("0.0002"), Decimal(24), "given", "typed").yearly_rate
    Decimal('0.0730')
    """
    return BorrowQuote(
        coin=coin,
        rate=rate,
        period_hours=period_hours,
        yearly_rate=rate * HOURS_PER_YEAR / period_hours,
        available=available,
        basis=basis,
        source=source,
        observed_at=observed_at,
    )


@exact
def charged_hours(hold_hours: Decimal, counting: Counting, open_ms: int | None = None) -> Decimal:
    """The hours that interest is charged for.

    hour_marks (Binance): 1 + the full hours of the clock crossed; without a start, 1 + the hold (exact for whole
    hours, else the expectation). on_the_hour (OKX, Gate): the full hours of the clock crossed, so that what is repaid
    before the hour strikes costs nothing; without a start, the hold as the expectation. started_hours (Bybit, Bitget):
    every started hour is a whole one. pro_rata: the time itself. four_hour_rollovers (Kraken): an opening fee, and as
    much again after every four hours held, each of them the rate of four hours.

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
    if counting == "four_hour_rollovers":
        return _ROLLOVER_HOURS * (1 + (hold_hours / _ROLLOVER_HOURS).to_integral_value(ROUND_FLOOR))
    first = 1 if counting == "hour_marks" else 0
    if open_ms is None:
        return first + hold_hours
    close_ms = open_ms + round(hold_hours * MS_PER_HOUR)  # a third of an hour has no end as a Decimal
    return Decimal(first + close_ms // MS_PER_HOUR - open_ms // MS_PER_HOUR)


@exact
def interest(borrowed: Decimal, yearly_rate: Decimal, hours: Decimal) -> Decimal:
    """Simple interest: borrowed x yearly rate x hours / 8760.

    >>> round(interest(Decimal(1000), Decimal("0.073"), Decimal(2)), 7)
    Decimal('0.0166667')
    """
    return borrowed * yearly_rate * hours / HOURS_PER_YEAR
