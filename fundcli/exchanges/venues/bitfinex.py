"""Bitfinex: rows without names, and a rate that is known eight hours before it is paid.

- Of a status row, position 12 is the rate that will be applied at position 8, the next event: fixed, not accruing. It
  was averaged over the eight hours before the running ones. Position 9 is what has accrued so far for the event after
  that, from near zero up: no forecast, so none is given (ccxt calls it nextFundingRate).
- Position 3 is the derivative's own mid price, which ccxt calls the index; position 4 is the mid of Bitfinex's spot
  book. Neither is the composite index, so no index is given. Position 15 is the mark price.
- The premium that is averaged is position 3 over position 15, less one: that of the moment. Position 23 is the cap of
  the rate, 22 half the width of its dead band.
- ccxt asks for single orders; a book of 25, 100 or 250 levels has an amount below zero where it is an ask.
- Nothing on the wire says 8 h, which holds for every perpetual: the interval is the profile's, or seen.
- The history is no list of settlements but of such status rows, without the key, so each position is one less. The
  last one before an event has the rate that the event applied. Only one row an event is needed, so what lies between
  is skipped where rows are dense; ccxt takes every row for a settlement and its stamp for the settlement's.
- Position 18 is the open interest, in contracts of one coin. There is no series by the hour: of the status rows, which
  are a minute apart or less, the one nearest to an hour stands for it.
- ccxt's market list asks for spot pairs, securities and margin pairs too. Amounts have 8 decimals (AMOUNT_DECIMALS of
  Bitfinex's own bfx-api-node-util 1.0.12); in ccxt's entry, whose precision is of significant digits, that is no step.
- Coins are lent by its users, in a book of their own. Of a funding ticker, position 1 is the flash return rate, the
  average of the fixed rates of the last hour, per day, and 16 the amount on offer at it (v2 documents, checked by
  others against funding/stats in July 2026, whose rate is a 365th of it). The best offer may be lower or higher. A loan
  is taken for 2 to 120 days and may be given back any time; interest goes by seconds.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from fundcli.core.history import Stamp
from fundcli.core.units import MS_PER_HOUR
from fundcli.exchanges.borrowing import DAILY, BorrowReading
from fundcli.exchanges.client import Client
from fundcli.exchanges.hourly import Kept, Kind, OpenInterest, interests
from fundcli.exchanges.market import Market
from fundcli.exchanges.paging import Window
from fundcli.exchanges.reading import Reading, number, plausible_time
from fundcli.exchanges.rows import lists_at, readings_by_id
from fundcli.exchanges.samples import Levels, levels
from fundcli.exchanges.venue import Venue

# Positions in a row of the bulk answer; history rows lack the first field.
_KEY, _TIME, _MID, _NEXT_EVENT, _CURRENT_RATE, _MARK, _INTEREST, _CAP = 0, 1, 3, 8, 12, 15, 18, 23
# Positions in a funding ticker.
_RETURN, _OFFERED = 1, 16
# Bitfinex's own names of coins that perpetuals and margin loans know by another.
_COINS = {
    "ALGO": "ALG",
    "ATOM": "ATO",
    "DASH": "DSH",
    "IOTA": "IOT",
    "MANA": "MNA",
    "USDC": "UDC",
    "USDT": "UST",
}
_PERIOD_MS = 8 * MS_PER_HOUR
_FIRST_PAGE, _MOST_ROWS = 100, 5000
_MOST_PAGES = 2000
_HOURS = 30 * 24
_AWAY_MS = 5 * 60_000  # a row further from an hour is of none
_BOOK = {"precision": "P0", "len": 250}
_LOT = Decimal("0.00000001")


class Bitfinex(Venue):
    """Perpetuals (pairs with F0 in their name)."""

    venue_wide_interval = True
    lends = True
    charts: Mapping[Kind, Kept] = {"open_interest": Kept(_HOURS)}

    def fetch_markets(self, client: Client, family: str) -> Sequence[Mapping[str, Any]]:
        """The list of derivatives alone, handed to ccxt in the place where it expects it."""
        whole = client.ccxt.publicGetConfConfig

        def futures_alone(params: Mapping[str, Any]) -> Any:
            answer = whole({"config": "pub:info:pair:futures"})
            return [[], answer[0] if answer else [], [], []]

        client.ccxt.publicGetConfConfig = futures_alone
        try:
            entries: Sequence[Mapping[str, Any]] = client.call(client.ccxt.fetch_markets)
            return entries
        finally:
            del client.ccxt.publicGetConfConfig

    def complete(self, market: Market) -> Market:
        """The step of amounts."""
        return replace(market, lot=_LOT)

    def fetch_live(self, client: Client, family: str, markets: Sequence[Market]) -> list[Reading]:
        """The status of all derivatives."""
        answer = client.call(client.ccxt.publicGetStatusDeriv, {"keys": "ALL"})
        client.promised_list(of=list)
        return readings_by_id(self, family, {str(row[_KEY]): row for row in answer if row}, markets, _status)

    def fetch_borrow(self, client: Client, coin: str) -> BorrowReading | None:
        """The funding ticker of a coin; an empty list for one that nobody lends."""
        name = f"f{_COINS.get(coin, coin)}"
        tickers = lists_at(client, client.call(client.ccxt.publicGetTickers, {"symbols": name}))
        row = next((ticker for ticker in tickers if ticker and ticker[_KEY] == name), None)
        if row is None:
            return None
        row = [*row, *[None] * (_OFFERED + 1 - len(row))]
        return BorrowReading(
            rate=number(row[_RETURN]),
            period_hours=DAILY,
            source="funding ticker, flash return rate per day",
            available=number(row[_OFFERED]),
        )

    def settled(self, market: Market, since_ms: int, until_ms: int) -> list[Stamp]:
        """From the end of the window back, from event to event."""
        client = self.client
        newest: dict[int, tuple[int, Stamp | None]] = {}
        # The row of now names an event that has not been yet.
        until_ms = min(until_ms, int(time.time() * 1000))
        end = until_ms - 1
        limit = _FIRST_PAGE
        for _ in range(_MOST_PAGES):
            if end < since_ms - _PERIOD_MS:
                break
            asked = {"symbol": market.id, "end": end, "limit": limit, "sort": -1}
            answer = client.call(client.ccxt.publicGetStatusDerivSymbolHist, asked)
            client.promised_list(of=list)
            rows = [found for row in answer if (found := _event(row)) and found[0] <= end]
            if len(rows) < len(answer):
                self._left_out(market)
            if not rows:
                break
            for at, event, stamp in rows:
                known = newest.get(event)
                if known is None or known[1] is None or (stamp is not None and known[0] < at):
                    newest[event] = at, stamp
            oldest = min(at for at, _, _ in rows)
            if (end - oldest) * _MOST_ROWS > 2 * _PERIOD_MS * len(rows):
                limit = _MOST_ROWS
            # What is left of the oldest period says nothing new.
            end = min(oldest, min(event for _, event, _ in rows) - _PERIOD_MS) - 1
        within = {event: stamp for event, (_, stamp) in newest.items() if since_ms <= event <= until_ms}
        if None in within.values():
            self._left_out(market)
        return [stamp for stamp in within.values() if stamp is not None]

    def fetch_interest(self, client: Client, market: Market, window: Window) -> list[OpenInterest]:
        """The row nearest to each hour, from the end of the window back."""
        nearest: dict[int, tuple[int, list[Any]]] = {}
        start, end = window.since_ms - _AWAY_MS, window.until_ms // MS_PER_HOUR * MS_PER_HOUR + _AWAY_MS
        while end >= start:
            asked = {"symbol": market.id, "start": start, "end": end, "limit": _MOST_ROWS, "sort": -1}
            rows = lists_at(client, client.call(client.ccxt.publicGetStatusDerivSymbolHist, asked))
            times = []
            for row in rows:
                stamp = number(row[0]) if row else None
                if stamp is None or not start <= stamp <= end:
                    continue
                at = int(stamp)
                times.append(at)
                hour = (at + MS_PER_HOUR // 2) // MS_PER_HOUR * MS_PER_HOUR
                away = abs(at - hour)
                if away <= _AWAY_MS and (hour not in nearest or away < nearest[hour][0]):
                    nearest[hour] = away, row
            end = min(times, default=start) - 1
        charted = [[hour, *row[1:]] for hour, (_, row) in nearest.items()]
        return interests(self, market, charted, 0, coins=_INTEREST - 1)

    def fetch_book(self, client: Client, market: Market) -> tuple[Levels, Levels]:
        """Rows of price, number of orders and signed amount."""
        rows = client.call(client.ccxt.publicGetBookSymbolPrecision, {**_BOOK, "symbol": market.id})
        client.promised_list(of=list)
        signed = [(row[0], number(row[2])) if len(row) > 2 else (None, None) for row in rows]
        bids = [[price, amount] for price, amount in signed if amount is None or amount >= 0]
        asks = [[price, amount.copy_negate()] for price, amount in signed if amount is not None and amount < 0]
        return levels(self.id, bids, Decimal(1)), levels(self.id, asks, Decimal(1))

    def _left_out(self, market: Market) -> None:
        self.note(f"{self.id}: a settled row of {market.symbol} without a readable rate or time was left out")


def _event(row: list[Any]) -> tuple[int, int, Stamp | None] | None:
    """When a row of history was written, the event it waits for, and what that event applies."""
    keyed = [None, *row, *[None] * (_MARK - len(row))]
    at, event, rate = number(keyed[_TIME]), number(keyed[_NEXT_EVENT]), number(keyed[_CURRENT_RATE])
    if at is None or event is None or not plausible_time(int(at)) or not plausible_time(int(event)):
        return None
    return int(at), int(event), None if rate is None else Stamp(int(event), rate, number(keyed[_MARK]))


def _status(row: list[Any], market: Market) -> Reading:
    """A status row with its key."""
    row = [*row, *[None] * (_CAP + 1 - len(row))]
    next_event, at = number(row[_NEXT_EVENT]), number(row[_TIME])
    mid, mark, cap = number(row[_MID]), number(row[_MARK]), number(row[_CAP])
    return Reading(
        market=market,
        rate=number(row[_CURRENT_RATE]),
        kind="fixed",
        time_ms=None if next_event is None else int(next_event),
        observed_ms=None if at is None else int(at),
        mark=mark,
        premium=mid / mark - 1 if mid and mark else None,
        cap=cap,
        floor=None if cap is None else cap.copy_negate(),
    )
