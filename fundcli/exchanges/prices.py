"""The prices that payments used, where the history of rates does not carry them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from fundcli.core.units import MS_PER_HOUR
from fundcli.errors import ExchangeError
from fundcli.exchanges.market import Market
from fundcli.exchanges.venue import Venue

_CANDLES = 100


def prices_at(venue: Venue, market: Market, instants_ms: Sequence[int]) -> dict[int, Decimal]:
    """The price that payments use, at full hours, as the open of its hourly candle; empty where ccxt has none.

    A settlement whose candle is missing is left out.
    """
    kind = venue.profile.funding.payment_price
    method = {"mark": "fetch_mark_ohlcv", "index": "fetch_index_ohlcv"}.get(kind)
    client = venue.client
    supported = {"mark": "fetchMarkOHLCV", "index": "fetchIndexOHLCV"}.get(kind, "")
    if method is None or client.ccxt.has.get(supported) is not True or not instants_ms:
        return {}
    wanted = set(instants_ms)
    found: dict[int, Decimal] = {}
    start = min(wanted)
    while start <= max(wanted):
        try:
            candles = client.call(getattr(client.ccxt, method), market.symbol, "1h", start, _CANDLES)
        except ExchangeError as error:
            venue.note(f"{error.message} (asked for the prices at the settlements)")
            break
        opens = {int(c[0]): c[1] for c in candles if c and c[0] is not None and c[1] is not None}
        found |= {t: Decimal(price) for t, price in opens.items() if t in wanted}
        newest = max(opens, default=0)
        if newest < start:
            break
        start = max(newest + MS_PER_HOUR, start + MS_PER_HOUR)
    return found
