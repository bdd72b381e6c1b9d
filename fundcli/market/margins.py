"""Margin tiers of a contract: the exchange's own, now; else those on record in the profile; which, it always says."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from fundcli.core.margin import MarginTable
from fundcli.core.symbols import unified
from fundcli.errors import ExchangeError
from fundcli.profiles import Profile
from fundcli.profiles.margins import margin_on_record

if TYPE_CHECKING:
    from fundcli.exchanges import Market, Network, Venue

_ONE = Decimal(1)


@dataclass(frozen=True, kw_only=True)
class Margins:
    """The tiers of a contract, or None where no source has them.

    basis: "reported" by the exchange now, or on record in the "profile". warnings: why the exchange's own are not
    taken. failure: what went wrong with the exchange, if anything did.
    """

    symbol: str
    table: MarginTable | None
    source: str
    basis: Literal["reported", "profile"] | None
    warnings: list[str] = field(default_factory=list)
    failure: ExchangeError | None = None


@dataclass(frozen=True, kw_only=True)
class PriceNow:
    """The price of a contract now, and whether it is the mark or the index price."""

    symbol: str
    price: Decimal
    kind: Literal["mark", "index"]


def margin_of(
    profile: Profile, symbol: str | None, network: Network | None, now: datetime, leverage: Decimal = _ONE
) -> Margins:
    """The margin tiers of a contract, of the exchange where a network is at hand, else the profile's of that symbol.

    A typed symbol is resolved by the exchange, or offline by its form. An exchange that has no public tiers, or fails,
    is a warning that names the table taken instead. Raises UsageError for a symbol that the exchange does not list.
    `leverage` counts where the exchange's maintenance rate depends on the one chosen.
    """
    name = unified(symbol, profile.contracts.main)
    if network is None:
        return on_record(profile, name)
    from fundcli.exchanges import find, open_venue

    try:
        venue = open_venue(profile, network)
        market = find(venue, symbol or profile.contracts.main)
    except ExchangeError as error:
        return on_record(profile, name, error.message, error)
    return margin_at(venue, market, now, leverage)


def margin_at(venue: Venue, market: Market, now: datetime, leverage: Decimal = _ONE) -> Margins:
    """As `margin_of`, of a market of an exchange that is open."""
    from fundcli.exchanges import read_tiers

    profile, name = venue.profile, market.symbol
    try:
        table = read_tiers(venue, market, leverage)
    except ExchangeError as error:
        return on_record(profile, name, error.message, error)
    if table is None:
        return on_record(profile, name, f"{profile.id} {venue.untiered}")
    source = f"{profile.id} {venue.tiers_from}, {now:%Y-%m-%d %H:%M} UTC"
    return Margins(symbol=name, table=table, source=source, basis="reported")


def price_now(profile: Profile, symbol: str | None, network: Network) -> PriceNow:
    """The mark price of a contract now, else its index price; raises ExchangeError where the exchange gives neither."""
    from fundcli.exchanges import find, open_venue

    venue = open_venue(profile, network)
    market = find(venue, symbol or profile.contracts.main)
    return _price(venue, market)


def _price(venue: Venue, market: Market) -> PriceNow:
    from fundcli.exchanges import price_now as read_price

    found = read_price(venue, market)
    if found is None:
        raise ExchangeError(venue.id, f"gives no mark or index price of {market.symbol}", "Give one with --price.")
    return PriceNow(symbol=market.symbol, kind=found[0], price=found[1])


def on_record(profile: Profile, symbol: str, why: str | None = None, failure: ExchangeError | None = None) -> Margins:
    """The profile's table, if it is of that symbol, with the reason why it is taken."""
    found = margin_on_record(profile, symbol)
    if found is None:
        said = [] if why is None else [f"{why}; no margin tiers of {symbol} are on record"]
        return Margins(symbol=symbol, table=None, source="", basis=None, warnings=said, failure=failure)
    table, source = found
    said = [] if why is None else [f"{why}; the margin tiers are those on record: {source}"]
    return Margins(symbol=symbol, table=table, source=source, basis="profile", warnings=said, failure=failure)
