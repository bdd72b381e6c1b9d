"""Margin of a book: positions on a margin of their own, and accounts whose balance several of them share.

A pool is either. Its equity is its balance and the gain of its members; they are liquidated together where that is
down to the maintenance margin and closing fees of all of them. The liquidation price of one of several is the price at
which that happens while the others stand still.
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
    liquidation_price,
    maintenance_margin,
    notional,
    pnl,
)
from fundcli.core.numbers import exact


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """Perpetuals on one balance; account is None for one on its own margin."""

    exchange: str
    currency: str
    balance: Decimal
    members: tuple[Holding, ...]
    account: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A pool at some prices. maintenance: None where no source gives that of a member; wanted: equity at the floor."""

    equity: Decimal
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
    """The pools of a book, in the order of its positions."""
    found: list[Pool] = []
    for held in book:
        place = next((i for i, pool in enumerate(found) if held.account and pool.account == held.account), None)
        if held.market == "spot":
            continue
        if place is not None:
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
            )
        )
    return found


@exact
def standing(pool: Pool, move: Decimal = ZERO) -> Standing | None:
    """The pool with every price moved by a share of it; None where a price is not known."""
    equity, initial, closing, wanted = pool.balance, ZERO, ZERO, ZERO
    maintenance: Decimal | None = ZERO
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
    return Standing(equity=equity, initial=initial, maintenance=maintenance, closing=closing, wanted=wanted)


@exact
def dies_at(pool: Pool, member: Holding) -> tuple[Decimal | None, str | None]:
    """The price at which a member is liquidated while the others stand still, or why that is not known.

    Without a reason None means that there is no such price above zero.
    """
    unknown = next((each for each in pool.members if each.liquidation_unknown), None)
    if unknown is not None:
        return None, unknown.liquidation_unknown
    margin = pool.balance
    for other in pool.members:
        if other is member:
            continue
        if other.price is None:
            return None, f"the price of {other.label} on the same account is not known"
        held = other.margined()
        margin += pnl(held, other.price) - maintenance_margin(held, other.price) - closing_cost(held, other.price)
    return liquidation_price(replace(member.margined(), margin=margin)), None


@exact
def distance(member: Holding, price: Decimal | None) -> Decimal | None:
    """How far the price may still go against a position, as a share of it; negative where it has gone further.

    >>> from fundcli.core.position import Position
    >>> short = Position(exchange="okx", symbol="BTC/USDT:USDT", side="short", notional=Decimal(100),
    ...                  leverage=Decimal(5), currency="USDT", size=Decimal(1), price=Decimal(100))
    >>> held = Holding(number=1, market="perp", position=short, price=Decimal(100))
    >>> distance(held, Decimal(120)), distance(held, Decimal(95))
    (Decimal('0.2'), Decimal('-0.05'))
    """
    if price is None or member.price is None:
        return None
    return member.position.sign * (member.price - price) / member.price
