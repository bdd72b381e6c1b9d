"""What the tests of hourly histories share: who keeps what, where its rows stand on the wire, what the world says."""

from __future__ import annotations

import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from fundcli.exchanges import Candle, Market, Network, OpenInterest, Venue, find, open_venue
from fundcli.profiles import Catalog
from tests.exchange_server import ExchangeServer, World
from tests.exchange_server.world import HOUR_MS, MINUTE_MS
from tests.exchanges.measuring import INVERSE, LINEAR, contract
from tests.exchanges.support import symbol_of

#: exchange → what it keeps of linear contracts
KEPT = {
    "binance": {"mark", "index", "open_interest"}, "binancecoinm": {"mark", "index", "open_interest"},
    "bybit": {"mark", "index", "open_interest"}, "okx": {"mark", "index", "open_interest"},
    "gate": {"mark", "index", "open_interest"}, "bitget": {"mark", "index"}, "htx": {"mark", "open_interest"},
    "kucoinfutures": {"mark", "index", "open_interest"}, "krakenfutures": {"mark", "index"},
    "mexc": {"mark", "index"}, "bingx": {"mark"}, "backpack": {"mark", "index"}, "weex": {"mark", "index"},
    "paradex": {"mark"}, "bitfinex": {"open_interest"},
}  # fmt: skip
#: Where coin-margined contracts have none of it.
LINEAR_ALONE = ("bingx",)
CONTRACTS = [
    (exchange, contract_id)
    for exchange in KEPT
    for known in (LINEAR, INVERSE)
    if (contract_id := known.get(exchange)) and not (known is INVERSE and exchange in LINEAR_ALONE)
]
PRICES = tuple(exchange for exchange, kinds in KEPT.items() if "mark" in kinds)
PRICED = [(e, i, kind) for e, i in CONTRACTS for kind in ("mark", "index") if kind in KEPT[e]]
COUNTED = [(e, i) for e, i in CONTRACTS if "open_interest" in KEPT[e]]
#: exchange → the hours of a page of prices; where the exchange keeps no more: of all there are
PAGES = {
    "binance": 1000, "binancecoinm": 1000, "bybit": 1000, "okx": 100, "gate": 1999, "bitget": 199,
    "kucoinfutures": 1500, "krakenfutures": 2000, "mexc": 2000, "bingx": 1000, "backpack": 500, "weex": 100,
    "paradex": 1000,
}  # fmt: skip
INTEREST_PAGES = {
    "binance": 500, "binancecoinm": 500, "bybit": 200, "okx": 100, "gate": 100, "kucoinfutures": 200,
}  # fmt: skip
#: These keep so many of the newest hours and no others.
PRICE_HOURS = {"htx": 2000}
INTEREST_HOURS = {"binance": 719, "binancecoinm": 719, "htx": 200}
#: Requests for either.
PRICES_AT = r"(?i)kline|candle|charts/v1"
INTEREST_AT = r"(?i)open-?_?interest|contract_stats|/hist\?"
#: exchange → where the rows of an answer stand, the field of their time and of their close
PRICE_ROWS: dict[str, tuple[tuple[str, ...], int | str, int | str]] = {
    "binance": ((), 0, 4), "binancecoinm": ((), 0, 4), "bybit": (("result", "list"), 0, 4), "okx": (("data",), 0, 4),
    "gate": ((), "t", "c"), "bitget": (("data",), 0, 4), "htx": (("data",), "id", "close"),
    "kucoinfutures": (("data", "list"), 0, 2), "krakenfutures": (("candles",), "time", "close"),
    "bingx": (("data",), "openTime", "close"), "backpack": ((), "start", "close"), "weex": ((), 0, 4),
    "paradex": (("results",), 0, 4),
}  # fmt: skip
#: exchange → the same of open interest, with the field that is counted
INTEREST_ROWS: dict[str, tuple[tuple[str, ...], int | str, int | str]] = {
    "binance": ((), "timestamp", "sumOpenInterest"), "binancecoinm": ((), "timestamp", "sumOpenInterest"),
    "bybit": (("result", "list"), "timestamp", "openInterest"), "okx": (("data",), 0, 2),
    "gate": ((), "time", "open_interest"), "htx": (("data", "tick"), "ts", "volume"),
    "kucoinfutures": (("data",), "ts", "openInterest"),
}  # fmt: skip

Edit = Callable[[Any], Any]
Opened = Callable[[str, str], tuple[Venue, Market]]


def small_server() -> ExchangeServer:
    """A server whose contracts have few settlements; built once a minute, for hundreds of tests."""
    return ExchangeServer(World.small(int(time.time() * 1000) // MINUTE_MS * MINUTE_MS, days=2))


def opener(server: ExchangeServer, folder: Path) -> Opened:
    """A venue on the server and one of its contracts, as a run of its own would have them."""

    def opened(exchange: str, contract_id: str) -> tuple[Venue, Market]:
        network = Network(gateway=server.url, cache_folder=folder)
        venue = open_venue(Catalog().load(exchange).profile, network)
        return venue, find(venue, symbol_of(contract(server, exchange, contract_id)))

    return opened


def hours(server: ExchangeServer, since: int, until: int) -> tuple[int, int]:
    """The full hours so many hours ago."""
    this = server.world.now_ms // HOUR_MS * HOUR_MS
    return this - since * HOUR_MS, this - until * HOUR_MS


def told(
    server: ExchangeServer, exchange: str, contract_id: str, kind: str, since_ms: int, until_ms: int
) -> list[Candle]:
    """The candles of the world."""
    c, now = contract(server, exchange, contract_id), server.world.now_ms
    stamps = range(since_ms, until_ms + 1, HOUR_MS)
    return [Candle(t, *(Decimal(text) for text in c.hour(kind, t, t + HOUR_MS, now))) for t in stamps]


def counted(
    server: ExchangeServer, exchange: str, contract_id: str, since_ms: int, until_ms: int
) -> list[OpenInterest]:
    """The open interest of the world, as far as the exchange tells it."""
    c, now = contract(server, exchange, contract_id), server.world.now_ms
    rows = []
    for t in range(since_ms, until_ms + 1, HOUR_MS):
        coins, money = c.interest_at(t, now)
        # what is counted in coins has no price beside it, nor what is counted in USD
        alone = exchange in ("bybit", "kucoinfutures", "bitfinex") or (exchange == "gate" and not c.linear)
        rows.append(OpenInterest(t, None if alone and not c.linear else coins, None if alone and c.linear else money))
    return rows


def on_rows(place: tuple[str, ...], edit: Callable[[list[Any]], list[Any]]) -> Edit:
    """An edit of the rows of an answer, wherever they stand in it."""

    def edited(answer: Any) -> Any:
        if not place:
            return edit(answer)
        node = answer
        for key in place[:-1]:
            node = node[key]
        node[place[-1]] = edit(node[place[-1]])
        return answer

    return edited


def with_field(field: int | str, value: object, number: int = 5) -> Callable[[list[Any]], list[Any]]:
    """Rows of which one has another value in a field."""

    def edit(rows: list[Any]) -> list[Any]:
        rows[number][field] = value
        return rows

    return edit
