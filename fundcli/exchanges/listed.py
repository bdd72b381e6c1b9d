"""An exchange's contracts: the ccxt instance that asks for them, the lists kept on disk, what failed and was noted."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from fundcli.errors import ExchangeError, FundcliError
from fundcli.exchanges import markets as market_lists
from fundcli.exchanges.client import Client
from fundcli.exchanges.market import Market, from_ccxt
from fundcli.exchanges.session import Deadline, Network
from fundcli.profiles import Profile


class Listed:
    """An exchange and its perpetuals, in families."""

    families: tuple[str, ...] = ("swap",)
    # What of ccxt's `info` a market entry must keep: the venue's own code reads it again.
    kept_info: tuple[str, ...] = ()

    def __init__(self, profile: Profile, network: Network, deadline: Deadline | None = None) -> None:
        assert profile.ccxt is not None
        self.profile = profile
        self.id = profile.id
        self.network = network
        self.deadline = deadline or Deadline(network.timeout_seconds)
        self._client: Client | None = None
        self._lock = threading.RLock()
        self._markets: dict[str, list[Market]] = {}
        self._fresh: set[str] = set()
        self._others: dict[str, set[str]] = {}
        self.notes: list[str] = []
        self.failures: list[ExchangeError] = []

    def options(self, family: str) -> dict[str, Any]:
        """ccxt's options for a family."""
        return {"fetchMarkets": {"types": ["swap"]}}

    def fetch_markets(self, client: Client, family: str) -> Sequence[Mapping[str, Any]]:
        """ccxt's market entries of a family."""
        entries: Sequence[Mapping[str, Any]] = client.call(client.ccxt.fetch_markets)
        return entries

    @property
    def client(self) -> Client:
        """The ccxt instance, made once; its families share it, because one takes 10 ms and a few MB."""
        with self._lock:
            if self._client is None:
                self._client = self._new_client()
            return self._client

    def _new_client(self) -> Client:
        assert self.profile.ccxt is not None
        return Client(self.id, self.profile.ccxt, self.network, self.deadline)

    def markets(self, family: str, again: bool = False) -> list[Market]:
        """The perpetuals of a family, from the disk if they were read within a day."""
        if again or family not in self._markets:
            kept = None if again or self.network.refresh else market_lists.load(self.network, self.id, family)
            if kept is None:
                self.use(family, self.keep(self._listed(family), family))
            else:
                self._others[family] = set(kept.others)
                self.use(family, kept.markets)
        return self._markets[family]

    def keep(self, entries: Sequence[Mapping[str, Any]], family: str) -> list[Market]:
        """Reduce ccxt's entries to perpetuals and remember them for a day."""
        found = [m for entry in entries if entry and (m := from_ccxt(entry, family, self.kept_info))]
        # An exchange that lists a contract twice would have it asked for, and shown, twice.
        kept = list({m.symbol: self.complete(m) for m in found}.values())
        if not kept:
            raise ExchangeError(self.id, f"listed no perpetual ({family})", "Try again later, with --refresh.")
        self._fresh.add(family)
        market_lists.save(self.network, self.id, family, kept)
        return kept

    def complete(self, market: Market) -> Market:
        """A market with what its `extra` says of the interval."""
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

    def note(self, text: str) -> None:
        """A warning for the reader of this answer."""
        if text not in self.notes:
            self.notes.append(text)

    def fail(self, error: ExchangeError) -> None:
        """A part that failed while the rest stands: the answer is partial."""
        self.failures.append(error)

    def failure(self, error: BaseException) -> ExchangeError:
        """Whatever a job of this venue raised, as an error with cause and remedy."""
        if isinstance(error, ExchangeError):
            return error
        if isinstance(error, FundcliError):
            return ExchangeError(self.id, error.message, error.remedy)
        if not isinstance(error, Exception):
            raise error
        if isinstance(error, OSError):
            text = f"no answer within {self.deadline.seconds:g} s"
            found = ExchangeError(self.id, text, "Try again, or allow more with --timeout 60s.")
        else:
            text = f"its answer has an unknown shape ({type(error).__name__})"
            found = ExchangeError(self.id, text, "Try again later; --debug shows more.")
        found.__cause__ = error
        return found

    def is_kept(self, family: str) -> bool:
        """Whether the market list in use was not read in this run."""
        return family in self._markets and family not in self._fresh

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
