"""OKX: one bulk call for linear and inverse.

- `fundingTime` is the settlement to come (not the last one), `nextFundingTime` the one after; their distance is the
  interval. ccxt knows few distances by name, so it is taken from the two times.
- `method` says whether the rate is still moving (current_period) or fixed for `fundingTime` (next_period).
- ccxt hard-codes interestRate 0; the row's own one, empty under the old formula (`formulaType` noRate), is I.
- `premium` of a row is of the moment; premium-history has one sample a minute, newest first, 100 a page.
- History keeps three months; a window is paged with `after`, newest first.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from fundcli.core.history import Stamp
from fundcli.exchanges.client import Client
from fundcli.exchanges.market import Market
from fundcli.exchanges.paging import Window
from fundcli.exchanges.reading import Reading, hours_between, number
from fundcli.exchanges.venue import Venue

_SAMPLES = 100


class Okx(Venue):
    """Swaps."""

    page_cap = 100
    history_path = ("data",)
    book_levels = 400
    own_samples = True

    def reading(self, row: Mapping[str, Any], market: Market) -> Reading:
        """A row of funding-rate."""
        info = row.get("info") or {}
        hours = hours_between(info.get("fundingTime"), info.get("nextFundingTime"))
        observed = number(info.get("ts"))
        return replace(
            super().reading({**row, "interval": None}, market),
            kind="fixed" if info.get("method") == "next_period" else "accruing",
            interval_hours=hours,
            interval_source="nextFundingTime - fundingTime" if hours else "",
            observed_ms=None if observed is None else int(observed),
            interest=number(info.get("interestRate")),
            premium=number(info.get("premium")),
            cap=number(info.get("maxFundingRate")),
            floor=number(info.get("minFundingRate")),
        )

    def fetch_page(self, client: Client, market: Market, window: Window, limit: int) -> list[Stamp]:
        """Rows older than `after`, newest first."""
        rows = client.call(
            client.ccxt.fetch_funding_rate_history, market.symbol, None, limit, {"after": str(window.until_ms + 1)}
        )
        return self.stamps(rows, market)

    def fetch_premiums(self, client: Client, market: Market, window: Window) -> list[tuple[int, Decimal]] | None:
        """premium-history, back from the window's end; ccxt knows it as an endpoint alone."""
        found: dict[int, Decimal] = {}
        before = window.until_ms + 1
        while True:
            query = {"instId": market.id, "after": str(before), "limit": str(_SAMPLES)}
            answer = client.call(client.ccxt.publicGetPublicPremiumHistory, query)
            client.promised_list("data")
            times = []
            for row in answer["data"]:
                at, premium = number(row.get("ts")), number(row.get("premium"))
                if at is None or not 0 <= at < before:
                    continue
                times.append(int(at))
                if premium is not None and window.since_ms < at <= window.until_ms:
                    found[int(at)] = premium
            before = min(times, default=0)
            if before <= window.since_ms:
                return sorted(found.items())
