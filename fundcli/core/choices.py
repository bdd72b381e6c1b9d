"""Hold, close or switch: an open carry priced from here on, with its entry costs sunk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from fundcli.core.carry_answer import CarryResult, Leg
from fundcli.core.choices_answer import Choice, Choices
from fundcli.core.history import Settled
from fundcli.core.numbers import exact, ledger
from fundcli.core.units import HOURS_PER_YEAR

ZERO = Decimal(0)


@exact
def choices(
    held: CarryResult, other: CarryResult | None, entered: datetime, to_date: tuple[int, Decimal] | None
) -> Choices:
    """The ways on from `held`, priced as if opened now, and from `other`, the contract to move to.

    keep = net of `held` + its opening costs (they are sunk). close = - its closing costs. switch = - its closing costs
    + net of `other`, all four fills. Capital set free earns the hurdle rate in each. The gain or loss of the prices
    until now is the same in all of them and left out.
    """
    opening, closing = held.legs[:2], held.legs[2:]
    rows = [
        _choice("keep", held, held, fees=held.fees - _fees(opening), slippage=held.slippage - _slippage(opening)),
        _choice("close", held, None, fees=_fees(closing), slippage=_slippage(closing)),
    ]
    if other is not None:
        fees, slippage = other.fees + _fees(closing), other.slippage + _slippage(closing)
        rows.append(_choice("switch", held, other, fees=fees, slippage=slippage))
    best = max(rows, key=lambda row: row.net)
    return Choices(
        entered=entered, horizon_hours=held.hold_hours, best=best.choice, rows=tuple(rows),
        settlements_to_date=None if to_date is None else to_date[0],
        funding_to_date=None if to_date is None else to_date[1],
        entry_costs=_fees(opening) + _slippage(opening),
    )  # fmt: skip


def _choice(name: str, held: CarryResult, runs: CarryResult | None, *, fees: Decimal, slippage: Decimal) -> Choice:
    """A choice in which `runs` is the carry that goes on, if any."""
    funding, borrow, basis = (runs.gross_funding, runs.borrow, runs.basis_pnl) if runs else (ZERO, ZERO, ZERO)
    capital = runs.capital if runs else ZERO
    cash = ledger((held.capital - capital) * (held.hurdle_rate or ZERO) * held.hold_hours / HOURS_PER_YEAR)
    return Choice(
        choice=name, exchange=(runs or held).exchange, symbol=(runs or held).symbol,
        rate=runs.rate if runs else None, interval_hours=runs.interval_hours if runs else None, funding=funding,
        fees=fees, slippage=slippage, borrow=borrow, basis_pnl=basis, cash=cash, capital=capital,
        net=funding - fees - slippage - borrow + basis + cash,
    )  # fmt: skip


def _fees(legs: Sequence[Leg]) -> Decimal:
    return sum((leg.fee for leg in legs), ZERO)


def _slippage(legs: Sequence[Leg]) -> Decimal:
    return sum((leg.slippage for leg in legs), ZERO)


@exact
def funding_to_date(
    rows: Sequence[Settled], prices: Mapping[int, Decimal], held: CarryResult, opened_ms: int, now_ms: int
) -> tuple[int, Decimal]:
    """What a carry entered then has received: Σ ± q P r (inverse: ± Q r / P) over open < t <= now.

    Without a mark price its notional now.
    """
    sign = 1 if held.direction == "cash-and-carry" else -1
    crossed = [row for row in rows if opened_ms < row.time_ms <= now_ms]
    inverse = held.currency == held.symbol.partition("/")[0]
    total = ZERO
    for row in crossed:
        notional = held.notional
        price = prices.get(row.time_ms)
        if price is not None and held.quantity is not None:
            entry = held.legs[1].price or price
            notional = held.notional * entry / price if inverse else held.quantity * price
        total += sign * notional * row.rate
    return len(crossed), ledger(total)
