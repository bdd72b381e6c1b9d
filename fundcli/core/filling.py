"""A carry's four legs against the order books of the moment: what each is filled at, and how far the books reach."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import accumulate

from fundcli.core.carry_legs import hedge_of, orders_of
from fundcli.core.carry_plan import Plan
from fundcli.core.depth import Book, Fill, Side, depth, fill
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
    """The largest notional, in quote money as typed, that every taker's leg can be filled at, and the leg that ends it.

    None where no leg crosses a book.
    """
    found = [(each * depth(side), place) for place, side, each in _crossed(plan, spot, perp, roles)]
    return min(found, default=(None, 0), key=lambda end: end[0] or 0)


@exact
def level_ends(plan: Plan, spot: Book | None, perp: Book | None, roles: Sequence[str]) -> list[Decimal]:
    """The notionals, in quote money as typed, at which some taker's leg uses up a level of its book."""
    return [
        each * size
        for _, side, each in _crossed(plan, spot, perp, roles)
        for size in accumulate(size for _, size in side)
    ]


def _crossed(
    plan: Plan, spot: Book | None, perp: Book | None, roles: Sequence[str]
) -> Iterator[tuple[int, Side, Decimal]]:
    """Each taker's leg: its place, the side that it crosses, and the notional of the carry per unit of its size.

    A fee taken in coin makes legs of one carry differ in size.
    """
    for place, ((market, size, bought), role) in enumerate(zip(_sizes(plan), roles, strict=True)):
        book = spot if market == "spot" else perp
        if book is not None and role == "taker":
            yield place, book.asks if bought else book.bids, plan.quantity * plan.perp_price / size


def _sizes(plan: Plan) -> list[tuple[str, Decimal, bool]]:
    """Each leg's market, its size in the units of its book, and whether it is bought.

    The perp leg of an inverse carry is the same number of contracts at entry and exit.
    """
    contracts = hedge_of(plan) * plan.perp_price
    return [
        (market, contracts if plan.inverse and market == "perp" else quantity, bought)
        for market, quantity, _, bought in orders_of(plan)
    ]
