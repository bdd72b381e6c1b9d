"""From what is typed to what is put under stress: sizes of both legs, margin, collateral."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from fundcli.core.liquidation import (
    ZERO,
    MaintenanceTier,
    Margined,
    excess,
    liquidation_price,
    maintenance_margin,
    notional,
)
from fundcli.core.numbers import exact, plain
from fundcli.core.position import Position
from fundcli.core.stress import default_floor
from fundcli.core.stress_answer import Direction, Path
from fundcli.core.stress_legs import Stress
from fundcli.errors import UsageError

_SPOT_SIGN = {"perp": 0, "cash-and-carry": 1, "reverse": -1}


@exact
def planned(
    position: Position,
    direction: Direction,
    *,
    tiers: Sequence[MaintenanceTier],
    closing_fee: Decimal,
    margin: Decimal | None,
    funding_paid: Decimal,
    spot_is_collateral: bool,
    haircut: Decimal,
    floor: Decimal | None,
    basis: Decimal = ZERO,
    **rest: Any,
) -> Stress:
    """The position on its margin, and the spot leg of the same quantity of coin.

    The margin is what is typed, else notional / leverage less what spot counts for as collateral, (1 - haircut) of it
    at its own price, entry / (1 + basis); funding charged lowers it. Without a price the arithmetic runs on a price of
    1. Raises UsageError where the margin does not even cover the maintenance margin at entry.
    """
    entry = Decimal(1) if position.price is None else position.price
    coins = position.notional if position.inverse else position.notional / entry
    counted = (1 - haircut) * coins if spot_is_collateral else ZERO
    if not position.inverse:
        counted /= 1 + basis  # coins at the perpetual's price that are worth what spot is at its own
    worth = counted if position.inverse else counted * entry
    initial = position.notional / position.leverage
    cash = (max(ZERO, initial - worth) if margin is None else margin) - funding_paid
    held = Margined(
        sign=position.sign,
        size=coins * entry if position.inverse else coins,
        entry=entry,
        margin=cash + worth if position.inverse else cash,
        tiers=tiers,
        closing_fee=closing_fee,
        inverse=position.inverse,
        collateral=ZERO if position.inverse else counted,
    )
    if excess(held, entry) <= 0:
        needed = plain(maintenance_margin(held, entry).quantize(Decimal("1e-8")))
        raise UsageError(
            f"the margin left does not cover the maintenance margin of {needed} {position.currency} and the fee",
            "The position is liquidated at its entry; give more --margin or less --leverage.",
        )
    return Stress(
        exchange=position.exchange,
        symbol=position.symbol,
        direction=direction,
        currency=position.currency,
        leverage=position.leverage,
        held=held,
        floor=default_floor(position.leverage) if floor is None else floor,
        spot_coins=_SPOT_SIGN[direction] * coins,
        basis=basis,
        spot_is_collateral=spot_is_collateral,
        haircut=haircut,
        funding_paid=funding_paid,
        prices_known=position.price is not None,
        **rest,
    )


@exact
def largest_notional(plan: Stress, paths: Sequence[Path]) -> Decimal:
    """The largest notional of the position at its entry, at the end of any path and where it is liquidated."""
    entry = plan.held.entry
    prices = [entry, *(entry * (1 + path.move) for path in paths)]
    price = liquidation_price(plan.held)
    return max(notional(plan.held, each) for each in (*prices, *([] if price is None else [price])))
