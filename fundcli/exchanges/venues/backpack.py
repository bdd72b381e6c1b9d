"""Backpack: rates and prices in one answer, intervals in the market list, history by offset.

- ccxt reads one symbol at a time and calls every interval 1h. The exchange's own is `fundingInterval` of the market
  list, in milliseconds; it was 8 h for all before 2025-08-20 08:00 UTC.
- `nextFundingTimestamp` is the settlement to come, in milliseconds; the answer has no time of its own.
- History goes back by offset, newest first, and begins with the interval that is still running: a row whose end lies
  ahead is no settlement. It takes no start and no end. Times are UTC without saying so.
- The market list has the bounds of an interval's rate, in basis points. The premium is mark over index.
- Klines of a price type take seconds and write their start as text. Open interest has no history; ccxt claims one.
- ccxt's market list asks for spot, and for tokenised stocks in a second request.
- Borrow rates stand in borrowLend/markets: `borrowInterestRate`, "the rate borrowers pay", beside the APY that lenders
  receive. It is taken for a year's; no document says its period, nor whether it is compounded (interest is charged
  each hour). Borrowing pauses when the part of the pool that is lent out reaches its throttle.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from fundcli.core.history import Stamp
from fundcli.core.units import MS_PER_HOUR
from fundcli.exchanges.borrowing import YEARLY, BorrowReading
from fundcli.exchanges.client import Client
from fundcli.exchanges.hourly import Candle, Kept, Kind, PriceKind, candles
from fundcli.exchanges.market import Market, with_interval
from fundcli.exchanges.paging import Window
from fundcli.exchanges.reading import MOST_PLAUSIBLE_INTERVAL, Reading, number
from fundcli.exchanges.rows import readings_by_id, rows_at
from fundcli.exchanges.venue import Venue

_MOST_PAGES = 2000
_HOURS = 500  # no document says how many an answer may hold


class Backpack(Venue):
    """Perpetuals."""

    from_newest = True
    untiered = "charges margin by a formula of the notional, not by tiers"
    kept_info = ("fundingInterval", "fundingRateUpperBound", "fundingRateLowerBound")
    page_cap = 1000
    lends = True
    book_levels = 500
    charts: Mapping[Kind, Kept] = {"mark": Kept(_HOURS), "index": Kept(_HOURS)}

    def fetch_markets(self, client: Client, family: str) -> Sequence[Mapping[str, Any]]:
        """Perpetuals alone."""
        entries: Sequence[Mapping[str, Any]] = client.call(client.ccxt.fetch_markets, {"marketType": "PERP"})
        return entries

    def complete(self, market: Market) -> Market:
        """The interval of the market entry."""
        milliseconds = number(market.extra.get("fundingInterval"))
        hours = None if milliseconds is None else milliseconds / MS_PER_HOUR
        return with_interval(market, hours) if hours and 0 < hours <= MOST_PLAUSIBLE_INTERVAL else market

    def fetch_live(self, client: Client, family: str, markets: Sequence[Market]) -> list[Reading]:
        """markPrices of all contracts."""
        answer = client.call(client.ccxt.publicGetApiV1MarkPrices)
        client.promised_list()
        return readings_by_id(self, family, {str(row.get("symbol")): row for row in answer}, markets, _mark_price)

    def settled(self, market: Market, since_ms: int, until_ms: int) -> list[Stamp]:
        """Back from the newest row until the window is passed; the next offset is how many rows are known."""
        until_ms = min(until_ms, int(time.time() * 1000))
        kept: dict[int, Stamp] = {}
        for _ in range(_MOST_PAGES):
            rows = self._page(market, len(kept))
            new = [row for row in rows if row.time_ms not in kept]
            kept |= {row.time_ms: row for row in new}
            if not new or min(kept) < since_ms:
                break
        return [row for row in kept.values() if since_ms <= row.time_ms <= until_ms]

    def fetch_candles(self, client: Client, market: Market, kind: PriceKind, window: Window) -> list[Candle]:
        """klines of a price type."""
        asked = {"symbol": market.id, "interval": "1h", "priceType": kind.title()}
        span = {"startTime": window.since_ms // 1000, "endTime": window.until_ms // 1000}
        rows = rows_at(client, client.call(client.ccxt.publicGetApiV1Klines, {**asked, **span}))
        timed = [{**row, "start": _milliseconds(row.get("start"))} for row in rows]
        return candles(self, market, timed, ("start", "open", "high", "low", "close"))

    def fetch_borrow(self, client: Client, coin: str) -> BorrowReading | None:
        """borrowLend/markets; a market that is closed, or takes repayments alone, lends nothing."""
        ask = client.ccxt.publicGetApiV1BorrowLendMarkets
        rows = self.once("lending", lambda: rows_at(client, client.call(ask)))
        row = next((row for row in rows if row.get("symbol") == coin), None)
        if row is None or row.get("state") != "Open":
            return None
        return BorrowReading(
            rate=number(row.get("borrowInterestRate")),
            period_hours=YEARLY,
            source="borrowLend/markets, borrowInterestRate, taken for a year's",
            available=_until_throttle(row),
            observed_ms=_milliseconds(row.get("timestamp")),
        )

    def _page(self, market: Market, offset: int) -> list[Stamp]:
        client = self.client
        asked = {"symbol": market.id, "limit": self.page_cap, "offset": offset}
        answer = client.call(client.ccxt.publicGetApiV1FundingRates, asked)
        client.promised_list()
        rows = [
            {
                "fundingRate": number(row.get("fundingRate")),
                "timestamp": _milliseconds(row.get("intervalEndTimestamp")),
                "info": row,
            }
            for row in answer
        ]
        return self.stamps(rows, market)


def _mark_price(row: Mapping[str, Any], market: Market) -> Reading:
    at = number(row.get("nextFundingTimestamp"))
    return Reading(
        market=market,
        rate=number(row.get("fundingRate")),
        interval_hours=market.interval_hours,
        interval_source="" if market.interval_hours is None else "fundingInterval of the market list",
        time_ms=None if at is None else int(at),
        mark=number(row.get("markPrice")),
        index=number(row.get("indexPrice")),
        cap=_of_points(market.extra.get("fundingRateUpperBound")),
        floor=_of_points(market.extra.get("fundingRateLowerBound")),
    )


def _until_throttle(row: Mapping[str, Any]) -> Decimal | None:
    """What may be borrowed until the pool's use reaches its maximum, or the throttle that comes before it."""
    lent, borrowed = number(row.get("lentQuantity")), number(row.get("borrowedQuantity"))
    most, throttle = number(row.get("maxUtilization")), number(row.get("throttleUtilizationThreshold"))
    if lent is None or borrowed is None or most is None or throttle is None:
        return None
    return max(Decimal(0), lent * min(most, throttle) - borrowed)


def _of_points(text: Any) -> Decimal | None:
    points = number(text)
    return None if points is None else points / 10_000


def _milliseconds(text: Any) -> int | None:
    try:
        at = datetime.fromisoformat(str(text))
        return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1000)
    except (ValueError, OverflowError):
        return None
