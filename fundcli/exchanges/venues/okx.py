"""OKX: one bulk call for linear and inverse.

- `fundingTime` is the settlement to come (not the last one), `nextFundingTime` the one after; their distance is the
  interval. ccxt knows few distances by name, so it is taken from the two times.
- `method` says whether the rate is still moving (current_period) or fixed for `fundingTime` (next_period).
- ccxt hard-codes interestRate 0; the row's own one, empty under the old formula (`formulaType` noRate), is I.
- `premium` of a row is of the moment; premium-history has one sample a minute, newest first, 100 a page.
- History keeps three months; a window is paged with `after`, newest first.
- Candles of the last two months stand in one endpoint, the older ones in another; 1,440 are the most of the first.
  Index candles go by the underlying. The window of candles and of open interest is open at both ends.
- Open interest comes in contracts, coins and USD; USD is taken for the dollar coins that contracts are quoted in.
- Margin tiers are those of a family of contracts, by the number of contracts; the whole position is charged at the rate
  of its tier.
- Borrow rates stand in interest-rate-loan-quota, per day (v5 documents: "Daily rate"); account/interest-rate, which
  ccxt reads and which needs an account, is per hour. A coin's quota is that of `basic` times the coefficient of a
  level, but for coins in `configCcyList`, whose quotas stand in `config` as they are, by level and strategy.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from fundcli.core.history import Stamp
from fundcli.core.margin import MarginTable
from fundcli.core.units import MS_PER_HOUR
from fundcli.exchanges.borrowing import DAILY, BorrowReading
from fundcli.exchanges.client import Client
from fundcli.exchanges.hourly import Candle, Kept, Kind, OpenInterest, PriceKind, candles, interests
from fundcli.exchanges.market import Market
from fundcli.exchanges.paging import Window
from fundcli.exchanges.reading import Reading, hours_between, number
from fundcli.exchanges.rows import Row, dicts, lists_at, rows_at
from fundcli.exchanges.tiers import contract_unit, table, tier
from fundcli.exchanges.venue import Venue

_SAMPLES = 100
_HOURS = 100
_RECENT_MS = 1439 * MS_PER_HOUR
_DOLLARS = ("USD", "USDT", "USDC")
_LOWEST_LEVEL = "Lv1"


class Okx(Venue):
    """Swaps."""

    page_cap = 100
    history_path = ("data",)
    book_levels = 400
    own_samples = True
    tiers_from = "position-tiers"
    kept_info = ("uly",)
    lends = True
    charts: Mapping[Kind, Kept] = {"mark": Kept(_HOURS), "index": Kept(_HOURS), "open_interest": Kept(_HOURS)}

    def reading(self, row: Mapping[str, Any], market: Market) -> Reading:
        """A row of funding-rate."""
        info = row.get("info") or {}
        hours = hours_between(info.get("fundingTime"), info.get("nextFundingTime"))
        observed = number(info.get("ts"))
        return replace(
            super().reading({**row, "interval": None}, market),
            kind="fixed" if info.get("method") == "next_period" else "accruing",
            interval_hours=hours,
            interval_source="nextFundingTime - fundingTime" if hours else "",
            observed_ms=None if observed is None else int(observed),
            interest=number(info.get("interestRate")),
            premium=number(info.get("premium")),
            cap=number(info.get("maxFundingRate")),
            floor=number(info.get("minFundingRate")),
        )

    def fetch_page(self, client: Client, market: Market, window: Window, limit: int) -> list[Stamp]:
        """Rows older than `after`, newest first."""
        rows = client.call(
            client.ccxt.fetch_funding_rate_history, market.symbol, None, limit, {"after": str(window.until_ms + 1)}
        )
        return self.stamps(rows, market)

    def fetch_candles(self, client: Client, market: Market, kind: PriceKind, window: Window) -> list[Candle]:
        """mark-price-candles and index-candles, and the history of either."""
        age = "" if window.since_ms > int(time.time() * 1000) - _RECENT_MS else "History"
        ask = getattr(client.ccxt, f"publicGetMarket{age}{'MarkPrice' if kind == 'mark' else 'Index'}Candles")
        name = market.id if kind == "mark" else market.extra.get("uly") or market.id.removesuffix("-SWAP")
        span = {"before": window.since_ms - 1, "after": window.until_ms + 1, "limit": _HOURS}
        return candles(self, market, lists_at(client, client.call(ask, {"instId": name, "bar": "1H", **span}), "data"))

    def fetch_interest(self, client: Client, market: Market, window: Window) -> list[OpenInterest]:
        """open-interest-history of a contract: time, contracts, coins, USD."""
        asked = {"instId": market.id, "period": "1H", "limit": _HOURS}
        span = {"begin": window.since_ms - 1, "end": window.until_ms + 1}
        answer = client.call(client.ccxt.publicGetRubikStatContractsOpenInterestHistory, {**asked, **span})
        money = 3 if market.quote in _DOLLARS else None
        return interests(self, market, lists_at(client, answer, "data"), 0, coins=2, money=money)

    def fetch_tiers(self, client: Client, market: Market, leverage: Decimal) -> MarginTable:
        """position-tiers of isolated margin."""
        asked = {"instType": "SWAP", "tdMode": "isolated", "instFamily": market.id.removesuffix("-SWAP")}
        rows = rows_at(client, client.call(client.ccxt.publicGetPublicPositionTiers, asked), "data")
        unit = contract_unit(self, market)
        found = (
            tier(row.get("maxSz"), row.get("mmr"), leverage=row.get("maxLever"), initial=row.get("imr"), unit=unit)
            for row in rows
        )
        return table(self, market, found, counts="size")

    def fetch_borrow(self, client: Client, coin: str) -> BorrowReading | None:
        """interest-rate-loan-quota, with the quota of the lowest level."""
        ask = client.ccxt.publicGetPublicInterestRateLoanQuota
        tables: list[Row] = self.once("loan quota", lambda: rows_at(client, client.call(ask), "data"))
        table = next(iter(tables), {})
        own = next((row for row in dicts(table.get("configCcyList")) if row.get("ccy") == coin), None)
        basic = next((row for row in dicts(table["basic"]) if row.get("ccy") == coin), None)
        row = own or basic
        if row is None:
            return None
        return BorrowReading(
            rate=number(row.get("rate")),
            period_hours=DAILY,
            source="interest-rate-loan-quota, daily rate",
            available=_own_quota(table, coin) if own else _basic_quota(table, row),
        )

    def fetch_premiums(self, client: Client, market: Market, window: Window) -> list[tuple[int, Decimal]] | None:
        """premium-history, back from the window's end; ccxt knows it as an endpoint alone."""
        found: dict[int, Decimal] = {}
        before = window.until_ms + 1
        while True:
            query = {"instId": market.id, "after": str(before), "limit": str(_SAMPLES)}
            answer = client.call(client.ccxt.publicGetPublicPremiumHistory, query)
            client.promised_list("data")
            times = []
            for row in answer["data"]:
                at, premium = number(row.get("ts")), number(row.get("premium"))
                if at is None or not 0 <= at < before:
                    continue
                times.append(int(at))
                if premium is not None and window.since_ms < at <= window.until_ms:
                    found[int(at)] = premium
            before = min(times, default=0)
            if before <= window.since_ms:
                return sorted(found.items())


def _own_quota(table: Row, coin: str) -> Decimal | None:
    """The quota of a coin that has its own: that of the lowest level and the general strategy."""
    wanted = (coin, _LOWEST_LEVEL, "0")
    rows = [(row.get("ccy"), row.get("level"), row.get("stgyType", "0"), row) for row in dicts(table.get("config"))]
    return next((number(row.get("quota")) for *named, row in rows if tuple(named) == wanted), None)


def _basic_quota(table: Row, row: Row) -> Decimal | None:
    """The basic quota times the coefficient of the lowest level."""
    levels = [level for level in dicts(table.get("regular")) if level.get("level") == _LOWEST_LEVEL]
    quota, factor = number(row.get("quota")), number(levels[0].get("loanQuotaCoef")) if levels else None
    return None if quota is None or factor is None else quota * factor
