"""Bybit: linear and inverse are categories of one endpoint; a bare bulk call of ccxt gives linear alone.

- The interval stands in the ticker (`fundingIntervalHour`) or, in minutes, in the market entry; an entry that is a day
  old can be wrong, because a rate at its cap switches a contract to 1 h: one that does not fit the next settlement is
  read again.
- History refuses a start without an end, and ccxt derives the end from today's interval: pages go back by the end.
- Caps stand in the market entry. Premium candles are kept for linear contracts alone; of a window that is longer than
  a page the newest ones come, so each page names its end.
- Candles come newest first, too. Open interest counts coins, and USD of inverse contracts; its price is not beside it.
- An inverse book and order count USD, and ccxt takes the smallest order for the size of a contract.
- Risk limits count the value of a position, of inverse contracts in coin. mmDeduction joins the tiers; where it is left
  out it follows from Bybit's own formula. Rates are fractions, or percents (in samples of inverse contracts): the
  leverage beside them tells which.
- Borrow rates stand in spot-margin-trade/data, which needs no account: `hourlyBorrowRate`, and `maxBorrowingAmount` of
  an account of the level asked for (documents of the v5 API, the sample stamped 2026-08-17).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from fundcli.core.history import Stamp
from fundcli.core.margin import MarginTable
from fundcli.core.units import MS_PER_HOUR
from fundcli.exchanges.borrowing import HOURLY, BorrowReading
from fundcli.exchanges.client import Client
from fundcli.exchanges.hourly import Candle, Kept, Kind, OpenInterest, PriceKind, candles, interests
from fundcli.exchanges.market import Market, with_interval
from fundcli.exchanges.paging import Window
from fundcli.exchanges.reading import Reading, number
from fundcli.exchanges.rows import dicts, lists_at, milliseconds, rows_at
from fundcli.exchanges.samples import MS_PER_MINUTE, candle_premiums
from fundcli.exchanges.tiers import table, tier
from fundcli.exchanges.venue import Venue

_CANDLES, _INTERESTS = 1000, 200
_NEAR = Decimal("0.5"), Decimal(2)


class Bybit(Venue):
    """Linear (USDT and USDC) and inverse."""

    families = ("linear", "inverse")
    tiers_from = "risk-limit"
    kept_info = ("fundingInterval", "upperFundingRate", "lowerFundingRate")
    book_levels = 500
    lends = True
    page_cap = 200
    history_path = ("result", "list")
    charts: Mapping[Kind, Kept] = {
        "mark": Kept(_CANDLES),
        "index": Kept(_CANDLES),
        "open_interest": Kept(_INTERESTS),
    }

    def options(self, family: str) -> dict[str, Any]:
        """Only this category's instruments."""
        return {"fetchMarkets": {"types": [family]}}

    def complete(self, market: Market) -> Market:
        """The interval of the market entry, from minutes."""
        minutes = number(market.extra.get("fundingInterval"))
        return market if minutes is None else with_interval(market, minutes / 60)

    def fetch_live(self, client: Client, family: str, markets: Sequence[Market]) -> list[Reading]:
        """The tickers of a category, and the instruments again where a kept interval cannot be right."""
        rows = client.call(client.ccxt.fetch_funding_rates, None, {"subType": family})
        readings = self.readings(rows, markets)
        if self.is_kept(family) and any(_stale(reading) for reading in readings):
            again = {m.symbol: m for m in self.markets(family, again=True)}
            readings = self.readings(rows, [again.get(m.symbol, m) for m in markets])
        return readings

    def reading(self, row: Mapping[str, Any], market: Market) -> Reading:
        """A ticker; dated futures in the same list have no market here."""
        said = (row.get("info") or {}).get("fundingIntervalHour")
        reading = replace(
            super().reading({**row, "interval": said or None}, market),
            cap=number(market.extra.get("upperFundingRate")),
            floor=number(market.extra.get("lowerFundingRate")),
        )
        if said or market.interval_hours is None:
            return reading
        return replace(
            reading, interval_hours=market.interval_hours, interval_source="instruments-info fundingInterval"
        )

    def fetch_page(self, client: Client, market: Market, window: Window, limit: int) -> list[Stamp]:
        """The newest rows until the end of the window."""
        rows = client.call(
            client.ccxt.fetch_funding_rate_history, market.symbol, None, limit, {"endTime": window.until_ms}
        )
        return self.stamps(rows, market)

    def fetch_candles(self, client: Client, market: Market, kind: PriceKind, window: Window) -> list[Candle]:
        """mark-price-kline and index-price-kline."""
        ask = getattr(client.ccxt, f"publicGetV5Market{kind.title()}PriceKline")
        asked = {"category": market.family, "symbol": market.id, "interval": "60", "limit": _CANDLES}
        answer = client.call(ask, {**asked, "start": window.since_ms, "end": window.until_ms})
        return candles(self, market, lists_at(client, answer, *self.history_path))

    def fetch_interest(self, client: Client, market: Market, window: Window) -> list[OpenInterest]:
        """open-interest, the newest of the window first."""
        asked = {"category": market.family, "symbol": market.id, "intervalTime": "1h", "limit": _INTERESTS}
        span = {"startTime": window.since_ms, "endTime": window.until_ms}
        answer = client.call(client.ccxt.publicGetV5MarketOpenInterest, {**asked, **span})
        rows = rows_at(client, answer, *self.history_path)
        coins, money = ("openInterest", None) if market.linear else (None, "openInterest")
        return interests(self, market, rows, "timestamp", coins=coins, money=money)

    def fetch_tiers(self, client: Client, market: Market, leverage: Decimal) -> MarginTable:
        """risk-limit of a contract."""
        asked = {"category": market.family, "symbol": market.id}
        answer = client.call(client.ccxt.publicGetV5MarketRiskLimit, asked)
        rows = [row for row in rows_at(client, answer, *self.history_path) if row.get("symbol") == market.id]
        found = []
        for row in rows:
            initial, rate = (_fraction(row, name) for name in ("initialMargin", "maintenanceMargin"))
            most, amount = row.get("maxLeverage"), row.get("mmDeduction")
            found.append(tier(row.get("riskLimitValue"), rate, leverage=most, initial=initial, amount=amount))
        unsaid = [row for row in rows[1:] if row.get("mmDeduction") in (None, "")]
        return table(self, market, found, join=bool(unsaid))

    def fetch_premiums(self, client: Client, market: Market, window: Window) -> list[tuple[int, Decimal]] | None:
        """Premium candles of linear contracts; inverse ones have none."""
        if not market.linear:
            return None

        def candles(since: int) -> Any:
            until = min(window.until_ms, since + (_CANDLES - 1) * MS_PER_MINUTE)
            return client.ccxt.fetch_premium_index_ohlcv(market.symbol, "1m", since, _CANDLES, {"until": until})

        return candle_premiums(client, candles, window)

    def fetch_borrow(self, client: Client, coin: str) -> BorrowReading | None:
        """spot-margin-trade/data of the lowest level."""
        asked = {"vipLevel": "No VIP", "currency": coin}
        answer = client.call(client.ccxt.publicGetV5SpotMarginTradeData, asked)
        levels = rows_at(client, answer, "result", "vipCoinList")
        coins = [row for level in levels if level.get("vipLevel") == "No VIP" for row in dicts(level.get("list"))]
        row = next((row for row in coins if row.get("currency") == coin), None)
        if row is None or row.get("borrowable") is False:
            return None
        return BorrowReading(
            rate=number(row.get("hourlyBorrowRate")),
            period_hours=HOURLY,
            source="spot-margin-trade/data, hourlyBorrowRate, No VIP",
            available=number(row.get("maxBorrowingAmount")),
            observed_ms=milliseconds(answer.get("time")),
        )

    def book_unit(self, market: Market) -> Decimal:
        """Coins, and USD of inverse contracts."""
        return Decimal(1)

    def order_unit(self, market: Market) -> Decimal:
        """As a book counts."""
        return self.book_unit(market)


def _fraction(row: Mapping[str, Any], name: str) -> Decimal | None:
    """A margin rate, by the initial one: that is about 1 / maxLeverage, or a hundred times as much in percent."""
    initial, most, rate = (number(row.get(key)) for key in ("initialMargin", "maxLeverage", name))
    if initial is None or most is None or rate is None:
        return None
    said = initial * most
    return rate if _NEAR[0] <= said <= _NEAR[1] else rate / 100 if _NEAR[0] <= said / 100 <= _NEAR[1] else None


def _stale(reading: Reading) -> bool:
    """Whether the next settlement does not lie on the grid of the interval kept."""
    if reading.interval_hours is None or not reading.time_ms or reading.interval_source.startswith("the exchange"):
        return False
    interval_ms = int(reading.interval_hours * MS_PER_HOUR)
    away = reading.time_ms - (reading.observed_ms or reading.time_ms)
    return bool(interval_ms and (reading.time_ms % interval_ms or away > interval_ms))
