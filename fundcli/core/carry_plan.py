"""What a carry is to do: direction, quantity, prices, legs, collateral, borrow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from fundcli.core.borrow import Counting
from fundcli.core.depth import Fill
from fundcli.core.liquidation import MaintenanceTier
from fundcli.core.numbers import exact
from fundcli.core.schedule import Grid
from fundcli.errors import UsageError

Direction = Literal["cash-and-carry", "reverse"]
Collateral = Literal["cash", "spot", "unified"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be carried out.

    quantity: coin bought (sold short) on the spot leg. spot_price, perp_price: mids at entry. exit_basis:
    (F1 - S1) / S1 with S1 = S0. fee_rates, slippages and fills (out of order books): one per leg in the order of
    LEG_NAMES. spot_fee_in_base: the spot fee is taken from the coin bought, so the hedge is sized on what is held.
    collateral: cash margin; the coin held (`spot`); one account for both legs (`unified`). haircut: of the coin, or of
    what cash margin is kept in where collateral_yield says that it earns. shock: the move of the price that must need
    no transfer; tiers, closing_fee and spot_level say when a leg is liquidated, None where nobody says. spot_leverage:
    spot bought on margin. borrow_rate, spot_yield, collateral_yield, hurdle_rate (what the capital would earn as cash)
    are those of a year. buffer is in the settlement currency; equity, all the money of which this trade is a part, in
    quote money.
    """

    exchange: str
    symbol: str
    direction: Direction
    currency: str
    quantity: Decimal
    spot_price: Decimal
    perp_price: Decimal
    exit_basis: Decimal
    leverage: Decimal
    fee_rates: Sequence[Decimal]
    slippages: Sequence[Decimal]
    hold_hours: Decimal
    settlements: Decimal
    grid: Grid
    inverse: bool = False
    prices_known: bool = True
    spot_fee_in_base: bool = False
    spot_exchange: str = ""
    collateral: Collateral = "cash"
    haircut: Decimal = Decimal(0)
    shock: Decimal = Decimal(0)
    buffer: Decimal = Decimal(0)
    borrow_rate: Decimal | None = None
    borrow_leverage: Decimal = Decimal(3)
    borrow_counting: Counting = "pro_rata"
    borrow_source: str = ""
    borrow_available: Decimal | None = None
    spot_leverage: Decimal = Decimal(1)
    spot_yield: Decimal = Decimal(0)
    collateral_yield: Decimal = Decimal(0)
    tiers: Sequence[MaintenanceTier] | None = None
    closing_fee: Decimal = Decimal(0)
    spot_level: Decimal | None = None
    open_ms: int | None = None
    hurdle_rate: Decimal | None = None
    equity: Decimal | None = None
    exit_perp: Decimal | None = None
    fills: Sequence[Fill | None] = ()
    fills_source: str = ""

    @property
    def sign(self) -> int:
        """+1 cash-and-carry (long spot, short perp: receives a positive rate), -1 reverse."""
        return 1 if self.direction == "cash-and-carry" else -1

    @property
    def closing_perp(self) -> Decimal:
        """F1, with S1 = S0."""
        return self.spot_price * (1 + self.exit_basis) if self.exit_perp is None else self.exit_perp

    @property
    def margin_haircut(self) -> Decimal:
        """What of cash margin does not count, where it is kept in an asset that earns."""
        return self.haircut if self.collateral == "cash" and self.collateral_yield else Decimal(0)


@exact
def planned(
    *,
    symbol: str,
    notional: Decimal,
    spot_price: Decimal | None,
    basis_open: Decimal,
    basis_close: Decimal | None,
    perp_price: Decimal | None = None,
    **rest: Any,
) -> Plan:
    """A plan from what is typed: a notional of the perp leg in quote money, and the basis or the perp's price.

    Without a spot price the arithmetic runs on a price of 1, which cancels out, and the legs show none. Without an
    exit basis it is that of the entry.
    """
    if basis_open <= -1 or (basis_close is not None and basis_close <= -1):
        raise UsageError("a basis of -100 % or less has no price", "A basis is (perp - spot) / spot.")
    spot = Decimal(1) if spot_price is None else spot_price
    perp = spot * (1 + basis_open) if perp_price is None or spot_price is None else perp_price
    base, _, settlement = symbol.partition("/")
    currency = settlement.rpartition(":")[2]
    return Plan(
        symbol=symbol,
        currency=currency,
        quantity=notional / perp,
        spot_price=spot,
        perp_price=perp,
        exit_basis=perp / spot - 1 if basis_close is None else basis_close,
        exit_perp=perp if basis_close is None else spot * (1 + basis_close),
        inverse=currency == base,
        prices_known=spot_price is not None,
        **rest,
    )


@exact
def worth(plan: Plan, coins: Decimal, price: Decimal) -> Decimal:
    """What coins are worth at a price, in the settlement currency: of an inverse contract they are it."""
    return coins if plan.inverse else coins * price


@exact
def quote_worth(plan: Plan, money: Decimal) -> Decimal:
    """What money of the settlement currency is worth in quote: of an inverse contract at the spot price at entry."""
    return money * plan.spot_price if plan.inverse else money


def idle_terms(plan: Plan) -> dict[str, str]:
    """The terms that this plan does not depend on, each with the reason.

    Nothing is borrowed in a cash-and-carry with cash margin, and the margin of an inverse one is the coin itself.
    """
    idle: dict[str, str] = {}
    if not plan.shock or plan.collateral != "cash":
        idle["maintenance-rate"] = "it sets the buffer of cash margin for a --shock"
    if plan.direction == "reverse":
        idle["spot-leverage"] = idle["spot-yield"] = "a reverse carry holds no coin"
        if not plan.margin_haircut:
            idle["haircut"] = idle["spot-yield"]
        return idle
    idle["borrow-leverage"] = "a cash-and-carry borrows no coin"
    if plan.spot_leverage == 1 and (plan.inverse or plan.collateral == "cash" or not plan.shock):
        idle["borrow-rate"] = (
            "a cash-and-carry borrows nothing, unless --spot-leverage does, or a --shock draws on spot as collateral"
        )
    if plan.inverse:
        idle["leverage"] = "the coin held is the margin of an inverse carry"
        idle["haircut"] = idle["shock"] = idle["maintenance-rate"] = idle["leverage"]
        if not plan.buffer:
            idle["collateral-yield"] = idle["leverage"]
    return idle
