"""Full hours as exchanges keep them: candles of the mark and index price, and open interest, out of rows on the wire.

A candle begins at its time; open interest is that of its time. What one exchange counts in contracts, another in coins
and a third in money comes out as coins and money; what an exchange does not tell stays None.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Literal

import msgspec

from fundcli.core.units import MS_PER_HOUR
from fundcli.exchanges.listed import Listed
from fundcli.exchanges.market import Market
from fundcli.exchanges.reading import number, plausible_time

PriceKind = Literal["mark", "index"]
Kind = Literal["mark", "index", "open_interest"]
# Where a field stands in a row: its position in a list, or its name.
Place = int | str


class Candle(msgspec.Struct, frozen=True):
    """One closed hour of a price."""

    time_ms: int  # its start
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal


class OpenInterest(msgspec.Struct, frozen=True):
    """What is open at a full hour: coins, and money in the quote currency (inverse: USD)."""

    time_ms: int
    amount: Decimal | None
    value: Decimal | None


class Kept(msgspec.Struct, frozen=True):
    """How an exchange keeps one kind: rows a page at most, and the newest hours, where it keeps no others."""

    page: int
    hours: int | None = None


UNKNOWN = Kept(100)  # an exchange without a module of its own


def candles(
    venue: Listed, market: Market, rows: Iterable[Any], places: tuple[Place, ...] = (0, 1, 2, 3, 4), ms: int = 1
) -> list[Candle]:
    """Candles out of rows with time (in units of so many ms), open, high, low and close at these places."""
    found = []
    for row in rows:
        at = _hour(row, places[0], ms)
        opened, high, low, close = (number(_at(row, place)) for place in places[1:])
        if at is None or not opened or not high or not low or not close or min(opened, high, low, close) < 0:
            _left_out(venue, market, "candle")
            continue
        found.append(Candle(at, opened, high, low, close))
    return found


def interests(
    venue: Listed,
    market: Market,
    rows: Iterable[Any],
    time: Place,
    *,
    coins: Place | None = None,
    money: Place | None = None,
    contracts: Place | None = None,
    ms: int = 1,
) -> list[OpenInterest]:
    """Open interest out of rows; contracts are coins (inverse: money) by the contract's size."""
    found = []
    for row in rows:
        at = _hour(row, time, ms)
        read = {place: number(_at(row, place)) for place in (coins, money, contracts) if place is not None}
        if at is None or any(value is None or value < 0 for value in read.values()):
            _left_out(venue, market, "row of open interest")
            continue
        amount, value, count = (None if place is None else read[place] for place in (coins, money, contracts))
        if count is not None and market.contract_size is not None:
            counted = count * market.contract_size
            amount, value = (counted, value) if market.linear else (amount, counted)
        found.append(OpenInterest(at, amount, value))
    return found


def _hour(row: Any, place: Place, ms: int) -> int | None:
    """The full hour that a row is of; None where it is of none."""
    said = number(_at(row, place))
    at = None if said is None else said * ms
    return int(at) if at is not None and plausible_time(int(at)) and at % MS_PER_HOUR == 0 else None


def _at(row: Any, place: Place) -> Any:
    try:
        return row[place]
    except LookupError:
        return None


def _left_out(venue: Listed, market: Market, what: str) -> None:
    venue.note(f"{venue.id}: a {what} of {market.symbol} without a readable number or time was left out")
