"""KuCoin Futures: rates of all contracts in one call, prices in the contract list.

- The bulk rates name the interval in milliseconds (currentGranularity) and the settlement to come (fundingTime).
  ccxt's nextFundingTimestamp is the time from which a new interval holds, not the next settlement.
- The bulk rates carry no price; the contract list does (markPrice, indexPrice), for all contracts at once.
- dailyInterestRate, which ccxt hands on as interestRate, is per day; only the rate of a single contract carries it.
- The rates carry the caps. Premium candles are klines of the contract's name with `-premium-index`. The whole
  book weighs 3, one of 100 levels 10; sizes are contracts.
- Klines of the contract's name with `-mark-price` and `-index-price` are charted in seconds and as open, close, high,
  low. Open interest is charted in milliseconds and counts contracts.
- History knows a start and an end and no page; how many rows an answer may hold is not documented.
- Risk limits of isolated margin count the value of a linear position and the contracts of an inverse one; the whole
  position is charged at the rate of its level.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

from msgspec.structs import replace

from fundcli.core.history import Stamp
from fundcli.core.margin import MarginTable
from fundcli.core.units import MS_PER_HOUR
from fundcli.exchanges.client import Client
from fundcli.exchanges.hourly import Candle, Kept, Kind, OpenInterest, PriceKind, candles, interests
from fundcli.exchanges.market import Market
from fundcli.exchanges.paging import Window
from fundcli.exchanges.pool import run_all
from fundcli.exchanges.reading import Reading, number
from fundcli.exchanges.rows import hours_of, lists_at, rows_at
from fundcli.exchanges.tiers import contract_unit, table, tier
from fundcli.exchanges.venue import Venue

_FEW = 3
_CANDLES, _INTERESTS = 1500, 200


class KucoinFutures(Venue):
    """USDT-M, USDC-M and coin-margined perpetuals."""

    history_path = ("data",)
    tiers_from = "contracts/risk-limit"
    book_levels = None
    charts: Mapping[Kind, Kept] = {
        "mark": Kept(_CANDLES),
        "index": Kept(_CANDLES),
        "open_interest": Kept(_INTERESTS),
    }

    def fetch_markets(self, client: Client, family: str) -> Sequence[Mapping[str, Any]]:
        """The contract list."""
        entries: Sequence[Mapping[str, Any]] = client.call(client.ccxt.fetch_contract_markets)
        return entries

    def fetch_live(self, client: Client, family: str, markets: Sequence[Market]) -> list[Reading]:
        """Rates and prices at the same time, and the interest of a few named contracts."""
        few = markets if len(markets) <= _FEW else []
        jobs: list[Callable[[], Any]] = [partial(self._rates, client), partial(self._prices, client)]
        jobs += [partial(client.call, client.ccxt.fetch_funding_rate, market.symbol) for market in few]
        rates, prices, *single = run_all(jobs, len(jobs), self.deadline)
        if isinstance(rates, BaseException):
            raise rates
        readings = self.readings(rates, markets)
        interests = {m.symbol: r["interestRate"] for m, r in zip(few, single, strict=True) if isinstance(r, dict)}
        if isinstance(prices, BaseException):
            self.note(f"{self.id}: mark and index prices are missing ({prices})")
            prices = {}
        return [self._with(r, prices.get(r.market.id) or {}, interests.get(r.market.symbol)) for r in readings]

    def reading(self, row: Mapping[str, Any], market: Market) -> Reading:
        """A row of the bulk rates."""
        info = row.get("info") or {}
        hours, problem = hours_of(info.get("currentGranularity"), MS_PER_HOUR, "ms")
        return replace(
            super().reading({**row, "interval": None}, market),
            interval_hours=hours,
            interval_source="currentGranularity" if hours else "",
            cap=number(info.get("fundingRateCap")),
            floor=number(info.get("fundingRateFloor")),
            problem=problem,
        )

    def fetch_page(self, client: Client, market: Market, window: Window, limit: int) -> list[Stamp]:
        """Without a limit: KuCoin takes none, and ccxt would cut with it what KuCoin gave."""
        rows = client.call(
            client.ccxt.fetch_funding_rate_history, market.symbol, window.since_ms, None, {"until": window.until_ms}
        )
        return self.stamps(rows, market)

    def fetch_candles(self, client: Client, market: Market, kind: PriceKind, window: Window) -> list[Candle]:
        """kline of the price under its own name."""
        name = {"tradeType": "FUTURES", "symbol": f"{market.id}-{kind}-price", "interval": "1hour"}
        span = {"startAt": window.since_ms // 1000, "endAt": window.until_ms // 1000}
        answer = client.call(client.ccxt.utaGetMarketKline, {**name, **span})
        return candles(self, market, lists_at(client, answer, "data", "list"), (0, 1, 3, 4, 2), 1000)

    def fetch_interest(self, client: Client, market: Market, window: Window) -> list[OpenInterest]:
        """open-interest of a contract, newest first."""
        asked = {"symbol": market.id, "interval": "1hour", "pageSize": _INTERESTS}
        span = {"startAt": window.since_ms, "endAt": window.until_ms}
        rows = rows_at(client, client.call(client.ccxt.utaGetMarketOpenInterest, {**asked, **span}), "data")
        return interests(self, market, rows, "ts", contracts="openInterest")

    def fetch_tiers(self, client: Client, market: Market, leverage: Decimal) -> MarginTable:
        """contracts/risk-limit of a contract."""
        answer = client.call(client.ccxt.futuresPublicGetContractsRiskLimitSymbol, {"symbol": market.id})
        unit = Decimal(1) if market.linear else contract_unit(self, market)
        found = (
            tier(
                row.get("maxRiskLimit"), row.get("maintainMargin"), leverage=row.get("maxLeverage"),
                initial=row.get("initialMargin"), unit=unit,
            )
            for row in rows_at(client, answer, "data")
        )  # fmt: skip
        return table(self, market, found, counts="value" if market.linear else "size")

    def _rates(self, client: Client) -> Mapping[str, Mapping[str, Any]]:
        rows: Mapping[str, Mapping[str, Any]] = client.call(client.ccxt.fetch_funding_rates)
        client.promised_list("data")
        return rows

    def _prices(self, client: Client) -> dict[str, Mapping[str, Any]]:
        answer = client.call(client.ccxt.futuresPublicGetContractsActive)
        return {str(row.get("symbol")): row for row in rows_at(client, answer, "data")}

    def _with(self, reading: Reading, prices: Mapping[str, Any], interest: Decimal | None) -> Reading:
        return replace(
            reading,
            mark=number(prices.get("markPrice")),
            index=number(prices.get("indexPrice")),
            interest_per_day=interest,
        )
