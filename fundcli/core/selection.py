"""Which rates of many, and in which order: compared per hour, never by their bare size."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from fundcli.core.rate import RateRow

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)

SORT_KEYS: dict[str, Callable[[RateRow], Any]] = {
    "apr": lambda row: (-abs(row.apr), row.exchange, row.symbol),
    "-apr": lambda row: (row.apr, row.exchange, row.symbol),
    "rate_8h": lambda row: (-row.rate_8h, row.exchange, row.symbol),
    "symbol": lambda row: (row.symbol, row.exchange, row.time or _LONG_AGO),
    "exchange": lambda row: (row.exchange, row.symbol, row.time or _LONG_AGO),
    "time": lambda row: (row.time or _LONG_AGO, row.exchange, row.symbol),
}


def select(
    rows: Sequence[RateRow],
    quotes: Sequence[str],
    min_apr: Decimal | None,
    sort: str | None,
    top: int | None,
    live: bool = True,
) -> list[RateRow]:
    """Filter by quote and by the size of the APR, sort, and cut.

    Live rates stand by the size of their APR, the largest first; settled ones by exchange, symbol and time.
    """
    wanted = {quote.upper() for quote in quotes}
    kept = [
        row
        for row in rows
        if (not wanted or row.quote.upper() in wanted) and (min_apr is None or abs(row.apr) >= min_apr)
    ]
    kept.sort(key=SORT_KEYS[sort or ("apr" if live else "exchange")])
    return kept[:top]
