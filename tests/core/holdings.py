"""Positions of a book as core has them, and tiers that join, or step."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal as D

from fundcli.core.book_holding import Holding
from fundcli.core.liquidation import MaintenanceTier
from fundcli.core.position import Position

NOW = datetime(2026, 11, 21, 22, 0, tzinfo=UTC)
TIERS = (MaintenanceTier(D("0.005")),)
# Amounts that join the tiers, and amounts of zero: a step at each border.
JOINED = (
    MaintenanceTier(D("0.01"), up_to=D(50_000)),
    MaintenanceTier(D("0.05"), D(2_000), up_to=D(200_000)),
    MaintenanceTier(D("0.25"), D(42_000)),
)
STEPS = tuple(replace(tier, amount=D(0)) for tier in JOINED)


def perp(number, side, size, entry, price, *, coin="BTC", settle="USDT", tiers=TIERS, fee="0"):
    """Linear; inverse, of `size` USD, where it settles in the coin."""
    inverse = settle == coin
    symbol = f"{coin}/{'USD' if inverse else settle}:{settle}"
    notional = D(size) / D(entry) if inverse else D(size) * D(entry)
    position = Position(
        exchange="x", symbol=symbol, side=side, notional=notional, leverage=D(5), currency=settle, size=D(size),
        price=D(entry),
    )  # fmt: skip
    return Holding(
        number=number, market="perp", position=position, price=D(price), price_basis="given", account="a", tiers=tiers,
        closing_fee=D(fee),
    )  # fmt: skip


def spot(number, side, size, price, *, coin="BTC", haircut=None, asked=None, account="a"):
    position = Position(
        exchange="x", symbol=f"{coin}/USDT", side=side, notional=D(size) * D(price), leverage=D(1), currency="USDT",
        size=D(size), price=D(price),
    )  # fmt: skip
    return Holding(
        number=number, market="spot", position=position, price=D(price), price_basis="given", account=account,
        haircut=None if haircut is None else D(haircut), tiers=() if asked is None else (MaintenanceTier(D(asked)),),
    )  # fmt: skip
