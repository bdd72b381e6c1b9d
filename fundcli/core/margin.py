"""Margin by the size of a position: initial and maintenance margin, and the most leverage, in tiers.

Initial margin of a notional N at leverage L: the larger of N / L and N x r, r the tier's least initial rate.
Maintenance margin: N x m - A. Some exchanges charge the whole position at the rate of its tier (A = 0: a step at every
border), others each part of it at the rate of its own tier, which amounts join (see `joined`). Money is in the
settlement currency: quote for linear, coin for inverse.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from fundcli.core.liquidation import MaintenanceTier, beyond
from fundcli.core.numbers import exact

# What an exchange counts its tiers in: the value of a position at the price of the moment, or its size.
Counted = Literal["value", "size"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MarginTier:
    """The terms of a position up to `maintenance.up_to`.

    max_leverage: the most that the exchange allows there. initial_rate: the least initial margin, as a share of the
    notional; an exchange that names leverage alone means 1 / max_leverage.
    """

    maintenance: MaintenanceTier
    max_leverage: Decimal
    initial_rate: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class MarginTable:
    """The margin tiers of one contract, in their order.

    counts: "value", the notional in the settlement currency, so that a position changes its tier as the price moves;
    or "size", coins (inverse: quote units), so that it stays in its tier at every price.
    """

    tiers: tuple[MarginTier, ...]
    counts: Counted = "value"

    def at(self, size: Decimal | None) -> tuple[MarginTier, ...]:
        """The tiers that a position of this size can come to be in: all of them, or the one of its size, without end.

        >>> first = MarginTier(maintenance=MaintenanceTier(Decimal("0.004"), up_to=Decimal(5)),
        ...                    max_leverage=Decimal(100), initial_rate=Decimal("0.01"))
        >>> len(MarginTable(tiers=(first, first)).at(None))
        2
        >>> MarginTable(tiers=(first, first), counts="size").at(Decimal(3))[0].maintenance.up_to is None
        True
        """
        if self.counts == "value":
            return self.tiers
        assert size is not None
        found = tier_of(self.tiers, size)
        return (replace(found, maintenance=replace(found.maintenance, up_to=None)),)

    def ends_before(self, size: Decimal) -> bool:
        """Whether a position (its notional, or its size where that is counted) lies beyond the last tier."""
        end = self.ends_at
        return end is not None and beyond(size, end)

    @property
    def ends_at(self) -> Decimal | None:
        """Where the last tier ends, in what the table counts; None where it does not."""
        return self.tiers[-1].maintenance.up_to


def one_table(rate: Decimal) -> MarginTable:
    """A maintenance rate typed alone, for a position of any size and any leverage."""
    tier = MarginTier(maintenance=MaintenanceTier(rate), max_leverage=Decimal("Infinity"), initial_rate=Decimal(0))
    return MarginTable(tiers=(tier,))


def tier_of(tiers: Sequence[MarginTier], amount: Decimal) -> MarginTier:
    """The tier of a notional (or size); beyond the end of the last one, the last one."""
    ends = ((tier, tier.maintenance.up_to) for tier in tiers)
    return next((tier for tier, end in ends if end is None or not beyond(amount, end)), tiers[-1])


@exact
def joined(tiers: Sequence[MaintenanceTier]) -> tuple[MaintenanceTier, ...]:
    """The tiers with the amounts by which each part of a position is charged at the rate of its own tier.

    A of tier n = A of tier n-1 + (end of tier n-1) x (m of tier n - m of tier n-1), so that maintenance margin has no
    step. Only for an exchange that says so. Phemex's example: 3,000,000 at 0.5 % to 2,000,000 and 0.75 % beyond.

    >>> first = MaintenanceTier(Decimal("0.005"), up_to=Decimal(2_000_000))
    >>> last = joined([first, MaintenanceTier(Decimal("0.0075"), up_to=Decimal(4_000_000))])[1]
    >>> 3_000_000 * last.rate - last.amount == 17_500
    True
    """
    found: list[MaintenanceTier] = []
    for tier in tiers:
        amount = Decimal(0)
        if found:
            before = found[-1]
            assert before.up_to is not None
            amount = before.amount + before.up_to * (tier.rate - before.rate)
        found.append(replace(tier, amount=amount))
    return tuple(found)


@exact
def initial_margin(tiers: Sequence[MarginTier], notional: Decimal, leverage: Decimal) -> Decimal:
    """The larger of notional / leverage and the least that the tier of the notional asks for.

    `tiers` as `MarginTable.at` gives them. Bybit's example of an inverse contract: 25 coins at 10x are 2.5; beyond the
    tier's 10x the tier decides.

    >>> only = MarginTier(maintenance=MaintenanceTier(Decimal("0.03")), max_leverage=Decimal(10),
    ...                   initial_rate=Decimal("0.1"))
    >>> initial_margin([only], Decimal(25), Decimal(10)), initial_margin([only], Decimal(25), Decimal(50))
    (Decimal('2.5'), Decimal('2.5'))
    """
    return max(notional / leverage, notional * tier_of(tiers, notional).initial_rate)


@exact
def maintenance_at(tiers: Sequence[MarginTier], notional: Decimal) -> Decimal:
    """Notional x m - A, by the tier of the notional."""
    terms = tier_of(tiers, notional).maintenance
    return notional * terms.rate - terms.amount


def most_leverage(tiers: Sequence[MarginTier], notional: Decimal) -> Decimal:
    """The most leverage that the exchange allows at this notional."""
    return tier_of(tiers, notional).max_leverage
