"""dYdX v4: one answer brings contracts and rates; ccxt reads no rate of now from it.

- `nextFundingRate` of a market is the rate of the running hour so far, and `oraclePrice` the price that payments use;
  there is no mark price. Nothing on the wire says 1 h, which is the chain's funding epoch: the interval is the
  profile's, or seen in settled times. The settlement to come is the next full hour.
- `defaultFundingRate1H` is the interest of an hour, which isolated markets have. No cap is sent, only the margin rates
  that it is made of. A book has 100 levels, or all.
- History goes back from `effectiveBeforeOrAt`; it has no start time (ccxt only filters the newest page by one). A
  limit above the indexer's own, which has been 100 and 1000, is refused, so none is sent: a page is as long as it may.
- Its rows are stamped with the time of the block after the full hour, and carry the oracle price paid at.
- All markets are quoted in USD and margined in USDC; ids of isolated ones can hold more than a ticker.
- Margin fractions stand in the market list: one tier, whatever the size. The initial one grows with the market's open
  interest between two caps, from the fraction listed to 1; the maintenance one does not.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from fundcli.core.history import Stamp
from fundcli.core.margin import MarginTable
from fundcli.core.units import MS_PER_HOUR
from fundcli.exchanges.client import Client
from fundcli.exchanges.market import Market
from fundcli.exchanges.paging import Window
from fundcli.exchanges.reading import Reading, number
from fundcli.exchanges.rows import readings_by_id
from fundcli.exchanges.tiers import table, tier
from fundcli.exchanges.venue import Venue


class Dydx(Venue):
    """All perpetuals of the chain."""

    venue_wide_interval = True
    page_cap = 100
    history_path = ("historicalFunding",)
    tiers_from = "perpetualMarkets"

    def fetch_live(self, client: Client, family: str, markets: Sequence[Market]) -> list[Reading]:
        """perpetualMarkets, which the market list is made of too."""
        answer = client.call(client.ccxt.indexerGetPerpetualMarkets)
        rows: Mapping[str, Mapping[str, Any]] = answer["markets"]
        return readings_by_id(self, family, rows, markets, _market)

    def fetch_page(self, client: Client, market: Market, window: Window, limit: int) -> list[Stamp]:
        """The newest rows until the end of the window."""
        rows = client.call(
            client.ccxt.fetch_funding_rate_history, market.symbol, None, None, {"until": window.until_ms}
        )
        return self.stamps(rows, market)

    def fetch_tiers(self, client: Client, market: Market, leverage: Decimal) -> MarginTable:
        """The fractions of a market: one tier without end."""
        answer = client.call(client.ccxt.indexerGetPerpetualMarkets)
        row = (answer.get("markets") or {}).get(market.id) or {}
        return table(self, market, [tier(None, row.get("maintenanceMarginFraction"), initial=_initial(row))])

    def settled_price(self, info: Mapping[str, Any], market: Market) -> Decimal | None:
        """The oracle price that the hour was paid at."""
        return number(info.get("price"))


def _market(row: Mapping[str, Any], market: Market) -> Reading:
    now = int(time.time() * 1000)
    return Reading(
        market=market,
        rate=number(row.get("nextFundingRate")),
        time_ms=(now // MS_PER_HOUR + 1) * MS_PER_HOUR,
        observed_ms=now,
        index=number(row.get("oraclePrice")),
        interest=number(row.get("defaultFundingRate1H")),
    )


def _initial(row: Mapping[str, Any]) -> Decimal | None:
    """The initial margin fraction that open interest (in coins, at the oracle price) makes of the one listed."""
    names = "initialMarginFraction", "openInterest", "oraclePrice", "openInterestLowerCap", "openInterestUpperCap"
    base, coins, price, lower, upper = (number(row.get(name)) for name in names)
    if base is None or coins is None or price is None or lower is None or upper is None:
        return None
    grown = (coins * price - lower) / (upper - lower) * (1 - base) if upper > lower else Decimal(0)
    return min(base + max(grown, Decimal(0)), Decimal(1))
