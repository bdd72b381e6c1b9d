"""A carry's four legs against the order books of the moment: what each is filled at, and how far the books reach."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from fundcli.core.carry_legs import hedge_of, orders_of
from fundcli.core.carry_plan import Plan
from fundcli.core.depth import Book, Fill, depth, fill
from fundcli.core.numbers import exact


@exact
def fills_of(plan: Plan, spot: Book | None, perp: Book | None, roles: Sequence[str]) -> list[Fill | None]:
    """How the books fill the four legs: entry from one side, the exit estimated from the other side of the same depth.

    None for a leg without a book, and for a taker's leg whose side is too thin (see `reach`).
    """
    found: list[Fill | None] = []
    for (market, size, bought), role in zip(_sizes(plan), roles, strict=True):
        book = spot if market == "spot" else perp
        counted = plan.inverse and market == "perp"
        found.append(None if book is None or role == "none" else fill(book, bought, size, role, counted))
    return found


@exact
def reach(plan: Plan, spot: Book | None, perp: Book | None, roles: Sequence[str]) -> tuple[Decimal | None, int]:
    """The largest perp notional in quote money that every taker's leg can be filled at, and the leg that ends it.

    None where no leg crosses a book.
    """
    found: list[tuple[Decimal, int]] = []
    for place, ((market, size, bought), role) in enumerate(zip(_sizes(plan), roles, strict=True)):
        book = spot if market == "spot" else perp
        if book is not None and role == "taker":
            shown = depth(book.asks if bought else book.bids)
            found.append((shown / size * hedge_of(plan) * plan.perp_price, place))
    return min(found, default=(None, 0), key=lambda end: end[0] or 0)


def _sizes(plan: Plan) -> list[tuple[str, Decimal, bool]]:
    """Each leg's market, its size in the units of its book, and whether it is bought.

    The perp leg of an inverse carry is the same number of contracts at entry and exit.
    """
    contracts = hedge_of(plan) * plan.perp_price
    return [
        (market, contracts if plan.inverse and market == "perp" else quantity, bought)
        for market, quantity, _, bought in orders_of(plan)
    ]
