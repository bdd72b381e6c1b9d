"""What the tests of spot markets share: opening a spot side, its world, and where each endpoint is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from fundcli.exchanges import Network, SpotMarket, SpotVenue, open_spot
from fundcli.profiles import Catalog
from tests.exchange_server import ExchangeServer, Spot, World

OpenSpot = Callable[..., SpotVenue]
#: Where each exchange lists its spot markets, and where their books are.
LIST_AT = {
    "binance": r"api\.binance\.com/api/v3/exchangeInfo",
}
BOOK_AT = {
    "binance": r"api\.binance\.com/api/v3/depth\?",
}
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
    """What the exchange holds."""
    return world.spot[world_of(exchange)]


def market_of(venue: SpotVenue, symbol: str) -> SpotMarket:
    """A market of the list by its unified symbol."""
    (found,) = [market for market in venue.markets() if market.symbol == symbol]
    return found
