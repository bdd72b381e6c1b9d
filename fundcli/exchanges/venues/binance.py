"""Binance: rates and intervals live in two endpoints, linear and inverse contracts on two hosts.

- premiumIndex carries no interval, so ccxt's `interval` is None; fundingInfo carries it, at times only for contracts
  that are not 8-hourly.
- Until 2025-09-18 08:01 UTC the `interestRate` of a row was that of its interval (0.03 % a day x hours / 24) and so
  tells the interval; since then it is that of 8 hours for every contract.
- `lastFundingRate` is the running rate of the settlement to come, not the last one.
- `interestRate` is I as the formula has it, under both rules. Caps stand in fundingInfo alone; mark and index of
  premiumIndex are of the moment and no premium.
- Index candles go by the pair and not by the contract. Open interest is kept for 30 days; asked for what is older,
  Binance refuses (-1130). Its sum counts coins on USDⓈ-M, contracts on COIN-M, where the value counts coins.
- Margin brackets (leverageBracket) are shown to signed requests alone.
- A book of 1,000 levels, the most, weighs 20 of the 2,400 a minute; one of 100 weighs 5 and ends within a few USD.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from fundcli.errors import ExchangeError
from fundcli.exchanges.client import Client
from fundcli.exchanges.hourly import Candle, Kept, Kind, OpenInterest, PriceKind, candles, interests
from fundcli.exchanges.market import Market
from fundcli.exchanges.paging import Window
from fundcli.exchanges.pool import run_all
from fundcli.exchanges.reading import Reading, interval_hours, number
from fundcli.exchanges.rows import lists_at, rows_at
from fundcli.exchanges.venue import Venue

INTEREST_OF_8_HOURS_SINCE_MS = 1_758_182_460_000  # 2025-09-18 08:01 UTC
_INTEREST_PER_HOUR = Decimal("0.0003") / 24
_CANDLES, _INTERESTS = 1000, 500
_INTEREST_HOURS = 30 * 24 - 1  # a full hour within 30 days, whatever the two clocks say


class Binance(Venue):
    """USDⓈ-M and COIN-M."""

    families: tuple[str, ...] = ("linear", "inverse")
    page_cap = 1000
    untiered = "shows its margin tiers to signed requests alone"
    book_levels = 1000
    first_levels = 50  # a tenth of the weight
    charts: Mapping[Kind, Kept] = {
        "mark": Kept(_CANDLES),
        "index": Kept(_CANDLES),
        "open_interest": Kept(_INTERESTS, _INTEREST_HOURS),
    }

    def options(self, family: str) -> dict[str, Any]:
        """Only this family's exchangeInfo: the 15 MB of spot markets are never asked for."""
        return {"fetchMarkets": {"types": [family]}}

    def asked_for(self, family: str) -> dict[str, Any]:
        """What a bulk call of ccxt is told of a family."""
        return {"subType": family}

    def fetch_live(self, client: Client, family: str, markets: Sequence[Market]) -> list[Reading]:
        """premiumIndex and fundingInfo, at the same time."""
        params = self.asked_for(family)
        rates, intervals = run_all(
            [
                lambda: client.call(client.ccxt.fetch_funding_rates, None, params),
                lambda: client.call(client.ccxt.fetch_funding_intervals, None, params),
            ],
            2,
            self.deadline,
        )
        if isinstance(rates, BaseException):
            raise rates
        if isinstance(intervals, BaseException):
            failure = self.failure(intervals)
            self.fail(
                ExchangeError(
                    self.id,
                    f"intervals of the {family} contracts: {failure.message.partition(': ')[2]}",
                    failure.remedy,
                )
            )
            intervals = {}
        return [
            self._joined(reading, intervals.get(reading.market.symbol)) for reading in self.readings(rates, markets)
        ]

    def reading(self, row: Mapping[str, Any], market: Market) -> Reading:
        """A row of premiumIndex; a contract that does not settle any more says so with a next time of 0."""
        reading = super().reading(row, market)
        if reading.time_ms == 0:
            return replace(reading, time_ms=None, problem="settles no more")
        interest, at = number(row.get("interestRate")), row.get("timestamp")
        if interest is None or at is None:
            return reading
        reading = replace(reading, interest=interest)
        if at >= INTEREST_OF_8_HOURS_SINCE_MS:
            return replace(reading, interest_per_day=interest * 3)
        hours = interest / _INTEREST_PER_HOUR
        if hours not in (1, 2, 4, 8):
            return reading
        source = f"premiumIndex interestRate {interest:f} (the rule until 2025-09-18)"
        return replace(reading, interval_hours=hours, interval_source=source, interest_per_day=interest * 24 / hours)

    def _joined(self, reading: Reading, interval_row: Mapping[str, Any] | None) -> Reading:
        if reading.problem or interval_row is None:
            return reading
        info = interval_row.get("info") or {}
        cap, floor = number(info.get("adjustedFundingRateCap")), number(info.get("adjustedFundingRateFloor"))
        reading = replace(reading, cap=cap, floor=floor)
        hours, problem = interval_hours(interval_row.get("interval"))
        if hours is None:
            return replace(reading, problem=problem) if problem else reading
        return replace(reading, interval_hours=hours, interval_source="fundingInfo")

    def settled_price(self, info: Mapping[str, Any], market: Market) -> Decimal | None:
        """markPrice, empty in rows before about 2023-10."""
        return number(info.get("markPrice"))

    def fetch_candles(self, client: Client, market: Market, kind: PriceKind, window: Window) -> list[Candle]:
        """markPriceKlines and indexPriceKlines of either host."""
        ask = getattr(client.ccxt, f"{'fapi' if market.linear else 'dapi'}PublicGet{kind.title()}PriceKlines")
        name = {"symbol": market.id} if kind == "mark" else {"pair": _pair(market)}
        span = {"startTime": window.since_ms, "endTime": window.until_ms, "limit": _CANDLES}
        return candles(self, market, lists_at(client, client.call(ask, {**name, **span, "interval": "1h"})))

    def fetch_interest(self, client: Client, market: Market, window: Window) -> list[OpenInterest]:
        """openInterestHist of either host."""
        span = {"startTime": window.since_ms, "endTime": window.until_ms, "limit": _INTERESTS, "period": "1h"}
        if market.linear:
            rows = rows_at(client, client.call(client.ccxt.fapiDataGetOpenInterestHist, {"symbol": market.id, **span}))
            return interests(self, market, rows, "timestamp", coins="sumOpenInterest", money="sumOpenInterestValue")
        name = {"pair": _pair(market), "contractType": "PERPETUAL"}
        rows = rows_at(client, client.call(client.ccxt.dapiDataGetOpenInterestHist, {**name, **span}))
        return interests(self, market, rows, "timestamp", coins="sumOpenInterestValue", contracts="sumOpenInterest")


def _pair(market: Market) -> str:
    return market.id.partition("_")[0]


class BinanceCoinM(Binance):
    """COIN-M alone."""

    families = ("inverse",)
