"""Deribit: funding accrues every millisecond; rates are quoted for 8 hours, history is kept by the hour.

- A ticker has two rates. `current_funding` is the rate of this instant as a rate for 8 hours: what a position pays if
  it stays like this for 8 hours. `funding_8h` is what the past 8 hours really came to. The first one is taken, because
  a rate "now" is one that still accrues; the second is what ccxt asks another endpoint for (get_funding_rate_value
  from 8 hours ago) and calls the funding rate.
- Nothing settles at an instant (cash is booked daily at 08:00 UTC), so a rate now has no settlement time. The 8 hours
  are a unit, not a spacing: the spacing of the history must never be taken for the interval of the rate now.
- A row of history has `interest_1h`, the interest of the hour that ended at its stamp, and `interest_8h`, that of the
  8 hours before. The rows are hourly, so adding up the second counts everything 8 times; ccxt gives the second. Here a
  row is the hour's own interest with an interval of 1 h. Over 8 hours the hourly ones add up to the 8-hour one.
- No cap, no interest and no premium is sent; the premium is mark over index. A book counts coins, and USD of inverse
  contracts, whatever the size of a contract; so do orders, in whole contracts, and `min_trade_amount`, which ccxt gives
  for the step.
- History holds at most 744 rows (31 days) an answer.
- ccxt gives perpetuals an expiry (the year 3000), and its market list asks for options, spot and combos too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from fundcli.core.history import Stamp
from fundcli.exchanges.client import Client
from fundcli.exchanges.market import Market
from fundcli.exchanges.paging import Window
from fundcli.exchanges.reading import Reading, number
from fundcli.exchanges.venue import Venue


class Deribit(Venue):
    """Inverse (BTC, ETH) and linear perpetuals."""

    venue_wide_interval = True
    untiered = "charges margin by a formula of the size, not by tiers"
    history_hours = 1
    book_levels = 1000
    page_cap = 744
    window_hours = 30 * 24
    history_path = ("result",)

    def fetch_markets(self, client: Client, family: str) -> Sequence[Mapping[str, Any]]:
        """Futures of all currencies; among them the perpetuals, which never expire."""
        entries = client.call(client.ccxt.fetch_markets, {"currency": "any", "kind": "future"})
        return [{**entry, "expiry": None} if entry.get("swap") else entry for entry in entries]

    def complete(self, market: Market) -> Market:
        """A lot of one contract, and the smallest order in contracts."""
        if not market.contract_size or market.least is None:
            return replace(market, lot=Decimal(1), least=None)
        return replace(market, lot=Decimal(1), least=market.least / market.contract_size)

    def fetch_live(self, client: Client, family: str, markets: Sequence[Market]) -> list[Reading]:
        """One ticker each: no bulk answer covers all currencies."""
        return self.each(markets, lambda m: self._ticker(client, m))

    def _ticker(self, client: Client, market: Market) -> Reading:
        answer = client.call(client.ccxt.publicGetTicker, {"instrument_name": market.id})
        ticker: Mapping[str, Any] = answer["result"]
        at = number(ticker.get("timestamp"))
        return Reading(
            market=market,
            rate=number(ticker.get("current_funding")),
            observed_ms=None if at is None else int(at),
            mark=number(ticker.get("mark_price")),
            index=number(ticker.get("index_price")),
        )

    def fetch_page(self, client: Client, market: Market, window: Window, limit: int) -> list[Stamp]:
        """The hours that ended within the window."""
        asked = {
            "instrument_name": market.id,
            "start_timestamp": window.since_ms - 1,
            "end_timestamp": window.until_ms,
        }
        answer = client.call(client.ccxt.publicGetGetFundingRateHistory, asked)
        client.promised_list("result")
        rows = [
            {"fundingRate": number(row.get("interest_1h")), "timestamp": number(row.get("timestamp")), "info": row}
            for row in answer["result"]
        ]
        return self.stamps(rows, market)

    def book_unit(self, market: Market) -> Decimal:
        """Coins, and USD of inverse contracts."""
        return Decimal(1)

    def recent(self, market: Market) -> list[Stamp]:
        """Nothing: the hours of the history are not the 8 hours that the rate now is quoted for."""
        return []

    def settled_price(self, info: Mapping[str, Any], market: Market) -> Any:
        """The index at the end of the hour."""
        return number(info.get("index_price"))
