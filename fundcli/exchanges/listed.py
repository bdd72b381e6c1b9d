"""An exchange's contracts, and their lists kept on disk."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from fundcli.errors import ExchangeError
from fundcli.exchanges import markets as market_lists
from fundcli.exchanges.asked import Asked
from fundcli.exchanges.client import Client
from fundcli.exchanges.market import Market, from_ccxt
from fundcli.exchanges.session import Deadline, Network
from fundcli.profiles import Profile

# ccxt's number for a precision that is a step.
_TICK_SIZE = 4


class Listed(Asked):
    """An exchange and its perpetuals, in families."""

    families: tuple[str, ...] = ("swap",)
    # What of ccxt's `info` a market entry must keep: the venue's own code reads it again.
    kept_info: tuple[str, ...] = ()

    def __init__(self, profile: Profile, network: Network, deadline: Deadline | None = None) -> None:
        assert profile.ccxt is not None
        super().__init__(profile, profile.ccxt, network, deadline)
        self._markets: dict[str, list[Market]] = {}
        self._fresh: set[str] = set()
        self._listed_at: dict[str, float] = {}
        self._others: dict[str, set[str]] = {}

    def options(self, family: str) -> dict[str, Any]:
        """ccxt's options for a family."""
        return {"fetchMarkets": {"types": ["swap"]}}

    def fetch_markets(self, client: Client, family: str) -> Sequence[Mapping[str, Any]]:
        """ccxt's market entries of a family."""
        entries: Sequence[Mapping[str, Any]] = client.call(client.ccxt.fetch_markets)
        return entries

    def markets(self, family: str, again: bool = False) -> list[Market]:
        """The perpetuals of a family, from the disk if they were read within a day."""
        if again or family not in self._markets:
            kept = None if again or self.network.refresh else market_lists.load(self.network, self.id, family, Market)
            if kept is None:
                self.use(family, self.keep(self._listed(family), family))
            else:
                self._others[family] = set(kept.others)
                self._listed_at[family] = kept.saved_at
                self.use(family, kept.markets)
        return self._markets[family]

    def keep(self, entries: Sequence[Mapping[str, Any]], family: str) -> list[Market]:
        """Reduce ccxt's entries to perpetuals and remember them for a day."""
        steps = self.client.ccxt.precisionMode == _TICK_SIZE
        found = [m for entry in entries if entry and (m := from_ccxt(entry, family, self.kept_info, steps))]
        # An exchange that lists a contract twice would have it asked for, and shown, twice.
        kept = list({m.symbol: self.complete(m) for m in found}.values())
        if not kept:
            raise ExchangeError(self.id, f"listed no perpetual ({family})", "Try again later, with --refresh.")
        self._fresh.add(family)
        self._listed_at[family] = time.time()
        market_lists.save(self.network, self.id, family, kept)
        return kept

    def complete(self, market: Market) -> Market:
        """A market with what its `extra` says of the interval, and of its lot where ccxt's entry is another."""
        return market

    def use(self, family: str, markets: list[Market]) -> None:
        """Make a market list known to ccxt, without its slow `set_markets`."""
        ccxt = self.client.ccxt
        with self._lock:
            self._markets[family] = markets
            entries = [m.for_ccxt() for known in self._markets.values() for m in known]
            by_id: dict[str, list[dict[str, Any]]] = {}
            for entry in entries:
                by_id.setdefault(entry["id"], []).append(entry)
            # Whole new mappings: another family's thread may be reading the old ones.
            ccxt.markets, ccxt.markets_by_id = {entry["symbol"]: entry for entry in entries}, by_id
            ccxt.symbols, ccxt.ids = list(ccxt.markets), list(by_id)

    def _listed(self, family: str) -> Sequence[Mapping[str, Any]]:
        """ccxt's market entries of a family.

        ccxt reads which ones to fetch from its options, so families that are listed at the same time need an instance
        each; one that hangs must not hold up the other.
        """
        client = self.client if len(self.families) == 1 else self._new_client()
        client.ccxt.options = {**client.ccxt.options, **self.options(family)}
        try:
            return self.fetch_markets(client, family)
        except Exception as error:
            raise self.failure(error) from error

    def is_kept(self, family: str) -> bool:
        """Whether the market list in use was not read in this run."""
        return family in self._markets and family not in self._fresh

    def listed_at(self, family: str) -> datetime:
        """When the market list in use was read from the exchange."""
        return datetime.fromtimestamp(self._listed_at[family], UTC)

    def is_outdated(self, family: str, named: Iterable[str]) -> bool:
        """Whether rates name a contract that the market list in use does not know: it was listed since.

        Dated futures stand in some exchanges' rates too: after a fresh list what it does not hold is remembered.
        """
        strangers = set(named) - {market.symbol for market in self.loaded(family)}
        if self.is_kept(family):
            return bool(strangers - self._others.get(family, set()))
        if strangers:
            market_lists.save(self.network, self.id, family, self.loaded(family), strangers)
        return False

    def loaded(self, family: str) -> list[Market]:
        """The market list in use, empty if none is."""
        return self._markets.get(family, [])
