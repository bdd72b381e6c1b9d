"""HTX: inverse contracts in bulk, linear ones one by one; payments at the index price.

- ccxt's bulk call refuses linear contracts (the default), so a bare one gives nothing.
- A linear row names this settlement and the next, whose distance is the interval; ccxt has names for a few distances
  only. An inverse row names no next one: its interval is seen in the settled times.
- Linear history starts at `start_time` and goes up; inverse history ignores times and is paged by number, 50 a page.
- Linear rows carry the caps, inverse ones do not. Premium candles take a number of newest ones, up to 2,000, and no
  time: ccxt sends none.
- Mark candles take a number of newest ones too, open interest up to 200: what is older is not to be had. Index candles
  have no endpoint. Open interest is asked for in coins or in contracts; only linear rows have its value in money.
- Orders count whole contracts. ccxt gives the coins of one for the smallest order of a linear contract.
- Public market data is limited to 120 requests in 3 seconds an IP; ccxt's pace is a quarter of that.
- What is published is the adjustment factor, by the leverage chosen and the contracts held: a position is liquidated
  where its equity is down to factor x notional / leverage, so the maintenance rate is factor / leverage.
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
from fundcli.errors import ExchangeError
from fundcli.exchanges.client import Client
from fundcli.exchanges.hourly import Candle, Kept, Kind, OpenInterest, PriceKind, candles, interests
from fundcli.exchanges.market import Market, with_interval
from fundcli.exchanges.paging import Window, settled_by_number
from fundcli.exchanges.reading import Reading, hours_between, number
from fundcli.exchanges.rows import Row, rows_at
from fundcli.exchanges.samples import MS_PER_MINUTE, candle_premiums
from fundcli.exchanges.tiers import contract_unit, table, tier
from fundcli.exchanges.venue import Venue

_MS_PER_REQUEST = 40
_INVERSE_PAGE = 50
_FEW = 3
_CANDLES = 2000
_INTERESTS = 200
_CONTRACTS, _COINS = 1, 2  # what open interest is asked for in


class Htx(Venue):
    """USDT-margined and coin-margined swaps."""

    from_newest = True
    families = ("linear", "inverse")
    tiers_by_leverage = True
    tiers_from = "swap_adjustfactor"
    kept_info = ("settlement_period",)
    page_cap = 100
    charts: Mapping[Kind, Kept] = {"mark": Kept(_CANDLES, _CANDLES), "open_interest": Kept(_INTERESTS, _INTERESTS)}
    looked_up_at_most = 40  # no inverse contract says its interval, and one page shows it

    def options(self, family: str) -> dict[str, Any]:
        """Only this family's contracts."""
        return {"fetchMarkets": {"types": {family: True}}}

    @property
    def client(self) -> Client:
        """HTX's own pace."""
        client = super().client
        client.pace(_MS_PER_REQUEST)
        return client

    def fetch_markets(self, client: Client, family: str) -> Sequence[Mapping[str, Any]]:
        """Swaps alone: ccxt would ask for the dated inverse futures too."""
        kind = None if family == "linear" else "swap"
        entries: Sequence[Mapping[str, Any]] = client.call(client.ccxt.fetch_markets_by_type_and_sub_type, kind, family)
        return entries

    def complete(self, market: Market) -> Market:
        """The settlement period in hours, where the contract list has it, and the smallest order: one contract."""
        hours = number(market.extra.get("settlement_period"))
        market = replace(market, least=market.lot)
        return with_interval(market, hours) if hours and 0 < hours <= 24 else market

    def fetch_live(self, client: Client, family: str, markets: Sequence[Market]) -> list[Reading]:
        """A batch for inverse contracts, one call each for linear ones and for a few named ones."""
        if family == "inverse" and len(markets) > _FEW:
            return self.readings(client.call(client.ccxt.fetch_funding_rates, None, {"subType": "inverse"}), markets)
        return self.each(markets, lambda m: self.reading(client.call(client.ccxt.fetch_funding_rate, m.symbol), m))

    def reading(self, row: Mapping[str, Any], market: Market) -> Reading:
        """A row of funding_rate."""
        info = row.get("info") or {}
        hours = hours_between(info.get("funding_time"), info.get("next_funding_time"))
        source = "next_funding_time - funding_time"
        if hours is None and market.interval_hours is not None:
            hours, source = market.interval_hours, "settlement_period of the contract list"
        reading = super().reading({**row, "interval": None}, market)
        return replace(
            reading,
            interval_hours=hours,
            interval_source=source if hours else "",
            cap=number(info.get("max_funding_rate")),
            floor=number(info.get("min_funding_rate")),
        )

    def fetch_page(self, client: Client, market: Market, window: Window, limit: int) -> list[Stamp]:
        """Linear: from `start_time` up; ccxt sends no end."""
        rows = client.call(client.ccxt.fetch_funding_rate_history, market.symbol, window.since_ms, limit)
        return self.stamps(rows, market)

    def fetch_premiums(self, client: Client, market: Market, window: Window) -> list[tuple[int, Decimal]] | None:
        """As many of the newest candles as reach back to the start."""
        minutes = (window.until_ms - window.since_ms) // MS_PER_MINUTE + 2
        most = min(minutes, _CANDLES)
        return candle_premiums(
            client, lambda since: client.ccxt.fetch_premium_index_ohlcv(market.symbol, "1m", since, most), window
        )

    def fetch_candles(self, client: Client, market: Market, kind: PriceKind, window: Window) -> list[Candle]:
        """As many of the newest mark candles as reach back to the start."""
        ask = getattr(client.ccxt, f"contractPublicGetIndexMarketHistory{_linear(market)}SwapMarkPriceKline")
        hours = (int(time.time() * 1000) - window.since_ms) // MS_PER_HOUR + 1
        asked = {"contract_code": market.id, "period": "60min", "size": min(hours, _CANDLES)}
        rows = rows_at(client, client.call(ask, asked), "data")
        return candles(self, market, rows, ("id", "open", "high", "low", "close"), 1000)

    def fetch_interest(self, client: Client, market: Market, window: Window) -> list[OpenInterest]:
        """The newest rows: linear ones in coins and money, inverse ones in coins and again in contracts of USD."""
        rows = self._interest(client, market, _COINS)
        if market.linear:
            return interests(self, market, rows, "ts", coins="volume", money="value")
        coins = {row.time_ms: row.amount for row in interests(self, market, rows, "ts", coins="volume")}
        counted = interests(self, market, self._interest(client, market, _CONTRACTS), "ts", contracts="volume")
        return [OpenInterest(row.time_ms, coins[row.time_ms], row.value) for row in counted if row.time_ms in coins]

    def _interest(self, client: Client, market: Market, unit: int) -> list[Row]:
        ask = getattr(client.ccxt, f"contractPublicGet{_linear(market)}SwapApiV1SwapHisOpenInterest")
        asked = {"contract_code": market.id, "period": "60min", "amount_type": unit, "size": _INTERESTS}
        return rows_at(client, client.call(ask, asked), "data", "tick")

    def fetch_tiers(self, client: Client, market: Market, leverage: Decimal) -> MarginTable:
        """swap_adjustfactor of isolated margin, at the leverage chosen."""
        kind = "LinearSwapApi" if market.linear else "SwapApi"
        ask = getattr(client.ccxt, f"contractPublicGet{kind}V1SwapAdjustfactor")
        answer = client.call(ask, {"contract_code": market.id})
        rows = [row for row in rows_at(client, answer, "data") if row.get("contract_code") == market.id]
        lists = [each for row in rows for each in _dicts(row, "list")]
        by_leverage = {number(each.get("lever_rate")): each for each in lists}
        offered = sorted(each for each in by_leverage if each is not None)
        if offered and leverage not in by_leverage:
            raise ExchangeError(
                self.id,
                f"has no margin tiers of {market.symbol} at {leverage}x",
                f"It offers {', '.join(str(each) for each in offered)}x.",
            )
        ladders = _dicts(by_leverage.get(leverage) or {}, "ladders")
        factors = [number(row.get("adjust_factor")) for row in ladders]
        unit = contract_unit(self, market)
        found = (
            tier(row.get("max_size"), None if factor is None else factor / leverage, leverage=offered[-1], unit=unit)
            for row, factor in zip(ladders, factors, strict=True)
        )
        return table(self, market, found, counts="size")

    def settled(self, market: Market, since_ms: int, until_ms: int) -> list[Stamp]:
        """Inverse: by page number, newest first."""
        if market.linear:
            return super().settled(market, since_ms, until_ms)
        return settled_by_number(lambda number: self._numbered(market, number), since_ms, until_ms)

    def recent(self, market: Market) -> list[Stamp]:
        """The newest page is enough."""
        return super().recent(market) if market.linear else self._numbered(market, 1)

    def _numbered(self, market: Market, number: int) -> list[Stamp]:
        client = self.client
        params = {"page_index": number}
        rows = client.call(client.ccxt.fetch_funding_rate_history, market.symbol, None, _INVERSE_PAGE, params)
        return self.stamps(rows, market)

    def history_at(self, market: Market) -> tuple[str, ...]:
        """Inverse pages are wrapped once more."""
        return ("data",) if market.linear else ("data", "data")

    def settled_price(self, info: Mapping[str, Any], market: Market) -> Decimal | None:
        """HTX pays at the index price, which its history does not carry."""
        return None


def _linear(market: Market) -> str:
    return "Linear" if market.linear else ""


def _dicts(row: Row, name: str) -> list[Row]:
    """A list of rows within a row; empty where it is none."""
    found = row.get(name)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
