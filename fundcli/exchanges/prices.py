"""Hourly histories: mark and index prices, open interest, and the prices that payments used."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from decimal import Decimal

from fundcli.core.units import MS_PER_HOUR
from fundcli.errors import ExchangeError
from fundcli.exchanges.hourly import UNKNOWN, Candle, Kept, Kind, OpenInterest, PriceKind
from fundcli.exchanges.market import Market
from fundcli.exchanges.paging import AnyTimed, Window, hours_in_windows
from fundcli.exchanges.reading import checked
from fundcli.exchanges.venue import Venue

_NAMES: dict[str, str] = {"mark": "mark prices", "index": "index prices", "open_interest": "open interest"}


def keeps(venue: Venue, market: Market) -> frozenset[str]:
    """Which of "mark", "index" and "open_interest" the exchange has the hourly history of."""
    return frozenset(venue.charted(market))


def price_history(venue: Venue, market: Market, kind: PriceKind, since_ms: int, until_ms: int) -> list[Candle]:
    """Hourly candles of a price that begin within a window, both ends included, oldest first.

    The hour that still runs is left out. What the exchange does not keep any more is not asked for, and noted.
    """

    def page(window: Window) -> list[Candle]:
        return venue.fetch_candles(venue.client, market, kind, window)

    return _closed(venue, market, kind, page, since_ms, until_ms)


def open_interest_history(venue: Venue, market: Market, since_ms: int, until_ms: int) -> list[OpenInterest]:
    """Open interest at the full hours of a window, both ends included, oldest first; as `price_history` otherwise."""

    def page(window: Window) -> list[OpenInterest]:
        return venue.fetch_interest(venue.client, market, window)

    return _closed(venue, market, "open_interest", page, since_ms, until_ms)


def _closed(
    venue: Venue,
    market: Market,
    kind: Kind,
    page: Callable[[Window], Sequence[AnyTimed]],
    since_ms: int,
    until_ms: int,
) -> list[AnyTimed]:
    kept = venue.charted(market).get(kind)
    if kept is None:
        known = " and ".join(_NAMES[name] for name in sorted(keeps(venue, market)))
        raise ExchangeError(
            venue.id,
            f"has no hourly {_NAMES[kind]} of {market.symbol}",
            f"It has {known}." if known else "Ask another exchange.",
        )
    now_ms = int(time.time() * 1000)
    since, until = _next_hour(since_ms), min(until_ms, now_ms - MS_PER_HOUR) // MS_PER_HOUR * MS_PER_HOUR
    if kept.hours is not None:
        oldest = _next_hour(now_ms - kept.hours * MS_PER_HOUR)
        if since < oldest:
            venue.note(f"{venue.id} keeps {_NAMES[kind]} for {kept.hours:,} hours: what is older is not to be had")
            since = oldest
    return hours_in_windows(page, Window(since, until), kept.page)


def prices_at(venue: Venue, market: Market, instants_ms: Sequence[int]) -> dict[int, Decimal]:
    """The price that payments use, at full hours, as the open of its hourly candle; empty where there are none.

    A settlement whose candle is missing is left out. Of an exchange without a module of its own ccxt is believed.
    """
    kinds: dict[str, PriceKind] = {"mark": "mark", "index": "index"}
    kind = kinds.get(venue.profile.funding.payment_price)
    kept = None if kind is None else venue.charted(market).get(kind) or _claimed(venue, kind)
    if kind is None or kept is None or not instants_ms:
        return {}

    def page(window: Window) -> list[Candle]:
        try:
            return venue.fetch_candles(venue.client, market, kind, window)
        except ExchangeError as error:
            venue.note(f"{error.message} (asked for the prices at the settlements)")
            return []

    wanted = set(instants_ms)
    window = Window(_next_hour(min(wanted)), max(wanted) // MS_PER_HOUR * MS_PER_HOUR)
    rows = hours_in_windows(page, window, kept.page)
    return {row.time_ms: row.open for row in rows if row.time_ms in wanted}


def price_now(venue: Venue, market: Market) -> tuple[PriceKind, Decimal] | None:
    """The mark price of a contract now, else its index price: beside its rate, or of the hour that runs.

    None where the exchange gives neither.
    """
    (reading,) = map(checked, venue.fetch_live(venue.client, market.family, [market]))
    if reading.mark is not None:
        return "mark", reading.mark
    if reading.index is not None:
        return "index", reading.index
    now_ms = int(time.time() * 1000)
    kinds: tuple[PriceKind, ...] = ("mark", "index")
    for kind in kinds:
        if kind in keeps(venue, market):
            rows = venue.fetch_candles(venue.client, market, kind, Window(now_ms - MS_PER_HOUR, now_ms))
            if rows:
                return kind, max(rows, key=lambda row: row.time_ms).close
    return None


def _claimed(venue: Venue, kind: PriceKind) -> Kept | None:
    """What ccxt says of an exchange that has no module here."""
    known = type(venue) is Venue and venue.client.ccxt.has.get(f"fetch{kind.title()}OHLCV") is True
    return UNKNOWN if known else None


def _next_hour(ms: int) -> int:
    """This instant where it is a full hour, else the next one that is."""
    return -(-ms // MS_PER_HOUR) * MS_PER_HOUR
