"""The price of coins on an exchange's own spot market: the middle of its book, each book read once."""

from __future__ import annotations

import threading
from decimal import Decimal
from typing import TYPE_CHECKING

from fundcli.core.depth import Book
from fundcli.core.symbols import read_symbol
from fundcli.errors import DataError
from fundcli.market.positions import Written

if TYPE_CHECKING:
    from fundcli.exchanges import SpotMarket, SpotVenue, Venue


class Mids:
    """The spot side of an exchange, opened when it is first asked for, within the deadline of its perpetuals."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self._side: SpotVenue | None = None
        self._lock = threading.Lock()

    @property
    def notes(self) -> list[str]:
        """What the spot side has noted."""
        return [] if self._side is None else self._side.notes

    def of(self, each: Written) -> tuple[str, Decimal]:
        """The spot market of a position, and (best bid + best ask) / 2 of its book.

        Raises DataError, with the place in the file, where the exchange has no such market, and ExchangeError.
        """
        market = self._market(each)
        side = self._opened(each)
        try:
            mid: Decimal = side.once(market.symbol, lambda: Book(*side.book(market)).mid)
        except Exception as error:
            raise side.failure(error) from error
        return market.symbol, mid

    def _opened(self, each: Written) -> SpotVenue:
        from fundcli.exchanges import has_spot, open_spot

        venue = self._venue
        if not has_spot(venue.profile):
            raise DataError(
                f"{each.where}.symbol: {venue.id} has no perpetual of {each.symbol}, and none of spot can be read",
                "Price the book without --live, with its `price`.",
            )
        with self._lock:
            if self._side is None:
                self._side = open_spot(venue.profile, venue.network, venue.deadline)
            return self._side

    def _market(self, each: Written) -> SpotMarket:
        """The market as it is named; of a coin alone the one in the usual quote, else in another dollar."""
        from fundcli.exchanges import spot_for

        side = self._opened(each)
        base, _, quote = each.symbol.partition("/")
        active = {market.symbol: market for market in side.markets() if market.active}
        if each.symbol in active:
            return active[each.symbol]
        pair = spot_for(list(active.values()), base, quote) if read_symbol(each.entry.symbol).quote is None else None
        if pair is not None and pair.multiple == 1:
            return pair.market
        raise DataError(
            f"{each.where}.symbol: {side.id} has no spot market {each.symbol}, and no perpetual beside it",
            "Name it like BTC/USDT; `--refresh` reads the list of markets again.",
        )
