"""Hold, close or switch, as an answer carries it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One way on from here, in money over the horizon; positive is money received, costs are positive numbers.

    net = funding - fees - slippage - borrow + basis_pnl + cash, in the money of the open carry, whatever the contract
    to move to pays in. What was paid at entry is sunk and in none of them. capital stays tied up; cash is what the
    capital set free meanwhile earns at the hurdle rate.
    """

    choice: str
    exchange: str
    symbol: str
    rate: Decimal | None
    interval_hours: Decimal | None
    funding: Decimal
    fees: Decimal
    slippage: Decimal
    borrow: Decimal
    basis_pnl: Decimal
    cash: Decimal
    net: Decimal
    capital: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What an open carry can do next: keep it, close it now, or move to another contract.

    best: the choice of the greatest net. funding_to_date: what settled since it was entered, at the settled rates and
    their mark prices, null where no history was asked or known; entry_costs: fees and slippage of its two opening
    fills, sunk; settlements_to_date: how many settlements that is.
    """

    entered: datetime
    horizon_hours: Decimal
    best: str
    rows: tuple[Choice, ...]
    settlements_to_date: int | None
    funding_to_date: Decimal | None
    entry_costs: Decimal
