"""What a premium is measured from, out of ccxt's answers: minute candles of the premium index, order books."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from fundcli.errors import ExchangeError
from fundcli.exchanges.client import Client
from fundcli.exchanges.paging import Window
from fundcli.exchanges.reading import number

MS_PER_MINUTE = 60_000
Levels = list[tuple[Decimal, Decimal]]


def candle_premiums(client: Client, candles: Callable[[int], Any], window: Window) -> list[tuple[int, Decimal]]:
    """The closes of minute candles from the window's start to its end, paged by the last time seen."""
    found: dict[int, Decimal] = {}
    start = window.since_ms
    while start < window.until_ms:
        rows = client.call(candles, start)
        times = [int(row[0]) for row in rows if row and row[0] is not None]
        for row in rows:
            close = None if not row or row[0] is None else number(row[4])
            if close is not None and window.since_ms < int(row[0]) + MS_PER_MINUTE <= window.until_ms:
                found[int(row[0]) + MS_PER_MINUTE] = close
        newest = max(times, default=0)
        if newest < start:
            break
        start = newest + MS_PER_MINUTE
    return sorted(found.items())


def levels(exchange: str, rows: Any, unit: Decimal) -> Levels:
    """A side of a book, without levels that hold nothing; refused where a level is no number, because an impact price
    would skip it."""
    found = []
    for row in rows if isinstance(rows, list) else ():
        readable = isinstance(row, list) and len(row) >= 2
        price, size = (number(row[0]), number(row[1])) if readable else (None, None)
        if price is None or size is None or price <= 0 or size < 0:
            raise ExchangeError(exchange, "answered an order book with an unreadable level", "Try again.")
        if size:
            found.append((price, size * unit))
    if not found:
        raise ExchangeError(exchange, "answered an order book with an empty side", "Try again.")
    return found


def uncrossed(exchange: str, bids: Levels, asks: Levels) -> tuple[Levels, Levels]:
    """Both sides best first; refused where the best bid is not below the best ask, which no market can hold."""
    bids, asks = sorted(bids, key=_price, reverse=True), sorted(asks, key=_price)
    if bids[0][0] >= asks[0][0]:
        text = f"answered a crossed order book (bid {bids[0][0]:f}, ask {asks[0][0]:f})"
        raise ExchangeError(exchange, text, "Try again.")
    return bids, asks


def _price(level: tuple[Decimal, Decimal]) -> Decimal:
    return level[0]
