"""The hedge ratio applied to a position: how much of the instrument, in whole lots, and what the rounding leaves."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_DOWN, Decimal
from typing import Literal

from fundcli.core.hedge import (
    Contract,
    Drift,
    Estimate,
    NeweyWest,
    Side,
    Volatilities,
    Window,
    effectiveness,
    effectiveness_lost,
    hedge_ratio,
    side_of,
)
from fundcli.core.numbers import exact, ledger

Source = Literal["given", "lake", "exchange", "file"]
PriceBasis = Literal["given", "last", "mark", "index"]
LotBasis = Literal["given", "exchange", "whole contracts"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HedgeResult:
    """How much of the instrument hedges the exposure, each on its exchange.

    Positive ratio: short the instrument per 1 of long exposure. ratio = correlation x volatility of the exposure /
    volatility of the instrument, in money per money; reverse_ratio is that of the exposure hedging the instrument.
    effectiveness = correlation²: the share of the exposure's variance that goes. ratio_low and ratio_high: Student's t
    around the least-squares error; newey_west: the same with an error that allows for autocorrelation. side is that of
    the instrument, for a long exposure (for a short one it is the other). source: "exchange" where prices of an
    exchange, asked for now, are among those that the ratio rests on.

    hedge_notional = |ratio| x notional; quantity is in coins of the instrument (1000PEPE: of the thousand), after
    rounding where there is a lot, quantity_exact before; contracts where the size of one is known. lots x lot is what
    is traded. lot_basis: "given", of the "exchange" as lot_source says, or "whole contracts" where nobody says a lot;
    least: the smallest order in lot_unit, and below_least whether the hedge is smaller. residual = hedge_notional -
    rounded_notional, what is left unhedged (negative: hedged too much). effectiveness_rounded = 1 - variance of the
    hedged position / variance of the exposure; rounding_cost is what it lacks of effectiveness. Null where a price, a
    lot or returns are not given.
    """

    exposure: str
    instrument: str
    exchange: str | None
    instrument_exchange: str | None
    source: Source
    side: Side
    sentence: str
    ratio: Decimal
    ratio_low: Decimal | None
    ratio_high: Decimal | None
    confidence: Decimal | None
    quantile: Literal["student t"] | None
    degrees_of_freedom: Decimal | None
    standard_error: Decimal | None
    newey_west: NeweyWest
    reverse_ratio: Decimal
    correlation: Decimal
    effectiveness: Decimal
    volatilities: Volatilities
    returns: int | None
    effective_returns: Decimal | None
    window: Window
    drift: Drift
    currency: str
    notional: Decimal
    hedge_notional: Decimal
    price: Decimal | None
    price_basis: PriceBasis | None
    quantity: Decimal | None
    quantity_exact: Decimal | None
    contracts: Decimal | None
    lot: Decimal | None
    lot_unit: Literal["coins", "contracts"] | None
    lot_basis: LotBasis | None
    lot_source: str | None
    least: Decimal | None
    below_least: bool | None
    lots: int | None
    rounded_notional: Decimal | None
    residual: Decimal | None
    effectiveness_rounded: Decimal | None
    rounding_cost: Decimal | None


@exact
def hedge(
    exposure: str, instrument: str, found: Estimate, notional: Decimal, *, source: Source,
    exchange: str | None = None, instrument_exchange: str | None = None, currency: str = "USD",
    price: Decimal | None = None, price_basis: PriceBasis | None = None, lot: Decimal | None = None,
    contract: Contract | None = None, lot_basis: LotBasis | None = None, lot_source: str | None = None,
    least: Decimal | None = None,
) -> HedgeResult:  # fmt: skip
    """The answer: the estimate applied to a position, rounded to whole lots (nearest; a tie to the smaller hedge).

    A lot that is not of money needs a price. Without a lot contracts are whole ones. lot_basis: "given" unless said.

    10,000 USD of ETH by the numbers above are hedged by 11,466.67 USD of BTC, at 60,000 by 0.1911 coins: in lots of
    0.01 that is 19 lots, 0.19 coins, 11,400 USD, and 66.67 USD are left.

    >>> from fundcli.core.hedge import given
    >>> D = Decimal
    >>> typed = given(D("0.86"), D("0.04"), D("0.03"))
    >>> found = hedge("ETH", "BTC", typed, D(10000), source="given", price=D(60000), lot=D("0.01"))
    >>> found.lots, found.quantity, round(found.rounded_notional), round(found.residual, 2)
    (19, Decimal('0.19'), 11400, Decimal('66.67'))
    """
    names = exposure, instrument
    if exchange is not None and instrument_exchange not in (None, exchange):
        names = f"{exposure} on {exchange}", f"{instrument} on {instrument_exchange}"
    spread = found.volatilities
    ratio, side = found.ratio, side_of(found.ratio)
    wanted = abs(ratio) * notional
    step = lot if lot is not None else Decimal(1) if contract is not None else None
    lots = rounded = lost = quantity = None
    if step is not None:
        unit = step * (Decimal(1) if contract is None else contract.size)  # a lot in coins, or in money
        in_money = contract is not None and contract.is_money
        worth = unit if in_money else unit * (price or Decimal(0))
        lots = int((wanted / worth).to_integral_value(ROUND_HALF_DOWN))
        rounded = lots * worth
        lost = effectiveness_lost(rounded / notional, abs(ratio), spread.exposure, spread.instrument)
        if not in_money:
            quantity = lots * unit
        elif price is not None:
            quantity = rounded / price
    basis: LotBasis | None = lot_basis or "given"
    if lot is None:
        basis = None if step is None else "whole contracts"
    before = None if price is None else wanted / price
    best = effectiveness(found.correlation)
    return HedgeResult(
        exposure=exposure, instrument=instrument, exchange=exchange,
        instrument_exchange=instrument_exchange or exchange, source=source, side=side,
        sentence=_sentence(*names, side), ratio=ratio, ratio_low=found.low, ratio_high=found.high,
        confidence=found.confidence, quantile=None if found.low is None else "student t",
        degrees_of_freedom=found.degrees, standard_error=found.standard_error, newey_west=found.newey_west,
        reverse_ratio=hedge_ratio(found.correlation, spread.instrument, spread.exposure),
        correlation=found.correlation, effectiveness=best, volatilities=spread, returns=found.returns,
        effective_returns=found.effective_returns, window=found.window, drift=found.drift, currency=currency,
        notional=notional, hedge_notional=ledger(wanted), price=price, price_basis=price_basis,
        quantity=before if lots is None else quantity, quantity_exact=before,
        contracts=None if lots is None or step is None or contract is None else lots * step,
        lot=step, lot_unit=None if step is None else "coins" if contract is None else "contracts",
        lot_basis=basis, lot_source=lot_source if basis == "exchange" else None, least=least,
        below_least=None if lots is None or step is None or least is None else lots * step < least, lots=lots,
        rounded_notional=None if rounded is None else ledger(rounded),
        residual=None if rounded is None else ledger(ledger(wanted) - ledger(rounded)),
        effectiveness_rounded=None if lost is None else best - lost, rounding_cost=lost,
    )  # fmt: skip


def _sentence(exposure: str, instrument: str, side: Side) -> str:
    if side == "none":
        return f"{instrument} does not hedge {exposure}: the two do not move together"
    return f"{instrument} hedges {exposure}: {side} {instrument} against long {exposure}"
