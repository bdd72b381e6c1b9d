"""Records of a reconciliation: what was booked, what is known beside it, and the answer."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from operator import itemgetter
from typing import Literal

Cause = Literal[
    "exact", "rounding", "sign", "interval", "rate", "price", "size", "duplicate", "missing", "implied", "unknown"
]
Basis = Literal["export", "given", "lake", "exchange", "implied", "unknown"]
ValueBasis = Literal["given", "exchange", "profile", "guessed"]

_ONE = Decimal(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """One funding payment as an export has it, at its scheduled settlement.

    size: signed (positive long), in base coin, inverse in quote units; with `receives` known instead of a side, its
    sign is found from the rate. prices: other prices of that settlement, by their names.
    """

    line: int
    symbol: str
    currency: str
    time_ms: int
    booked: Decimal
    size: Decimal | None = None
    rate: Decimal | None = None
    price: Decimal | None = None
    samples: Decimal = _ONE
    receives: bool | None = None
    prices: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of a contract beside the export. Times are scheduled settlements in milliseconds.

    positions: (time, size from then on), oldest first. prices: of the kind that the exchange pays on; asked: the times
    at which the exchange told them now, and not the lake.
    """

    rates: Mapping[int, Decimal] = field(default_factory=dict)
    revisions: Mapping[int, Sequence[Decimal]] = field(default_factory=dict)
    prices: Mapping[int, Decimal] = field(default_factory=dict)
    other_prices: Mapping[str, Mapping[int, Decimal]] = field(default_factory=dict)
    asked: frozenset[int] = frozenset()
    positions: Sequence[tuple[int, Decimal]] = ()
    currency: str = ""

    def size_at(self, time_ms: int) -> Decimal | None:
        """The position held into a settlement: one opened at its very instant is not."""
        place = bisect_left(self.positions, time_ms, key=itemgetter(0))
        return self.positions[place - 1][1] if place else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Digits:
    """How closely a booked amount can be told: the unit of its last digit, or the tolerance that was asked for."""

    unit: Decimal = Decimal("1e-8")
    tolerance: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """One settlement: what was booked, what was expected, and the cause of a difference.

    Positive is money received. difference = booked - expected. computed is unrounded; expected is the same in the
    exchange's digits where the payment is exact. implied_*: what the booked amount says of one number if the other
    two hold. line: of the export; null for a missing booking. bookings: how many it sums up.
    """

    time: datetime
    symbol: str
    currency: str
    size: Decimal | None
    size_basis: Basis
    rate: Decimal | None
    rate_basis: Basis
    price: Decimal | None
    price_basis: Basis
    samples: Decimal
    computed: Decimal | None
    expected: Decimal | None
    booked: Decimal
    difference: Decimal | None
    cause: Cause
    note: str
    implied_size: Decimal | None
    implied_rate: Decimal | None
    implied_price: Decimal | None
    line: int | None
    bookings: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Causes:
    """How many payments have which cause."""

    exact: int = 0
    rounding: int = 0
    sign: int = 0
    interval: int = 0
    rate: int = 0
    price: int = 0
    size: int = 0
    duplicate: int = 0
    missing: int = 0
    implied: int = 0
    unknown: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """Totals of a contract, or in all (symbol null; currency and money null where contracts differ in it).

    unchecked: payments for which nothing could be expected; expected and difference leave them out. contract_value:
    what one contract of the export is worth, coins (inverse: quote units), where it counts those; and how it is known.
    """

    symbol: str | None
    currency: str | None
    payments: int
    booked: Decimal | None
    expected: Decimal | None
    difference: Decimal | None
    differing: int
    unchecked: int
    causes: Causes
    contract_value: Decimal | None = None
    contract_value_basis: ValueBasis | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """The answer of `fundcli reconcile`; positive is money received."""

    exchange: str
    format: str
    payments: tuple[Payment, ...]
    contracts: tuple[Sum, ...]
    totals: Sum
