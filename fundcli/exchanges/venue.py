"""What fundcli asks of an exchange, as ccxt's unified methods answer it; `venues` overrides what is odd.

A venue reads in families: parts of an exchange with an endpoint of their own (linear and inverse, settlement coins,
product types). A family that fails is named and the others stand.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

from fundcli.core.history import Stamp
from fundcli.core.margin import MarginTable
from fundcli.core.units import MS_PER_HOUR
from fundcli.errors import ExchangeError
from fundcli.exchanges.borrowing import BorrowReading
from fundcli.exchanges.client import Client
from fundcli.exchanges.hourly import UNKNOWN, Candle, Kept, Kind, OpenInterest, PriceKind, candles
from fundcli.exchanges.listed import Listed
from fundcli.exchanges.market import Market
from fundcli.exchanges.paging import Page, Window, settled_in_windows
from fundcli.exchanges.pool import run_all
from fundcli.exchanges.reading import Reading, interval_hours, number, plausible_time
from fundcli.exchanges.samples import Levels, candle_premiums, levels, uncrossed
from fundcli.exchanges.session import Deadline, Network
from fundcli.profiles import Profile

WORKERS = 8


class Venue(Listed):
    """An exchange read through ccxt's unified methods: its rates, their history, premiums and books."""

    page_cap = 100
    history_path: tuple[str, ...] = ()
    window_hours: int | None = None
    # Whether a history is read from its newest row on, however old the window that is asked for.
    from_newest = False
    # As many as a book has at no more cost, or at a cost that is worth it; None: as many as the exchange gives.
    book_levels: int | None = 100
    # As many as are asked for first where many books are read and each costs by its levels; None: all of them.
    first_levels: int | None = None
    # Whether `fetch_premiums` gives the very samples that the exchange averages, not candles in their place.
    own_samples = False
    venue_wide_interval = False
    # The hours that a row of history stands for, where they are not those of the rate now.
    history_hours: int | None = None
    # Contracts whose interval nobody reported are looked up in their settled times, if they are this few.
    looked_up_at_most = WORKERS
    # What the public endpoint with the margin tiers is called; None where none has them, `untiered` says why.
    tiers_from: str | None = None
    # Whether they depend on the leverage that was chosen.
    tiers_by_leverage = False
    untiered = "has no public margin tiers that are read here"
    # The hourly histories that the exchange keeps.
    charts: Mapping[Kind, Kept] = {}
    # Whether orders of inverse contracts count coins, too, and no contracts of money.
    inverse_in_coins = False
    # Whether the exchange publishes borrow rates, to anyone.
    lends = False

    def __init__(self, profile: Profile, network: Network, deadline: Deadline | None = None) -> None:
        super().__init__(profile, network, deadline)
        # What the rows of a bulk answer were called, in this thread's family.
        self._local = threading.local()
        self.progress: Callable[[int, int], None] | None = None

    # -- what an exchange's module may override -------------------------------------------------------------------

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

        def page(window: Window) -> Page[Stamp]:
            return Page(self.fetch_page(client, market, window, self.page_cap), self.page_cap)

        return settled_in_windows(page, Window(since_ms, until_ms), self.window_hours)

    def fetch_premiums(self, client: Client, market: Market, window: Window) -> list[tuple[int, Decimal]] | None:
        """Premium samples within a window as (time in ms, premium), oldest first; None where the exchange has none.

        ccxt's premium candles of a minute: each stands for its minute with its close, at the minute's end.
        """
        if client.ccxt.has.get("fetchPremiumIndexOHLCV") is not True:
            return None
        return candle_premiums(
            client, lambda since: client.ccxt.fetch_premium_index_ohlcv(market.symbol, "1m", since, 500), window
        )

    def fetch_book(self, client: Client, market: Market) -> tuple[Levels, Levels]:
        """Bids and asks, best first, as (price, size), the size in coins (inverse: in quote currency)."""
        return self._levels(client, market, self.book_levels)

    def _levels(self, client: Client, market: Market, count: int | None) -> tuple[Levels, Levels]:
        book = client.call(client.ccxt.fetch_order_book, market.symbol, count)
        unit = self.book_unit(market)
        return levels(self.id, book.get("bids"), unit), levels(self.id, book.get("asks"), unit)

    def book(self, market: Market, first: bool = False) -> tuple[Levels, Levels]:
        """A book that an order can be walked over: `fetch_book`, best first, and refused where it is crossed.

        first: its first levels are enough, where all of them cost more.
        """
        client = self.client
        if first and self.first_levels is not None:
            return uncrossed(self.id, *self._levels(client, market, self.first_levels))
        return uncrossed(self.id, *self.fetch_book(client, market))

    def book_unit(self, market: Market) -> Decimal:
        """What one unit of a book's sizes is worth: coins, or quote currency of an inverse contract."""
        return market.contract_size or Decimal(1)

    def order_unit(self, market: Market) -> Decimal | None:
        """What one of what an order counts is worth: coins, or quote currency of an inverse contract."""
        return market.contract_size

    def charted(self, market: Market) -> Mapping[Kind, Kept]:
        """The hourly histories that the exchange keeps of this market."""
        return self.charts

    def fetch_candles(self, client: Client, market: Market, kind: PriceKind, window: Window) -> list[Candle]:
        """Hourly candles that begin within a window, a page of them at most, in any order."""
        asked = market.symbol, "1h", window.since_ms, UNKNOWN.page, {"price": kind}
        return candles(self, market, client.call(client.ccxt.fetch_ohlcv, *asked))

    def fetch_interest(self, client: Client, market: Market, window: Window) -> list[OpenInterest]:
        """Hourly open interest within a window, a page of it at most, in any order."""
        raise ExchangeError(self.id, f"has no hourly open interest of {market.symbol}", "Ask another exchange.")

    def fetch_tiers(self, client: Client, market: Market, leverage: Decimal) -> MarginTable | None:
        """The margin tiers of a market now, without a key; asked for where `tiers_from` names their endpoint."""
        return None

    def fetch_borrow(self, client: Client, coin: str) -> BorrowReading | None:
        """The public rate for borrowing a coin; None where it is not lent, or nothing is published."""
        return None

    def recent(self, market: Market) -> list[Stamp]:
        """A few of the newest settlements, enough to see their spacing."""
        now = int(time.time() * 1000)
        return self.settled(market, now - 26 * MS_PER_HOUR, now)

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

    # -- shared by the venues -------------------------------------------------------------------------------------

    @property
    def named(self) -> set[str]:
        """The names in the bulk answers read in this thread."""
        found: set[str] = self._local.__dict__.setdefault("named", set())
        return found

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
