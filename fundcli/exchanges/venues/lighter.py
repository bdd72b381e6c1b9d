"""Lighter: rates of several exchanges in one answer, quoted for 8 hours and paid hourly.

- `funding-rates` holds Lighter's own rates and, under the same market ids, those of other exchanges: only rows whose
  `exchange` is lighter count. It quotes all of them for 8 hours; Lighter pays an eighth of that each hour, so that is
  the rate here, with the interval of an hour, and it says `derived`: the exchange's reference does not name the unit.
- Nothing on the wire says 1 h: the interval is the profile's, or seen in settled times. The settlement to come is the
  next full hour.
- Mark, index and the formula's numbers stand in the market list: `funding_clamp_big` is the cap of a rate for 8 hours,
  `base_interest_rate` the interest, both in percent. The running premium is sent on a stream alone.
- A book is one of single orders, 250 of them at most.
- `fundings`, which ccxt does not read, is the history: the hour's rate in percent and without a sign, which `direction`
  tells by the side that paid; times are in seconds. One answer has at most 750 rows.
- ccxt takes the quote multiplier for the size of a contract; sizes are in base coin.
- Market ids are numbers; ccxt's pace, a request a second, is that of a standard account.
- Margin fractions stand in the market list, in hundredths of a percent: one tier, whatever the size.
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
from fundcli.exchanges.client import Client
from fundcli.exchanges.market import Market
from fundcli.exchanges.paging import Window
from fundcli.exchanges.pool import run_all
from fundcli.exchanges.reading import Reading, number
from fundcli.exchanges.rows import Row, readings_by_id, rows_at
from fundcli.exchanges.tiers import table, tier
from fundcli.exchanges.venue import Venue

_QUOTED_HOURS = 8
_SIGNS = {"long": 1, "short": -1}


class Lighter(Venue):
    """Perpetuals; the list has the spot markets in the same answer."""

    venue_wide_interval = True
    page_cap = 750
    window_hours = 30 * 24
    book_levels = 250
    tiers_from = "orderBookDetails"

    def fetch_markets(self, client: Client, family: str) -> Sequence[Mapping[str, Any]]:
        """ccxt's entries, with a contract of one coin."""
        entries = client.call(client.ccxt.fetch_markets)
        return [{**entry, "contractSize": 1} for entry in entries]

    def fetch_live(self, client: Client, family: str, markets: Sequence[Market]) -> list[Reading]:
        """Lighter's own rows of funding-rates, and the market list for the prices; rates alone are enough."""
        rates, details = run_all(
            [
                lambda: rows_at(client, client.call(client.ccxt.publicGetFundingRates), "funding_rates"),
                lambda: rows_at(client, client.call(client.ccxt.publicGetOrderBookDetails), "order_book_details"),
            ],
            2,
            self.deadline,
        )
        if isinstance(rates, BaseException):
            raise rates
        if isinstance(details, BaseException):
            self.note(f"{self.id}: mark and index prices are missing ({details})")
            details = []
        own = {str(row.get("market_id")): row for row in rates if row.get("exchange") == "lighter"}
        listed = {str(row.get("market_id")): row for row in details}
        readings = readings_by_id(self, family, own, markets, _rate)
        return [_detailed(reading, listed.get(reading.market.id) or {}) for reading in readings]

    def fetch_tiers(self, client: Client, market: Market, leverage: Decimal) -> MarginTable:
        """The fractions of a market: one tier without end."""
        rows = rows_at(client, client.call(client.ccxt.publicGetOrderBookDetails), "order_book_details")
        own = next((row for row in rows if str(row.get("market_id")) == market.id), {})
        names = "maintenance_margin_fraction", "min_initial_margin_fraction"
        rate, initial = (number(own.get(name)) for name in names)
        found = None if rate is None or initial is None else tier(None, rate / 10_000, initial=initial / 10_000)
        return table(self, market, [found])

    def fetch_page(self, client: Client, market: Market, window: Window, limit: int) -> list[Stamp]:
        """The hours within the window."""
        asked = {
            "market_id": market.id,
            "resolution": "1h",
            "start_timestamp": window.since_ms // 1000,
            "end_timestamp": -(-window.until_ms // 1000),
            "count_back": limit,
        }
        answer = client.call(client.ccxt.publicGetFundings, asked)
        client.promised_list("fundings")
        return self.stamps([_hour(row) for row in answer["fundings"]], market)

    def history_at(self, market: Market) -> tuple[str, ...]:
        """Beside the resolution."""
        return ("fundings",)

    def settled_price(self, info: Mapping[str, Any], market: Market) -> Decimal | None:
        """Not sent; `value` over `rate` would be one, but for the few digits of the rate."""
        return None


def _rate(row: Mapping[str, Any], market: Market) -> Reading:
    quoted = number(row.get("rate"))
    now = int(time.time() * 1000)
    return Reading(
        market=market,
        rate=None if quoted is None else quoted / _QUOTED_HOURS,
        time_ms=(now // MS_PER_HOUR + 1) * MS_PER_HOUR,
        observed_ms=now,
        rate_basis="derived",
    )


def _detailed(reading: Reading, row: Row) -> Reading:
    percent, interest = number(row.get("funding_clamp_big")), number(row.get("base_interest_rate"))
    cap = None if percent is None else percent / 100 / _QUOTED_HOURS
    return replace(
        reading,
        mark=number(row.get("mark_price")),
        index=number(row.get("index_price")),
        interest=None if interest is None else interest / 100,
        cap=cap,
        floor=None if cap is None else cap.copy_negate(),
    )


def _hour(row: Mapping[str, Any]) -> dict[str, Any]:
    percent, seconds = number(row.get("rate")), number(row.get("timestamp"))
    sign = _SIGNS.get(str(row.get("direction")))
    return {
        "fundingRate": None if percent is None or sign is None else percent / 100 * sign,
        "timestamp": None if seconds is None else seconds * 1000,
        "info": row,
    }
