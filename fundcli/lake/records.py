"""Rows of the lake as Python holds them, and how a number keeps its last digit in a column of floats."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import msgspec

_EPOCH = datetime(1970, 1, 1)


class Settlement(msgspec.Struct, kw_only=True):
    """One settlement of one contract. `source` is the endpoint or the imported file; `fetched_ms` when it came.

    `interval_hours` is filled in when its neighbours are known.
    """

    symbol: str
    time_ms: int
    rate: Decimal
    interval_hours: int | None = None
    price: Decimal | None = None
    source: str
    fetched_ms: int


class PriceHour(msgspec.Struct, frozen=True, kw_only=True):
    """An hour of a price; `time_ms` is its start."""

    symbol: str
    time_ms: int
    open: float
    high: float
    low: float
    close: float
    source: str
    fetched_ms: int


class InterestHour(msgspec.Struct, frozen=True, kw_only=True):
    """Open interest at a full hour: in coins, and in money (quote currency; USD of an inverse contract)."""

    symbol: str
    time_ms: int
    amount: float | None
    value: float | None
    source: str
    fetched_ms: int


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A window of a contract's history that has been asked for, and when: what it did not bring is not there.

    `covers` is the kind of rows that were asked for.
    """

    covers: str = "funding"
    symbol: str
    since_ms: int
    until_ms: int
    fetched_ms: int


Row = Settlement | PriceHour | InterestHour


def both_forms(value: Decimal | None) -> tuple[float | None, str | None]:
    """A number as float and, where the float's shortest form is another number, its text.

    >>> both_forms(Decimal("0.0001")), both_forms(Decimal("0.000278659132033154321"))
    ((0.0001, None), (0.0002786591320331543, '0.000278659132033154321'))
    """
    if value is None:
        return None, None
    number = float(value)
    short = repr(number)
    if short == str(value) or Decimal(short) == value:
        return number, None
    text = format(value, "f")
    return number, text.rstrip("0") if "." in text else text


def exact_form(number: float | None, text: str | None) -> Decimal | None:
    """The number that `both_forms` took apart."""
    if text is not None:
        return Decimal(text)
    return None if number is None else Decimal(repr(number))


def to_ms(time: datetime) -> int:
    """Milliseconds of a naive UTC time, as DuckDB hands it over."""
    return (time - _EPOCH) // timedelta(milliseconds=1)


def from_ms(ms: int) -> datetime:
    """The UTC time of milliseconds since 1970."""
    return (_EPOCH + timedelta(milliseconds=ms)).replace(tzinfo=UTC)
