"""At which price of its coin a position of a book is liquidated, and how far away that is.

The price of the coin moves every perpetual of it in the account, and the spot of it that is collateral there, by the
same share; the prices of all other coins stand still. The account is liquidated where its equity is down to the
maintenance margin and closing fees of all its perpetuals (see `liquidation` for one alone).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

from fundcli.core.book_holding import Holding
from fundcli.core.book_margin import Pool, counted, in_coin
from fundcli.core.liquidation import (
    ZERO,
    closing_cost,
    liquidation_price,
    maintenance_margin,
    notional,
    pnl,
)
from fundcli.core.numbers import exact

_HAIR = Decimal(1).scaleb(-40)  # what rounding may put a price beyond the end of its own tier, or leave of zero


@exact
def dies_at(pool: Pool, member: Holding) -> tuple[Decimal | None, str | None]:
    """The price of a member at which its pool is liquidated, or why that is not known.

    Of several such prices the one nearest to that of now: with a debt on the account a fall of the coin that is its
    collateral can liquidate a short. Without a reason None means that there is no such price above zero.
    """
    unknown = next((each for each in pool.members if each.liquidation_unknown), None)
    if unknown is not None:
        return None, unknown.liquidation_unknown
    margin, backing, together = pool.balance, ZERO, [member]
    for other in pool.members:
        if other is member:
            continue
        if other.price is None:
            return None, _no_price(other)
        if other.coin == member.coin:
            together.append(other)
            continue
        held = other.margined()
        margin += pnl(held, other.price) - maintenance_margin(held, other.price) - closing_cost(held, other.price)
    for spot in pool.collateral:
        worth = counted(spot, pool.currency)
        if worth is None:
            return None, _no_price(spot)
        if spot.coin == member.coin and not in_coin(spot, pool.currency):
            backing += worth
        else:
            margin += worth
    if len(together) == 1 and not backing and (pool.account is None or member.price is None):
        return liquidation_price(replace(member.margined(), margin=margin)), None
    if member.price is None:
        return None, _no_price(member)
    share = min(died_shares(together, margin, backing), key=lambda share: abs(share - 1), default=None)
    return None if share is None else member.price * share, None


def _no_price(held: Holding) -> str:
    return f"the price of {held.label} on the same account is not known"


@exact
def died_shares(members: Sequence[Holding], margin: Decimal, backing: Decimal) -> list[Decimal]:
    """The shares of their present prices, above 0, at which perpetuals that move alike come to die, or to live again.

    margin: what does not move with them; backing: what spot that does counts for now. All prices are known, and the
    contracts are all linear, or all inverse (then without backing). With x the share, t = x or, inverse, 1 / x, N a
    notional now and G a gain now,

        margin + backing t + sum of G + s N (t - 1)      (inverse: G - s N (t - 1))
            = sum of N t (m + f) - A

    m and A are those of the tier of N t: between the ends of tiers a straight line, which is solved in each stretch.
    Where a step in the maintenance margin passes the equity they die at the end of that tier.
    """
    inverse = members[0].position.inverse
    at, by = margin, backing  # the excess is at + by t
    ends: list[tuple[Decimal, Decimal, Decimal]] = []  # of a tier, with what the next one changes in both
    for each in members:
        assert each.price is not None
        held = each.margined()
        now = notional(held, each.price)
        gaining = -held.sign * now if inverse else held.sign * now
        first, *more = each.tiers
        at += pnl(held, each.price) - gaining + first.amount
        by += gaining - now * (held.closing_fee + first.rate)
        for tier, following in pairwise([first, *more]):
            if tier.up_to is None:
                break
            ends.append((tier.up_to / now, following.amount - tier.amount, now * (tier.rate - following.rate)))
    found: list[Decimal] = []
    low = ZERO
    for high, amount, steeper in sorted(ends):
        found += _root(at, by, low, high)
        before = at + by * high
        at, by, low = at + amount, by + steeper, high
        if (before > 0) != (at + by * high > 0):
            found.append(high)
    found += _root(at, by, low, None)
    return [1 / t if inverse else t for t in found]


def _root(at: Decimal, by: Decimal, low: Decimal, high: Decimal | None) -> list[Decimal]:
    """Where at + by t is zero between two ends of tiers; nowhere, where it is not."""
    t = -at / by if by else ZERO
    within = _HAIR < t < 1 / _HAIR and t >= low * (1 - _HAIR) and (high is None or t <= high * (1 + _HAIR))
    return [t] if within else []


@exact
def dies_on_the_way(pool: Pool, move: Decimal, spot_move: Decimal) -> bool:
    """Whether a pool that lives now and at the end of a straight path has been liquidated between.

    A step down in the maintenance margin can lift a position again that had died before it. All prices are known. Of
    linear and inverse contracts on one balance only both ends are looked at.
    """
    inverse = {each.position.inverse for each in pool.members}
    if not move or len(inverse) > 1 or not all(each.tiers for each in pool.members):
        return False
    margin, backing = pool.balance, ZERO
    for spot in pool.collateral:
        worth = counted(spot, pool.currency)
        assert worth is not None
        pace = ZERO if in_coin(spot, pool.currency) else spot_move / move  # its price is S + (S y / x) (t - 1)
        margin, backing = margin + worth * (1 - pace), backing + worth * pace
    low, high = sorted((Decimal(1), 1 + move))
    grows = (move < 0) if inverse == {True} else (move > 0)  # a tier that ends at the price of now is left so alone
    return any(
        grows if abs(share - 1) <= _HAIR else low <= share <= high
        for share in died_shares(pool.members, margin, backing)
    )


@exact
def distance(member: Holding, price: Decimal | None, alive: bool) -> Decimal | None:
    """How far the price may still go before a position is liquidated, as a share of it; negative where it has been.

    >>> from fundcli.core.position import Position
    >>> short = Position(exchange="okx", symbol="BTC/USDT:USDT", side="short", notional=Decimal(100),
    ...                  leverage=Decimal(5), currency="USDT", size=Decimal(1), price=Decimal(100))
    >>> held = Holding(number=1, market="perp", position=short, price=Decimal(100))
    >>> distance(held, Decimal(120), True), distance(held, Decimal(95), False)
    (Decimal('0.2'), Decimal('-0.05'))
    """
    if price is None or member.price is None:
        return None
    away = abs(member.price - price) / member.price
    return away if alive else -away
