"""What fundcli asks of an exchange, as ccxt's unified methods answer it; `venues` overrides what is odd.

A venue reads in families: parts of an exchange with an endpoint of their own (linear and inverse, settlement coins,
product types). A family that fails is named and the others stand.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

from fundcli.core.history import Stamp
from fundcli.core.units import MS_PER_HOUR
from fundcli.errors import ExchangeError, FundcliError
from fundcli.exchanges import markets as market_lists
from fundcli.exchanges.client import Client
from fundcli.exchanges.market import Market, from_ccxt
from fundcli.exchanges.paging import Page, Window, settled_in_windows
from fundcli.exchanges.pool import run_all
from fundcli.exchanges.reading import Reading, interval_hours, number, plausible_time
from fundcli.exchanges.session import Deadline, Network
from fundcli.profiles import Profile

WORKERS = 8
MS_PER_MINUTE = 60_000
Levels = list[tuple[Decimal, Decimal]]


class Venue:
    """An exchange read through ccxt's unified methods."""

    families: tuple[str, ...] = ("swap",)
    # What of ccxt's `info` a market entry must keep: the venue's own code reads it again.
    kept_info: tuple[str, ...] = ()
    page_cap = 100
    history_path: tuple[str, ...] = ()
    window_hours: int | None = None
    book_levels: int | None = 100
    # Whether `fetch_premiums` gives the very samples that the exchange averages, not candles in their place.
    own_samples = False
    venue_wide_interval = False
    # The hours that a row of history stands for, where they are not those of the rate now.
    history_hours: int | None = None
    # Contracts whose interval nobody reported are looked up in their settled times, if they are this few.
    looked_up_at_most = WORKERS

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
        # What the rows of a bulk answer were called, in this thread's family.
        self._local = threading.local()
        self.notes: list[str] = []
        self.failures: list[ExchangeError] = []
        self.progress: Callable[[int, int], None] | None = None

    # -- what an exchange's module may override -------------------------------------------------------------------

    def options(self, family: str) -> dict[str, Any]:
        """ccxt's options for a family."""
        return {"fetchMarkets": {"types": ["swap"]}}

    def fetch_markets(self, client: Client, family: str) -> Sequence[Mapping[str, Any]]:
        """ccxt's market entries of a family."""
        entries: Sequence[Mapping[str, Any]] = client.call(client.ccxt.fetch_markets)
        return entries

    def fetch_live(self, client: Client, family: str, markets: Sequence[Market]) -> list[Reading]:
        """The rates of these markets now: the bulk call where ccxt has one, else one call each."""
        if client.ccxt.has.get("fetchFundingRates") is True:
            rows = client.call(client.ccxt.fetch_funding_rates)
            return self.readings(rows, markets)
        return self.each(markets, lambda m: self.reading(client.call(client.ccxt.fetch_funding_rate, m.symbol), m))

    def reading(self, row: Mapping[str, Any], market: Market) -> Reading:
        """One of ccxt's funding-rate structures."""
        hours, problem = interval_hours(row.get("interval"))
        return Reading(
            market=market,
            rate=row.get("fundingRate"),
            interval_hours=hours,
            interval_source="the exchange's answer" if hours else "",
            time_ms=row.get("fundingTimestamp"),
            observed_ms=row.get("timestamp"),
            mark=row.get("markPrice"),
            index=row.get("indexPrice"),
            problem=problem,
        )

    def fetch_page(self, client: Client, market: Market, window: Window, limit: int) -> list[Stamp]:
        """Settled rates of a market within a window, at most `limit`, in any order."""
        rows = client.call(
            client.ccxt.fetch_funding_rate_history, market.symbol, window.since_ms, limit, {"until": window.until_ms}
        )
        return self.stamps(rows, market)

    def settled(self, market: Market, since_ms: int, until_ms: int) -> list[Stamp]:
        """All settled rates in a window, paged over the exchange's cap until done."""
        client = self.client

        def page(window: Window) -> Page:
            return Page(self.fetch_page(client, market, window, self.page_cap), self.page_cap)

        return settled_in_windows(page, Window(since_ms, until_ms), self.window_hours)

    def fetch_premiums(self, client: Client, market: Market, window: Window) -> list[tuple[int, Decimal]] | None:
        """Premium samples within a window as (time in ms, premium), oldest first; None where the exchange has none.

        ccxt's premium candles of a minute: each stands for its minute with its close, at the minute's end.
        """
        if client.ccxt.has.get("fetchPremiumIndexOHLCV") is not True:
            return None
        return self.candle_premiums(
            client, lambda since: client.ccxt.fetch_premium_index_ohlcv(market.symbol, "1m", since, 500), window
        )

    def candle_premiums(
        self, client: Client, candles: Callable[[int], Any], window: Window
    ) -> list[tuple[int, Decimal]]:
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

    def fetch_book(self, client: Client, market: Market) -> tuple[Levels, Levels]:
        """Bids and asks, best first, as (price, size), the size in coins (inverse: in quote currency)."""
        book = client.call(client.ccxt.fetch_order_book, market.symbol, self.book_levels)
        unit = self.book_unit(market)
        return self.levels(book.get("bids"), unit), self.levels(book.get("asks"), unit)

    def book_unit(self, market: Market) -> Decimal:
        """What one unit of a book's sizes is worth: coins, or quote currency of an inverse contract."""
        return market.contract_size or Decimal(1)

    def levels(self, rows: Any, unit: Decimal) -> Levels:
        """A side of a book; refused where a level is no number, because an impact price would skip it."""
        found = []
        for row in rows if isinstance(rows, list) else ():
            readable = isinstance(row, list) and len(row) >= 2
            price, size = (number(row[0]), number(row[1])) if readable else (None, None)
            if price is None or size is None or price <= 0 or size < 0:
                raise ExchangeError(self.id, "answered an order book with an unreadable level", "Try again.")
            found.append((price, size * unit))
        if not found:
            raise ExchangeError(self.id, "answered an order book with an empty side", "Try again.")
        return found

    def recent(self, market: Market) -> list[Stamp]:
        """A few of the newest settlements, enough to see their spacing."""
        now = int(time.time() * 1000)
        return self.settled(market, now - 26 * MS_PER_HOUR, now)

    # -- what the rest of fundcli calls ---------------------------------------------------------------------------

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

    def each(self, markets: Sequence[Market], one: Callable[[Market], Reading]) -> list[Reading]:
        """One request a market, a few at once; a market that fails is a reading with a problem."""
        progress = self.progress
        total = len(markets)
        results = run_all(
            [partial(one, market) for market in markets],
            WORKERS,
            self.deadline,
            None if progress is None else lambda count: progress(count, total),
        )
        errors = [r for r in results if isinstance(r, BaseException)]
        if markets and len(errors) == len(markets):
            raise self.failure(errors[0])
        return [
            result
            if isinstance(result, Reading)
            else Reading(market=market, rate=None, problem=self.failure(result).message)
            for market, result in zip(markets, results, strict=True)
        ]

    @property
    def named(self) -> set[str]:
        """The names in the bulk answers read in this thread."""
        found: set[str] = self._local.__dict__.setdefault("named", set())
        return found

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

    # -- shared by the venues -------------------------------------------------------------------------------------

    def readings(
        self, rows: Mapping[str, Mapping[str, Any]] | Sequence[Mapping[str, Any]], markets: Sequence[Market]
    ) -> list[Reading]:
        """The readings of the markets asked for, out of a bulk answer; a market without a row has no rate."""
        by_symbol = rows if isinstance(rows, Mapping) else {row["symbol"]: row for row in rows}
        self.named.update(str(symbol) for symbol in by_symbol)
        return [
            self.reading(by_symbol[m.symbol], m)
            if m.symbol in by_symbol
            else Reading(market=m, rate=None, problem="absent")
            for m in markets
        ]

    def parsed(self, rows: Sequence[Mapping[str, Any]], without: str) -> list[Mapping[str, Any]]:
        """ccxt's structures of raw rows, parsed without one field that ccxt fails on where it is no number.

        The venue reads that field itself, so that one bad row is one contract's problem.
        """
        ccxt = self.client.ccxt
        structures: list[Mapping[str, Any]] = []
        for row in rows:
            structure = ccxt.parse_funding_rate({key: value for key, value in row.items() if key != without})
            structures.append({**structure, "info": row})
        return structures

    def stamps(self, rows: Sequence[Mapping[str, Any]], market: Market) -> list[Stamp]:
        """Settled rates out of ccxt's history structures; a row without time or rate is noted and left out."""
        self.client.promised_list(*self.history_at(market))
        result = []
        for row in rows:
            rate, at = row.get("fundingRate"), row.get("timestamp")
            if rate is None or at is None or not rate.is_finite() or not plausible_time(int(at)):
                self.note(f"{self.id}: a settled row of {market.symbol} without a readable rate or time was left out")
                continue
            result.append(Stamp(int(at), rate, self.settled_price(row.get("info") or {}, market)))
        return result

    def history_at(self, market: Market) -> tuple[str, ...]:
        """Where in an answer of its history the rows stand."""
        return self.history_path

    def settled_price(self, info: Mapping[str, Any], market: Market) -> Decimal | None:
        """The price that a settlement used, where the history carries it."""
        return number(info.get("markPrice"))
