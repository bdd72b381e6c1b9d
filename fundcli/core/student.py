"""Student's t distribution: the quantile that an interval of confidence is made of. Floats; no tables."""

from __future__ import annotations

import math

_STEPS = 500
_CLOSE = 1e-15
_TINY = 1e-300


def within(t: float, degrees: float) -> float:
    """The probability that |T| < t: 1 - I(v / (v + t²); v/2, 1/2), v the degrees of freedom (need not be whole).

    I is the regularised incomplete beta function (Abramowitz and Stegun 26.7.1 and 26.5). With one degree of freedom
    it is Cauchy's 2 / pi x atan(t), a half at t = 1:

    >>> round(within(1, 1), 12)
    0.5
    """
    if t <= 0:
        return 0.0
    return 1 - _beta(degrees / (degrees + t * t), degrees / 2, 0.5)


def quantile(confidence: float, degrees: float) -> float:
    """The t that |T| stays below with this probability: 95 % and 10 degrees give 2.228 (any table of t).

    >>> round(quantile(0.95, 10), 3), round(quantile(0.99, 5), 3)
    (2.228, 4.032)
    """
    if not 0 < confidence < 1 or degrees <= 0:
        raise ValueError("a confidence lies between 0 and 1, degrees of freedom above 0")
    low, high = 0.0, 1.0
    while within(high, degrees) < confidence and high < 1e150:
        low, high = high, high * 2
    for _ in range(200):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (middle, high) if within(middle, degrees) < confidence else (low, middle)
    return (low + high) / 2


def _beta(x: float, a: float, b: float) -> float:
    """I(x; a, b), by its continued fraction on the side where that converges fast."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    front = math.exp(
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    )  # fmt: skip
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(x, a, b) / a
    return 1 - front * _fraction(1 - x, b, a) / b


def _fraction(x: float, a: float, b: float) -> float:
    """The continued fraction of the incomplete beta function (Abramowitz and Stegun 26.5.8), by Lentz's method."""
    c, d = 1.0, 1 / _apart(1 - (a + b) * x / (a + 1))
    found = d
    for m in range(1, _STEPS):
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 / _apart(1 + term * d)
            c = _apart(1 + term / c)
            found *= c * d
        if abs(c * d - 1) < _CLOSE:
            break
    return found


def _apart(value: float) -> float:
    """A divisor that is not zero."""
    return value if abs(value) > _TINY else _TINY
