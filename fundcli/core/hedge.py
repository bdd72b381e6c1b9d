"""The minimum-variance hedge: how much of an instrument to hold against an exposure, and what it takes away.

Source: Johnson 1960 and Ederington 1979, as in Hull's "Options, Futures, and Other Derivatives", chapter 3. Returns are
of the two prices over the same steps; y is the exposure, x the instrument. A positive ratio is sold short against an
exposure that is held long; a negative one is bought.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_DOWN, Decimal
from typing import Literal

from fundcli.core.numbers import exact, ledger

Side = Literal["short", "long", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Volatilities:
    """Standard deviations (ddof 1) of the returns: of one step, as fractions; _year: x sqrt(8760 / hours of a step).

    Typed ones stand as they were typed, and have no year, for nobody said of how long they are.
    """

    exposure: Decimal
    instrument: Decimal
    exposure_year: Decimal | None = None
    instrument_year: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NeweyWest:
    """The same interval from a standard error that allows for autocorrelation up to so many lags."""

    standard_error: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    lags: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What the ratio rests on; null where it rests on typed numbers.

    Counts are of the hours (of a file: of the rows) within the window. common have a price of both, dropped one of
    one only; gaps are runs of missing ones between the first and the last in common, missing how many those are.
    expected_returns: so many the window would have without a hole. first and last: the first and last in common.
    """

    hours: Decimal | None = None
    long_hours: Decimal | None = None
    frequency_hours: Decimal | None = None
    half_life_hours: Decimal | None = None
    first: datetime | None = None
    last: datetime | None = None
    exposure_prices: int | None = None
    instrument_prices: int | None = None
    common: int | None = None
    dropped: int | None = None
    gaps: int | None = None
    missing: int | None = None
    expected_returns: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """Whether the two still move together as they did: the correlation of the window and of the longer one.

    change = short - long; alarm where |change| is above the threshold. Every return counts alike here, also with a
    half-life: under it the two windows would be all but the same. Null where the longer one adds no return.
    """

    short: Decimal | None = None
    long: Decimal | None = None
    change: Decimal | None = None
    threshold: Decimal | None = None
    alarm: bool | None = None
    long_returns: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """The ratio and how well it is known, out of two series of prices or three typed numbers.

    effective_returns: so many returns of equal weight say as much. degrees = effective_returns - 2, of Student's t;
    the interval is ratio ± t x standard_error.
    """

    ratio: Decimal
    correlation: Decimal
    volatilities: Volatilities
    drift: Drift
    confidence: Decimal | None = None
    standard_error: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    degrees: Decimal | None = None
    newey_west: NeweyWest = NeweyWest()
    returns: int | None = None
    effective_returns: Decimal | None = None
    window: Window = Window()


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """What one contract is: so many coins, or (inverse) so much money."""

    size: Decimal
    is_money: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HedgeResult:
    """How much of the instrument hedges the exposure. Positive ratio: short the instrument per 1 of long exposure.

    ratio = correlation x volatility of the exposure / volatility of the instrument, in money per money;
    reverse_ratio is that of the exposure hedging the instrument. effectiveness = correlation²: the share of the
    exposure's variance that goes. ratio_low and ratio_high: Student's t around the least-squares error; newey_west:
    the same with an error that allows for autocorrelation. side is that of the instrument, for a long exposure (for a
    short one it is the other). hedge_notional = |ratio| x notional; quantity is in coins of the instrument, after
    rounding where there is a lot, quantity_exact before; contracts where a contract's size is given.
    lots x lot is what is traded; residual = hedge_notional - rounded_notional, what is left unhedged (negative: hedged
    too much). effectiveness_rounded = 1 - variance of the hedged position / variance of the exposure; rounding_cost is
    what it lacks of effectiveness. Null where a price, a lot or returns are not given.
    """

    exposure: str
    instrument: str
    exchange: str | None
    source: Literal["given", "lake", "file"]
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
    price_basis: Literal["given", "last"] | None
    quantity: Decimal | None
    quantity_exact: Decimal | None
    contracts: Decimal | None
    lot: Decimal | None
    lot_unit: Literal["coins", "contracts"] | None
    lots: int | None
    rounded_notional: Decimal | None
    residual: Decimal | None
    effectiveness_rounded: Decimal | None
    rounding_cost: Decimal | None


@exact
def hedge_ratio(correlation: Decimal, sigma_exposure: Decimal, sigma_instrument: Decimal) -> Decimal:
    """rho x sigma_y / sigma_x: units of the instrument, in money, sold per unit of the exposure held.

    ETH moves 4 %, BTC 3 %, together by 0.86: 1.1467 USD of BTC per USD of ETH; the other way round 0.645.

    >>> D = Decimal
    >>> round(hedge_ratio(D("0.86"), D("0.04"), D("0.03")), 4), hedge_ratio(D("0.86"), D("0.03"), D("0.04"))
    (Decimal('1.1467'), Decimal('0.645'))
    """
    return correlation * sigma_exposure / sigma_instrument


@exact
def effectiveness(correlation: Decimal) -> Decimal:
    """The share of the exposure's variance that the minimum-variance hedge takes away: rho².

    >>> effectiveness(Decimal("0.86"))
    Decimal('0.7396')
    """
    return correlation * correlation


@exact
def effectiveness_lost(held: Decimal, ratio: Decimal, sigma_exposure: Decimal, sigma_instrument: Decimal) -> Decimal:
    """What it costs to hold another ratio than the best: (h - beta)² x sigma_x² / sigma_y², as a share of variance.

    var(y - h x) = sigma_y² - 2 h rho sigma_x sigma_y + h² sigma_x²; less its least value at beta, over sigma_y².
    Holding nothing costs all of rho²:

    >>> D = Decimal
    >>> effectiveness_lost(D(0), D("0.645"), D("0.03"), D("0.04")) == effectiveness(D("0.86"))
    True
    """
    return ((held - ratio) * sigma_instrument / sigma_exposure) ** 2


def side_of(ratio: Decimal) -> Side:
    """What is done with the instrument against a long exposure."""
    return "none" if ratio == 0 else "short" if ratio > 0 else "long"


def given(correlation: Decimal, sigma_exposure: Decimal, sigma_instrument: Decimal) -> Estimate:
    """The ratio of three typed numbers: nothing says how well they are known."""
    return Estimate(
        ratio=hedge_ratio(correlation, sigma_exposure, sigma_instrument),
        correlation=correlation,
        volatilities=Volatilities(exposure=sigma_exposure, instrument=sigma_instrument),
        drift=Drift(),
    )


@exact
def hedge(
    exposure: str, instrument: str, found: Estimate, notional: Decimal, *, source: Literal["given", "lake", "file"],
    exchange: str | None = None, currency: str = "USD", price: Decimal | None = None,
    price_basis: Literal["given", "last"] | None = None, lot: Decimal | None = None, contract: Contract | None = None,
) -> HedgeResult:  # fmt: skip
    """The answer: the estimate applied to a position, rounded to whole lots (nearest; a tie to the smaller hedge).

    A lot that is not of money needs a price.

    10,000 USD of ETH by the numbers above are hedged by 11,466.67 USD of BTC, at 60,000 by 0.1911 coins: in lots of
    0.01 that is 19 lots, 0.19 coins, 11,400 USD, and 66.67 USD are left.

    >>> D = Decimal
    >>> typed = given(D("0.86"), D("0.04"), D("0.03"))
    >>> found = hedge("ETH", "BTC", typed, D(10000), source="given", price=D(60000), lot=D("0.01"))
    >>> found.lots, found.quantity, round(found.rounded_notional), round(found.residual, 2)
    (19, Decimal('0.19'), 11400, Decimal('66.67'))
    """
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
    before = None if price is None else wanted / price
    best = effectiveness(found.correlation)
    return HedgeResult(
        exposure=exposure, instrument=instrument, exchange=exchange, source=source, side=side,
        sentence=_sentence(exposure, instrument, side), ratio=ratio, ratio_low=found.low, ratio_high=found.high,
        confidence=found.confidence, quantile=None if found.low is None else "student t",
        degrees_of_freedom=found.degrees, standard_error=found.standard_error, newey_west=found.newey_west,
        reverse_ratio=hedge_ratio(found.correlation, spread.instrument, spread.exposure),
        correlation=found.correlation, effectiveness=best, volatilities=spread, returns=found.returns,
        effective_returns=found.effective_returns, window=found.window, drift=found.drift, currency=currency,
        notional=notional, hedge_notional=ledger(wanted), price=price, price_basis=price_basis,
        quantity=before if lots is None else quantity, quantity_exact=before,
        contracts=None if lots is None or step is None or contract is None else lots * step,
        lot=step, lot_unit=None if step is None else "coins" if contract is None else "contracts", lots=lots,
        rounded_notional=None if rounded is None else ledger(rounded),
        residual=None if rounded is None else ledger(ledger(wanted) - ledger(rounded)),
        effectiveness_rounded=None if lost is None else best - lost, rounding_cost=lost,
    )  # fmt: skip


def _sentence(exposure: str, instrument: str, side: Side) -> str:
    if side == "none":
        return f"{instrument} does not hedge {exposure}: the two do not move together"
    return f"{instrument} hedges {exposure}: {side} {instrument} against long {exposure}"
