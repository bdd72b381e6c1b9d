"""Statistics out of sums: what a query adds up over millions of settlements, made numbers here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Context, Decimal

from fundcli.core.numbers import exact
from fundcli.core.units import HOURS_PER_YEAR

# A float64 that was divided and multiplied once holds so many true digits; so many has a spread in steps of 1e-16.
_FLOAT, _SPREAD = Context(prec=15), Context(prec=10)
_RATE_STEP = Decimal("1e-17")
_STEP_APR = Decimal("1e-16") * HOURS_PER_YEAR


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """What is added up over settlements: `known` have an interval, `hours` and `rates` are the sums over those,
    in whole steps of 1e-17. steps and squares: the sums of each one's rate per hour, and of its square, in whole
    steps of 1e-16. quantiles: of the rate per hour, at 0, 0.05, 0.5, 0.95 and 1; none where no interval is known.
    """

    settlements: int
    known: int
    hours: int
    rates: int
    quantiles: Sequence[float]
    steps: int
    squares: int
    positive: int
    highest: float
    lowest: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractStats:
    """What the settlements of one contract amount to, over a window or over one year of it.

    apr = sum of rates / hours covered x 8760, mean_rate_8h the same mean per 8 h; hours is the sum of the intervals.
    p5_apr, p50_apr, p95_apr: plain quantiles over settlements (each counts once, whatever its interval), linear
    between neighbours, of rate / interval x 8760. volatility: the standard deviation (ddof 1) of that same series;
    it is a spread of yearly rates about their mean, not scaled by the root of any time. positive: the share of
    settlements whose rate is above zero. highest_rate and lowest_rate are as paid, at whatever interval then ruled;
    highest_apr and lowest_apr are the extremes per hour. interval_hours is null where it changed, and year but for
    --by year; what rests on intervals is null where none is known.
    """

    exchange: str
    symbol: str
    year: int | None
    settlements: int
    hours: int
    interval_hours: int | None
    mean_rate_8h: Decimal | None
    apr: Decimal | None
    p5_apr: Decimal | None
    p50_apr: Decimal | None
    p95_apr: Decimal | None
    volatility: Decimal | None
    positive: Decimal
    highest_rate: Decimal
    lowest_rate: Decimal
    highest_apr: Decimal | None
    lowest_apr: Decimal | None
    first: datetime
    last: datetime


@exact
def contract_stats(
    exchange: str,
    symbol: str,
    year: int | None,
    interval_hours: int | None,
    first: datetime,
    last: datetime,
    sums: Sums,
) -> ContractStats:  # fmt: skip
    """The statistics of a contract out of its sums."""
    per_hour = sums.rates * _RATE_STEP / sums.hours if sums.hours else None
    lowest, p5, p50, p95, highest = sums.quantiles or (None,) * 5
    deviation = sample_deviation(sums.known, sums.steps, sums.squares)
    return ContractStats(
        exchange=exchange,
        symbol=symbol,
        year=year,
        settlements=sums.settlements,
        hours=sums.hours,
        interval_hours=interval_hours,
        mean_rate_8h=None if per_hour is None else per_hour * 8,
        apr=None if per_hour is None else per_hour * HOURS_PER_YEAR,
        p5_apr=yearly(p5),
        p50_apr=yearly(p50),
        p95_apr=yearly(p95),
        volatility=None if deviation is None else _SPREAD.multiply(deviation, _STEP_APR),
        positive=Decimal(sums.positive) / sums.settlements,
        highest_rate=Decimal(repr(sums.highest)),
        lowest_rate=Decimal(repr(sums.lowest)),
        highest_apr=yearly(highest),
        lowest_apr=yearly(lowest),
        first=first,
        last=last,
    )


def sample_deviation(count: int, total: int, squares: int) -> Decimal | None:
    """The standard deviation (ddof 1) of whole numbers: sqrt((n * sum of squares - sum²) / (n (n - 1))).

    Nothing is lost by cancellation and nothing depends on the order of the numbers. 2, 4, 4, 4, 5, 5, 7, 9 have the
    mean 5 and squared distances of 32 in all, hence sqrt(32 / 7):

    >>> round(sample_deviation(8, 40, 232), 6)
    Decimal('2.138090')
    """
    if count < 2:
        return None
    return (Decimal(count * squares - total * total) / (count * (count - 1))).sqrt()


def yearly(per_hour: float | None) -> Decimal | None:
    """A float's rate per hour as APR.

    >>> yearly(0.0000125)
    Decimal('0.1095000')
    """
    return None if per_hour is None else _FLOAT.multiply(Decimal(repr(per_hour)), HOURS_PER_YEAR)
