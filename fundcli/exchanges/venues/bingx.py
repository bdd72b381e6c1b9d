"""BingX: one bulk call for USDT-M and USDC-M, one for coin-margined contracts.

- ccxt's fundingTimestamp is None; the settlement to come is nextFundingTime, an instant although the documents call it
  the time that remains. `updateTime` is the last settlement and not the time of the answer, so it is not shown as one.
- ccxt's market list asks for spot too, and takes linear contracts of status 25 (closed for opening) for active ones,
  which have no rate.
- Coin-margined rates name no interval, and no endpoint gives their history: their interval is the profile's.
- Linear rates carry the caps, coin-margined ones do not. Of a linear book `bids` counts coins (`bidsCoin` is that times
  the size of a contract, which is one coin now), of a coin-margined one contracts of so many USD.
- Mark candles are kept of linear contracts alone, index candles of none; one alone comes without its list.
- Market data is limited to 500 requests in 10 seconds an endpoint; ccxt's pace is a fifth of that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from fundcli.core.history import Stamp
from fundcli.errors import ExchangeError
from fundcli.exchanges.client import Client
from fundcli.exchanges.hourly import Candle, Kept, Kind, PriceKind, candles
from fundcli.exchanges.market import Market
from fundcli.exchanges.paging import Window
from fundcli.exchanges.reading import Reading, number
from fundcli.exchanges.rows import rows_at
from fundcli.exchanges.venue import Venue

_MS_PER_REQUEST = 25
_HOURS = 1000


class BingX(Venue):
    """USDT-M and USDC-M (linear), COIN-M (inverse)."""

    families = ("linear", "inverse")
    untiered = "shows its margin tiers to signed requests alone"
    page_cap = 1000
    book_levels = 1000
    history_path = ("data",)
    charts: Mapping[Kind, Kept] = {"mark": Kept(_HOURS)}

    @property
    def client(self) -> Client:
        """BingX's own pace."""
        client = super().client
        client.pace(_MS_PER_REQUEST)
        return client

    def fetch_markets(self, client: Client, family: str) -> Sequence[Mapping[str, Any]]:
        """This family's contracts alone; only those of status 1 trade."""
        if family == "inverse":
            inverse: Sequence[Mapping[str, Any]] = client.call(client.ccxt.fetch_inverse_swap_markets, {})
            return inverse
        entries = client.call(client.ccxt.fetch_swap_markets, {})
        return [{**e, "active": e["active"] and str(e["info"].get("status")) == "1"} for e in entries if e]

    def fetch_live(self, client: Client, family: str, markets: Sequence[Market]) -> list[Reading]:
        """premiumIndex of a family."""
        rows = client.call(client.ccxt.fetch_funding_rates, None, {"subType": family})
        client.promised_list("data")
        return self.readings(rows, markets)

    def reading(self, row: Mapping[str, Any], market: Market) -> Reading:
        """A row of premiumIndex."""
        reading, info = super().reading(row, market), row.get("info") or {}
        return replace(
            reading,
            interval_source="fundingIntervalHours" if reading.interval_hours else "",
            time_ms=row.get("nextFundingTimestamp"),
            observed_ms=None,
            cap=number(info.get("maxFundingRate")),
            floor=number(info.get("minFundingRate")),
        )

    def charted(self, market: Market) -> Mapping[Kind, Kept]:
        """Linear contracts only."""
        return self.charts if market.linear else {}

    def fetch_candles(self, client: Client, market: Market, kind: PriceKind, window: Window) -> list[Candle]:
        """markPriceKlines; ccxt begins a millisecond early, in case the start is left out."""
        asked = {"symbol": market.id, "interval": "1h", "limit": _HOURS}
        span = {"startTime": window.since_ms - 1, "endTime": window.until_ms}
        answer = client.call(client.ccxt.swapV1PublicGetMarketMarkPriceKlines, {**asked, **span})
        alone = answer.get("data")
        rows = [alone] if isinstance(alone, dict) and "openTime" in alone else rows_at(client, answer, "data")
        return candles(self, market, rows, ("openTime", "open", "high", "low", "close"))

    def settled(self, market: Market, since_ms: int, until_ms: int) -> list[Stamp]:
        """Linear contracts only."""
        if not market.linear:
            raise ExchangeError(
                self.id,
                f"gives no funding history of coin-margined contracts ({market.symbol})",
                "Ask for a contract margined in USDT or USDC.",
            )
        return super().settled(market, since_ms, until_ms)
