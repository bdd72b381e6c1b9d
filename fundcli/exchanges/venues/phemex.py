"""Phemex: rates with their interval in one call, prices in two others, everything of coin-margined prices scaled.

- ccxt reads rates from the tickers alone, which name neither interval nor settlement, so its fundingTimestamp and
  interval are None; and it has no bulk call. real-funding-rates gives rate, interval (seconds) and the settlement to
  come of all contracts, unscaled; ccxt does not know it.
- Tickers of USDT-M and USDC-M hold plain numbers (…Rp, …Rr); those of COIN-M whole numbers (…Ep: x 10^priceScale,
  …Er: x 10^ratioScale). Where real-funding-rates does not answer, the tickers' rates stand in, with the interval of
  the product list and no time.
- fundingInterval of the product list is in seconds; in the older list that ccxt merges into it, in hours.
- History has a symbol of its own (.BTCUSDTFR8H, whatever the interval), which the product list names; ccxt makes it
  from the base, which is USD for COIN-M contracts that the older list lacks. At most 100 rows.
- real-funding-rates carries the caps and the interest of the contract's interval. A COIN-M book has prices x
  10^priceScale, which ccxt needs its own market list for, and sizes in contracts of a dollar; other books count coins.
- ccxt counts 0.6 s a request; Phemex grants 300 a minute.
- Risk limits stand in the product list. Those of linear contracts count value, and each part of a position is charged
  at the rate of its own tier; those of COIN-M have counted coins and dollars at different times, so they are not read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

from msgspec.structs import replace

from fundcli.core.history import Stamp
from fundcli.core.margin import MarginTable
from fundcli.exchanges.client import Client
from fundcli.exchanges.market import Market, with_interval
from fundcli.exchanges.paging import Window
from fundcli.exchanges.pool import run_all
from fundcli.exchanges.reading import Reading, number
from fundcli.exchanges.rows import Row, by_id, hours_of, milliseconds, rows_at
from fundcli.exchanges.samples import Levels, levels
from fundcli.exchanges.tiers import table, tier
from fundcli.exchanges.venue import Venue

_COST, _MS_PER_UNIT = 5, 40
_RATES, _RATES_ASKED, _MOST_PAGES = "contract-biz/public/real-funding-rates", 200, 50
# What ccxt needs of a product to name it, and its lot; one bad number among the others would cost the whole list.
_NAMING = (
    "symbol", "settleCurrency", "quoteCurrency", "baseCurrency", "contractUnderlyingAssets", "contractSize", "status",
    "lotSize", "qtyStepSize",
)  # fmt: skip


class Phemex(Venue):
    """USDT-M, USDC-M and COIN-M."""

    kept_info = ("fundingInterval", "fundingRate8hSymbol", "priceScale", "ratioScale")
    page_cap = 100
    tiers_from = "products riskLimitsV2"
    untiered = "has counted the risk limits of coin-margined contracts in coins and in dollars"
    history_path = ("data", "rows")

    @property
    def client(self) -> Client:
        """Phemex's own pace."""
        client = super().client
        client.pace(_MS_PER_UNIT)
        return client

    def fetch_markets(self, client: Client, family: str) -> Sequence[Mapping[str, Any]]:
        """The perpetuals of the product list; a listed one goes before a delisted one of the same name."""
        answer = client.call(client.ccxt.v2GetPublicProducts)
        products = [*rows_at(client, answer, "data", "products"), *rows_at(client, answer, "data", "perpProductsV2")]
        entries = []
        for product in products:
            if "perpetual" in str(product.get("type")).lower() and product.get("symbol"):
                entry = client.ccxt.parse_swap_market({key: product[key] for key in _NAMING if key in product})
                if entry is not None:
                    size = entry["contractSize"] or 1  # one coin; USDC-M products name no size
                    entries.append({**entry, "contractSize": size, "info": product})
        return sorted(entries, key=lambda entry: bool(entry["active"]))

    def complete(self, market: Market) -> Market:
        """The interval of the product list."""
        hours, _ = hours_of(market.extra.get("fundingInterval"), 3600, "s")
        return with_interval(market, hours) if hours else market

    def fetch_live(self, client: Client, family: str, markets: Sequence[Market]) -> list[Reading]:
        """Rates, and the tickers of the two kinds of contract; rates or tickers alone are enough."""
        asked = {market.linear for market in markets}
        jobs: list[Callable[[], list[Row]]] = [partial(self._rates, client)]
        jobs += [partial(self._tickers, client, linear) for linear in sorted(asked)]
        rates, *tickers = run_all(jobs, len(jobs), self.deadline)
        failed = [answer for answer in tickers if isinstance(answer, BaseException)]
        if isinstance(rates, BaseException):
            if failed:
                raise rates
            self.note(f"{self.id}: times of settlement are missing ({rates})")
            rates = []
        elif failed:
            self.note(f"{self.id}: mark and index prices are missing ({failed[0]})")
        rows = by_id(self, family, rates)
        priced = by_id(self, family, [row for answer in tickers if isinstance(answer, list) for row in answer])
        return [self._row(rows.get(m.id), priced.get(m.id), m) for m in markets]

    def _rates(self, client: Client) -> list[Row]:
        """All pages; `total` counts the contracts."""
        found: dict[str, Row] = {}
        for page in range(1, _MOST_PAGES + 1):
            params = {"pageNum": page, "pageSize": _RATES_ASKED}
            answer = client.call(client.ccxt.request, _RATES, ["v2"], "GET", params, {"cost": _COST})
            before = len(found)
            found |= {str(row.get("symbol")): row for row in rows_at(client, answer, "data", "rows")}
            total = number(answer["data"].get("total"))
            if len(found) == before or (total is not None and len(found) >= total):
                break
        return list(found.values())

    def _tickers(self, client: Client, linear: bool) -> list[Row]:
        function = client.ccxt.v2GetMdV2Ticker24hrAll if linear else client.ccxt.v1GetMdTicker24hrAll
        return rows_at(client, client.call(function), "result")

    def _row(self, row: Row | None, ticker: Row | None, market: Market) -> Reading:
        if row is None and ticker is None:
            return Reading(market=market, rate=None, problem="absent")
        ticker = ticker or {}
        reading = Reading(
            market=market,
            rate=number(ticker.get("fundingRateRr"))
            if market.linear
            else self._scaled(ticker, "fundingRateEr", market),
            interval_hours=market.interval_hours,
            interval_source="fundingInterval of the product list" if market.interval_hours else "",
            observed_ms=milliseconds(ticker.get("timestamp"), 1_000_000),
            mark=number(ticker.get("markPriceRp")) if market.linear else self._scaled(ticker, "markEp", market),
            index=number(ticker.get("indexPriceRp")) if market.linear else self._scaled(ticker, "indexEp", market),
        )
        if row is None:
            return reading
        hours, problem = hours_of(row.get("fundingInterval"), 3600, "s")
        interest = number(row.get("interestRate"))
        return replace(
            reading,
            rate=number(row.get("fundingRate")),
            interval_hours=hours or reading.interval_hours,
            interval_source="fundingInterval" if hours else reading.interval_source,
            time_ms=milliseconds(row.get("nextfundingTime")),
            # of its interval, on the wire
            interest_per_day=interest * 24 / hours if interest is not None and hours else None,
            interest=interest,
            cap=number(row.get("fundingRateCap")),
            floor=number(row.get("fundingRateFloor")),
            problem=problem,
        )

    def _scaled(self, ticker: Row, name: str, market: Market) -> Any:
        """A whole number of the wire: a price x 10^priceScale, a rate x 10^ratioScale."""
        value = number(ticker.get(name))
        scale = number(market.extra.get("ratioScale" if name.endswith("Er") else "priceScale"))
        return None if value is None or scale is None or not 0 <= scale <= 20 else value.scaleb(-int(scale))

    def fetch_book(self, client: Client, market: Market) -> tuple[Levels, Levels]:
        """The 30 best levels of a linear contract; the whole book of an inverse one."""
        ask = client.ccxt.v2GetMdV2Orderbook if market.linear else client.ccxt.v1GetMdFullbook
        answer, where = client.call(ask, {"symbol": market.id}), "orderbook_p" if market.linear else "book"
        sides = []
        for side in ("bids", "asks"):
            client.promised_list("result", where, side, of=list)
            found = levels(self.id, answer["result"][where][side], market.contract_size or Decimal(1))
            scale = 0 if market.linear else int(number(market.extra.get("priceScale")) or 0)
            sides.append([(price.scaleb(-scale), size) for price, size in found])
        return sides[0], sides[1]

    def fetch_tiers(self, client: Client, market: Market, leverage: Decimal) -> MarginTable | None:
        """The risk limits of a linear contract in the product list."""
        if not market.linear:
            return None
        limits = rows_at(client, client.call(client.ccxt.v2GetPublicProducts), "data", "riskLimitsV2")
        own = [row.get("riskLimits") for row in limits if row.get("symbol") == market.id]
        rows = [row for each in own if isinstance(each, list) for row in each]
        found = (
            tier(row.get("limit"), row.get("maintenanceMarginRr"), initial=row.get("initialMarginRr"))
            if isinstance(row, dict)
            else None
            for row in rows
        )
        return table(self, market, found, join=True)

    def fetch_page(self, client: Client, market: Market, window: Window, limit: int) -> list[Stamp]:
        """Under the name that the product list has for the contract's rates."""
        name = market.extra.get("fundingRate8hSymbol") or f".{market.id if market.linear else market.base}FR8H"
        ask = (
            client.ccxt.v2GetApiDataPublicDataFundingRateHistory
            if market.linear
            else client.ccxt.v1GetApiDataPublicDataFundingRateHistory
        )
        params = {"symbol": name, "start": window.since_ms, "end": window.until_ms, "limit": limit}
        rows = rows_at(client, client.call(ask, params), "data", "rows")
        return self.stamps(
            [
                {
                    "fundingRate": number(row.get("fundingRate")),
                    "timestamp": milliseconds(row.get("fundingTime")),
                    "info": row,
                }
                for row in rows
            ],
            market,
        )
