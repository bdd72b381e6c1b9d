"""What an exchange says now of the contract that hedges: how its orders count, and its price."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Literal

import msgspec

from fundcli.core.hedge import Contract
from fundcli.errors import ExchangeError
from fundcli.profiles import Profile

if TYPE_CHECKING:
    from fundcli.exchanges import Network


class Quoted(msgspec.Struct, frozen=True, kw_only=True):
    """A contract as its exchange quotes it, as far as it was asked; `source` names the market list and its time.

    lot and least: the step of an order and the smallest one, in contracts, or in coins where `contract` is None.
    """

    symbol: str
    contract: Contract | None = None
    lot: Decimal | None = None
    least: Decimal | None = None
    source: str = ""
    price: Decimal | None = None
    price_basis: Literal["mark", "index"] | None = None
    warnings: list[str] = []


def quoted(profile: Profile, symbol: str, network: Network, *, counted: bool, priced: bool) -> Quoted:
    """What a contract's orders count in (`counted`), and its mark price, else its index price (`priced`).

    Raises UsageError for a symbol that the exchange does not list and a contract of unknown worth, ExchangeError where
    the exchange fails, or gives no price.
    """
    from fundcli.exchanges import find, lot_of, open_venue, price_now

    venue = open_venue(profile, network)
    market = find(venue, symbol)
    found = Quoted(symbol=market.symbol)
    if counted:
        lot = lot_of(venue, market)
        contract = None if lot.contract is None else Contract(size=lot.contract, is_money=lot.in_money)
        source = f"{venue.id} market list, {venue.listed_at(market.family):%Y-%m-%dT%H:%MZ}"
        found = msgspec.structs.replace(found, contract=contract, lot=lot.step, least=lot.least, source=source)
    if priced:
        now = price_now(venue, market)
        if now is None:
            raise ExchangeError(venue.id, f"gives no mark or index price of {market.symbol}", "Give one with --price.")
        found = msgspec.structs.replace(found, price_basis=now[0], price=now[1])
    return msgspec.structs.replace(found, warnings=venue.notes)
