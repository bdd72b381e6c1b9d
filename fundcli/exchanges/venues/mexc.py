"""MEXC: one bulk call with rate, interval, settlement and both prices, which ccxt does not know.

- ccxt 4.5.90 has no fetchFundingRates here; the endpoint of a single contract gives all of them without a symbol.
- collectCycle is in hours: 1, 2, 4, 8 and 24 are in use. The fair price is MEXC's mark price.
- ccxt's market list asks for spot too; the contract list alone is enough, and a contract that is gone is not in it.
- The rates carry the caps; nothing tells the premium but the order book, whose sizes are contracts.
- Candles come as columns, up to 2,000 from a start to an end; those of the fair price are its mark candles.
- History ignores a start time and is paged by number, newest first, 100 rows a page.
- Margin tiers stand in the contract list: a list of their own (CUSTOM), or a first one and what each further one adds.
  They count contracts, or (BY_VALUE) money; the whole position is charged at the rate of its tier.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import partial
from itertools import zip_longest
from typing import Any

from fundcli.core.history import Stamp
from fundcli.core.margin import MarginTable
from fundcli.errors import ExchangeError
from fundcli.exchanges.client import Client
from fundcli.exchanges.hourly import Candle, Kept, Kind, PriceKind, candles
from fundcli.exchanges.market import Market
from fundcli.exchanges.paging import Window, settled_by_number
from fundcli.exchanges.reading import Reading, number
from fundcli.exchanges.rows import Row, by_id, hours_of, milliseconds, rows_at
from fundcli.exchanges.tiers import contract_unit, table, tier
from fundcli.exchanges.venue import Venue

_COST = 2  # as ccxt counts the same endpoint with a symbol: 20 requests in 2 seconds
_DETAIL_COST = 4  # 10 requests in 2 seconds
_HOURS = 2000
_MOST_LEVELS = 1000
_COLUMNS = ("time", "open", "high", "low", "close")


class Mexc(Venue):
    """Perpetuals in USDT, USDC, USD1 and coin."""

    from_newest = True
    page_cap = 100
    book_levels = 1000
    history_path = ("data", "resultList")
    tiers_from = "contract/detail"
    charts: Mapping[Kind, Kept] = {"mark": Kept(_HOURS), "index": Kept(_HOURS)}

    def fetch_markets(self, client: Client, family: str) -> Sequence[Mapping[str, Any]]:
        """The contract list alone, at the cost that MEXC documents: ccxt's is five seconds' worth of requests."""
        client.ccxt.contractPublicGetDetail = partial(_request, client, "detail", _DETAIL_COST)
        try:
            entries: Sequence[Mapping[str, Any]] = client.call(client.ccxt.fetch_swap_markets, {})
            return entries
        finally:
            del client.ccxt.contractPublicGetDetail

    def fetch_live(self, client: Client, family: str, markets: Sequence[Market]) -> list[Reading]:
        """funding_rate of all contracts."""
        answer = client.call(_request, client, "funding_rate", _COST)
        rows = by_id(self, family, rows_at(client, answer, "data"))
        return [self._row(rows.get(market.id), market) for market in markets]

    def _row(self, row: Row | None, market: Market) -> Reading:
        if row is None:
            return Reading(market=market, rate=None, problem="absent")
        hours, problem = hours_of(row.get("collectCycle"), 1, "h")
        return Reading(
            market=market,
            rate=number(row.get("fundingRate")),
            interval_hours=hours,
            interval_source="collectCycle" if hours else "",
            time_ms=milliseconds(row.get("nextSettleTime")),
            observed_ms=milliseconds(row.get("timestamp")),
            mark=number(row.get("fairPrice")),
            index=number(row.get("idxPrice")),
            cap=number(row.get("maxFundingRate")),
            floor=number(row.get("minFundingRate")),
            problem=problem,
        )

    def fetch_candles(self, client: Client, market: Market, kind: PriceKind, window: Window) -> list[Candle]:
        """kline of the fair price and of the index price."""
        ask = getattr(client.ccxt, f"contractPublicGetKline{'Fair' if kind == 'mark' else 'Index'}PriceSymbol")
        span = {"start": window.since_ms // 1000, "end": window.until_ms // 1000}
        answer = client.call(ask, {"symbol": market.id, "interval": "Min60", **span})
        for name in _COLUMNS:
            client.promised_list("data", name, of=object)
        return candles(self, market, list(zip_longest(*(answer["data"][name] for name in _COLUMNS))), ms=1000)

    def fetch_tiers(self, client: Client, market: Market, leverage: Decimal) -> MarginTable:
        """detail of one contract, in which its risk limits stand."""
        answer = client.call(_request, client, "detail", _DETAIL_COST, {"symbol": market.id})
        row = answer.get("data") if isinstance(answer, dict) else None
        row = row if isinstance(row, dict) else {}
        by_value = row.get("riskLimitType") == "BY_VALUE"
        if by_value and not market.linear:
            raise ExchangeError(
                self.id,
                f"does not say which money the margin tiers of {market.symbol} count",
                "Give --maintenance-rate.",
            )
        unit = Decimal(1) if by_value else contract_unit(self, market)
        found = (
            tier(
                each.get("maxVol"),
                each.get("mmr"),
                leverage=each.get("maxLeverage"),
                initial=each.get("imr"),
                unit=unit,
            )
            for each in _levels(row)
        )
        return table(self, market, found, counts="value" if by_value else "size")

    def settled(self, market: Market, since_ms: int, until_ms: int) -> list[Stamp]:
        """By page number, newest first."""
        return settled_by_number(lambda number: self._numbered(market, number), since_ms, until_ms)

    def recent(self, market: Market) -> list[Stamp]:
        """The newest page is enough."""
        return self._numbered(market, 1)

    def _numbered(self, market: Market, number: int) -> list[Stamp]:
        client = self.client
        # not as ccxt's limit, with which it would cut what MEXC gave
        params = {"page_num": number, "page_size": self.page_cap}
        rows = client.call(client.ccxt.fetch_funding_rate_history, market.symbol, None, None, params)
        return self.stamps(rows, market)

    def settled_price(self, info: Mapping[str, Any], market: Market) -> Decimal | None:
        """Its history carries no price."""
        return None


def _request(client: Client, path: str, cost: int, params: Mapping[str, Any] | None = None) -> Any:
    return client.ccxt.request(path, ["contract", "public"], "GET", params or {}, {"cost": cost})


def _levels(row: Row) -> list[Row]:
    """Risk limits level by level: as they are listed, or the first one and what each further one adds to it."""
    custom = row.get("riskLimitCustom")
    if row.get("riskLimitMode") == "CUSTOM" or (isinstance(custom, list) and custom):
        return [each if isinstance(each, dict) else {} for each in custom] if isinstance(custom, list) else []
    names = "riskBaseVol", "maintenanceMarginRate", "initialMarginRate", "riskIncrVol", "riskIncrMmr", "riskIncrImr"
    read = [number(row.get(name)) for name in names]
    count = number(row.get("riskLevelLimit"))
    if count is None or not 1 <= count <= _MOST_LEVELS or any(each is None for each in read):
        return []
    volume, rate, initial, *more = (each or Decimal(0) for each in read)
    levels = range(int(count) if more[0] else 1)
    return [{"maxVol": volume + n * more[0], "mmr": rate + n * more[1], "imr": initial + n * more[2]} for n in levels]
