"""WEEX: one bulk call; times and units that ccxt 4.5.90 mixes up.

- ccxt's fundingTimestamp is the time of the answer; the settlement to come is nextFundingTime.
- ccxt's describe() holds fees in percent; fundcli's fees come from its profile.
- interestRate has no documented unit; it is read as per day (0.0003 on nearly all contracts).
- It publishes neither caps nor a series of the premium, and interestRate is not said to be the formula's I.
- A book has 15 or 200 levels; its sizes are coins, not contracts of `contractVal`.
- Candles of a price type are 100 a page from a start to an end; the endpoints named after a price take no start.
- A history window may not be longer than seven days.
- WEEX documents weights of 1 and 5 where ccxt has costs of 5 and 25, so its pace is a fifth of what is allowed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from fundcli.exchanges.client import Client
from fundcli.exchanges.hourly import Candle, Kept, Kind, PriceKind, candles
from fundcli.exchanges.market import Market
from fundcli.exchanges.paging import Window
from fundcli.exchanges.reading import Reading, interval_hours, number
from fundcli.exchanges.rows import lists_at
from fundcli.exchanges.venue import Venue

_MS_PER_UNIT = 4
_HOURS = 100


class Weex(Venue):
    """Perpetuals."""

    page_cap = 1000
    window_hours = 7 * 24
    book_levels = 200
    charts: Mapping[Kind, Kept] = {"mark": Kept(_HOURS), "index": Kept(_HOURS)}

    @property
    def client(self) -> Client:
        """WEEX's own pace."""
        client = super().client
        client.pace(_MS_PER_UNIT)
        return client

    def fetch_markets(self, client: Client, family: str) -> Sequence[Mapping[str, Any]]:
        """The contract list alone: ccxt would ask for spot too."""
        answer = client.call(client.ccxt.contractGetCapiV3MarketExchangeInfo)
        entries: Sequence[Mapping[str, Any]] = client.call(
            client.ccxt.parse_markets, (answer.get("symbols") if isinstance(answer, dict) else None) or []
        )
        return entries

    def fetch_live(self, client: Client, family: str, markets: Sequence[Market]) -> list[Reading]:
        """premiumIndex; ccxt gives up on all rows where one interval is no number."""
        rows = client.call(client.ccxt.contractGetCapiV3MarketPremiumIndex)
        return self.readings(self.parsed(rows, "collectCycle"), markets)

    def reading(self, row: Mapping[str, Any], market: Market) -> Reading:
        """A row of premiumIndex; collectCycle is in minutes."""
        info = row.get("info") or {}
        minutes = number(info.get("collectCycle"))
        hours, problem = interval_hours(None if info.get("collectCycle") is None else f"{minutes and minutes / 60}h")
        return replace(
            super().reading({**row, "interval": None}, market),
            interval_hours=hours,
            interval_source="collectCycle" if hours else "",
            time_ms=row.get("nextFundingTimestamp"),
            next_rate=row.get("nextFundingRate"),
            interest_per_day=row.get("interestRate"),
            problem=problem and f"the interval '{info.get('collectCycle')}' minutes is unknown",
        )

    def fetch_candles(self, client: Client, market: Market, kind: PriceKind, window: Window) -> list[Candle]:
        """historyKlines of a price type."""
        asked = {"symbol": market.id, "interval": "1h", "priceType": kind.upper()}
        span = {"startTime": window.since_ms, "endTime": window.until_ms, "limit": _HOURS}
        answer = client.call(client.ccxt.contractGetCapiV3MarketHistoryKlines, {**asked, **span})
        return candles(self, market, lists_at(client, answer))

    def book_unit(self, market: Market) -> Decimal:
        """Coins."""
        return Decimal(1)

    def order_unit(self, market: Market) -> Decimal:
        """As a book counts."""
        return self.book_unit(market)
