"""Margin of a book: positions on a margin of their own, and accounts whose balance several of them share.

A pool is either. Its equity is its balance, the gain of its members and what spot counts for, given as collateral or
owed; its members are liquidated together where that is down to the maintenance margin and closing fees of all of them.

A unified account is held in one currency. Dollars count there at par. An inverse contract pays in coins, which count
at its price of the day: it gains s Q (1/E - 1/P) P = s Q (P/E - 1) of that money, its notional is Q at every price, and
its maintenance margin (Q/P m - A) P = Q m - A P, by the tier of Q/P.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
    """Perpetuals on one balance, and the spot that counts there; account is None for one on its own margin."""

    exchange: str
    currency: str
    balance: Decimal
    members: tuple[Holding, ...]
    account: str | None = None
    collateral: tuple[Holding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A pool at some prices. collateral: the part of equity that is spot, less coins that are owed; maintenance: None
    where no source gives that of a member; wanted: equity at the floor."""

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


def pools(
    book: Sequence[Holding], balances: Mapping[str, Decimal], held_in: Mapping[str, str] | None = None
) -> list[Pool]:
    """The pools of a book, in the order of its perpetuals.

    held_in: the currency of each account, where that is not the settlement currency of its first perpetual.
    """
    backing: dict[str | None, list[Holding]] = {}
    members: dict[tuple[str | None, int], list[Holding]] = {}
    for held in book:
        if held.market == "perp":
            members.setdefault((held.account, held.number if held.account is None else 0), []).append(held)
        elif held.account is not None and (held.haircut is not None or held.owed):
            backing.setdefault(held.account, []).append(held)
    return [
        Pool(
            exchange=first.position.exchange,
            currency=first.position.currency
            if account is None
            else (held_in or {}).get(account, first.position.currency),
            balance=(first.margin or ZERO) if account is None else balances[account],
            members=(first, *others),
            account=account,
            collateral=tuple(backing.get(account, ())),
        )
        for (account, _), (first, *others) in members.items()
    ]


def in_coin(spot: Holding, currency: str) -> bool:
    """Whether spot is the very coin that an account is held in: it counts there alike at every price."""
    return spot.coin == currency


def in_money(perp: Holding, currency: str) -> bool:
    """Whether a perpetual pays in coins that its account, held in money, counts at their price of the day."""
    return perp.position.inverse and perp.position.currency != currency


@exact
def counted(spot: Holding, currency: str) -> Decimal | None:
    """What spot counts for as margin in an account of a currency; None where that needs a price that is not known.

    (1 - haircut) q P, another dollar at par, or (1 - haircut) q of the coin that the account is held in. Coins that are
    owed count for - q P, or - q, in full. Nothing without a haircut.
    """
    if spot.haircut is None and not spot.owed:
        return ZERO
    coins = spot.margined().size * (-1 if spot.owed else 1 - (spot.haircut or ZERO))
    if in_coin(spot, currency):
        return coins * spot.multiple
    return None if spot.price is None else coins * spot.price


@exact
def asked_for(spot: Holding, worth: Decimal) -> Decimal:
    """The maintenance margin of spot that counts for `worth`: owed q P m, or zero where nobody says m."""
    return -worth * spot.tiers[0].rate if spot.owed and spot.tiers else ZERO


@exact
def gain(perp: Holding, price: Decimal, currency: str) -> Decimal:
    """What a perpetual has gained at a price, in the currency of its account."""
    return pnl(perp.margined(), price) * (price if in_money(perp, currency) else 1)


@exact
def standing(pool: Pool, move: Decimal = ZERO, spot_move: Decimal = ZERO) -> Standing | None:
    """The pool with every price moved by a share of it, spot by its own; None where a price is not known."""
    equity, initial, closing, wanted, collateral, owed = pool.balance, ZERO, ZERO, ZERO, ZERO, ZERO
    for spot in pool.collateral:
        worth = counted(spot, pool.currency)
        if worth is None:
            return None
        worth = worth if in_coin(spot, pool.currency) else worth * (1 + spot_move)
        collateral += worth
        owed += asked_for(spot, worth)
    equity += collateral
    maintenance: Decimal | None = owed
    for each in pool.members:
        if each.price is None:
            return None
        held, price = each.margined(), each.price * (1 + move)
        unit = price if in_money(each, pool.currency) else Decimal(1)
        own = notional(held, price) * unit / each.position.leverage
        equity += pnl(held, price) * unit
        initial += own
        wanted += own * each.floor
        closing += closing_cost(held, price) * unit
        if not held.tiers or maintenance is None:
            maintenance = None
        else:
            maintenance += maintenance_margin(held, price) * unit
    return Standing(
        equity=equity, collateral=collateral, initial=initial, maintenance=maintenance, closing=closing, wanted=wanted
    )
