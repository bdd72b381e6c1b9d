"""Hyperliquid: one POST brings contracts and rates; every contract settles on the full hour.

- Nothing on the wire says `1h` (ccxt hard-codes it): the interval is the profile's, or seen in settled times.
- The settlement to come is the next full hour of the exchange's clock, which the answer does not carry.
- Payments use the oracle price, which the wire calls oraclePx and ccxt the index price.
- `premium` of an asset context is of the moment (impact prices against the oracle), not the hour's average.
- A book has 20 levels a side, whatever is asked for.
- Contracts of other deployers (HIP-3) live in markets of their own and are not read.
- A margin table below 50 is one tier with that leverage; the others stand in meta, by the notional that a tier begins
  at. The maintenance rate is half the initial one at the most leverage, and a deduction joins the tiers.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from fundcli.core.margin import MarginTable
from fundcli.core.units import MS_PER_HOUR
from fundcli.exchanges.client import Client
from fundcli.exchanges.market import Market
from fundcli.exchanges.reading import Reading, number
from fundcli.exchanges.rows import lists_at, rows_at
from fundcli.exchanges.tiers import starts_to_ends, table, tier
from fundcli.exchanges.venue import Venue

_LISTED_FROM = 50


class Hyperliquid(Venue):
    """The main perpetuals."""

    page_cap = 500
    tiers_from = "meta"
    venue_wide_interval = True

    def reading(self, row: Mapping[str, Any], market: Market) -> Reading:
        """An asset context."""
        now = int(time.time() * 1000)
        return replace(
            super().reading({**row, "interval": None}, market),
            time_ms=(now // MS_PER_HOUR + 1) * MS_PER_HOUR,
            observed_ms=now,
            premium=number((row.get("info") or {}).get("premium")),
        )

    def fetch_live(self, client: Client, family: str, markets: Sequence[Market]) -> list[Reading]:
        """metaAndAssetCtxs; delisted assets stay in it with a rate of 0 and are no markets here."""
        return self.readings(client.call(client.ccxt.fetch_funding_rates), markets)

    def fetch_tiers(self, client: Client, market: Market, leverage: Decimal) -> MarginTable:
        """The margin table that the contract names."""
        answer = client.call(client.ccxt.publicPostInfo, {"type": "meta"})
        name = market.extra.get("baseName") or market.base
        own = [row for row in rows_at(client, answer, "universe") if row.get("name") == name]
        which = number(own[0].get("marginTableId")) if own else None
        if which is not None and 0 < which < _LISTED_FROM:
            rows: list[Any] = [{"lowerBound": "0", "maxLeverage": which}]
        else:
            tables = [each[1] for each in lists_at(client, answer, "marginTables") if number(each[0]) == which]
            rows = tables[0].get("marginTiers") or [] if tables else []
        ends = starts_to_ends([row.get("lowerBound") for row in rows])
        found = []
        for end, row in zip(ends, rows, strict=True):
            most = number(row.get("maxLeverage"))
            found.append(tier(end, 1 / (2 * most) if most else None, leverage=most))
        return table(self, market, found, join=True)

    def settled_price(self, info: Mapping[str, Any], market: Market) -> Decimal | None:
        """The oracle price of a settlement is not in its history."""
        return None
