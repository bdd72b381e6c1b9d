"""What a contract's settlements amount to over a window: their mean, their spread and their share above zero."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Context, Decimal, localcontext
from typing import Any

import msgspec

from fundcli.core.moments import sample_deviation, yearly
from fundcli.core.numbers import CONTEXT
from fundcli.core.units import HOURS_PER_YEAR
from fundcli.lake.records import to_ms
from fundcli.lake.scope import Scope

# Rates per hour are summed in whole steps of 1e-16; a deviation of common rates is true to about this many digits.
_STEP = Decimal("1e-16")
_TRUE = Context(prec=10)


class Stats(msgspec.Struct, frozen=True, kw_only=True):
    """One contract, over the window or over a year of it. None where no interval is known."""

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
    first_ms: int
    last_ms: int


def stats(scope: Scope, by_year: bool = False) -> Iterator[Stats]:
    """The statistics of every contract in scope, by exchange, symbol and year."""
    with localcontext(CONTEXT):
        for row in scope.in_parts("stats", by_year=by_year):
            yield _of(*row)


def _of(
    exchange: str, symbol: str, year: int | None, settlements: int, known: int, hours: Any, rates: Any, quantiles: Any,
    per_hour: Any, squares: Any, positive: int, highest: float, lowest: float, highest_per_hour: Any,
    lowest_per_hour: Any, shortest: int | None, longest: int | None, first: Any, last: Any,
) -> Stats:  # fmt: skip
    mean = None if not hours else Decimal(rates) / int(hours)
    deviation = sample_deviation(known, int(per_hour), int(squares)) if known else None
    p5, p50, p95 = quantiles or (None, None, None)
    return Stats(
        exchange=exchange,
        symbol=symbol,
        year=year,
        settlements=settlements,
        hours=int(hours or 0),
        interval_hours=shortest if shortest == longest else None,
        mean_rate_8h=None if mean is None else mean * 8,
        apr=None if mean is None else mean * HOURS_PER_YEAR,
        p5_apr=yearly(p5),
        p50_apr=yearly(p50),
        p95_apr=yearly(p95),
        volatility=None if deviation is None else _TRUE.plus(deviation * _STEP * HOURS_PER_YEAR),
        positive=Decimal(positive) / settlements,
        highest_rate=Decimal(repr(highest)),
        lowest_rate=Decimal(repr(lowest)),
        highest_apr=yearly(highest_per_hour),
        lowest_apr=yearly(lowest_per_hour),
        first_ms=to_ms(first),
        last_ms=to_ms(last),
    )
