"""The venue of a profile, and its spot side."""

from __future__ import annotations

from importlib import import_module

from fundcli.errors import UsageError
from fundcli.exchanges.loading import load_class
from fundcli.exchanges.session import Deadline, Network
from fundcli.exchanges.spot import SpotVenue
from fundcli.exchanges.spots import is_known
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
    ccxt_id = _ccxt_id(profile)
    if ccxt_id not in _VENUES:
        return Venue(profile, network, deadline)
    module, name = _VENUES[ccxt_id]
    venue: type[Venue] = getattr(import_module(f"fundcli.exchanges.venues.{module}"), name)
    return venue(profile, network, deadline)


def has_spot(profile: Profile) -> bool:
    """Whether fundcli can read spot markets of a profile's exchange."""
    return profile.status == "live" and profile.ccxt is not None and _reads_spot(_spot_id(profile, profile.ccxt))


def open_spot(profile: Profile, network: Network, deadline: Deadline | None = None) -> SpotVenue:
    """The spot side of a profile's exchange; refused where it has none that fundcli can read."""
    ccxt_id = _spot_id(profile, _ccxt_id(profile))
    if not _reads_spot(ccxt_id):
        raise UsageError(
            f"{profile.id} has no spot market that fundcli can read",
            "Take the spot leg on another exchange, or give its fee, slippage and basis by hand.",
        )
    return SpotVenue(profile, ccxt_id, network, deadline)


def _ccxt_id(profile: Profile) -> str:
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
    return profile.ccxt


def _spot_id(profile: Profile, ccxt_id: str) -> str:
    return ccxt_id if profile.spot is None else profile.spot.ccxt


def _reads_spot(ccxt_id: str) -> bool:
    """Known here, or else by what ccxt says of the exchange."""
    return is_known(ccxt_id) or load_class(ccxt_id)().has.get("spot") is True
