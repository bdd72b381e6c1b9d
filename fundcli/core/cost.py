"""What holding a perpetual costs: funding per settlement, day, hold and year, on notional and on margin.

Positive is money the holder pays; `fundcli.core.position` has the payment at one settlement.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from fundcli.core.annualize import apr, apy
from fundcli.core.hold import Crossing, Hold
from fundcli.core.numbers import exact, ledger
from fundcli.core.position import Position, payment
from fundcli.core.units import HOURS_PER_DAY, HOURS_PER_YEAR, from_ms
from fundcli.core.used import UsedRate
from fundcli.core.words import IntervalBasis, RateKind


@dataclass(frozen=True, slots=True)
class Flow:
    """Money per period: its amount in the settlement currency, as a share of notional and of margin."""

    amount: Decimal
    of_notional: Decimal
    of_margin: Decimal


@dataclass(frozen=True, slots=True)
class Payment:
    """One settlement crossed: positive amount is money that the holder pays."""

    time: datetime
    rate: Decimal
    mark_price: Decimal | None
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Scenario:
    """One cell of the grid of rates and leverages."""

    rate: Decimal
    leverage: Decimal
    margin: Decimal
    funding: Decimal
    fees: Decimal
    total: Decimal
    per_settlement_of_margin: Decimal
    apr_on_notional: Decimal
    apr_on_margin: Decimal
    break_even_move: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class CostResult:
    """The answer of `fundcli cost`; positive is money the holder pays.

    apr_*, apy_* and per_* are funding alone; total = funding + fees; break_even_move = total / notional, the price
    move (up for a long, down for a short) that pays for the hold. apy_on_margin is null for a holder who pays.
    """

    exchange: str
    symbol: str
    side: str
    notional: Decimal
    leverage: Decimal
    margin: Decimal
    size: Decimal | None
    price: Decimal | None
    rate: Decimal
    interval_hours: Decimal
    interval_basis: IntervalBasis
    interval_source: str
    rate_kind: RateKind
    rate_source: str
    hold_hours: Decimal
    settlements: Decimal
    settlements_min: Decimal
    settlements_max: Decimal
    currency: str
    funding: Decimal
    funding_min: Decimal
    funding_max: Decimal
    fee_rate_open: Decimal
    fee_rate_close: Decimal
    fees: Decimal
    total: Decimal
    per_settlement: Flow
    per_day: Flow
    per_hold: Flow
    per_year: Flow
    apr_on_notional: Decimal
    apr_on_margin: Decimal
    apy_on_margin: Decimal | None
    break_even_move: Decimal
    schedule: tuple[Payment, ...] | None = None
    scenarios: tuple[Scenario, ...] | None = None


def payments(position: Position, crossings: Sequence[Crossing]) -> tuple[Payment, ...]:
    """What is paid at each settlement."""
    return tuple(
        Payment(from_ms(c.time_ms), c.rate, c.price, payment(position, c.rate * c.share, c.price)) for c in crossings
    )


def _range(expected: Decimal, per_settlement: Decimal, hold: Hold, position: Position) -> tuple[Decimal, Decimal]:
    """The least and the most that funding can come to.

    Where the settlements are known, each doubtful one may be left out if it was crossed, or charged if it was not;
    else the count has a range.
    """
    if hold.crossings is None:
        ends = [
            ledger(expected + per_settlement * (n - hold.count.expected)) for n in (hold.count.least, hold.count.most)
        ]
        return min(ends), max(ends)
    crossed = {c.time_ms for c in hold.crossings}
    changes = [
        -paid.amount if doubt.time_ms in crossed else paid.amount
        for doubt, paid in zip(hold.doubtful, payments(position, hold.doubtful), strict=True)
    ]
    zero = Decimal(0)
    return expected + sum((c for c in changes if c < 0), zero), expected + sum((c for c in changes if c > 0), zero)


@exact
def cost(position: Position, used: UsedRate, hold: Hold, fee_open: Decimal, fee_close: Decimal) -> CostResult:
    """Funding and fees of a hold.

    Where the settlements crossed are known the funding is the sum of their payments; else it is their expected number
    times the payment at the rate. Fees are charged on the notional at entry.
    """
    count = hold.count
    schedule = None if hold.crossings is None else payments(position, hold.crossings)
    margin = position.notional / position.leverage
    per_settlement = position.sign * position.notional * used.rate
    if schedule is None:
        expected = ledger(per_settlement * count.expected)
    else:
        expected = sum((p.amount for p in schedule), Decimal(0))
    least, most = _range(expected, per_settlement, hold, position)
    fees = ledger(position.notional * fee_open) + ledger(position.notional * fee_close)
    total = expected + fees
    on_notional = apr(position.sign * used.rate, used.interval_hours)

    def flow(amount: Decimal) -> Flow:
        return Flow(amount, amount / position.notional, amount / margin)

    receives = per_settlement < 0
    return CostResult(
        exchange=position.exchange,
        symbol=position.symbol,
        side=position.side,
        notional=position.notional,
        leverage=position.leverage,
        margin=margin,
        size=position.size,
        price=position.price,
        rate=used.rate,
        interval_hours=used.interval_hours,
        interval_basis=used.interval_basis,
        interval_source=used.interval_source,
        rate_kind=used.kind,
        rate_source=used.source,
        hold_hours=hold.hours,
        settlements=count.expected,
        settlements_min=count.least,
        settlements_max=count.most,
        currency=position.currency,
        funding=expected,
        funding_min=least,
        funding_max=most,
        fee_rate_open=fee_open,
        fee_rate_close=fee_close,
        fees=fees,
        total=total,
        per_settlement=flow(per_settlement),
        per_day=flow(per_settlement * HOURS_PER_DAY / used.interval_hours),
        per_hold=flow(expected),
        per_year=flow(per_settlement * HOURS_PER_YEAR / used.interval_hours),
        apr_on_notional=on_notional,
        apr_on_margin=on_notional * position.leverage,
        apy_on_margin=apy(abs(used.rate) * position.leverage, used.interval_hours) if receives else None,
        break_even_move=total / position.notional,
        schedule=schedule,
    )


@exact
def scenarios(
    position: Position,
    used: UsedRate,
    hold: Hold,
    fee_open: Decimal,
    fee_close: Decimal,
    rates: Sequence[Decimal],
    leverages: Sequence[Decimal],
) -> tuple[Scenario, ...]:
    """The grid of every rate with every leverage, in the order given; notional and hold stay."""
    grid = []
    at_one_rate = replace(hold, crossings=None, doubtful=())
    for rate in rates:
        for leverage in leverages:
            changed = replace(position, leverage=leverage)
            answer = cost(changed, replace(used, rate=rate), at_one_rate, fee_open, fee_close)
            grid.append(
                Scenario(
                    rate=rate,
                    leverage=leverage,
                    margin=answer.margin,
                    funding=answer.funding,
                    fees=answer.fees,
                    total=answer.total,
                    per_settlement_of_margin=answer.per_settlement.of_margin,
                    apr_on_notional=answer.apr_on_notional,
                    apr_on_margin=answer.apr_on_margin,
                    break_even_move=answer.break_even_move,
                )
            )
    return tuple(grid)


def with_scenarios(result: CostResult, grid: Sequence[Scenario]) -> CostResult:
    """The result with a grid of scenarios beside it."""
    return replace(result, scenarios=tuple(grid))
