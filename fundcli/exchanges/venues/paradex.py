"""Paradex: funding accrues each second; a rate is that of a whole funding period, which differs by market.

- The period stands in the market list (`funding_period_hours`, 8 for most), the rate in the summary. There is no
  instant of settlement, so a rate now has no settlement time.
- The summary of all markets holds options too, which pay none and have an empty rate.
- The history is a row every few seconds, each with the rate of that moment for a whole period, and an index of what
  was paid so far in USD. No row is a settlement: adding them up counts thousands of times too much. What was paid
  between two rows is the difference of their indices, which is money and no rate, and the price that would make it
  one is not sent. So no settled rates are given.
- The market list has interest and cap. Whether those of a market whose period is not 8 h are for 8 h or for the period
  no source says: there they are left to the profile.
- A book has 20 levels where no depth is asked for, and ccxt asks for none.
- Candles of the mark price are charted; under which name those of the index are, no source says for sure.
- ccxt takes every contract that is no option for a perpetual.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from fundcli.core.history import Stamp
from fundcli.errors import ExchangeError
from fundcli.exchanges.client import Client
from fundcli.exchanges.hourly import Candle, Kept, Kind, PriceKind, candles
from fundcli.exchanges.market import Market, with_interval
from fundcli.exchanges.paging import Window
from fundcli.exchanges.reading import Reading, interval_hours, number
from fundcli.exchanges.rows import lists_at, readings_by_id
from fundcli.exchanges.samples import Levels, levels
from fundcli.exchanges.venue import Venue

_HOURS = 1000


class Paradex(Venue):
    """Perpetual futures; perpetual options are none."""

    untiered = "charges margin by a formula of the size, not by tiers"
    charts: Mapping[Kind, Kept] = {"mark": Kept(_HOURS)}
    kept_info = ("funding_period_hours", "interest_rate", "max_funding_rate")

    def fetch_markets(self, client: Client, family: str) -> Sequence[Mapping[str, Any]]:
        """The market list; only PERP is a perpetual future."""
        entries = client.call(client.ccxt.fetch_markets)
        return [entry for entry in entries if (entry.get("info") or {}).get("asset_kind") == "PERP"]

    def complete(self, market: Market) -> Market:
        """The funding period; 0 is none."""
        hours, _ = interval_hours(market.extra.get("funding_period_hours"))
        return market if hours is None else with_interval(market, hours)

    def fetch_live(self, client: Client, family: str, markets: Sequence[Market]) -> list[Reading]:
        """The summary: 1.6 MB for all markets, half a kB for one."""
        asked = markets[0].id if len(markets) == 1 else "ALL"
        answer = client.call(client.ccxt.publicGetMarketsSummary, {"market": asked})
        client.promised_list("results")
        rows = {str(row.get("symbol")): row for row in answer["results"]}
        # Options come and go by the hour and are no markets here.
        perpetuals = {name: row for name, row in rows.items() if name.endswith("-PERP")}
        return readings_by_id(self, family, perpetuals, markets, _summary)

    def fetch_book(self, client: Client, market: Market) -> tuple[Levels, Levels]:
        """A hundred levels, in coins."""
        book = client.call(client.ccxt.fetch_order_book, market.symbol, None, {"depth": self.book_levels})
        return levels(self.id, book.get("bids"), Decimal(1)), levels(self.id, book.get("asks"), Decimal(1))

    def fetch_candles(self, client: Client, market: Market, kind: PriceKind, window: Window) -> list[Candle]:
        """klines of a kind of price."""
        asked = {"symbol": market.id, "resolution": "60", "price_kind": kind}
        span = {"start_at": window.since_ms, "end_at": window.until_ms}
        answer = client.call(client.ccxt.publicGetMarketsKlines, {**asked, **span})
        return candles(self, market, lists_at(client, answer, "results"))

    def settled(self, market: Market, since_ms: int, until_ms: int) -> list[Stamp]:
        """Refused: nothing settles."""
        raise ExchangeError(
            self.id,
            f"settles nothing: {market.symbol} accrues funding each second, and its history is no list of payments",
            "Ask for the rate now instead, with cost and carry by --live.",
        )


def _summary(row: Mapping[str, Any], market: Market) -> Reading:
    at = number(row.get("created_at"))
    sent = market.extra if market.interval_hours == 8 else {}
    cap = number(sent.get("max_funding_rate"))
    return Reading(
        market=market,
        rate=number(row.get("funding_rate")),
        interval_hours=market.interval_hours,
        interval_source="" if market.interval_hours is None else "funding_period_hours of the market list",
        observed_ms=None if at is None else int(at),
        mark=number(row.get("mark_price")),
        index=number(row.get("underlying_price")),
        interest=number(sent.get("interest_rate")),
        cap=cap,
        floor=None if cap is None else cap.copy_negate(),
    )
