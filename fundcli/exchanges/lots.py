"""What an order of a contract counts in: its step, the smallest one, and what one of them is worth."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from fundcli.errors import UsageError
from fundcli.exchanges.market import Market
from fundcli.exchanges.venue import Venue


class Lot(msgspec.Struct, frozen=True):
    """How the amount of an order is counted.

    contract: what one contract is worth, coins or (in_money) quote currency; None where orders count coins. step and
    least: the step of an amount and the smallest one, in contracts or coins; None where the exchange does not say.
    """

    step: Decimal | None
    least: Decimal | None
    contract: Decimal | None
    in_money: bool


def lot_of(venue: Venue, market: Market) -> Lot:
    """The lot of a contract as the market list has it.

    A linear contract of one coin counts coins. Raises UsageError where nothing says what a contract is worth, and for a
    contract that settles in a third coin: its worth moves with that coin.
    """
    if not market.linear and venue.inverse_in_coins:
        return Lot(market.lot, market.least, None, False)
    unit = venue.order_unit(market)
    if unit is None or not unit.is_finite() or unit <= 0 or (not market.linear and market.settle != market.base):
        raise UsageError(
            f"{venue.id} does not say what a contract of {market.symbol} is worth",
            "Give --contract-size and --lot, or name another --instrument.",
        )
    if market.linear and unit == 1:
        return Lot(market.lot, market.least, None, False)
    return Lot(market.lot, market.least, unit, not market.linear)
