"""Net against size, as an answer carries it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """The carry at one notional; everything but the size is the same."""

    notional: Decimal
    capital: Decimal
    slippage: Decimal
    net: Decimal
    net_apr_on_capital: Decimal
    net_apr_over_hurdle: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """How much the order books of this moment carry. Every notional is in quote money, as --notional is typed.

    largest_notional: what the thinnest of the sides crossed reaches. notional_at_hurdle: the largest size whose net APR
    on capital is not under the hurdle (0: none is; largest_notional: all within reach are; null without --hurdle).
    best_notional: the size of the greatest net in money, best_net (0 where every size loses); where it equals
    largest_notional the optimum may lie beyond what the books show. beyond: sizes asked for that they do not reach.
    """

    largest_notional: Decimal
    notional_at_hurdle: Decimal | None
    best_notional: Decimal
    best_net: Decimal
    sizes: tuple[Size, ...]
    beyond: tuple[Decimal, ...] = ()
