"""WOO X: rates with their interval in one call, prices in another; all contracts are margined in USDT.

- ccxt hard-codes an interestRate of 0; WOO X publishes none, so none is given.
- ccxt's bulk call fails as a whole on a contract that its market list does not know; the rows are read as they are.
- A gateway that fails may answer HTTP 200 with `code` and no `success`; ccxt takes that for an empty answer.
- One list holds spot and perpetuals. A contract whose rate is no longer estimated keeps a settlement in the past.
- Caps stand in the instruments. A few have a floor above zero, which is none.
- History is cut into pages of 25 by number, newest first. Start and end are sent along, so that a window long past
  needs no page of the time since; where they are ignored the pages are followed from the newest one.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from fundcli.core.history import Stamp
from fundcli.core.units import MS_PER_HOUR
from fundcli.exchanges.client import Client
from fundcli.exchanges.market import Market
from fundcli.exchanges.paging import settled_by_number
from fundcli.exchanges.pool import run_all
from fundcli.exchanges.reading import Reading, number, plausible_time
from fundcli.exchanges.rows import Row, by_id, hours_of, milliseconds, rows_at
from fundcli.exchanges.venue import Venue

_PERPETUAL = "PERP_"
_META = ("total", "recordsPerPage")


class Woo(Venue):
    """Perpetuals."""

    from_newest = True
    untiered = "charges margin by a formula of the notional, not by tiers"
    history_path = ("data", "rows")
    kept_info = ("fundingCap", "fundingFloor")

    def fetch_markets(self, client: Client, family: str) -> Sequence[Mapping[str, Any]]:
        """The perpetuals among the instruments."""
        rows = rows_at(client, client.call(client.ccxt.v3PublicGetInstruments), "data", "rows")
        perpetuals = [row for row in rows if str(row.get("symbol")).startswith(_PERPETUAL)]
        entries: Sequence[Mapping[str, Any]] = client.call(client.ccxt.parse_markets, perpetuals)
        return entries

    def fetch_live(self, client: Client, family: str, markets: Sequence[Market]) -> list[Reading]:
        """Rates and prices at the same time; rates alone are enough."""
        rates, prices = run_all(
            [
                partial(self._rows, client, client.ccxt.v3PublicGetFundingRate),
                partial(self._rows, client, client.ccxt.v3PublicGetFutures),
            ],
            2,
            self.deadline,
        )
        if isinstance(rates, BaseException):
            raise rates
        if isinstance(prices, BaseException):
            self.note(f"{self.id}: mark and index prices are missing ({prices})")
            prices = []
        rows, priced = by_id(self, family, rates), by_id(self, family, prices)
        return [self._row(rows.get(m.id), priced.get(m.id) or {}, m) for m in markets]

    def _rows(self, client: Client, function: Any) -> list[Row]:
        return rows_at(client, client.call(function), "data", "rows")

    def _row(self, row: Row | None, prices: Row, market: Market) -> Reading:
        if row is None:
            return Reading(market=market, rate=None, problem="absent")
        hours, problem = hours_of(row.get("estFundingIntervalHours"), 1, "h")
        time_ms = milliseconds(row.get("nextFundingTime"))
        if time_ms is not None and hours and plausible_time(time_ms) and time_ms + hours * MS_PER_HOUR < _now_ms():
            self.note(f"{self.id}: the rate of {market.symbol} has stood still since before its last settlement")
        return Reading(
            market=market,
            rate=number(row.get("estFundingRate")),
            interval_hours=hours,
            interval_source="estFundingIntervalHours" if hours else "",
            time_ms=time_ms,
            observed_ms=milliseconds(row.get("estFundingRateTimestamp")),
            mark=number(prices.get("markPrice")),
            index=number(prices.get("indexPrice")),
            cap=number(market.extra.get("fundingCap")),
            floor=number(market.extra.get("fundingFloor")),
            problem=problem,
        )

    def settled(self, market: Market, since_ms: int, until_ms: int) -> list[Stamp]:
        """By page number, newest first, as many pages as the answer says that there are."""
        client = self.client
        done = False

        def page(page_number: int) -> list[Stamp]:
            nonlocal done
            if done:
                return []
            params = {"page": page_number, "until": until_ms}
            rows = client.call(client.ccxt.fetch_funding_rate_history, market.symbol, since_ms, None, params)
            stamps = self.stamps(rows, market)
            meta = client.session.seen.answer["data"].get("meta")
            total, size = (number(meta.get(key)) if isinstance(meta, dict) else None for key in _META)
            done = total is not None and size is not None and page_number * size >= total
            return stamps

        return settled_by_number(page, since_ms, until_ms)


def _now_ms() -> int:
    return int(time.time() * 1000)
