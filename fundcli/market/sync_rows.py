"""What an exchange tells of a contract's window, as rows of the lake: settled rates, prices, open interest."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from fundcli.core.history import Stamp, clean
from fundcli.core.units import MS_PER_HOUR, scheduled_instant
from fundcli.lake.layout import FUNDING, INDEX, MARK, OPEN_INTEREST
from fundcli.lake.records import Asked, InterestHour, PriceHour, Row, Settlement
from fundcli.market.sync_plan import Window, known_until

if TYPE_CHECKING:
    from fundcli.exchanges import Candle, Market, Venue

# What --with adds to settled rates.
WITH = {"prices": (MARK, INDEX), "oi": (OPEN_INTEREST,)}
# Stamps stray around their instant: asked a little wider, then kept by their instant.
_SLACK_MS = MS_PER_HOUR // 2 - 1
# So much of a contract is asked for, and in memory, at once.
_YEAR_MS = 366 * 24 * MS_PER_HOUR


def told(venue: Venue, market: Market, kind: str, window: Window) -> tuple[list[Row], list[Asked]]:
    """A kind's rows of a window, and what of the window need not be asked for again."""
    since, until = window
    rows = list(_TOLD[kind](venue, market, since, until))
    fetched_ms = int(time.time() * 1000)
    end = known_until(window, max((row.time_ms for row in rows), default=None), fetched_ms)
    if end <= since:
        return rows, []
    return rows, [Asked(covers=kind, symbol=market.symbol, since_ms=since, until_ms=end, fetched_ms=fetched_ms)]


def kinds_of(venue: Venue, market: Market, wanted: Sequence[str]) -> list[str]:
    """The kinds among those wanted that the exchange keeps of this contract."""
    from fundcli.exchanges import keeps

    kept = keeps(venue, market) if len(wanted) > 1 else frozenset()
    return [kind for kind in wanted if kind == FUNDING or kind in kept]


def parts(venue: Venue, kind: str, window: Window) -> list[Window]:
    """A window in parts of a year, the newest first, where an exchange does not begin with its newest row each time."""
    since, until = window
    if kind == FUNDING and venue.from_newest:
        return [window]
    found = []
    while until - since > _YEAR_MS:
        found.append((until - _YEAR_MS, until))
        until -= _YEAR_MS
    return [*found, (since, until)]


def _settlements(venue: Venue, market: Market, since: int, until: int) -> Iterator[Row]:
    stamps = venue.settled(market, since - _SLACK_MS, until + _SLACK_MS)
    fetched_ms, source = int(time.time() * 1000), venue.client.endpoint
    history = clean(stamps)
    # Of two rates stamped for one instant the nearer one stands; the other follows, and is kept as a revision.
    pairs = [(row.time_ms, row.rate, row.price) for row in history.settled]
    pairs += [(scheduled_instant(s.time_ms), s.rate, s.price) for s in _contradicting(stamps, history.conflicts)]
    for time_ms, rate, price in pairs:
        if since <= time_ms <= until:
            yield Settlement(
                symbol=market.symbol, time_ms=time_ms, rate=rate, price=price, source=source, fetched_ms=fetched_ms
            )


def _contradicting(stamps: Sequence[Stamp], conflicts: Sequence[int]) -> list[Stamp]:
    among = set(conflicts)
    return [stamp for stamp in stamps if scheduled_instant(stamp.time_ms) in among] if among else []


def _marks(venue: Venue, market: Market, since: int, until: int) -> Iterator[Row]:
    from fundcli.exchanges import price_history

    return _prices(venue, market, price_history(venue, market, "mark", since, until))


def _indices(venue: Venue, market: Market, since: int, until: int) -> Iterator[Row]:
    from fundcli.exchanges import price_history

    return _prices(venue, market, price_history(venue, market, "index", since, until))


def _prices(venue: Venue, market: Market, candles: Sequence[Candle]) -> Iterator[Row]:
    fetched_ms, source = int(time.time() * 1000), venue.client.endpoint
    for candle in candles:
        yield PriceHour(
            symbol=market.symbol, time_ms=candle.time_ms, open=float(candle.open), high=float(candle.high),
            low=float(candle.low), close=float(candle.close), source=source, fetched_ms=fetched_ms,
        )  # fmt: skip


def _interests(venue: Venue, market: Market, since: int, until: int) -> Iterator[Row]:
    from fundcli.exchanges import open_interest_history

    rows = open_interest_history(venue, market, since, until)
    fetched_ms, source = int(time.time() * 1000), venue.client.endpoint
    for row in rows:
        amount, value = (None if number is None else float(number) for number in (row.amount, row.value))
        yield InterestHour(
            symbol=market.symbol, time_ms=row.time_ms, amount=amount, value=value, source=source, fetched_ms=fetched_ms
        )


_TOLD: dict[str, Callable[[Venue, Market, int, int], Iterator[Row]]] = {
    FUNDING: _settlements, MARK: _marks, INDEX: _indices, OPEN_INTEREST: _interests,
}  # fmt: skip
