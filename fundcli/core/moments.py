"""Statistics out of sums: what a query adds up over millions of rows, made numbers here."""

from __future__ import annotations

from decimal import Context, Decimal

from fundcli.core.numbers import exact
from fundcli.core.units import HOURS_PER_YEAR

# A float64 that was divided and multiplied once holds so many true digits.
_TRUE = Context(prec=15)


@exact
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


@exact
def yearly(per_hour: float | None) -> Decimal | None:
    """A float's rate per hour as APR.

    >>> yearly(0.0000125)
    Decimal('0.1095')
    """
    if per_hour is None:
        return None
    return _TRUE.plus(Decimal(repr(per_hour)) * HOURS_PER_YEAR)
