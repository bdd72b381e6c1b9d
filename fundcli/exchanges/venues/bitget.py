"""Bitget: three product types, each with tickers (prices) and current-fund-rate (rate, interval, next settlement).

- A bare bulk call of ccxt needs a product type and gives USDT contracts alone; its rows have no interval.
- ccxt's market list asks for the demo products (SUSDT, SCOIN, SUSDC) too; they are not perpetuals of this exchange.
- History ignores a start time, gives 20 rows by default, and is paged by number.
- merge-depth takes 1, 5, 15, 50 or max levels and gives 100 where it is asked for none of them. Its sizes are in base
  coin, of coin-margined contracts too, and so are those of orders: multiples of `sizeMultiplier`, which ccxt shifts by
  `volumePlace`.
- current-fund-rate carries the caps. There is no series of the premium, nor of open interest.
- Candles of the last two months stand in one endpoint, closed ones of any age in another, which knows an end and no
  start and rounds it down to an hour. A page is asked for one more than is needed: whether the end counts is not said.
- Position tiers count value in USDT or USDC, and each part of a position is charged at the rate of its own tier (since
  2025-11-10); what those of coin-margined contracts count is not said, so they are not read.
- Borrow rates of the unified account stand in v3 margin-loans (since 2025-05-14), per day and per year; the daily one
  is taken. `limit` is taken for coins, as in the margin endpoints that need an account; no document says it.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from fundcli.core.history import Stamp
from fundcli.core.margin import MarginTable
from fundcli.core.units import MS_PER_HOUR
from fundcli.exchanges.borrowing import DAILY, BorrowReading
from fundcli.exchanges.client import Client
from fundcli.exchanges.hourly import Candle, Kept, Kind, PriceKind, candles
from fundcli.exchanges.market import Market, with_interval
from fundcli.exchanges.paging import Window, settled_by_number
from fundcli.exchanges.pool import run_all
from fundcli.exchanges.reading import Reading, number
from fundcli.exchanges.rows import lists_at, milliseconds, rows_at
from fundcli.exchanges.samples import Levels, levels
from fundcli.exchanges.tiers import table, tier
from fundcli.exchanges.venue import Venue

_HOURS = 199
_RECENT_MS = 58 * 24 * MS_PER_HOUR


class Bitget(Venue):
    """USDT-M, COIN-M and USDC-M."""

    from_newest = True
    families = ("USDT-FUTURES", "COIN-FUTURES", "USDC-FUTURES")
    kept_info = ("fundInterval", "sizeMultiplier")
    inverse_in_coins = True
    tiers_from = "query-position-lever"
    untiered = "does not say what the margin tiers of coin-margined contracts count"
    page_cap = 100
    history_path = ("data",)
    lends = True
    charts: Mapping[Kind, Kept] = {"mark": Kept(_HOURS), "index": Kept(_HOURS)}

    def fetch_markets(self, client: Client, family: str) -> Sequence[Mapping[str, Any]]:
        """This product type alone: ccxt loops over six, demo ones among them."""
        whole = client.ccxt.publicMixGetV2MixMarketContracts

        def only(params: Mapping[str, Any]) -> Any:
            return whole(params) if params.get("productType") == family else {"data": []}

        client.ccxt.publicMixGetV2MixMarketContracts = only
        try:
            entries: Sequence[Mapping[str, Any]] = client.call(client.ccxt.fetch_markets)
            return entries
        finally:
            del client.ccxt.publicMixGetV2MixMarketContracts

    def complete(self, market: Market) -> Market:
        """The interval of the contract list, in hours, and the multiple that an order's size must be."""
        hours, step = (number(market.extra.get(name)) for name in ("fundInterval", "sizeMultiplier"))
        market = replace(market, lot=step if step and step > 0 else None)
        return with_interval(market, hours) if hours else market

    def fetch_live(self, client: Client, family: str, markets: Sequence[Market]) -> list[Reading]:
        """Rates with intervals, and prices; either alone is enough."""
        params = {"productType": family}
        rates, tickers = run_all(
            [
                lambda: client.call(client.ccxt.fetch_funding_intervals, None, params),
                lambda: client.call(client.ccxt.fetch_funding_rates, None, params),
            ],
            2,
            self.deadline,
        )
        if isinstance(rates, BaseException) or not rates:
            if isinstance(tickers, BaseException):
                raise tickers
            return self.readings(tickers, markets)
        readings = self.readings(rates, markets)
        if isinstance(tickers, BaseException):
            self.note(f"{self.id}: mark and index prices are missing ({tickers})")
            return readings
        return [self._priced(reading, tickers.get(reading.market.symbol) or {}) for reading in readings]

    def reading(self, row: Mapping[str, Any], market: Market) -> Reading:
        """A row of current-fund-rate, or of the tickers, whose interval is that of the contract list."""
        info = row.get("info") or {}
        cap, floor = number(info.get("maxFundingRate")), number(info.get("minFundingRate"))
        reading = replace(super().reading(row, market), cap=cap, floor=floor)
        if reading.interval_hours is not None:
            return replace(reading, interval_source="current-fund-rate")
        if reading.problem or market.interval_hours is None:
            return reading
        return replace(
            reading, interval_hours=market.interval_hours, interval_source="fundInterval of the contract list"
        )

    def _priced(self, reading: Reading, ticker: Mapping[str, Any]) -> Reading:
        return replace(
            reading,
            mark=ticker.get("markPrice"),
            index=ticker.get("indexPrice"),
            observed_ms=ticker.get("timestamp"),
        )

    def fetch_book(self, client: Client, market: Market) -> tuple[Levels, Levels]:
        """Coins; of an inverse contract quote currency, each level at its own price."""
        book = client.call(client.ccxt.fetch_order_book, market.symbol, None, {"limit": "max"})
        bids, asks = (levels(self.id, book.get(side), Decimal(1)) for side in ("bids", "asks"))
        if market.linear:
            return bids, asks
        return [(price, size * price) for price, size in bids], [(price, size * price) for price, size in asks]

    def fetch_borrow(self, client: Client, coin: str) -> BorrowReading | None:
        """margin-loans of the unified account; empty for a coin that is not lent."""
        answer = client.call(client.ccxt.publicUtaGetV3MarketMarginLoans, {"coin": coin})
        row = answer["data"]
        if not row:
            return None
        return BorrowReading(
            rate=number(row.get("dailyInterest")),
            period_hours=DAILY,
            source="v3/market/margin-loans, dailyInterest",
            available=number(row.get("limit")),
            observed_ms=milliseconds(answer.get("requestTime")),
        )

    def fetch_candles(self, client: Client, market: Market, kind: PriceKind, window: Window) -> list[Candle]:
        """Recent candles by their kind, older ones by an endpoint of their own."""
        asked = {"symbol": market.id, "productType": market.family, "granularity": "1H", "limit": _HOURS + 1}
        span = {"startTime": window.since_ms, "endTime": window.until_ms + 1}
        if window.since_ms > int(time.time() * 1000) - _RECENT_MS:
            answer = client.call(client.ccxt.publicMixGetV2MixMarketCandles, {**asked, **span, "kLineType": kind})
        else:
            ask = getattr(client.ccxt, f"publicMixGetV2MixMarketHistory{kind.title()}Candles")
            answer = client.call(ask, {**asked, **span})
        return candles(self, market, lists_at(client, answer, "data"))

    def fetch_tiers(self, client: Client, market: Market, leverage: Decimal) -> MarginTable | None:
        """query-position-lever of a linear contract."""
        if not market.linear:
            return None
        asked = {"symbol": market.id, "productType": market.family}
        rows = rows_at(client, client.call(client.ccxt.publicMixGetV2MixMarketQueryPositionLever, asked), "data")
        found = (tier(row.get("endUnit"), row.get("keepMarginRate"), leverage=row.get("leverage")) for row in rows)
        return table(self, market, found, join=True)

    def settled(self, market: Market, since_ms: int, until_ms: int) -> list[Stamp]:
        """By page number, newest first."""
        return settled_by_number(lambda number: self._numbered(market, number), since_ms, until_ms)

    def recent(self, market: Market) -> list[Stamp]:
        """The newest page is enough."""
        return self._numbered(market, 1)

    def _numbered(self, market: Market, number: int) -> list[Stamp]:
        client = self.client
        params = {"pageNo": number}
        rows = client.call(client.ccxt.fetch_funding_rate_history, market.symbol, None, self.page_cap, params)
        return self.stamps(rows, market)
