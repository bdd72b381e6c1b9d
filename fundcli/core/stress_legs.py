"""What is put under stress: a perpetual on its margin, the spot leg beside it, and the money that both tie up."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from fundcli.core.liquidation import ZERO, Margined, RatioKind
from fundcli.core.numbers import exact
from fundcli.core.stress_answer import Direction


@dataclass(frozen=True, slots=True, kw_only=True)
class Stress:
    """What is put under stress.

    held: the perpetual on its margin. spot_coins: coins of the spot leg, negative if borrowed and sold, 0 without one.
    basis: (perp - spot) / spot at entry; basis_close: the same at the end of a path, None if the two move alike.
    final_move: where the leg that is left alone rides to, from the entry price. deleveraged: the perpetual is closed at
    the end of every path. borrow_leverage, liquidation_level: of the borrowed spot; it is liquidated where assets are
    down to that many times the debt, None where that is not known. equity: all the money of which this is a part, in
    quote.
    prices_known: False if `held` runs on a price of 1.
    """

    exchange: str
    symbol: str
    direction: Direction
    currency: str
    leverage: Decimal
    held: Margined
    floor: Decimal
    spot_coins: Decimal = ZERO
    basis: Decimal = ZERO
    basis_close: Decimal | None = None
    spot_is_collateral: bool = False
    haircut: Decimal = ZERO
    buffer: Decimal = ZERO
    funding_paid: Decimal = ZERO
    final_move: Decimal = ZERO
    deleveraged: bool = False
    borrow_leverage: Decimal = Decimal(3)
    liquidation_level: Decimal | None = None
    ratio_kind: RatioKind | None = None
    equity: Decimal | None = None
    prices_known: bool = True

    @property
    def spot_entry(self) -> Decimal:
        """The price that spot enters at."""
        return self.held.entry / (1 + self.basis)


@exact
def spot_worth(plan: Stress) -> Decimal:
    """The spot leg at entry, in the settlement currency: its coins, or their price."""
    return abs(plan.spot_coins) * (1 if plan.held.inverse else plan.spot_entry)


@exact
def quote_worth(plan: Stress, money: Decimal) -> Decimal:
    """What money of the settlement currency is worth in quote at entry: coins of an inverse contract at their spot."""
    return money * plan.spot_entry if plan.held.inverse else money


@exact
def capital(plan: Stress) -> Decimal:
    """Margin put up, buffer, and the spot leg: its price, or the margin of borrowed spot, price / (leverage - 1).

    Coins that count as the margin of an inverse contract are in it already, less their haircut.
    """
    held = plan.held
    worth, margin = spot_worth(plan), held.margin + plan.funding_paid
    if plan.direction == "perp":
        return margin + plan.buffer
    if plan.direction == "reverse":
        return margin + plan.buffer + worth / (plan.borrow_leverage - 1)
    counted = (1 - plan.haircut) * worth if held.inverse and plan.spot_is_collateral else ZERO
    return margin - counted + plan.buffer + worth
