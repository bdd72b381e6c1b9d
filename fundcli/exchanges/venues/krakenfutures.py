"""Kraken Futures: absolute rates, hourly, one hour behind.

- A ticker's `fundingRate` is absolute: quote per unit of base for linear PF_ contracts, coin per USD for inverse PI_.
  The relative rate is absolute / price for linear and absolute x price for inverse; ccxt 4.5.90 divides for both and
  clips at 25 % where the exchange caps at 0.25 % or 0.5 %.
- Kraken divides by the index at the time of its calculation, which a ticker does not carry: the ticker's index gives
  the rate to about 0.1 %, and the answer says `derived`.
- The rate shown was computed over the previous hour and accrues through this one: it is fixed.
- An instrument carries the largest relative rate (`maxRelativeFundingRate`) and what the premium is divided by
  (`fundingRateCoefficient`). A book comes whole: base coin on PF_, USD on PI_.
- The candles of the index are those of the price type `spot`, up to 2,000 from a start.
- History gives the exchange's own relative rates beside the absolute ones, the whole year at once; their quotient is
  the index that an hour was paid at.
- Margin levels of an instrument begin at a number of contracts on PI_ and at a notional in USD on PF_. No source says
  that a rate is for the part beyond, so the whole position is charged at the rate of its level. Levels of professional
  clients are read; retail ones can be asked for more.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from fundcli.core.history import Stamp
from fundcli.core.margin import MarginTable
from fundcli.core.published import relative_rate
from fundcli.core.units import MS_PER_HOUR
from fundcli.exchanges.client import Client
from fundcli.exchanges.hourly import Candle, Kept, Kind, PriceKind, candles
from fundcli.exchanges.market import Market
from fundcli.exchanges.paging import Window
from fundcli.exchanges.reading import Reading, number
from fundcli.exchanges.rows import rows_at
from fundcli.exchanges.tiers import contract_unit, starts_to_ends, table, tier
from fundcli.exchanges.venue import Venue

_HOURS = 2000


class KrakenFutures(Venue):
    """Linear (multi-collateral) and inverse perpetuals."""

    from_newest = True
    venue_wide_interval = True
    history_path = ("rates",)
    tiers_from = "instruments marginLevels"
    charts: Mapping[Kind, Kept] = {"mark": Kept(_HOURS), "index": Kept(_HOURS)}
    kept_info = ("maxRelativeFundingRate", "fundingRateCoefficient")

    def fetch_live(self, client: Client, family: str, markets: Sequence[Market]) -> list[Reading]:
        """The tickers as they are on the wire: ccxt's reading of their rate is wrong for inverse contracts."""
        answer: Mapping[str, Any] = client.call(client.ccxt.publicGetTickers)
        server_ms = _milliseconds(answer.get("serverTime")) or int(time.time() * 1000)
        tickers = {str(t.get("symbol")).upper(): t for t in answer.get("tickers") or [] if isinstance(t, Mapping)}
        known = {m.id.upper(): m.symbol for m in self.loaded(family)}
        self.named.update(known.get(name, name) for name in tickers)
        return [self._ticker(tickers.get(m.id.upper()), m, server_ms) for m in markets]

    def _ticker(self, ticker: Mapping[str, Any] | None, market: Market, server_ms: int) -> Reading:
        if ticker is None:
            return Reading(market=market, rate=None, problem="absent")
        index, mark = number(ticker.get("indexPrice")), number(ticker.get("markPrice"))
        price = index or mark
        relative = number(ticker.get("relativeFundingRate"))
        rate = relative if relative is not None else _relative(number(ticker.get("fundingRate")), price, market.linear)
        cap = number(market.extra.get("maxRelativeFundingRate"))
        return Reading(
            market=market,
            rate=rate,
            kind="fixed",
            time_ms=(server_ms // MS_PER_HOUR + 1) * MS_PER_HOUR,
            observed_ms=server_ms,
            mark=mark,
            index=index,
            next_rate=_relative(number(ticker.get("fundingRatePrediction")), price, market.linear),
            cap=cap,
            floor=None if cap is None else cap.copy_negate(),
            divisor=number(market.extra.get("fundingRateCoefficient")),
            rate_basis="reported" if relative is not None else "derived",
        )

    def fetch_page(self, client: Client, market: Market, window: Window, limit: int) -> list[Stamp]:
        """The whole year; the window is cut from it."""
        rows = client.call(client.ccxt.fetch_funding_rate_history, market.symbol)
        return self.stamps(rows, market)

    def fetch_candles(self, client: Client, market: Market, kind: PriceKind, window: Window) -> list[Candle]:
        """Charts of a price type."""
        name = {"symbol": market.id, "price_type": "mark" if kind == "mark" else "spot", "interval": "1h"}
        span = {"from": window.since_ms // 1000, "to": window.until_ms // 1000}
        rows = rows_at(client, client.call(client.ccxt.chartsGetPriceTypeSymbolInterval, {**name, **span}), "candles")
        return candles(self, market, rows, ("time", "open", "high", "low", "close"))

    def fetch_tiers(self, client: Client, market: Market, leverage: Decimal) -> MarginTable:
        """marginLevels of the instrument."""
        instruments = rows_at(client, client.call(client.ccxt.publicGetInstruments), "instruments")
        own = [row.get("marginLevels") for row in instruments if str(row.get("symbol")).upper() == market.id.upper()]
        rows = [row if isinstance(row, dict) else {} for row in own[0]] if own and isinstance(own[0], list) else []
        begins = "numNonContractUnits" if market.linear else "contracts"
        unit = Decimal(1) if market.linear else contract_unit(self, market)
        ends = starts_to_ends([row.get(begins, "") for row in rows])
        found = (
            tier(end, row.get("maintenanceMargin"), initial=row.get("initialMargin"), unit=unit)
            for end, row in zip(ends, rows, strict=True)
        )
        return table(self, market, found, counts="value" if market.linear else "size")

    def settled(self, market: Market, since_ms: int, until_ms: int) -> list[Stamp]:
        """One request."""
        rows = self.fetch_page(self.client, market, Window(since_ms, until_ms), 0)
        return [row for row in rows if since_ms <= row.time_ms <= until_ms]

    def reading(self, row: Mapping[str, Any], market: Market) -> Reading:
        """Not used: the tickers are read as they are."""
        return replace(super().reading(row, market), rate=None)

    def settled_price(self, info: Mapping[str, Any], market: Market) -> Decimal | None:
        """The index of an hour out of its two rates: absolute / relative if linear, relative / absolute if inverse."""
        absolute, relative = number(info.get("fundingRate")), number(info.get("relativeFundingRate"))
        if not absolute or not relative:
            return None
        return absolute / relative if market.linear else relative / absolute


def _relative(absolute: Decimal | None, price: Decimal | None, linear: bool) -> Decimal | None:
    return None if absolute is None or not price else relative_rate(absolute, price, linear)


def _milliseconds(text: Any) -> int | None:
    try:
        return int(datetime.fromisoformat(str(text)).timestamp() * 1000)
    except ValueError:
        return None
