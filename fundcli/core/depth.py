"""What an order book does to a fill: the average price of a size, and how much of the book it takes.

A side is a list of (price, size), best first; sizes are coins, or quote units of an inverse contract. Slippage is
measured against the mid, (best bid + best ask) / 2, as a share of it: what a fill costs beyond the mid of the moment.
Of an inverse contract that is counted in coin: selling Q at p instead of M owes Q / p - Q / M more, M / p - 1 of Q / M.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from fundcli.core.numbers import exact

Side = Sequence[tuple[Decimal, Decimal]]
_HAIR = Decimal(1).scaleb(-40)  # what rounding may put a size beyond the end of a side


@dataclass(frozen=True, slots=True)
class Book:
    """Both sides of an order book, best first."""

    bids: Side
    asks: Side

    @property
    def mid(self) -> Decimal:
        """(best bid + best ask) / 2."""
        return _mid(self.bids[0][0], self.asks[0][0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """How a leg is filled: its average price, its slippage as a share of the mid, its share of the side's depth.

    chance_cost: of a maker's leg, what crossing the book would cost beyond the own side's best price, as a share of
    the mid (null where the book is too thin to tell); None for a taker's.
    """

    role: str
    average_price: Decimal
    slippage: Decimal
    share_of_depth: Decimal | None = None
    chance_cost: Decimal | None = None


@exact
def _mid(bid: Decimal, ask: Decimal) -> Decimal:
    return (bid + ask) / 2


@exact
def depth(side: Side) -> Decimal:
    """All that a side shows, in its own units."""
    return sum((size for _, size in side), Decimal(0))


@exact
def average_price(side: Side, size: Decimal, inverse: bool = False) -> Decimal | None:
    """The average price at which a size is filled, level by level; None where the side is too thin.

    Linear: Σ p q / Σ q over coins. Inverse: Σ Q / Σ (Q / p), because equal money buys different amounts of coin.

    >>> asks = [(Decimal(100), Decimal(1)), (Decimal(102), Decimal(3))]
    >>> average_price(asks, Decimal(2))
    Decimal('101')
    >>> average_price([(Decimal(100), Decimal(600)), (Decimal(150), Decimal(600))], Decimal(1200), inverse=True)
    Decimal('120')
    >>> average_price(asks, Decimal(5)) is None
    True
    """
    if size <= 0:
        return side[0][0]
    left, other = size, Decimal(0)  # the other currency: money paid for coins, coins paid for money
    for price, offered in side:
        taken = min(left, offered)
        other += taken / price if inverse else taken * price
        left -= taken
        if left <= size * _HAIR:
            return size / other if inverse else other / size
    return None


@exact
def _beyond(mid: Decimal, start: Decimal, price: Decimal, inverse: bool) -> Decimal:
    """What a coin bought at `price` costs beyond `start`, as a share of the mid; inverse: of the coins at the mid."""
    return mid / start - mid / price if inverse else (price - start) / mid


@exact
def fill(book: Book, buys: bool, size: Decimal, role: str, inverse: bool = False) -> Fill | None:
    """A taker crosses the book; a maker waits at the best price of the own side, at no slippage but at a chance.

    None where a taker's side is too thin. A buy of 2 crosses to 101, a mid of 99.5: 1.5 / 99.5 of slippage. As a
    maker it waits at 99, and would pay 2 a coin more if it had to cross after all.

    >>> book = Book([(Decimal(99), Decimal(5))], [(Decimal(100), Decimal(1)), (Decimal(102), Decimal(3))])
    >>> crossed = fill(book, True, Decimal(2), "taker")
    >>> crossed.average_price, round(crossed.slippage, 6), crossed.share_of_depth
    (Decimal('101'), Decimal('0.015075'), Decimal('0.5'))
    >>> waiting = fill(book, True, Decimal(2), "maker")
    >>> waiting.average_price, waiting.slippage, round(waiting.chance_cost, 6)
    (Decimal('99'), Decimal('0'), Decimal('0.020101'))
    """
    far, own = (book.asks, book.bids) if buys else (book.bids, book.asks)
    sign = 1 if buys else -1
    average = average_price(far, size, inverse)
    if role == "maker":
        touch = own[0][0]
        missed = None if average is None else sign * _beyond(book.mid, touch, average, inverse)
        return Fill(role=role, average_price=touch, slippage=Decimal(0), chance_cost=missed)
    if average is None:
        return None
    return Fill(
        role=role,
        average_price=average,
        slippage=sign * _beyond(book.mid, book.mid, average, inverse),
        share_of_depth=size / depth(far),
    )
