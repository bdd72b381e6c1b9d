"""The hedge ratio out of two series of prices: what they have in common, its returns, and the line through them.

A price that one of them lacks is never filled in: the return that would need it is left out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal
from itertools import pairwise

from fundcli.core.hedge import Drift, Estimate, NeweyWest, Volatilities, Window
from fundcli.core.regression import Fit, decaying, fit
from fundcli.core.student import quantile
from fundcli.core.units import HOURS_PER_YEAR, MS_PER_HOUR, from_ms
from fundcli.errors import DataError

# A float that went through logarithms and sums holds so many digits on every machine.
_DIGITS = Context(prec=12)
# A slope, a constant and one degree of freedom.
FEWEST = 3
# The steps of returns that can be asked for, in hours.
FREQUENCIES = {"1h": 1, "4h": 4, "8h": 8, "1d": 24}
Prices = Mapping[int, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How to estimate: spans in hours, without a half-life every return counts alike."""

    window_hours: Decimal
    long_hours: Decimal
    step_hours: int
    confidence: Decimal
    threshold: Decimal
    half_life_hours: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Returns:
    """Log returns of both over the same steps; places number the steps since 1970 that end with each."""

    places: list[int]
    y: list[float]
    x: list[float]

    def since(self, place: int) -> Returns:
        """Those whose step begins at or after the end of step `place`."""
        first = next((i for i, own in enumerate(self.places) if own > place), len(self.places))
        return Returns(self.places[first:], self.y[first:], self.x[first:])


def returns(y: Prices, x: Prices, step_hours: int, since_ms: int, until_ms: int) -> Returns:
    """ln(p at the end / p at the start) of every step, aligned to UTC, at whose two ends both have a price.

    At 0, 1, 2 and 4 h, without 3: the steps that end at 1 and 2 are there, those that end at 3 and 4 are not.

    >>> prices = {hour * MS_PER_HOUR: 100.0 for hour in (0, 1, 2, 4)}
    >>> returns(prices, prices, 1, 0, 4 * MS_PER_HOUR).places
    [1, 2]
    """
    step = step_hours * MS_PER_HOUR
    found = Returns([], [], [])
    for time in sorted(y.keys() & x.keys()):
        before = time - step
        if time % step or before < since_ms or time > until_ms or before not in y or before not in x:
            continue
        found.places.append(time // step)
        found.y.append(math.log(y[time] / y[before]))
        found.x.append(math.log(x[time] / x[before]))
    return found


def estimate(y: Prices, x: Prices, end_ms: int, spacing_ms: int, terms: Terms) -> Estimate:
    """The ratio of the window that ends at a time, its intervals, and whether the correlation has drifted.

    spacing_ms: how far apart prices stand, by which gaps are counted.
    """
    since = end_ms - round(terms.window_hours * MS_PER_HOUR)
    long_since = end_ms - round(terms.long_hours * MS_PER_HOUR)
    step = terms.step_hours * MS_PER_HOUR
    wide = returns(y, x, terms.step_hours, long_since, end_ms)
    near = wide.since(-(-since // step))
    if len(near.y) < FEWEST:
        raise DataError(
            f"the window has {len(near.y)} returns of {terms.step_hours} h of both; a ratio needs {FEWEST}",
            _why(y, x, terms),
        )
    weights = None
    if terms.half_life_hours is not None:
        ages = [float((near.places[-1] - place) * terms.step_hours) for place in near.places]
        weights = decaying(ages, float(terms.half_life_hours))
    line = fit(near.y, near.x, near.places, weights)
    degrees = line.effective - 2
    t = quantile(float(terms.confidence), degrees) if line.error is not None else None
    per_year = math.sqrt(float(HOURS_PER_YEAR) / terms.step_hours)
    low, high = _around(line.slope, line.error, t)
    corrected = _around(line.slope, line.error_newey_west, t)
    return Estimate(
        ratio=_decimal(line.slope),
        correlation=_decimal(line.correlation),
        volatilities=Volatilities(
            exposure=_decimal(line.deviation_y),
            instrument=_decimal(line.deviation_x),
            exposure_year=_decimal(line.deviation_y * per_year),
            instrument_year=_decimal(line.deviation_x * per_year),
        ),
        drift=_drift(near, wide, line if weights is None else None, terms.threshold),
        confidence=terms.confidence,
        standard_error=_maybe(line.error),
        low=low,
        high=high,
        degrees=_decimal(degrees) if t is not None else None,
        newey_west=NeweyWest(
            standard_error=_maybe(line.error_newey_west), low=corrected[0], high=corrected[1], lags=line.lags
        ),
        returns=line.count,
        effective_returns=_decimal(line.effective),
        window=_window(y, x, since, end_ms, spacing_ms, terms),
    )


def _drift(near: Returns, wide: Returns, line: Fit | None, threshold: Decimal) -> Drift:
    short = _decimal((line or fit(near.y, near.x, near.places)).correlation)
    if len(wide.y) == len(near.y):
        return Drift(short=short, threshold=threshold, long_returns=len(wide.y))
    long = _decimal(fit(wide.y, wide.x, wide.places).correlation)
    change = short - long
    return Drift(
        short=short, long=long, change=change, threshold=threshold, alarm=abs(change) > threshold,
        long_returns=len(wide.y),
    )  # fmt: skip


def _window(y: Prices, x: Prices, since: int, until: int, spacing: int, terms: Terms) -> Window:
    of_y, of_x = ({time for time in prices if since <= time <= until} for prices in (y, x))
    common = sorted(of_y & of_x)
    holes = [(after - before) // spacing - 1 for before, after in pairwise(common) if after - before > spacing]
    step = terms.step_hours * MS_PER_HOUR
    return Window(
        hours=terms.window_hours, long_hours=terms.long_hours, frequency_hours=Decimal(terms.step_hours),
        half_life_hours=terms.half_life_hours, first=from_ms(common[0]), last=from_ms(common[-1]),
        exposure_prices=len(of_y), instrument_prices=len(of_x), common=len(common), dropped=len(of_y ^ of_x),
        gaps=len(holes), missing=sum(holes), expected_returns=until // step - -(-since // step),
    )  # fmt: skip


def _why(y: Prices, x: Prices, terms: Terms) -> str:
    """What to do where there are hardly any returns."""
    common: Sequence[int] = sorted(y.keys() & x.keys())
    apart = min((after - before for before, after in pairwise(common)), default=0) // MS_PER_HOUR
    if apart > terms.step_hours:
        longer = next((name for name, hours in FREQUENCIES.items() if hours >= apart), None)
        remedy = f"ask for --frequency {longer}" if longer else "a ratio needs prices of every day at least"
        return f"Prices of both stand {apart} h apart: {remedy}."
    if len(common) >= FEWEST:
        span = f"{from_ms(common[0]):%Y-%m-%d %H:%M} to {from_ms(common[-1]):%Y-%m-%d %H:%M}"
        return f"Both have {len(common)} prices from {span}: ask for a longer --window or a shorter --frequency."
    return "There are hardly any times at which both have a price."


def _around(middle: float, error: float | None, t: float | None) -> tuple[Decimal | None, Decimal | None]:
    if error is None or t is None:
        return None, None
    return _decimal(middle - t * error), _decimal(middle + t * error)


def _decimal(value: float) -> Decimal:
    return _DIGITS.plus(Decimal(repr(value)))


def _maybe(value: float | None) -> Decimal | None:
    return None if value is None else _decimal(value)
