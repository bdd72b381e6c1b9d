"""One position of a book as it stands now, and the funding that it has received and will receive.

Positive is money received: minus s x q x P x r at each settlement (s x (Q / P) x r in coin for an inverse position).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import pairwise

from fundcli.core.book_answer import BookSettlement, MaintenanceBasis, MarketName, PriceBasis
from fundcli.core.borrow import BorrowQuote, interest
from fundcli.core.hold import Hold
from fundcli.core.liquidation import ZERO, MaintenanceTier, Margined, RatioKind
from fundcli.core.numbers import exact, ledger
from fundcli.core.position import Position, payment
from fundcli.core.schedule import Grid, accrued_parts
from fundcli.core.symbols import plain_coin
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
    known. Both None where the exchange failed; a spot position has no rate, schedule or margin, and tiers only where
    somebody says what is asked for coins that an account owes. base: the base as its
    exchange writes it, where that is not the symbol's (kPEPE). next_used: what the exchange says of the settlement
    after the one that `used` is for. margin: its own, or None on the balance of an account. haircut: of spot that is
    collateral of its account, None where it is none. tiers: empty where no source gives them, liquidation_unknown says
    why. borrow: of spot that is sold short.
    """

    number: int
    market: MarketName
    position: Position
    base: str = ""
    price: Decimal | None = None
    price_basis: PriceBasis | None = None
    price_source: str | None = None
    funding_price: Decimal | None = None
    used: UsedRate | None = None
    next_used: UsedRate | None = None
    schedule: Schedule | None = None
    margin: Decimal | None = None
    account: str | None = None
    haircut: Decimal | None = None
    tiers: tuple[MaintenanceTier, ...] = ()
    maintenance_source: str | None = None
    maintenance_basis: MaintenanceBasis | None = None
    closing_fee: Decimal = ZERO
    closing_fee_source: str | None = None
    ratio_kind: RatioKind | None = None
    liquidation_unknown: str | None = None
    floor: Decimal = Decimal("1.5")
    opened: datetime | None = None
    to_date: ToDate | None = None
    borrow: BorrowQuote | None = None

    @property
    def owed(self) -> bool:
        """Whether it is spot sold short in an account, which owes the coins."""
        return self.market == "spot" and self.account is not None and self.position.sign < 0

    @property
    def coin(self) -> str:
        """The coin by its plain name: PEPE of 1000PEPE."""
        return self._counted[0]

    @property
    def multiple(self) -> Decimal:
        """How many of that coin one unit of the base is."""
        return Decimal(self._counted[1])

    @property
    def written(self) -> str:
        """The base as its exchange writes it."""
        return self.base or self.position.symbol.partition("/")[0]

    @property
    def _counted(self) -> tuple[str, int]:
        return plain_coin(self.written)

    @property
    @exact
    def coin_price(self) -> Decimal | None:
        """The price of one coin by its plain name."""
        return None if self.price is None else self.price / self.multiple

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
        """Signed coins by their plain name; None where that needs a price that is not known.

        s q k, or s Q k / P of an inverse position, with k coins in a unit of the base.
        """
        held = self.margined()
        if not held.inverse:
            return held.sign * held.size * self.multiple
        return None if self.price is None else held.sign * held.size * self.multiple / self.price


@exact
def upcoming(held: Holding, now_ms: int) -> list[BookSettlement]:
    """Every settlement with now < t <= now + 24 h, at the rate and price of now.

    The settlement that the rate is for is no estimate, and neither is the one after it where the exchange says its
    rate. Where funding accrues by time these are the periods, cut at now, at 8 and at 24 hours.
    """
    if held.used is None or held.schedule is None or held.funding_price is None:
        return []
    schedule, one, price = held.schedule, Decimal(1), held.funding_price
    marks = [now_ms, *(now_ms + hours * MS_PER_HOUR for hours in HORIZON_HOURS)]
    if schedule.continuous:
        spans = pairwise(marks)
        times = [part for start, end in spans for part in accrued_parts(schedule.grid, start, end)]
    else:
        times = [(t, one) for t in schedule.grid.crossed(now_ms, marks[-1])]
    rows = []
    for t, share in times:
        used, estimated = _rate_at(held.used, held.next_used, schedule, t, now_ms)
        rows.append(
            BookSettlement(
                time=from_ms(t),
                position=held.number,
                exchange=held.position.exchange,
                symbol=held.position.symbol,
                rate=used.rate,
                rate_kind=used.kind,
                interval_hours=used.interval_hours,
                share=share,
                price=price,
                amount=-ledger(payment(held.position, used.rate, price) * share),
                currency=held.position.currency,
                estimated=estimated,
            )
        )
    return rows


def _rate_at(used: UsedRate, after: UsedRate | None, schedule: Schedule, t: int, now_ms: int) -> tuple[UsedRate, bool]:
    """The rate of a settlement (or of the part of a period that ends at t), and whether it is only an estimate."""
    first = schedule.next_ms if schedule.next_ms is not None else schedule.grid.first_after(now_ms)
    second = first + schedule.grid.interval_ms
    if after is not None and (first < t <= second if schedule.continuous else t == second):
        return after, False
    known = t <= first if schedule.continuous else t == first
    return used, used.kind == "baseline" or not known


@exact
def per_day(held: Holding) -> Decimal | None:
    """What a day of funding brings at the rate and price of now: 24 / interval settlements."""
    if held.used is None or held.funding_price is None:
        return None
    paid = payment(held.position, held.used.rate, held.funding_price)
    return -ledger(paid * HOURS_PER_DAY / held.used.interval_hours)


@exact
def borrowed_per_day(held: Holding) -> Decimal | None:
    """What a day of borrowing brings: minus simple interest on the coins that are sold short; None where not known.

    Zero for all but a short spot position, which borrows q coins: - q x P x yearly rate / 365.
    """
    if held.market != "spot" or held.position.sign > 0:
        return ZERO
    if held.borrow is None or held.price is None:
        return None
    coins = interest(held.margined().size, held.borrow.yearly_rate, HOURS_PER_DAY)
    return -ledger(coins * held.price)


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
