"""What the tests of the parts of a rate share: the contracts asked for, and how one is measured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from fundcli.exchanges import Measured, Network, open_venue, read_measured
from fundcli.exchanges.samples import Levels
from fundcli.profiles import Catalog
from tests.exchange_server import Contract, ExchangeServer, Fault
from tests.exchange_server.world import MINUTE_MS
from tests.exchanges.support import symbol_of

Measure = Callable[..., Measured]
#: a contract of each kind whose interval is 8 h (1 h where every one is): linear, and inverse where there is one
LINEAR = {
    "binance": "BTCUSDT", "okx": "BTC-USDT-SWAP", "bybit": "BTCUSDT", "gate": "BTC_USDT", "htx": "BTC-USDT",
    "weex": "BTCUSDT", "bitget": "BTCUSDT", "hyperliquid": "BTC", "krakenfutures": "PF_XBTUSD",
    "kucoinfutures": "XBTUSDTM", "mexc": "BTC_USDT", "bingx": "BTC-USDT", "phemex": "BTCUSDT", "woo": "PERP_BTC_USDT",
    "bitfinex": "tBTCF0:USTF0", "deribit": "BTC_USDC-PERPETUAL", "dydx": "BTC-USD", "aster": "BTCUSDT",
    "paradex": "BTC-USD-PERP", "backpack": "BTC_USDC_PERP", "lighter": "1",
}  # fmt: skip
INVERSE = {
    "binance": "BTCUSD_PERP", "binancecoinm": "BTCUSD_PERP", "okx": "BTC-USD-SWAP", "bybit": "BTCUSD",
    "gate": "BTC_USD", "htx": "BTC-USD", "bitget": "BTCUSD", "krakenfutures": "PI_XBTUSD",
    "kucoinfutures": "XBTUSDM", "mexc": "BTC_USD", "bingx": "BTC-USD", "phemex": "BTCUSD", "deribit": "BTC-PERPETUAL",
}  # fmt: skip
MAIN = {**INVERSE, **LINEAR}
BOTH = [*LINEAR.items(), *INVERSE.items()]
#: where each publishes premium samples, and where its order book is
SAMPLES_AT = {
    "binance": "/premiumIndexKlines", "binancecoinm": "/premiumIndexKlines", "okx": "/premium-history",
    "bybit": "/premium-index-price-kline", "gate": "/premium_index", "htx": "_premium_index_kline",
    "kucoinfutures": "-premium-index",
}  # fmt: skip
BOOK_AT = {
    "binance": "/depth", "binancecoinm": "/depth", "okx": "/market/books", "bybit": "/orderbook",
    "gate": "/order_book", "htx": "/market/depth", "weex": "/market/depth", "bitget": "/merge-depth",
    "hyperliquid": "l2Book", "krakenfutures": "/orderbook", "kucoinfutures": "/level2/", "mexc": "/contract/depth/",
    "bingx": "/depth", "phemex": "/md/(v2/orderbook|fullbook)", "woo": "/orderbook", "bitfinex": "/v2/book/",
    "deribit": "get_order_book", "dydx": "/orderbooks/", "aster": "/depth", "paradex": "/orderbook/",
    "backpack": "/depth", "lighter": "orderBookOrders",
}  # fmt: skip
#: These publish no cap.
UNCAPPED = ("weex", "hyperliquid", "deribit", "dydx")
#: These publish the interest of their formula, dYdX that of an hour.
WITH_INTEREST = ("binance", "binancecoinm", "okx", "phemex", "dydx", "aster", "paradex", "lighter")
#: These name one bound for both sides.
ONE_BOUND = ("gate", "krakenfutures", "bitfinex", "paradex", "lighter")
SAMPLED = [(e, i) for e, i in BOTH if e in SAMPLES_AT and (e, i) != ("bybit", "BTCUSD")]


def reader(server: ExchangeServer, folder: Path) -> Measure:
    """Reads a contract of the server's world, at the world's time, as a run of its own would."""

    def read(exchange: str, contract_id: str, **how: Any) -> Measured:
        c = contract(server, exchange, contract_id)
        network = Network(gateway=server.url, cache_folder=folder)
        venue = open_venue(Catalog().load(exchange).profile, network)
        return read_measured(venue, symbol_of(c), server.world.now_ms, observe=False, **how)

    return read


def world_of(exchange: str) -> str:
    """COIN-M stands in the world with binance."""
    return "binance" if exchange == "binancecoinm" else exchange


def contract(server: ExchangeServer, exchange: str, contract_id: str) -> Contract:
    """A contract of the world."""
    return server.world.contract(world_of(exchange), contract_id)


def change(server: ExchangeServer, exchange: str, contract_id: str, **changes: Any) -> Contract:
    """Change a contract of the world; binance lists every interval, and so every cap, in fundingInfo."""
    world = server.world.with_contract(world_of(exchange), contract_id, **changes)
    server.world = replace(world, every_interval=True)
    return contract(server, exchange, contract_id)


def at_minute(server: ExchangeServer, exchange: str, contract_id: str, ahead: int, hours: int = 8) -> Contract:
    """A contract whose interval of `hours` ends `ahead` minutes after the minute that runs now."""
    next_ms = (server.world.now_ms // MINUTE_MS + 1 + ahead) * MINUTE_MS
    return change(server, exchange, contract_id, next_ms=next_ms, interval_hours=hours)


def samples_of(c: Contract, now_ms: int) -> list[tuple[int, Decimal]]:
    """The premium at the end of each full minute of the running interval."""
    ends = range(c.next_ms - c.interval_ms + MINUTE_MS, now_ms + 1, MINUTE_MS)
    return [(end, Decimal(c.premium_at(end))) for end in ends]


def without_premium(answer: Any) -> Any:
    """OKX's funding rates without the premium beside them."""
    return {**answer, "data": [{**row, "premium": ""} for row in answer["data"]]}


def book_of(measure: Measure, server: ExchangeServer, exchange: str, contract_id: str) -> tuple[Levels, Levels]:
    """The book, on an exchange where nothing else tells the premium."""
    hide_premiums(server, exchange)
    book = measure(exchange, contract_id).book
    assert book is not None
    return book


def hide_premiums(server: ExchangeServer, exchange: str) -> None:
    """Leave the book as the last thing that tells the premium."""
    if exchange in SAMPLES_AT:
        server.faults.append(Fault(SAMPLES_AT[exchange], "html"))
    server.faults.append(Fault("public/funding-rate", "rewrite", edit=without_premium))
    server.faults.append(Fault("metaAndAssetCtxs", "rewrite", edit=without_context_premium))
    server.faults.append(Fault("status/deriv", "rewrite", edit=without_mid))


def without_mid(answer: Any) -> Any:
    """Bitfinex's status rows without the derivative's own price."""
    return [[*row[:3], None, *row[4:]] for row in answer]


def without_context_premium(answer: Any) -> Any:
    """Hyperliquid's asset contexts without their premium."""
    return [answer[0], [{**row, "premium": None} for row in answer[1]]]
