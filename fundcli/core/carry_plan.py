"""What a carry is to do: direction, quantity, prices, legs, collateral, borrow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from fundcli.core.borrow import Counting
from fundcli.core.numbers import exact
from fundcli.core.schedule import Grid
from fundcli.errors import UsageError

Direction = Literal["cash-and-carry", "reverse"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be carried out.

    quantity: coin bought (sold short) on the spot leg. spot_price, perp_price: mids at entry. exit_basis:
    (F1 - S1) / S1 with S1 = S0. fee_rates and slippages: one per leg in the order of LEG_NAMES.
    spot_fee_in_base: the spot fee is taken from the coin bought, so the hedge is sized on what is held. hurdle_rate:
    what the capital would earn a year as cash.
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
    spot_is_collateral: bool = False
    haircut: Decimal = Decimal(0)
    shock: Decimal = Decimal(0)
    buffer: Decimal = Decimal(0)
    borrow_rate: Decimal | None = None
    borrow_leverage: Decimal = Decimal(3)
    borrow_counting: Counting = "pro_rata"
    open_ms: int | None = None
    hurdle_rate: Decimal | None = None

    @property
    def sign(self) -> int:
        """+1 cash-and-carry (long spot, short perp: receives a positive rate), -1 reverse."""
        return 1 if self.direction == "cash-and-carry" else -1


@exact
def planned(
    *,
    symbol: str,
    notional: Decimal,
    spot_price: Decimal | None,
    basis_open: Decimal,
    basis_close: Decimal | None,
    **rest: Any,
) -> Plan:
    """A plan from what is typed: a notional of the perp leg in quote money, and the basis.

    Without a spot price the arithmetic runs on a price of 1, which cancels out, and the legs show none. Without an
    exit basis it is that of the entry.
    """
    if basis_open <= -1 or (basis_close is not None and basis_close <= -1):
        raise UsageError("a basis of -100 % or less has no price", "A basis is (perp - spot) / spot.")
    spot = Decimal(1) if spot_price is None else spot_price
    perp = spot * (1 + basis_open)
    base, _, settlement = symbol.partition("/")
    currency = settlement.rpartition(":")[2]
    return Plan(
        symbol=symbol,
        currency=currency,
        quantity=notional / perp,
        spot_price=spot,
        perp_price=perp,
        exit_basis=basis_open if basis_close is None else basis_close,
        inverse=currency == base,
        prices_known=spot_price is not None,
        **rest,
    )


def idle_terms(plan: Plan) -> dict[str, str]:
    """The terms that this plan does not depend on, each with the reason.

    Nothing is borrowed in a cash-and-carry with cash margin, and the margin of an inverse one is the coin itself.
    """
    idle: dict[str, str] = {}
    if plan.direction == "reverse":
        return idle
    idle["borrow-leverage"] = "a cash-and-carry borrows no coin"
    if not (plan.spot_is_collateral and plan.shock):
        idle["borrow-rate"] = "a cash-and-carry borrows nothing, unless a --shock draws on spot given as collateral"
    if plan.inverse:
        idle["leverage"] = "the coin held is the margin of an inverse carry"
        idle["haircut"] = idle["leverage"]
    return idle
