"""What the exchanges hold at one instant: contracts, their rates, their settlements, spot markets.

Everything is frozen and derived from `now_ms` alone, so that a test can state what it expects and the
server may keep encoded answers for as long as the world stays the same.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property
from typing import Any

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
BOOK_LEVELS = 40
Level = tuple[Decimal, Decimal]


@dataclass(frozen=True)
class Settlement:
    """One funding settlement: the stamp that the exchange gives it, the rate paid, the mark price then."""

    time_ms: int
    rate: str
    mark: str


@dataclass(frozen=True)
class Tier:
    """Margin terms of a position up to `end`: value in the settlement currency, or coins (inverse: quote units).

    Which of them it is goes by what the exchange counts. The initial rate is 1 / `leverage`; `deduction` is what joins
    the tiers, where the exchange charges each part of a position at its own tier's rate.
    """

    end: str
    leverage: str
    initial: str
    rate: str
    deduction: str = "0"


# 100,000 x 0.5 % = 500; 500 + 500,000 x 1.5 % = 8,000
TIERS = (
    Tier("100000", "100", "0.01", "0.005"),
    Tier("500000", "50", "0.02", "0.01", "500"),
    Tier("2000000", "20", "0.05", "0.025", "8000"),
)


@dataclass(frozen=True)
class Contract:
    """One contract, with every number as the text that the exchange would send.

    `base` is the common name (BTC); `id` is the exchange's own (PF_XBTUSD). `rate` is the rate of the running
    interval, due at `next_ms`; `history` is ascending by time.
    """

    id: str
    base: str
    quote: str
    settle: str
    linear: bool = True
    perpetual: bool = True
    active: bool = True
    interval_hours: int = 8
    rate: str = "0.00010000"
    next_rate: str = "0.00010000"
    mark: str = "100.00"
    index: str = "100.00"
    next_ms: int = 0
    history: Sequence[Settlement] = field(default=(), repr=False)
    expiry_ms: int = 0
    listed_ms: int = 0
    contract_size: str = "1"
    demo: bool = False
    pre_launch: bool = False
    #: the interest component of 8 hours, the largest and smallest rate, the middle of the premium
    interest: str = "0.0001"
    cap: str = "0.00300000"
    floor: str = "-0.00300000"
    premium: str = "0.00012300"
    tiers: tuple[Tier, ...] = field(default=TIERS, repr=False)

    @property
    def interval_ms(self) -> int:
        return self.interval_hours * HOUR_MS

    @property
    def funded(self) -> bool:
        """Whether the exchange quotes a rate for it now."""
        return self.perpetual and self.active

    def price_at(self, time_ms: int, now_ms: int) -> str:
        """The mark price at a time: a smooth wave that passes through `mark` now."""
        return wave(self.mark, self.id, time_ms - now_ms)

    def index_at(self, time_ms: int, now_ms: int) -> str:
        """The index price at a time: another wave, through `index` now."""
        return wave(self.index, f"{self.id} index", time_ms - now_ms)

    def hour(self, kind: str, start_ms: int, end_ms: int, now_ms: int) -> tuple[str, str, str, str]:
        """Open, high, low and close of the mark or index price over a candle that ends at `end_ms`, or runs till now.

        It swings 0.05 % beyond where it begins and ends, so that no field equals another.
        """
        at = self.price_at if kind == "mark" else self.index_at
        first, last = at(start_ms, now_ms), at(min(end_ms, now_ms), now_ms)
        low, high = sorted((float(first), float(last)))
        places = len(first.partition(".")[2])
        return first, f"{high * 1.0005:.{places}f}", f"{low * 0.9995:.{places}f}", last

    def interest_at(self, time_ms: int, now_ms: int) -> tuple[Decimal, Decimal]:
        """Open interest at a full hour: coins and money. Whole hundredths of a coin, or hundreds of USD if inverse."""
        step = (time_ms // HOUR_MS * 37 + sum(self.id.encode())) % 1009
        price = Decimal(self.price_at(time_ms, now_ms))
        if self.linear:
            coins = Decimal(5000) + step * Decimal("1.07")
            return coins, coins * price
        money = Decimal(1_000_000 + 100 * step)
        return (money / price).quantize(Decimal("1e-8")), money

    def premium_at(self, time_ms: int) -> str:
        """The premium index at a time: `premium` and 0.000001 x (minute mod 21 - 10), which passes through it."""
        step = time_ms // MINUTE_MS % 21 - 10
        return f"{Decimal(self.premium) + step * Decimal('0.000001'):.8f}"

    def book(self) -> tuple[list[Level], list[Level]]:
        """Bids and asks, best first, as (price, size): 40 a side, each 0.01 % of `mark` from the one before.

        Level k holds 5,000, 6,000 or 7,000 USD: coins to the thousandth, or on inverse contracts the USD themselves.
        """
        return _ladder(self.mark, Decimal(0), 5000, 1000, coins=self.linear)


@dataclass(frozen=True)
class Spot:
    """One spot market. `price` is the middle of its book; empty: the index price of a contract of the same base."""

    base: str
    quote: str
    active: bool = True
    price: str = ""


@dataclass(frozen=True)
class Loan:
    """A coin that an exchange lends: its rate in the exchange's own period, and how much may be borrowed."""

    coin: str
    rate: str
    most: str
    open: bool = True


@dataclass(frozen=True)
class World:
    """All exchanges at the instant `now_ms`.

    `every_interval`: binance's fundingInfo lists every perpetual instead of those that are not 8 h.
    """

    now_ms: int
    contracts: Mapping[str, tuple[Contract, ...]]
    spot: Mapping[str, tuple[Spot, ...]] = field(default_factory=dict)
    every_interval: bool = False
    loans: Mapping[str, tuple[Loan, ...]] = field(default_factory=dict)

    @classmethod
    def small(cls, now_ms: int, days: int = 40) -> World:
        """A handful of contracts per exchange, each kind once, with `days` of settlements."""
        from tests.exchange_server.build import small

        return small(now_ms, days)

    @classmethod
    def real_size(cls, now_ms: int) -> World:
        """As many contracts and spot markets as the exchanges really list, with 20 settlements each."""
        from tests.exchange_server.build import real_size

        return real_size(now_ms)

    @cached_property
    def _by_id(self) -> dict[tuple[str, str], Contract]:
        return {(name, c.id): c for name, contracts in self.contracts.items() for c in contracts}

    def find(self, exchange: str, contract_id: str) -> Contract | None:
        return self._by_id.get((exchange, contract_id))

    def contract(self, exchange: str, contract_id: str) -> Contract:
        """As `find`, but a wrong id is an error: for tests."""
        return self._by_id[exchange, contract_id]

    def of(self, exchange: str) -> tuple[Contract, ...]:
        return self.contracts.get(exchange, ())

    def spot_price(self, exchange: str, spot: Spot) -> str:
        """The middle of a spot market's book; 1.000000 where nothing says it."""
        indices = (c.index for c in self.of(exchange) if c.base == spot.base)
        return spot.price or next(indices, "1.000000")

    def spot_book(self, exchange: str, spot: Spot) -> tuple[list[Level], list[Level]]:
        """Bids and asks, best first, as (price, coins): 40 a side, 0.015 % from the middle and 0.01 % from each other.

        Level k holds 4,000, 5,500 or 7,000 of the quote.
        """
        return _ladder(self.spot_price(exchange, spot), Decimal("0.5"), 4000, 1500, coins=True)

    def with_spot(self, exchange: str, spot: Iterable[Spot]) -> World:
        """The same world with another list of spot markets on one exchange."""
        return replace(self, spot={**self.spot, exchange: tuple(spot)})

    def lent(self, exchange: str, coin: str) -> Loan | None:
        """What an exchange lends of a coin."""
        return next((loan for loan in self.loans.get(exchange, ()) if loan.coin == coin), None)

    def with_contracts(self, exchange: str, contracts: Iterable[Contract]) -> World:
        """The same world with another list of contracts on one exchange."""
        return replace(self, contracts={**self.contracts, exchange: tuple(contracts)})

    def with_contract(self, exchange: str, contract_id: str, **changes: Any) -> World:
        """The same world with some fields of one contract changed."""
        self.contract(exchange, contract_id)
        changed = (replace(c, **changes) if c.id == contract_id else c for c in self.of(exchange))
        return self.with_contracts(exchange, changed)


def _ladder(middle: str, first: Decimal, least: int, step: int, *, coins: bool) -> tuple[list[Level], list[Level]]:
    """Level k lies 0.01 % x (k + first) from the middle and holds least + step x (k mod 3) of money, or its coins."""
    tick = Decimal(1).scaleb(-len(middle.partition(".")[2]))
    price = Decimal(middle)
    bids: list[Level] = []
    asks: list[Level] = []
    for k in range(1, BOOK_LEVELS + 1):
        money = Decimal(least + step * (k % 3))
        size = (money / price).quantize(Decimal("0.001")) if coins else money
        away = (price * (k + first) / 10_000).quantize(tick)
        bids.append((price - away, size))
        asks.append((price + away, size))
    return bids, asks


def wave(mark: str, key: str, distance_ms: int) -> str:
    """`mark` moved by a slow and a fast wave; exactly `mark` at distance 0, with as many decimals."""
    phase = sum(key.encode()) % 360 / 57.3
    slow = math.sin(phase + distance_ms * (2 * math.pi / (7 * DAY_MS))) - math.sin(phase)
    fast = math.sin(distance_ms * (2 * math.pi / (5 * HOUR_MS)))
    places = len(mark.partition(".")[2])
    return f"{float(mark) * (1 + 0.03 * slow + 0.004 * fast):.{places}f}"
