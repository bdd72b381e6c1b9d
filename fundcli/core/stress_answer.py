"""What a stress test answers: the position as it stands, and each path; positive is money gained."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from fundcli.core.days import Day
from fundcli.core.liquidation import RatioKind

Direction = Literal["perp", "cash-and-carry", "reverse"]
Leg = Literal["perp", "spot"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """One price path and what stands at its end; positive is money gained.

    perp_pnl, spot_pnl and pnl: as if nothing had been closed. equity, maintenance_margin and the ratios: of the
    perpetual, likewise, so that equity below zero says what was missing. margin_ratio: equity / initial margin at that
    price. transfer: what lifts it to the floor, transfer_beyond_buffer: what of it the buffer does not have.
    closed_leg: the leg that is closed on the way, at closed_move; unhedged_pnl: what the other leg gains (loses) from
    there to its final price; net: both legs after that, or pnl if none was closed.
    """

    path: str
    day: str | None
    move: Decimal
    spot_move: Decimal
    price: Decimal | None
    perp_pnl: Decimal
    spot_pnl: Decimal
    pnl: Decimal
    equity: Decimal
    maintenance_margin: Decimal
    margin_ratio: Decimal
    exchange_margin_ratio: Decimal | None
    below_floor: bool
    transfer: Decimal
    transfer_beyond_buffer: Decimal
    liquidated: bool
    closed_leg: Leg | None
    closed_by: Literal["liquidation", "auto-deleveraging"] | None
    closed_move: Decimal | None
    unhedged_pnl: Decimal | None
    net: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class StressResult:
    """The answer of `fundcli stress`; positive is money gained.

    perp_liquidation_move is the distance of the liquidation price from the entry, as a share of it, *_with_buffer that
    with the whole buffer moved into the margin in time, spot_liquidation_* that of borrowed spot; null where there is
    none. margin_ratio and transfer are at the entry price. initial_margin = notional / leverage. capital: all that is
    tied up, the spot leg (or the margin of borrowed spot), the margin and the buffer; share_of_equity: of all the money
    there is (null without --equity). price: that the perpetual is entered at, spot_price: that spot is, price /
    (1 + basis_open). basis_close: the basis at the end of each path (of a day on which spot has a high of its own, the
    day's), null where both move by the same share.
    """

    exchange: str
    symbol: str
    direction: Direction
    side: str
    currency: str
    notional: Decimal
    quantity: Decimal | None
    price: Decimal | None
    leverage: Decimal
    initial_margin: Decimal
    margin: Decimal
    funding_paid: Decimal
    collateral: str
    haircut: Decimal
    buffer: Decimal
    maintenance_rate: Decimal
    maintenance_amount: Decimal
    maintenance_margin: Decimal
    maintenance_source: str
    closing_fee_rate: Decimal
    closing_fee_source: str
    perp_liquidation_price: Decimal | None
    perp_liquidation_move: Decimal | None
    perp_liquidation_price_with_buffer: Decimal | None
    perp_liquidation_move_with_buffer: Decimal | None
    spot_liquidation_price: Decimal | None
    spot_liquidation_move: Decimal | None
    spot_liquidation_level: Decimal | None
    margin_floor: Decimal
    margin_ratio: Decimal
    transfer: Decimal
    exchange_margin_ratio: Decimal | None
    exchange_margin_ratio_is: RatioKind | None
    final_move: Decimal
    liquidated_paths: int
    paths_below_floor: int
    worst_path: str
    worst_net: Decimal
    paths: tuple[Path, ...]
    days: tuple[Day, ...]
    capital: Decimal
    share_of_equity: Decimal | None = None
    basis_open: Decimal = Decimal(0)
    basis_close: Decimal | None = None
    spot_price: Decimal | None = None
