"""Aster: Binance's futures API on another host, so it is read as Binance's, but for these points.

- premiumIndex has no interval; fundingInfo has it, for 8-hourly contracts too. ccxt reads each alone.
- ccxt calls the settlement to come (`nextFundingTime`) nextFundingTimestamp, and gives no fundingTimestamp.
- The interest rate is that of the contract's interval (0.005 % at 4 h): per day it is that times 24 / interval.
  Aster's formula has 0.01 % at every interval and divides the whole by 8/N: I is the number sent, times 8/N.
- Caps stand in fundingInfo. There are no premium candles.
- ccxt's market list asks for the spot list too. Books weigh as on Binance.
- History carries no mark price, and nothing is charted here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from fundcli.exchanges.client import Client
from fundcli.exchanges.hourly import Kept, Kind
from fundcli.exchanges.market import Market
from fundcli.exchanges.reading import Reading, number
from fundcli.exchanges.venue import Venue
from fundcli.exchanges.venues.binance import Binance


class Aster(Binance):
    """Perpetuals."""

    families = ("linear",)
    charts: Mapping[Kind, Kept] = {}

    def asked_for(self, family: str) -> dict[str, Any]:
        """Nothing: there is one kind of contract, and ccxt would send the word on."""
        return {}

    def fetch_markets(self, client: Client, family: str) -> Sequence[Mapping[str, Any]]:
        """The futures list alone; a few of its rows have no base."""
        answer = client.call(client.ccxt.fapiPublicGetV3ExchangeInfo)
        rows = [row for row in answer.get("symbols") or [] if row.get("baseAsset") is not None]
        entries: Sequence[Mapping[str, Any]] = client.call(client.ccxt.parse_markets, rows)
        return entries

    def reading(self, row: Mapping[str, Any], market: Market) -> Reading:
        """A row of premiumIndex; a contract that does not settle any more has a next time of 0."""
        reading = Venue.reading(self, {**row, "fundingTimestamp": row.get("nextFundingTimestamp")}, market)
        return replace(reading, time_ms=None, problem="settles no more") if reading.time_ms == 0 else reading

    def _joined(self, reading: Reading, interval_row: Mapping[str, Any] | None) -> Reading:
        info = (interval_row or {}).get("info") or {}
        cap, floor = number(info.get("fundingFeeCap")), number(info.get("fundingFeeFloor"))
        joined = replace(super()._joined(reading, interval_row), cap=cap, floor=floor)
        interest = number((interval_row or {}).get("interestRate"))
        if joined.interval_hours is None or interest is None:
            return joined
        hours = joined.interval_hours
        return replace(joined, interest_per_day=interest * 24 / hours, interest=interest * 8 / hours)

    def settled_price(self, info: Mapping[str, Any], market: Market) -> Decimal | None:
        """Not sent so far."""
        return number(info.get("markPrice"))
