"""Margin tiers of a contract, where an exchange publishes them without a key."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from typing import Any

from fundcli.core.liquidation import MaintenanceTier
from fundcli.core.margin import Counted, MarginTable, MarginTier, joined
from fundcli.errors import ExchangeError
from fundcli.exchanges.market import Market
from fundcli.exchanges.reading import number
from fundcli.exchanges.venue import Venue

# Above what any exchange offers.
_MOST_LEVERAGE = Decimal(2000)
_ONE = Decimal(1)


def read_tiers(venue: Venue, market: Market, leverage: Decimal = _ONE) -> MarginTable | None:
    """The margin tiers of a contract now; None where no public endpoint has them (see `venue.untiered`).

    `leverage` counts where the exchange's maintenance rate depends on the leverage that was chosen (HTX).
    """
    if venue.tiers_from is None:
        return None
    try:
        return venue.fetch_tiers(venue.client, market, leverage)
    except Exception as error:
        raise venue.failure(error) from error


def tier(
    end: Any,
    rate: Any,
    *,
    leverage: Any = None,
    initial: Any = None,
    amount: Any = None,
    unit: Decimal = _ONE,
) -> MarginTier | None:
    """One tier out of wire text; None where it cannot be one.

    end: in units of so many coins (or quote units); None for a tier without end. Of leverage and initial rate one is
    enough: the other is its reciprocal.
    """
    found, least, most = number(rate), number(initial), number(leverage)
    least = 1 / most if least is None and most else least
    most = 1 / least if most is None and least else most
    up_to = None if end is None else number(end)
    if found is None or least is None or most is None or (end is not None and (up_to is None or up_to <= 0)):
        return None
    if not 0 < found <= 1 or not 0 < least <= 1 or not 1 <= most <= _MOST_LEVERAGE:
        return None
    taken_off = Decimal(0) if amount in (None, "") else number(amount)
    if taken_off is None or taken_off < 0:
        return None
    terms = MaintenanceTier(found, taken_off, None if up_to is None else up_to * unit)
    return MarginTier(maintenance=terms, max_leverage=most, initial_rate=least)


def table(
    venue: Venue, market: Market, tiers: Iterable[MarginTier | None], *, counts: Counted = "value", join: bool = False
) -> MarginTable:
    """The table of these tiers, in the order of their ends; `join` where each part is charged at its own tier's rate.

    A row that cannot be a tier costs the whole table: with a hole in it, it would be wrong beyond the hole.
    """
    rows = list(tiers)
    found = sorted((row for row in rows if row is not None), key=_end)
    ends = [_end(row) for row in found]
    if not found or len(found) < len(rows) or any(one >= other for one, other in pairwise(ends)):
        raise ExchangeError(
            venue.id,
            f"{venue.tiers_from} has no readable margin tiers of {market.symbol}",
            "Try again later, or give --maintenance-rate.",
        )
    if join:
        terms = joined([row.maintenance for row in found])
        found = [replace(row, maintenance=each) for row, each in zip(found, terms, strict=True)]
    return MarginTable(tiers=tuple(found), counts=counts)


def contract_unit(venue: Venue, market: Market) -> Decimal:
    """Coins (inverse: quote units) of one contract, for an exchange that counts its tiers in contracts."""
    if market.contract_size is None or market.contract_size <= 0:
        raise ExchangeError(
            venue.id,
            f"counts the margin tiers of {market.symbol} in contracts and does not say what one is worth",
            "Try again with --refresh, or give --maintenance-rate.",
        )
    return market.contract_size


def starts_to_ends(starts: Sequence[Any]) -> list[Any]:
    """Where each tier ends, of an exchange that says where each begins: at the next one's start, the last one never."""
    return [*starts[1:], None]


def _end(row: MarginTier) -> Decimal:
    return Decimal("Infinity") if row.maintenance.up_to is None else row.maintenance.up_to
