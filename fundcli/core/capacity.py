"""Net against size: what the order books of this moment carry, where the hurdle binds, what earns most.

Sizes are notionals in quote money, as typed. Slippage grows faster than the size, everything else with it. So the net
is concave in the size, and its greatest value lies where some leg uses up a level of its book. Concave, too, is net -
hurdle x capital: it falls below zero once, beyond its own greatest value, and small sizes lie below zero only where a
buffer is typed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

from fundcli.core.capacity_answer import Capacity, Size
from fundcli.core.carry_answer import CarryResult
from fundcli.core.numbers import exact

_CENT = Decimal("0.01")
Priced = Callable[[Decimal], CarryResult]


def sizes_between(low: Decimal, high: Decimal) -> list[Decimal]:
    """Round sizes from low to high, both included, in steps of 1, 2, 5.

    >>> [int(size) for size in sizes_between(Decimal(10_000), Decimal(120_000))]
    [10000, 20000, 50000, 100000, 120000]
    """
    found, size = [low], Decimal(1).scaleb(low.adjusted())
    while size < high:
        found += [step for factor in (1, 2, 5) if low < (step := size * factor) < high]
        size *= 10
    return found if low == high else [*found, high]


@exact
def capacity(
    priced: Priced, wanted: Sequence[Decimal], largest: Decimal, ends: Sequence[Decimal], hurdle: Decimal | None
) -> Capacity:
    """Price the carry at the sizes wanted, and find the optimum and the size at the hurdle.

    priced: the carry at a notional, up to `largest`, what the books reach. ends: the notionals at which some leg uses
    up a level of its book.
    """
    sizes = [_size(notional, priced(notional)) for notional in wanted if notional <= largest]
    reached = sorted({end for end in ends if 0 < end < largest} | {largest})
    best = reached[_summit(lambda notional: priced(notional).net, reached)]
    most = priced(best).net
    return Capacity(
        largest_notional=largest,
        notional_at_hurdle=None if hurdle is None else _at_hurdle(priced, reached, hurdle),
        best_notional=best if most > 0 else Decimal(0),
        best_net=max(most, Decimal(0)),
        sizes=tuple(sizes),
        beyond=tuple(notional for notional in wanted if notional > largest),
    )


def _size(notional: Decimal, result: CarryResult) -> Size:
    return Size(
        notional=notional, capital=result.capital, slippage=result.slippage, net=result.net,
        net_apr_on_capital=result.net_apr_on_capital, net_apr_over_hurdle=result.net_apr_over_hurdle,
    )  # fmt: skip


def _summit(value: Callable[[Decimal], Decimal], ends: Sequence[Decimal]) -> int:
    """The place of the greatest value at the level ends: it rises up to it and falls beyond."""
    low, high = 0, len(ends) - 1
    while low < high:
        middle = (low + high) // 2
        if value(ends[middle + 1]) > value(ends[middle]):
            low = middle + 1
        else:
            high = middle
    return low


def _at_hurdle(priced: Priced, ends: Sequence[Decimal], hurdle: Decimal) -> Decimal:
    """The largest size whose net APR on capital is not under the hurdle, to the cent below; 0 if none."""

    def over(notional: Decimal) -> Decimal:
        result = priced(notional)
        return (result.net_apr_on_capital - hurdle) * result.capital

    if over(ends[-1]) >= 0:
        return ends[-1]
    place = _summit(over, ends)
    low, high = ends[place], ends[-1]
    if over(low) < 0:  # between two ends only a typed buffer, and the size from which a shock needs more, bend the line
        low = _between(over, ends[place - 1] if place else Decimal(0), ends[min(place + 1, len(ends) - 1)])
    if over(low) < 0:
        return Decimal(0)
    while high - low > _CENT / 1000:
        middle = (low + high) / 2
        low, high = (middle, high) if over(middle) >= 0 else (low, middle)
    return low.quantize(_CENT, rounding="ROUND_DOWN")


def _between(value: Callable[[Decimal], Decimal], low: Decimal, high: Decimal) -> Decimal:
    """Where a value that rises and then falls is greatest, to the cent; the first size above zero found on the way."""
    while high - low > _CENT / 1000:
        left, right = (2 * low + high) / 3, (low + 2 * high) / 3
        at_left, at_right = value(left), value(right)
        if at_left >= 0 or at_right >= 0:
            return left if at_left >= 0 else right
        low, high = (left, high) if at_left < at_right else (low, right)
    return high
