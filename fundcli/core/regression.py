"""One series of returns against another: slope, correlation, spread, and how far the slope can be trusted.

Floats throughout, summed with math.fsum: returns are logarithms, so nothing here is exact.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from fundcli.errors import DataError

# Below this deviation a series of log returns does not move: what is left is the rounding of its logarithms.
_STILL = 1e-13


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """A straight line through y (exposure) over x (instrument), both returns of the same steps.

    deviations are per step (ddof 1). effective: (sum of weights)² / sum of squared weights, Kish's number of equal
    observations that weigh as much; it is `count` without weights. Errors are None where it is not above 2.
    """

    slope: float
    correlation: float
    deviation_y: float
    deviation_x: float
    count: int
    effective: float
    error: float | None
    error_newey_west: float | None
    lags: int


def fit(y: Sequence[float], x: Sequence[float], places: Sequence[int], weights: Sequence[float] | None = None) -> Fit:
    """Least squares with a constant: slope = cov(x, y) / var(x), which is rho x sd(y) / sd(x).

    error, squared, by the textbook (homoscedastic) formula: s² x sum(w² dx²) / sum(w dx²)², where s² is
    sum(w e²) x n / (n - 2), weights w adding up to 1 and n the effective number; with equal weights s² / Sxx.
    error_newey_west (Newey and West 1987, Bartlett's weights 1 - l / (L + 1), times n / (n - 2)): the same from the
    scores g = w dx e, whose products l steps apart are counted too; L = floor(4 (n / 100)^(2/9)).
    places: the number of each return's step. Steps that are missing are no neighbours: no product spans a hole.

    y = 1, 2, 1.3, 3.75, 2.25 over x = 1 to 5 (the usual textbook example): slope 0.425, error 0.305.

    >>> found = fit([1, 2, 1.3, 3.75, 2.25], [1, 2, 3, 4, 5], range(5))
    >>> round(found.slope, 3), round(found.error, 3), round(found.correlation, 3)
    (0.425, 0.305, 0.627)
    """
    count = len(y)
    raw = [1.0] * count if weights is None else list(weights)
    total = math.fsum(raw)
    w = [one / total for one in raw]
    effective = float(count) if weights is None else 1 / math.fsum(one * one for one in w)
    dx, dy = _centred(w, x), _centred(w, y)
    sxx, syy, sxy = _sum(w, dx, dx), _sum(w, dy, dy), _sum(w, dx, dy)
    spread = effective / (effective - 1) if effective > 1 else 1.0
    for name, square in (("exposure", syy), ("instrument", sxx)):
        if math.sqrt(square * spread) <= _STILL:
            raise DataError(f"the price of the {name} does not move", "Name another contract, or a longer --window.")
    slope = sxy / sxx
    lags = min(int(4 * (count / 100) ** (2 / 9)), count - 1)
    error = newey_west = None
    if effective > 2:
        rest = [b - slope * a for a, b in zip(dx, dy, strict=True)]
        small = effective / (effective - 2)
        error = (
            math.sqrt(_sum(w, rest, rest) * small * math.fsum((o * a) ** 2 for o, a in zip(w, dx, strict=True))) / sxx
        )
        scores = {place: o * a * e for place, o, a, e in zip(places, w, dx, rest, strict=True)}
        newey_west = math.sqrt(max(_long_run(scores, lags) * small, 0.0)) / sxx
    return Fit(
        slope=slope, correlation=max(-1.0, min(1.0, sxy / math.sqrt(sxx * syy))), count=count, effective=effective,
        deviation_y=math.sqrt(syy * spread), deviation_x=math.sqrt(sxx * spread),
        error=error, error_newey_west=newey_west, lags=lags,
    )  # fmt: skip


def decaying(ages: Sequence[float], half_life: float) -> list[float]:
    """Weights that halve with every half-life of age: 2^(-age / half-life).

    >>> decaying([0, 30, 60], 30)
    [1.0, 0.5, 0.25]
    """
    return [math.exp2(-age / half_life) if age / half_life < 1000 else 0.0 for age in ages]


def _centred(w: Sequence[float], values: Sequence[float]) -> list[float]:
    mean = math.fsum(o * v for o, v in zip(w, values, strict=True))
    return [v - mean for v in values]


def _sum(w: Sequence[float], a: Sequence[float], b: Sequence[float]) -> float:
    return math.fsum(o * p * q for o, p, q in zip(w, a, b, strict=True))


def _long_run(scores: dict[int, float], lags: int) -> float:
    """The sum of squared scores and, with falling weights, of the products of those up to so many steps apart."""
    parts = [score * score for score in scores.values()]
    for lag in range(1, lags + 1):
        share = 2 * (1 - lag / (lags + 1))
        parts += [share * score * scores[place - lag] for place, score in scores.items() if place - lag in scores]
    return math.fsum(parts)
