"""The venue of a profile."""

from __future__ import annotations

from importlib import import_module

from fundcli.errors import UsageError
from fundcli.exchanges.session import Deadline, Network
from fundcli.exchanges.venue import Venue
from fundcli.profiles import Profile

# ccxt id → module and class; any other exchange of ccxt is read by its unified methods alone.
_VENUES = {
    "binance": ("binance", "Binance"),
    "binancecoinm": ("binance", "BinanceCoinM"),
    "okx": ("okx", "Okx"),
    "bybit": ("bybit", "Bybit"),
    "gate": ("gate", "Gate"),
    "htx": ("htx", "Htx"),
    "weex": ("weex", "Weex"),
    "bitget": ("bitget", "Bitget"),
    "hyperliquid": ("hyperliquid", "Hyperliquid"),
    "krakenfutures": ("krakenfutures", "KrakenFutures"),
    "bingx": ("bingx", "BingX"),
    "kucoinfutures": ("kucoinfutures", "KucoinFutures"),
    "mexc": ("mexc", "Mexc"),
    "phemex": ("phemex", "Phemex"),
    "woo": ("woo", "Woo"),
    "bitfinex": ("bitfinex", "Bitfinex"),
    "deribit": ("deribit", "Deribit"),
    "dydx": ("dydx", "Dydx"),
    "aster": ("aster", "Aster"),
    "paradex": ("paradex", "Paradex"),
    "backpack": ("backpack", "Backpack"),
    "lighter": ("lighter", "Lighter"),
}


def open_venue(profile: Profile, network: Network, deadline: Deadline | None = None) -> Venue:
    """The venue that reads a profile's exchange; a defunct one is refused, with the reason.

    Without a deadline the network's timeout bounds all that is asked of it.
    """
    if profile.status == "defunct":
        raise UsageError(
            f"{profile.id} is defunct: {profile.status_note or 'it no longer answers'}",
            "Price its history offline with --rate.",
        )
    if profile.ccxt is None:
        raise UsageError(
            f"{profile.id} cannot be asked: {profile.status_note or 'its profile names no ccxt exchange'}",
            "Price and explain it offline: --rate for cost and carry, --premium for explain.",
        )
    if profile.ccxt not in _VENUES:
        return Venue(profile, network, deadline)
    module, name = _VENUES[profile.ccxt]
    venue: type[Venue] = getattr(import_module(f"fundcli.exchanges.venues.{module}"), name)
    return venue(profile, network, deadline)
