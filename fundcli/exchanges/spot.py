"""The spot side of an exchange: its markets, and their books in coins."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import msgspec

from fundcli.errors import ExchangeError
from fundcli.exchanges import markets as market_lists
from fundcli.exchanges.asked import Asked
from fundcli.exchanges.client import Client
from fundcli.exchanges.samples import Levels, levels, uncrossed
from fundcli.exchanges.session import Deadline, Network
from fundcli.exchanges.spots import Spots, spots_of
from fundcli.profiles import Profile

FAMILY = "spot"


class SpotMarket(msgspec.Struct, frozen=True):
    """One spot market; `symbol` is BASE/QUOTE. `extra` holds what ccxt needs to ask for it again, as text."""

    id: str
    symbol: str
    base: str
    quote: str
    active: bool
    extra: dict[str, str] = {}

    def __hash__(self) -> int:
        return hash(self.symbol)

    def for_ccxt(self) -> dict[str, Any]:
        """The entry that ccxt's own methods look up."""
        return {
            "id": self.id,
            "lowercaseId": self.id.lower(),
            "symbol": self.symbol,
            "base": self.base,
            "quote": self.quote,
            "settle": None,
            "baseId": self.base,
            "quoteId": self.quote,
            "settleId": None,
            "type": "spot",
            "spot": True,
            "margin": False,
            "swap": False,
            "future": False,
            "option": False,
            "index": False,
            "contract": False,
            "linear": None,
            "inverse": None,
            "subType": None,
            "active": self.active,
            "contractSize": None,
            "expiry": None,
            "precision": {},
            "limits": {},
            **self.extra,
            "info": dict(self.extra),
        }


class SpotVenue(Asked):
    """An exchange's spot markets. Lists are kept for a day under ccxt's id, which several profiles may share."""

    def __init__(self, profile: Profile, ccxt_id: str, network: Network, deadline: Deadline | None = None) -> None:
        super().__init__(profile, ccxt_id, network, deadline)
        self._spots: Spots = spots_of(ccxt_id)
        self._markets: list[SpotMarket] | None = None

    def _new_client(self) -> Client:
        client = super()._new_client()
        if self._spots.pace_ms is not None:
            client.pace(self._spots.pace_ms)
        client.ccxt.markets, client.ccxt.markets_by_id = {}, {}
        return client

    def markets(self, again: bool = False) -> list[SpotMarket]:
        """The spot markets: from the disk if they were read within a day, else with one request."""
        with self._lock:
            if self._markets is None or again:
                kept = None
                if not again and not self.network.refresh:
                    kept = market_lists.load(self.network, self.ccxt_id, FAMILY, SpotMarket)
                self._markets = self._listed() if kept is None else kept.markets
            return self._markets

    @property
    def first_levels(self) -> int | None:
        """As many levels as are asked for first where many books are read; None: all of them."""
        return self._spots.first

    def book(self, market: SpotMarket, first: bool = False) -> tuple[Levels, Levels]:
        """Bids and asks, best first, as (price, size), the size in coins of the base.

        Refused: a side without levels, a level that is no number, a best bid that is not below the best ask. first: its
        first levels are enough, where all of them cost more.
        """
        client = self.client
        count = self._spots.first if first and self._spots.first is not None else self._spots.levels
        with self._lock:  # whole new mappings: another thread may be reading the old ones
            client.ccxt.markets = {**client.ccxt.markets, market.symbol: market.for_ccxt()}
        book = client.call(client.ccxt.fetch_order_book, market.symbol, count, dict(self._spots.asked))
        for path in self._spots.rows:
            client.promised_list(*path, of=list)
        bids, asks = (levels(self.id, book.get(side), Decimal(1)) for side in ("bids", "asks"))
        return uncrossed(self.id, bids, asks)

    def _listed(self) -> list[SpotMarket]:
        try:
            entries = self._spots.listed(self.client)
        except Exception as error:
            raise self.failure(error) from error
        found = [m for entry in entries if entry and (m := _from_ccxt(entry, self._spots.kept))]
        kept: dict[str, SpotMarket] = {}
        for market in found:  # one a symbol: an active one, and of several such the first
            if market.symbol not in kept or (market.active and not kept[market.symbol].active):
                kept[market.symbol] = market
        if not kept:
            raise ExchangeError(self.id, "listed no spot market", "Try again later, with --refresh.")
        market_lists.save(self.network, self.ccxt_id, FAMILY, list(kept.values()))
        return list(kept.values())


def _from_ccxt(entry: Mapping[str, Any], kept: Iterable[str]) -> SpotMarket | None:
    """A spot market from ccxt's entry; None for contracts, and for what is quoted in no currency (synthetic pairs)."""
    if not entry.get("spot") or entry.get("contract") or entry.get("symbol") != f"{entry['base']}/{entry['quote']}":
        return None
    info = entry.get("info")
    sources = entry, info if isinstance(info, dict) else {}
    extra = {key: str(source[key]) for source in sources for key in kept if source.get(key) is not None}
    return SpotMarket(
        id=str(entry["id"]),
        symbol=str(entry["symbol"]),
        base=str(entry["base"]),
        quote=str(entry["quote"]),
        active=entry.get("active") is not False,
        extra=extra,
    )
