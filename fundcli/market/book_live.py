"""A book's rates and prices now: one read of each exchange, all exchanges at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

import msgspec

from fundcli.core.rate import FundingRate
from fundcli.core.units import to_ms
from fundcli.errors import DataError, ExchangeError, UsageError
from fundcli.market.gather import Found, Progress, from_each
from fundcli.market.live import rates_of
from fundcli.market.positions import Written
from fundcli.profiles import Profile

if TYPE_CHECKING:
    from fundcli.exchanges import Market, Network, Venue


class Now(msgspec.Struct, frozen=True, kw_only=True):
    """A position's contract now (of spot: the perpetual beside it), and the last hour's close where no price is."""

    symbol: str
    rate: FundingRate
    hour: Decimal | None = None
    hour_kind: Literal["mark", "index"] = "mark"


class LiveBook(msgspec.Struct, kw_only=True):
    """What the exchanges said, by the number of the position; who failed is missing."""

    now: dict[int, Now]
    found: Found


def can_be_asked(profile: Profile) -> bool:
    """Whether there is anybody to ask: an exchange can be defunct, or one that only its profile knows."""
    return profile.status != "defunct" and profile.ccxt is not None


def live_book(
    written: Sequence[Written], network: Network, now: datetime, strict: bool, progress: Progress
) -> LiveBook:
    """The rate, prices and unified symbol of every position that its exchange tells of."""
    answer: dict[int, Now] = {}

    def read(profile: Profile) -> Found:
        from fundcli.exchanges import open_venue

        mine = [each for each in written if each.profile.id == profile.id]
        venue = open_venue(profile, network)
        markets = {each.number: _market(venue, each) for each in mine}
        found = rates_of(venue, list(dict.fromkeys(m.symbol for m in markets.values())), now, strict, progress)
        rates = {rate.symbol: rate for rate in found.rates}
        for each in mine:
            market = markets[each.number]
            rate = rates.get(market.symbol)
            if rate is not None:
                answer[each.number] = _now(venue, market, each, rate, now)
        return found

    profiles = list({each.profile.id: each.profile for each in written}.values())
    found = from_each(profiles, read, network, progress)
    return LiveBook(now=answer, found=found)


def _market(venue: Venue, each: Written) -> Market:
    from fundcli.exchanges import find

    try:
        return find(venue, each.entry.symbol)
    except UsageError as error:
        raise DataError(f"{each.where}.symbol: {error.message}", error.remedy) from None


def _now(venue: Venue, market: Market, each: Written, rate: FundingRate, now: datetime) -> Now:
    """The rate, and the last hour's price where the wire has none beside it."""
    spot = each.entry.market == "spot"
    symbol = market.symbol.rpartition(":")[0] if spot else market.symbol
    if rate.index_price is not None or (not spot and rate.mark_price is not None):
        return Now(symbol=symbol, rate=rate)
    kind: Literal["mark", "index"] = "index" if spot else "mark"
    return Now(symbol=symbol, rate=rate, hour=_last_hour(venue, market, kind, now), hour_kind=kind)


def _last_hour(venue: Venue, market: Market, kind: Literal["mark", "index"], now: datetime) -> Decimal | None:
    from fundcli.exchanges import keeps, price_history

    if kind not in keeps(venue, market):
        return None
    try:
        rows = price_history(venue, market, kind, to_ms(now - timedelta(hours=3)), to_ms(now))
    except ExchangeError as error:
        venue.note(f"{error.message} (asked for the price of the last hour)")
        return None
    return rows[-1].close if rows else None
