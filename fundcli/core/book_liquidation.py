"""At which price of its coin a position of a book is liquidated, and how far away that is.

The price of the coin moves every perpetual of it in the account, and the spot of it that counts there, by the same
share; the prices of all other coins stand still. The account is liquidated where its equity is down to the
maintenance margin and closing fees of all its perpetuals (see `liquidation` for one alone).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import pairwise

from fundcli.core.book_holding import Holding
from fundcli.core.book_margin import Pool, asked_for, counted, gain, in_coin, in_money
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


@dataclass(slots=True)
class _Line:
    """What positions add to the excess of their account at a share t of their prices now: at + by t.

    turns: at which t tiers end, and what is added to both from there on.
    """

    at: Decimal = ZERO
    by: Decimal = ZERO
    turns: dict[Decimal, tuple[Decimal, Decimal]] = field(default_factory=dict)

    def stretches(self, at: Decimal, by: Decimal) -> Iterator[tuple[Decimal, Decimal | None, Decimal, Decimal]]:
        """Where it is straight: from which t to which, and at and by there, each beside what is given."""
        at, by, low = self.at + at, self.by + by, ZERO
        for high in sorted(self.turns):
            yield low, high, at, by
            more, steeper = self.turns[high]
            at, by, low = at + more, by + steeper, high
        yield low, None, at, by


@exact
def deaths(pool: Pool) -> dict[int, tuple[Decimal | None, str | None]]:
    """The price at which each perpetual of a pool, and each coin that it owes, is liquidated, or why none is known.

    By the number of the position; of several such prices the one nearest to that of now: with a debt on the account a
    fall of the coin that is its collateral can liquidate a short. Without a reason None means that there is no such
    price above zero.
    """
    moving = [*pool.members, *(spot for spot in pool.collateral if spot.owed)]
    unknown = next((each.liquidation_unknown for each in pool.members if each.liquidation_unknown), None)
    if unknown is not None:
        return {each.number: (None, unknown) for each in moving}
    if pool.account is None:
        return {
            each.number: (liquidation_price(replace(each.margined(), margin=pool.balance)), None) for each in moving
        }
    fixed = [spot for spot in pool.collateral if in_coin(spot, pool.currency)]
    coins: dict[str, list[Holding]] = {}
    for each in (*pool.members, *(spot for spot in pool.collateral if not in_coin(spot, pool.currency))):
        coins.setdefault(each.coin, []).append(each)
    free = {coin: sum((_excess(each, pool.currency) for each in group), ZERO) for coin, group in coins.items()}
    total = sum((_excess(spot, pool.currency) for spot in fixed), pool.balance) + sum(free.values(), ZERO)
    silent = [each for group in coins.values() for each in group if each.price is None]
    if silent:
        return {each.number: _beside(each, silent, len(coins.get(each.coin, ())) == 1, pool, total) for each in moving}
    shares = {coin: _nearest(group, total - free[coin], pool.currency) for coin, group in coins.items()}
    return {each.number: _at(each, shares.get(each.coin)) for each in moving}


def _at(each: Holding, share: Decimal | None) -> tuple[Decimal | None, str | None]:
    if share is None:
        return None, None
    return (None, _no_price(each)) if each.price is None else (each.price * share, None)


def _beside(
    each: Holding, silent: Sequence[Holding], alone: bool, pool: Pool, margin: Decimal
) -> tuple[Decimal | None, str | None]:
    """Where prices are not known: a perpetual that is alone in its coin, and in not being known, needs none."""
    other = next((one for one in silent if one is not each), None)
    if other is not None or not alone or each.market == "spot" or in_money(each, pool.currency):
        return None, _no_price(other or each)
    return liquidation_price(replace(each.margined(), margin=margin)), None


def _nearest(group: Sequence[Holding], margin: Decimal, currency: str) -> Decimal | None:
    """The share of their present prices, nearest to 1, at which positions that move alike kill their account."""
    found = _died_shares(_line(group, currency), margin)
    shares = [1 / t if _inverted(group[0], currency) else t for t in found]
    return min(shares, key=lambda share: abs(share - 1), default=None)


def _no_price(held: Holding) -> str:
    return f"the price of {held.label} on the same account is not known"


def _inverted(each: Holding, currency: str) -> bool:
    """Whether a position is a straight line in 1 / P: an inverse contract whose account is held in its coin."""
    return each.market == "perp" and each.position.inverse and not in_money(each, currency)


def _excess(each: Holding, currency: str) -> Decimal:
    """What a position adds now to the excess of its account; nothing where its price is not known."""
    if each.market == "spot":
        worth = counted(each, currency) or ZERO
        return worth - asked_for(each, worth)
    if each.price is None:
        return ZERO
    held = each.margined()
    asked = maintenance_margin(held, each.price) + closing_cost(held, each.price)
    return gain(each, each.price, currency) - asked * (each.price if in_money(each, currency) else 1)


def _line(group: Sequence[Holding], currency: str) -> _Line:
    """Positions that move alike, whose prices are all known. N is a notional now, G a gain now.

    Linear, and spot:       G + s N (t - 1) - N t (m + f) + A       counted t - asked t
    inverse, held in coin:  G - s N (t - 1) - N t (m + f) + A       with t = 1 / share
    inverse, in money:      s Q (P t / E - 1) - Q (m + f) + A P t

    m and A are those of the tier of N t, or (in money) of N / t, so that there a rise leads from the last tier down.
    """
    line = _Line()
    for each in group:
        assert each.price is not None
        if each.market == "spot":
            line.by += _excess(each, currency)
            continue
        held = each.margined()
        now = notional(held, each.price)
        last = next((i for i, tier in enumerate(each.tiers) if tier.up_to is None), len(each.tiers) - 1)
        ends = [tier.up_to for tier in each.tiers[:last] if tier.up_to is not None]
        if in_money(each, currency):
            line.at -= held.size * (held.sign + held.closing_fee)
            line.by += held.sign * held.size * each.price / held.entry
            tiers = [(-held.size * tier.rate, tier.amount * each.price) for tier in each.tiers[: last + 1]][::-1]
            turns = [now / end for end in reversed(ends)]
        else:
            gaining = held.sign * now * (-1 if held.inverse else 1)
            line.at += pnl(held, each.price) - gaining
            line.by += gaining - now * held.closing_fee
            tiers = [(tier.amount, -now * tier.rate) for tier in each.tiers[: last + 1]]
            turns = [end / now for end in ends]
        line.at, line.by = line.at + tiers[0][0], line.by + tiers[0][1]
        for turn, (before, after) in zip(turns, pairwise(tiers), strict=True):
            more, steeper = line.turns.get(turn, (ZERO, ZERO))
            line.turns[turn] = more + after[0] - before[0], steeper + after[1] - before[1]
    return line


def _died_shares(line: _Line, margin: Decimal) -> list[Decimal]:
    """Every t above 0 at which an account comes to die, or to live again; margin: what does not move with t.

    Between the ends of tiers a straight line is solved. Where a step in the maintenance margin passes the equity it
    dies at the end of that tier.
    """
    found: list[Decimal] = []
    ended: Decimal | None = None  # the excess at the end of the stretch before
    for low, high, at, by in line.stretches(margin, ZERO):
        if ended is not None and (ended > 0) != (at + by * low > 0):
            found.append(low)
        t = -at / by if by else ZERO
        if _HAIR < t < 1 / _HAIR and t >= low * (1 - _HAIR) and (high is None or t <= high * (1 + _HAIR)):
            found.append(t)
        ended = None if high is None else at + by * high
    return found


@exact
def way_of(pool: Pool) -> Way:
    """How all perpetuals of a pool move together, worked out once for every path."""
    inverted = {_inverted(each, pool.currency) for each in pool.members}
    known = all(each.tiers and each.price is not None for each in pool.members) and len(inverted) == 1
    if inverted == {True} and not all(in_coin(spot, pool.currency) for spot in pool.collateral):
        known = False
    return Way(pool, inverted == {True}, _line(pool.members, pool.currency) if known else None)


@dataclass(frozen=True, slots=True)
class Way:
    """A pool on a straight path. line: None where only both ends can be looked at: where a price or the tiers of a
    member are not known, or what counts in the pool is no straight line in one price."""

    pool: Pool
    inverted: bool
    line: _Line | None

    @exact
    def is_deadly(self, move: Decimal, spot_move: Decimal) -> bool:
        """Whether a pool that lives now and at the end has been liquidated between.

        A step down in the maintenance margin can lift a position again that had died before it. A tier that ends at
        the price of now is left only where the notional grows.
        """
        if self.line is None or not move:
            return False
        at, by, currency = self.pool.balance, ZERO, self.pool.currency
        for spot in self.pool.collateral:
            pace = ZERO if in_coin(spot, currency) else spot_move / move  # its price is S + (S y / x) (t - 1)
            worth = _excess(spot, currency)
            at, by = at + worth * (1 - pace), by + worth * pace
        end = 1 / (1 + move) if self.inverted else 1 + move
        near, far = sorted((Decimal(1), end))
        for low, high, level, slope in self.line.stretches(at, by):
            start, stop = max(near, low), far if high is None else min(far, high)
            if stop - start > _HAIR and min(level + slope * start, level + slope * stop) <= 0:
                return True
        return False


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
