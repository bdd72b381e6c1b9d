"""One position of a book as it stands now, and the funding that it has received and will receive.

Positive is money received: minus s x q x P x r at each settlement (s x (Q / P) x r in coin for an inverse position).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import pairwise

from fundcli.core.book_answer import BookSettlement, MarketName, PriceBasis
from fundcli.core.hold import Hold
from fundcli.core.liquidation import ZERO, MaintenanceTier, Margined, RatioKind
from fundcli.core.numbers import exact, ledger
from fundcli.core.position import Position, payment
from fundcli.core.schedule import Grid, accrued_parts
from fundcli.core.units import HOURS_PER_DAY, MS_PER_HOUR, from_ms
from fundcli.core.used import UsedRate

HORIZON_HOURS = (8, 24)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToDate:
    """What settled since a position was opened: the sum of what is known of it, and how many settlements are not."""

    received: Decimal
    known: int
    missing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When a contract settles. next_ms: the settlement that its rate is for, where the exchange says that."""

    grid: Grid
    continuous: bool = False
    next_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """A position of a book and what is known of it now.

    price: the one that it is valued at; funding_price: the one that its exchange pays funding on, as far as it is
    known. Both None where the exchange failed; a spot position has no rate, schedule or margin. margin: its own, or
    None on the balance of an account. tiers: empty where no source gives them, liquidation_unknown says why.
    """

    number: int
    market: MarketName
    position: Position
    price: Decimal | None = None
    price_basis: PriceBasis | None = None
    price_source: str | None = None
    funding_price: Decimal | None = None
    used: UsedRate | None = None
    schedule: Schedule | None = None
    margin: Decimal | None = None
    account: str | None = None
    tiers: tuple[MaintenanceTier, ...] = ()
    maintenance_source: str | None = None
    closing_fee: Decimal = ZERO
    closing_fee_source: str | None = None
    ratio_kind: RatioKind | None = None
    liquidation_unknown: str | None = None
    floor: Decimal = Decimal("1.5")
    opened: datetime | None = None
    to_date: ToDate | None = None

    @property
    def coin(self) -> str:
        """The base coin."""
        return self.position.symbol.partition("/")[0]

    @property
    def quote(self) -> str:
        """The currency of its price."""
        return self.position.symbol.partition("/")[2].partition(":")[0]

    @property
    def label(self) -> str:
        """Its exchange, symbol and side."""
        return f"{self.position.exchange} {self.position.symbol} {self.position.side}"

    @exact
    def margined(self) -> Margined:
        """The position on its own margin; on none in an account, and for spot."""
        position = self.position
        assert position.price is not None
        size = position.size if not position.inverse else position.notional * position.price
        return Margined(
            sign=position.sign,
            size=position.notional / position.price if size is None else size,
            entry=position.price,
            margin=self.margin or ZERO,
            tiers=self.tiers,
            closing_fee=self.closing_fee,
            inverse=position.inverse,
        )

    @exact
    def delta(self) -> Decimal | None:
        """Signed coins: s q, or s Q / P of an inverse position; None where that needs a price that is not known."""
        held = self.margined()
        if not held.inverse:
            return held.sign * held.size
        return None if self.price is None else held.sign * held.size / self.price


@exact
def upcoming(held: Holding, now_ms: int) -> list[BookSettlement]:
    """Every settlement with now < t <= now + 24 h, at the rate and price of now.

    Only the settlement that the rate is for is not an estimate. Where funding accrues by time these are the periods,
    cut at now, at 8 and at 24 hours.
    """
    if held.used is None or held.schedule is None or held.funding_price is None:
        return []
    schedule, used, one = held.schedule, held.used, Decimal(1)
    marks = [now_ms, *(now_ms + hours * MS_PER_HOUR for hours in HORIZON_HOURS)]
    if schedule.continuous:
        spans = pairwise(marks)
        times = [part for start, end in spans for part in accrued_parts(schedule.grid, start, end)]
        current = schedule.grid.first_after(now_ms)
    else:
        times = [(t, one) for t in schedule.grid.crossed(now_ms, marks[-1])]
        current = schedule.next_ms if schedule.next_ms is not None else schedule.grid.first_after(now_ms)
    paid = payment(held.position, used.rate, held.funding_price)
    return [
        BookSettlement(
            time=from_ms(t),
            position=held.number,
            exchange=held.position.exchange,
            symbol=held.position.symbol,
            rate=used.rate,
            rate_kind=used.kind,
            interval_hours=used.interval_hours,
            share=share,
            price=held.funding_price,
            amount=-ledger(paid * share),
            currency=held.position.currency,
            estimated=used.kind == "baseline" or (t > current if schedule.continuous else t != current),
        )
        for t, share in times
    ]


@exact
def per_day(held: Holding) -> Decimal | None:
    """What a day of funding brings at the rate and price of now: 24 / interval settlements."""
    if held.used is None or held.funding_price is None:
        return None
    paid = payment(held.position, held.used.rate, held.funding_price)
    return -ledger(paid * HOURS_PER_DAY / held.used.interval_hours)


@exact
def received(position: Position, hold: Hold) -> Decimal:
    """What the settlements that a hold crosses have paid its holder, each at its own rate and price.

    Without the price of a settlement the notional at entry stands.
    """
    amounts = [-ledger(payment(position, c.rate, c.price) * c.share) for c in hold.crossings or ()]
    return sum(amounts, ZERO)


def until(rows: Sequence[BookSettlement], now: datetime, hours: int) -> list[BookSettlement]:
    """Those of the next so many hours."""
    return [row for row in rows if (row.time - now).total_seconds() <= hours * 3600]
