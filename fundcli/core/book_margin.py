"""Margin of a book: positions on a margin of their own, and accounts whose balance several of them share.

A pool is either. Its equity is its balance, the gain of its members and what spot given as collateral counts for; its
members are liquidated together where that is down to the maintenance margin and closing fees of all of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from fundcli.core.book_holding import Holding
from fundcli.core.liquidation import (
    ZERO,
    RatioKind,
    closing_cost,
    maintenance_margin,
    notional,
    pnl,
)
from fundcli.core.numbers import exact


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """Perpetuals on one balance, and the spot that is collateral there; account is None for one on its own margin."""

    exchange: str
    currency: str
    balance: Decimal
    members: tuple[Holding, ...]
    account: str | None = None
    collateral: tuple[Holding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A pool at some prices. collateral: the part of equity that is spot; maintenance: None where no source gives that
    of a member; wanted: equity at the floor."""

    equity: Decimal
    collateral: Decimal
    initial: Decimal
    maintenance: Decimal | None
    closing: Decimal
    wanted: Decimal

    @property
    def alive(self) -> bool:
        """Whether equity is above maintenance margin and closing fees (above zero, where those are not known)."""
        return self.equity > (ZERO if self.maintenance is None else self.maintenance + self.closing)

    @property
    def transfer(self) -> Decimal:
        """What lifts the margin ratio to its floor."""
        return max(ZERO, self.wanted - self.equity)

    @exact
    def ratio(self) -> Decimal | None:
        """Equity / initial margin."""
        return self.equity / self.initial if self.initial else None

    @exact
    def exchange_ratio(self, kind: RatioKind | None) -> Decimal | None:
        """The margin ratio as the exchange itself shows it; None where it is not known or has no meaning."""
        if self.maintenance is None:
            return None
        if kind == "maintenance / equity":
            return self.maintenance / self.equity if self.equity > 0 else None
        need = self.maintenance + (self.closing if kind == "equity / (maintenance + fees)" else ZERO)
        return self.equity / need if kind is not None and need > 0 else None


def pools(book: Sequence[Holding], balances: Mapping[str, Decimal]) -> list[Pool]:
    """The pools of a book, in the order of its perpetuals."""
    backing: dict[str, list[Holding]] = {}
    for held in book:
        if held.account is not None and held.haircut is not None:
            backing.setdefault(held.account, []).append(held)
    found: list[Pool] = []
    for held in book:
        if held.market == "spot":
            continue
        place = next((i for i, pool in enumerate(found) if pool.account == held.account), None)
        if held.account is not None and place is not None:
            found[place] = replace(found[place], members=(*found[place].members, held))
            continue
        balance = (held.margin or ZERO) if held.account is None else balances[held.account]
        found.append(
            Pool(
                exchange=held.position.exchange,
                currency=held.position.currency,
                balance=balance,
                members=(held,),
                account=held.account,
                collateral=() if held.account is None else tuple(backing.get(held.account, ())),
            )
        )
    return found


def in_coin(spot: Holding, currency: str) -> bool:
    """Whether spot is the very coin that an account is held in: it counts there alike at every price."""
    return spot.coin == currency


@exact
def counted(spot: Holding, currency: str) -> Decimal | None:
    """What spot counts for as margin in an account of a currency; None where that needs a price that is not known.

    (1 - haircut) q P, another dollar at par, or (1 - haircut) q of the coin that the account is held in. Nothing
    without a haircut.
    """
    if spot.haircut is None:
        return ZERO
    coins = spot.margined().size * (1 - spot.haircut)
    if in_coin(spot, currency):
        return coins * spot.multiple
    return None if spot.price is None else coins * spot.price


@exact
def standing(pool: Pool, move: Decimal = ZERO, spot_move: Decimal = ZERO) -> Standing | None:
    """The pool with every price moved by a share of it, spot by its own; None where a price is not known."""
    equity, initial, closing, wanted, collateral = pool.balance, ZERO, ZERO, ZERO, ZERO
    maintenance: Decimal | None = ZERO
    for spot in pool.collateral:
        worth = counted(spot, pool.currency)
        if worth is None:
            return None
        collateral += worth if in_coin(spot, pool.currency) else worth * (1 + spot_move)
    equity += collateral
    for each in pool.members:
        if each.price is None:
            return None
        held, price = each.margined(), each.price * (1 + move)
        own = notional(held, price) / each.position.leverage
        equity += pnl(held, price)
        initial += own
        wanted += own * each.floor
        closing += closing_cost(held, price)
        if not held.tiers or maintenance is None:
            maintenance = None
        else:
            maintenance += maintenance_margin(held, price)
    return Standing(
        equity=equity, collateral=collateral, initial=initial, maintenance=maintenance, closing=closing, wanted=wanted
    )
