"""Net against size: what the order books of this moment carry, where the hurdle binds, what earns most.

Slippage grows faster than the size, everything else with it. So the net is concave in the size, and its greatest
value lies where some leg uses up a level of its book; net / capital falls, and meets the hurdle once.
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
    sizes = [_size(priced(notional)) for notional in wanted if notional <= largest]
    best = _optimum(priced, sorted({end for end in ends if 0 < end < largest} | {largest}))
    return Capacity(
        largest_notional=largest,
        notional_at_hurdle=None if hurdle is None else _at_hurdle(priced, largest, hurdle),
        best_notional=best.notional if best.net > 0 else Decimal(0),
        best_net=max(best.net, Decimal(0)),
        sizes=tuple(sizes),
        beyond=tuple(notional for notional in wanted if notional > largest),
    )


def _size(result: CarryResult) -> Size:
    return Size(
        notional=result.notional, capital=result.capital, slippage=result.slippage, net=result.net,
        net_apr_on_capital=result.net_apr_on_capital, net_apr_over_hurdle=result.net_apr_over_hurdle,
    )  # fmt: skip


def _optimum(priced: Priced, ends: Sequence[Decimal]) -> CarryResult:
    """The best of the level ends: the net rises up to it and falls beyond."""
    low, high = 0, len(ends) - 1
    while low < high:
        middle = (low + high) // 2
        if priced(ends[middle + 1]).net > priced(ends[middle]).net:
            low = middle + 1
        else:
            high = middle
    return priced(ends[low])


def _at_hurdle(priced: Priced, largest: Decimal, hurdle: Decimal) -> Decimal:
    """The largest size whose net APR on capital is not under the hurdle, to the cent below; 0 if none."""
    if priced(largest).net_apr_on_capital >= hurdle:
        return largest
    low, high = Decimal(0), largest
    while high - low > _CENT / 1000:
        middle = (low + high) / 2
        if priced(middle).net_apr_on_capital >= hurdle:
            low = middle
        else:
            high = middle
    return low.quantize(_CENT, rounding="ROUND_DOWN")
