"""What a rate is made of, now: the published rate with its parts, the premium so far, the order book."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from fundcli.core.units import MS_PER_HOUR
from fundcli.errors import ExchangeError
from fundcli.exchanges.live import read_live
from fundcli.exchanges.paging import Window
from fundcli.exchanges.reading import Reading
from fundcli.exchanges.samples import Levels
from fundcli.exchanges.venue import Venue


class Measured(msgspec.Struct):
    """A contract at a moment. premiums: samples of the running interval, the exchange's
    own or candles of a minute in their place; book: bids and asks, where they were read."""

    reading: Reading
    premiums: list[tuple[int, Decimal]] = []
    own_samples: bool = False
    since_ms: int | None = None
    book: tuple[Levels, Levels] | None = None
    warnings: list[str] = []


def read_measured(venue: Venue, symbol: str, now_ms: int, observe: bool, premium: bool = True) -> Measured:
    """The rate of a contract now and, with `premium`, what its premium can be told from.

    That is, in this order: the exchange's premium samples of the running interval, the premium that it publishes
    beside the rate, the order book. A source that fails is a warning, and the next one is asked.
    """
    snapshot = read_live(venue, [symbol], observe)
    readings = [r for r in snapshot.readings if not r.problem and r.rate is not None]
    if not readings:
        if snapshot.failed:
            raise snapshot.failed[0]
        problem = next((r.problem for r in snapshot.readings), "no readable rate")
        raise ExchangeError(venue.id, f"{symbol}: {problem}", "Try again later; `--debug` shows more.")
    found = Measured(readings[0], warnings=list(snapshot.warnings))
    if not premium:
        return found
    found.since_ms = _interval_start(found.reading, now_ms)
    if found.since_ms is not None:
        found.premiums = _premiums(venue, found, Window(found.since_ms, now_ms))
        found.own_samples = venue.own_samples
    if not found.premiums and found.reading.premium is None:
        try:
            found.book = venue.fetch_book(venue.client, found.reading.market)
        except ExchangeError as error:
            found.warnings.append(f"{error.message} (asked for the order book)")
    return found


def _premiums(venue: Venue, found: Measured, window: Window) -> list[tuple[int, Decimal]]:
    try:
        return venue.fetch_premiums(venue.client, found.reading.market, window) or []
    except ExchangeError as error:
        found.warnings.append(f"{error.message} (asked for the premium index)")
        return []


def _interval_start(reading: Reading, now_ms: int) -> int | None:
    """When the running interval began: the next settlement less the interval."""
    if reading.time_ms is None or reading.interval_hours is None:
        return None
    start = reading.time_ms - int(reading.interval_hours * MS_PER_HOUR)
    return start if start <= now_ms else None
