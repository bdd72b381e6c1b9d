"""The accounts of a file of positions: one exchange, and one currency in which all that counts has a price."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NoReturn

from fundcli.core.position import is_inverse
from fundcli.core.symbols import is_dollar, plain_coin
from fundcli.profiles.houses import one_house

if TYPE_CHECKING:
    from fundcli.market.positions import Written


def one_account(name: str, members: Sequence[Written], named: str | None, refuse: Callable[..., NoReturn]) -> str:
    """The currency of an account: what it is said to be, else that of its first linear perpetual, else its coin.

    It lies on one exchange, and all that counts there has a price in that currency; dollars are at par. `refuse` takes
    the key, the problem and the remedy.
    """
    perps = [each for each in members if each.entry.market == "perp"]
    if not perps:
        key = f"positions.{members[0].number - 1}.account"
        refuse(key, f"'{name}' holds no perpetual", "Drop it: an account is one that carries perpetuals.")
    first = next((each for each in perps if not is_inverse(each.symbol)), perps[0])
    currency = named or settles(first)
    for each in members:
        key = f"positions.{each.number - 1}.account"
        if not one_house(each.profile, perps[0].profile):
            refuse(key, f"'{name}' is an account of {perps[0].profile.id}", "Name one of this exchange.")
        held = f"'{name}' is held in {currency}, and {each.symbol} has no price in that"
        if each.entry.market == "perp" and not _counts_in(each, currency):
            other = settles(each) if not is_inverse(each.symbol) else each.symbol.partition("/")[2].partition(":")[0]
            refuse(key, held, f"Name another account, or say what this one is held in: `{name}: 20k {other}`.")
        if (each.is_collateral or each.borrows) and not _counts_in(each, currency):
            what = "`haircut`" if each.is_collateral else "`account`"
            refuse(key, held, f"Write its symbol and prices in {currency}, or drop its {what}.")
    return currency


def settles(each: Written) -> str:
    """What a perpetual settles in."""
    return each.symbol.rpartition(":")[2]


def _counts_in(each: Written, currency: str) -> bool:
    """Whether a position has a price in the currency of an account.

    That is what it pays in, or its quote, or another dollar; of spot and of inverse contracts the coin itself, too.
    """
    quote, _, settle = each.symbol.partition("/")[2].partition(":")
    inverse = is_inverse(each.symbol)
    paid = quote if inverse else settle or quote
    itself = settle if inverse else plain_coin(each.base)[0] if each.entry.market == "spot" else paid
    return currency in (paid, itself) or (is_dollar(paid) and is_dollar(currency))
