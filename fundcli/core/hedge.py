"""The minimum-variance hedge: how much of an instrument to hold against an exposure, and what it takes away.

Source: Johnson 1960 and Ederington 1979, as in Hull's "Options, Futures, and Other Derivatives", chapter 3. Returns are
of the two prices over the same steps; y is the exposure, x the instrument. A positive ratio is sold short against an
exposure that is held long; a negative one is bought.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from fundcli.core.numbers import exact

Side = Literal["short", "long", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Volatilities:
    """Standard deviations (ddof 1) of the returns: of one step, as fractions; _year: x sqrt(8760 / hours of a step).

    Typed ones stand as they were typed, and have no year, for nobody said of how long they are.
    """

    exposure: Decimal
    instrument: Decimal
    exposure_year: Decimal | None = None
    instrument_year: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NeweyWest:
    """The same interval from a standard error that allows for autocorrelation up to so many lags."""

    standard_error: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    lags: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What the ratio rests on; null where it rests on typed numbers.

    Counts are of the hours (of a file: of the rows) within the window. common have a price of both, dropped one of
    one only; gaps are runs of missing ones between the first and the last in common, missing how many those are.
    expected_returns: so many the window would have without a hole. first and last: the first and last in common.
    """

    hours: Decimal | None = None
    long_hours: Decimal | None = None
    frequency_hours: Decimal | None = None
    half_life_hours: Decimal | None = None
    first: datetime | None = None
    last: datetime | None = None
    exposure_prices: int | None = None
    instrument_prices: int | None = None
    common: int | None = None
    dropped: int | None = None
    gaps: int | None = None
    missing: int | None = None
    expected_returns: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """Whether the two still move together as they did: the correlation of the window and of the longer one.

    change = short - long; alarm where |change| is above the threshold. Every return counts alike here, also with a
    half-life: under it the two windows would be all but the same. Null where the longer one adds no return.
    """

    short: Decimal | None = None
    long: Decimal | None = None
    change: Decimal | None = None
    threshold: Decimal | None = None
    alarm: bool | None = None
    long_returns: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """The ratio and how well it is known, out of two series of prices or three typed numbers.

    effective_returns: so many returns of equal weight say as much. degrees = effective_returns - 2, of Student's t;
    the interval is ratio ± t x standard_error.
    """

    ratio: Decimal
    correlation: Decimal
    volatilities: Volatilities
    drift: Drift
    confidence: Decimal | None = None
    standard_error: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    degrees: Decimal | None = None
    newey_west: NeweyWest = NeweyWest()
    returns: int | None = None
    effective_returns: Decimal | None = None
    window: Window = Window()


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """What one contract is: so many coins, or (inverse) so much money."""

    size: Decimal
    is_money: bool = False


@exact
def hedge_ratio(correlation: Decimal, sigma_exposure: Decimal, sigma_instrument: Decimal) -> Decimal:
    """rho x sigma_y / sigma_x: units of the instrument, in money, sold per unit of the exposure held.

    ETH moves 4 %, BTC 3 %, together by 0.86: 1.1467 USD of BTC per USD of ETH; the other way round 0.645.

    >>> D = Decimal
    >>> round(hedge_ratio(D("0.86"), D("0.04"), D("0.03")), 4), hedge_ratio(D("0.86"), D("0.03"), D("0.04"))
    (Decimal('1.1467'), Decimal('0.645'))
    """
    return correlation * sigma_exposure / sigma_instrument


@exact
def effectiveness(correlation: Decimal) -> Decimal:
    """The share of the exposure's variance that the minimum-variance hedge takes away: rho².

    >>> effectiveness(Decimal("0.86"))
    Decimal('0.7396')
    """
    return correlation * correlation


@exact
def effectiveness_lost(held: Decimal, ratio: Decimal, sigma_exposure: Decimal, sigma_instrument: Decimal) -> Decimal:
    """What it costs to hold another ratio than the best: (h - beta)² x sigma_x² / sigma_y², as a share of variance.

    var(y - h x) = sigma_y² - 2 h rho sigma_x sigma_y + h² sigma_x²; less its least value at beta, over sigma_y².
    Holding nothing costs all of rho²:

    >>> D = Decimal
    >>> effectiveness_lost(D(0), D("0.645"), D("0.03"), D("0.04")) == effectiveness(D("0.86"))
    True
    """
    return ((held - ratio) * sigma_instrument / sigma_exposure) ** 2


def side_of(ratio: Decimal) -> Side:
    """What is done with the instrument against a long exposure."""
    return "none" if ratio == 0 else "short" if ratio > 0 else "long"


def given(correlation: Decimal, sigma_exposure: Decimal, sigma_instrument: Decimal) -> Estimate:
    """The ratio of three typed numbers: nothing says how well they are known."""
    return Estimate(
        ratio=hedge_ratio(correlation, sigma_exposure, sigma_instrument),
        correlation=correlation,
        volatilities=Volatilities(exposure=sigma_exposure, instrument=sigma_instrument),
        drift=Drift(),
    )
