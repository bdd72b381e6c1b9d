"""What the tests of spot markets share: opening a spot side, its world, and where each endpoint is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from fundcli.exchanges import Network, SpotMarket, SpotVenue, open_spot
from fundcli.exchanges.samples import Levels
from fundcli.profiles import Catalog
from tests.exchange_server import ExchangeServer, Fault, Spot, World

OpenSpot = Callable[..., SpotVenue]
#: Where each exchange lists its spot markets, and where their books are.
LIST_AT = {
    "binance": r"api\.binance\.com/api/v3/exchangeInfo\?showPermissionSets=false$",
    "binancecoinm": r"api\.binance\.com/api/v3/exchangeInfo\?showPermissionSets=false$",
    "okx": r"/api/v5/public/instruments\?instType=SPOT$",
    "bybit": r"/v5/market/instruments-info\?category=spot$",
    "gate": r"/api/v4/spot/currency_pairs$",
    "htx": r"api\.huobi\.pro/v1/common/symbols$",
    "weex": r"api-spot\.weex\.com/api/v3/exchangeInfo$",
    "bitget": r"/api/v2/spot/public/symbols$",
    "mexc": r"api\.mexc\.com/api/v3/exchangeInfo$",
    "bingx": r"/openApi/spot/v1/common/symbols",
    "phemex": r"/public/products$",
    "woo": r"/v3/public/instruments$",
    "bitfinex": r"/v2/conf/pub:info:pair$",
    "kucoinfutures": r"api\.kucoin\.com/api/v2/symbols$",
    "krakenfutures": r"api\.kraken\.com/0/public/AssetPairs$",
    "hyperliquid": r'"spotMetaAndAssetCtxs"',
    "deribit": r"/api/v2/public/get_instruments\?currency=any&kind=spot$",
    "aster": r"sapi\.asterdex\.com/api/v3/exchangeInfo$",
    "backpack": r"/api/v1/markets\?marketType=SPOT$",
    "lighter": r"/api/v1/orderBookDetails$",
}
BOOK_AT = {
    "binance": r"api\.binance\.com/api/v3/depth\?",
    "binancecoinm": r"api\.binance\.com/api/v3/depth\?",
    "okx": r"/api/v5/market/books\?",
    "bybit": r"/v5/market/orderbook\?.*category=spot",
    "gate": r"/api/v4/spot/order_book\?",
    "htx": r"api\.huobi\.pro/market/depth\?",
    "weex": r"/api/v3/market/depth\?",
    "bitget": r"/api/v2/spot/market/orderbook\?",
    "mexc": r"/api/v3/depth\?",
    "bingx": r"/openApi/spot/v1/market/depth\?",
    "phemex": r"/v1/md/fullbook\?",
    "woo": r"/v3/public/orderbook\?",
    "bitfinex": r"/v2/book/t[^/]*/P0\?",
    "kucoinfutures": r"/api/v1/market/orderbook/level2_100\?",
    "krakenfutures": r"/0/public/Depth\?",
    "hyperliquid": r'"l2Book"',
    "deribit": r"/public/get_order_book\?",
    "aster": r"sapi\.asterdex\.com/api/v3/depth\?",
    "backpack": r"/api/v1/depth\?",
    "lighter": r"/api/v1/orderBookOrders\?",
}
#: Where an answer has the sides of a book: their names, and what holds them. Bitfinex has one list for both.
SIDES_AT: dict[str, tuple[str | int | None, ...]] = {
    "okx": ("data", 0),
    "bybit": ("result",),
    "htx": ("tick",),
    "bitget": ("data",),
    "bingx": ("data",),
    "phemex": ("result", "book"),
    "woo": ("data",),
    "kucoinfutures": ("data",),
    "krakenfutures": ("result", None),  # under the name of the pair
    "hyperliquid": ("levels",),
    "deribit": ("result",),
}
SIDE_NAMES: dict[str, tuple[str | int, str | int]] = {"bybit": ("b", "a"), "hyperliquid": (0, 1)}
#: Where a level has its price and its size.
LEVEL_FIELDS: dict[str, tuple[str | int, str | int]] = {
    "woo": ("price", "quantity"),
    "hyperliquid": ("px", "sz"),
    "lighter": ("price", "remaining_base_amount"),
    "bitfinex": (0, 2),
}
#: Where a book ends before that of the world does.
MOST_LEVELS = {"hyperliquid": 20}
WITH_SPOT = tuple(LIST_AT)


def opener(server: ExchangeServer, folder: Path) -> OpenSpot:
    """Opens the spot side of an exchange of the server's world, as a run of its own would."""

    def call(exchange: str, *, refresh: bool = False, gateway: str = "") -> SpotVenue:
        network = Network(gateway=gateway or server.url, cache_folder=folder, refresh=refresh)
        return open_spot(Catalog().load(exchange).profile, network)

    return call


def world_of(exchange: str) -> str:
    """COIN-M stands in the world with binance."""
    return "binance" if exchange == "binancecoinm" else exchange


def spots_of(world: World, exchange: str) -> tuple[Spot, ...]:
    """What the exchange holds and ccxt can name: it takes all of Lighter's markets to be quoted in USDC."""
    return tuple(s for s in world.spot[world_of(exchange)] if exchange != "lighter" or s.quote == "USDC")


def book_of(world: World, exchange: str, spot: Spot) -> tuple[Levels, Levels]:
    """A book as deep as the exchange gives it."""
    bids, asks = world.spot_book(world_of(exchange), spot)
    most = MOST_LEVELS.get(exchange)
    return bids[:most], asks[:most]


def market_of(venue: SpotVenue, symbol: str) -> SpotMarket:
    """A market of the list by its unified symbol."""
    (found,) = [market for market in venue.markets() if market.symbol == symbol]
    return found


Sides = tuple[list[Any], list[Any]]


def book_edit(exchange: str, edit: Callable[[list[Any], list[Any]], Sides]) -> Fault:
    """Changes bids and asks as they stand on the wire."""

    def change(answer: Any) -> Any:
        if exchange == "bitfinex":
            bids, asks = edit([row for row in answer if row[2] > 0], [row for row in answer if row[2] < 0])
            return [*bids, *asks]
        node = answer
        for key in SIDES_AT.get(exchange, ()):
            node = node[next(iter(node)) if key is None else key]
        bid, ask = SIDE_NAMES.get(exchange, ("bids", "asks"))
        node[bid], node[ask] = edit(node[bid], node[ask])
        return answer

    return Fault(BOOK_AT[exchange], "rewrite", edit=change)


def with_field(exchange: str, level: Any, field: int, value: Any) -> Any:
    """A level with another price (0) or size (1)."""
    key = LEVEL_FIELDS.get(exchange, (0, 1))[field]
    changed = dict(level) if isinstance(level, dict) else list(level)
    changed[key] = value
    return changed
