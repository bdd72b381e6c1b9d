"""The record of a funding rate: never a number alone, always with its interval, kind, time and source."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from fundcli.core.annualize import apr, apy, level, rate_8h
from fundcli.core.words import IntervalBasis, RateBasis, RateKind


@dataclass(frozen=True, slots=True, kw_only=True)
class FundingRate:
    """One funding rate of one contract.

    rate: fraction of notional per settlement, positive: long pays short. interval_hours: hours between settlements
    of this contract at this time, `interval_source` says how that is known. time: the scheduled settlement that the
    rate is for. observed_at: when the exchange said so. next_rate: the exchange's own forecast of the settlement
    after it, where it publishes one. interest_per_day: the interest component as the exchange reports it, per day.
    rate_basis: `derived` where fundcli had to compute the rate from other published numbers.
    """

    exchange: str
    symbol: str
    base: str
    quote: str
    settle: str
    kind: RateKind
    rate: Decimal
    interval_hours: Decimal
    interval_basis: IntervalBasis
    interval_source: str
    time: datetime | None
    observed_at: datetime
    mark_price: Decimal | None = None
    index_price: Decimal | None = None
    next_rate: Decimal | None = None
    interest_per_day: Decimal | None = None
    rate_basis: RateBasis = "reported"


@dataclass(frozen=True, slots=True, kw_only=True)
class RateRow:
    """A funding rate as `fundcli rates` answers it, made comparable.

    rate_8h = rate x 8 / interval_hours; apr = rate x 8760 / interval_hours; apy = (1 + rate)^(8760 / interval_hours)
    - 1, which only money received and reinvested earns; level by the size of rate_8h.
    """

    exchange: str
    symbol: str
    base: str
    quote: str
    settle: str
    kind: RateKind
    rate: Decimal
    interval_hours: Decimal
    interval_basis: IntervalBasis
    rate_8h: Decimal
    apr: Decimal
    apy: Decimal | None
    time: datetime | None
    observed_at: datetime
    mark_price: Decimal | None
    index_price: Decimal | None
    level: str
    interval_source: str
    rate_basis: RateBasis
    next_rate: Decimal | None
    interest_per_day: Decimal | None

    @classmethod
    def of(cls, rate: FundingRate) -> RateRow:
        """The row of a rate."""
        per_8h = rate_8h(rate.rate, rate.interval_hours)
        return cls(
            exchange=rate.exchange,
            symbol=rate.symbol,
            base=rate.base,
            quote=rate.quote,
            settle=rate.settle,
            kind=rate.kind,
            rate=rate.rate,
            interval_hours=rate.interval_hours,
            interval_basis=rate.interval_basis,
            rate_8h=per_8h,
            apr=apr(rate.rate, rate.interval_hours),
            apy=apy(rate.rate, rate.interval_hours),
            time=rate.time,
            observed_at=rate.observed_at,
            mark_price=rate.mark_price,
            index_price=rate.index_price,
            level=level(per_8h),
            interval_source=rate.interval_source,
            rate_basis=rate.rate_basis,
            next_rate=rate.next_rate,
            interest_per_day=rate.interest_per_day,
        )
