"""Cash-and-carry and its reverse: spot against perpetual, after four fills, slippage, borrow, and on all the capital.

net = gross_funding - fees - slippage - borrow + basis_pnl. Positive is money the holder receives; costs are positive
numbers (a maker rebate is a negative fee). Both legs hold the same quantity of coin q; S0, F0, S1, F1 are the mids of
spot and perp at entry and exit. Every line of the ledger is rounded once, to 1e-18, so the parts sum to net exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from fundcli.core.annualize import apr, compound
from fundcli.core.borrow import charged_hours
from fundcli.core.break_even import borrow_cost, break_even_hours, break_even_settlements
from fundcli.core.carry_plan import Plan
from fundcli.core.numbers import exact, ledger
from fundcli.core.odds_answer import Odds
from fundcli.core.units import HOURS_PER_YEAR
from fundcli.core.used import UsedRate
from fundcli.core.words import IntervalBasis, RateKind

# Below this hold a compounded year says more about the exponent than about the trade.
APY_FROM_HOURS = Decimal(720)
LEG_NAMES = ("open spot", "open perp", "close spot", "close perp")


@dataclass(frozen=True, slots=True)
class Leg:
    """One fill: fee and slippage are money, fee_rate a share of the fill's notional, price a mid (null if unknown)."""

    leg: str
    market: str
    side: str
    price: Decimal | None
    quantity: Decimal | None
    notional: Decimal
    fee_rate: Decimal
    fee: Decimal
    slippage: Decimal


@dataclass(frozen=True, slots=True)
class Capital:
    """The money tied up: spot cash (or the haircut margin of a borrowed short), perp margin, buffer."""

    spot: Decimal
    perp_margin: Decimal
    buffer: Decimal

    @property
    def total(self) -> Decimal:
        """All of it."""
        return self.spot + self.perp_margin + self.buffer


@dataclass(frozen=True, slots=True, kw_only=True)
class CarryResult:
    """The answer of `fundcli carry`; positive is money the holder receives, costs are positive numbers.

    net = gross_funding - fees - slippage - borrow + basis_pnl, exactly. gross_apr_on_notional is the rate's own APR
    seen by this direction; net_* divide net by notional or by capital and scale the hold to a year.
    net_apy_on_capital is null for holds under 30 days. net_apr_over_hurdle = net_apr_on_capital - hurdle_rate, what the
    capital earns a year beyond cash (null without --hurdle). break_even_settlements is the smallest n >= 0 with
    n x rate x notional >= costs(n); null if never. break_even_hours is its upper bound n x interval, or the time from
    the open to the n-th settlement. break_even_rate: the rate at which the hold just pays. odds: with --odds, how such
    holds have ended.
    """

    exchange: str
    symbol: str
    direction: str
    notional: Decimal
    currency: str
    quantity: Decimal | None
    leverage: Decimal
    capital: Decimal
    capital_spot: Decimal
    capital_perp_margin: Decimal
    capital_buffer: Decimal
    rate: Decimal
    interval_hours: Decimal
    interval_basis: IntervalBasis
    interval_source: str
    rate_kind: RateKind
    rate_source: str
    hold_hours: Decimal
    settlements: Decimal
    gross_funding: Decimal
    fees: Decimal
    slippage: Decimal
    borrow: Decimal
    borrow_hours: Decimal
    basis_open: Decimal
    basis_close: Decimal
    basis_pnl: Decimal
    net: Decimal
    net_on_notional: Decimal
    net_on_capital: Decimal
    gross_apr_on_notional: Decimal
    net_apr_on_notional: Decimal
    net_apr_on_capital: Decimal
    net_apy_on_capital: Decimal | None
    hurdle_rate: Decimal | None
    net_apr_over_hurdle: Decimal | None
    break_even_settlements: int | None
    break_even_hours: Decimal | None
    break_even_hours_min: Decimal | None
    break_even_rate: Decimal | None
    legs: tuple[Leg, ...]
    odds: Odds | None = None


@exact
def carry(plan: Plan, used: UsedRate) -> CarryResult:
    """The ledger of a carry.

    An article's example (spot and perp fees 0.04 % a fill, one settlement at 0.20 %): four fills cost 0.16 %, net
    0.04 % of notional and, with the spot cash and a 1x margin tied up, 0.02 % of capital.

    >>> from fundcli.core.schedule import Grid
    >>> from fundcli.core.units import MS_PER_HOUR
    >>> plan = Plan(exchange="x", symbol="BTC/USDT:USDT", direction="cash-and-carry", currency="USDT",
    ...     quantity=Decimal(10000), spot_price=Decimal(1), perp_price=Decimal(1), exit_basis=Decimal(0),
    ...     leverage=Decimal(1), fee_rates=[Decimal("0.0004")] * 4, slippages=[Decimal(0)] * 4,
    ...     hold_hours=Decimal(8), settlements=Decimal(1), grid=Grid(8 * MS_PER_HOUR))
    >>> answer = carry(plan, UsedRate(rate=Decimal("0.002"), interval_hours=Decimal(8), interval_basis="given",
    ...     kind="given", source="", interval_source=""))
    >>> [float(x) for x in (answer.fees, answer.net, answer.net_on_notional, answer.net_on_capital)]
    [16.0, 4.0, 0.0004, 0.0002]
    """
    hedge = _hedge(plan)
    legs = _legs(plan, hedge)
    in_currency = 1 / plan.spot_price if plan.inverse else Decimal(1)
    notional = hedge * plan.perp_price * in_currency
    capital = _capital(plan, hedge, in_currency)
    per_settlement = plan.sign * notional * used.rate
    gross = ledger(per_settlement * plan.settlements)
    fees = sum((leg.fee for leg in legs), Decimal(0))
    slippage = sum((leg.slippage for leg in legs), Decimal(0))
    borrow_hours = charged_hours(plan.hold_hours, plan.borrow_counting, plan.open_ms)
    borrow = ledger(borrow_cost(plan, hedge, in_currency, plan.hold_hours))
    exit_perp = plan.spot_price * (1 + plan.exit_basis)
    basis_pnl = ledger(
        plan.sign * hedge * ((plan.perp_price - plan.spot_price) - (exit_perp - plan.spot_price)) * in_currency
    )
    net = gross - fees - slippage - borrow + basis_pnl
    fixed_costs = fees + slippage - basis_pnl
    settlements = break_even_settlements(plan, per_settlement, used.interval_hours, fixed_costs, hedge, in_currency)
    hours, hours_min = break_even_hours(plan, settlements, used.interval_hours)
    yearly = HOURS_PER_YEAR / plan.hold_hours
    per_unit_rate = plan.sign * notional * plan.settlements
    return CarryResult(
        exchange=plan.exchange,
        symbol=plan.symbol,
        direction=plan.direction,
        notional=notional,
        currency=plan.currency,
        quantity=hedge if plan.prices_known else None,
        leverage=plan.leverage,
        capital=capital.total,
        capital_spot=capital.spot,
        capital_perp_margin=capital.perp_margin,
        capital_buffer=capital.buffer,
        rate=used.rate,
        interval_hours=used.interval_hours,
        interval_basis=used.interval_basis,
        interval_source=used.interval_source,
        rate_kind=used.kind,
        rate_source=used.source,
        hold_hours=plan.hold_hours,
        settlements=plan.settlements,
        gross_funding=gross,
        fees=fees,
        slippage=slippage,
        borrow=borrow,
        borrow_hours=borrow_hours if borrow else Decimal(0),
        basis_open=plan.perp_price / plan.spot_price - 1,
        basis_close=plan.exit_basis,
        basis_pnl=basis_pnl,
        net=net,
        net_on_notional=net / notional,
        net_on_capital=net / capital.total,
        gross_apr_on_notional=apr(plan.sign * used.rate, used.interval_hours),
        net_apr_on_notional=net / notional * yearly,
        net_apr_on_capital=net / capital.total * yearly,
        hurdle_rate=plan.hurdle_rate,
        net_apr_over_hurdle=None if plan.hurdle_rate is None else net / capital.total * yearly - plan.hurdle_rate,
        net_apy_on_capital=compound(net / capital.total, yearly) if plan.hold_hours >= APY_FROM_HOURS else None,
        break_even_settlements=settlements,
        break_even_hours=hours,
        break_even_hours_min=hours_min,
        break_even_rate=(fixed_costs + borrow) / per_unit_rate if per_unit_rate else None,
        legs=legs,
    )


def _hedge(plan: Plan) -> Decimal:
    """The quantity that both legs hold: what is left of the coin bought after a fee taken in that coin.

    Buy 10 with a fee of 0.1 % in the coin, hold 9.99, short 9.99.
    """
    if plan.spot_fee_in_base and plan.direction == "cash-and-carry":
        return plan.quantity * (1 - plan.fee_rates[0])
    return plan.quantity


def _spot_closed(plan: Plan, hedge: Decimal) -> Decimal:
    """The quantity of the closing spot fill: to give back q after a fee taken in the coin, q / (1 - fee) is bought."""
    if plan.spot_fee_in_base and plan.direction == "reverse":
        return hedge / (1 - plan.fee_rates[2])
    return hedge


def _legs(plan: Plan, hedge: Decimal) -> tuple[Leg, ...]:
    exit_perp = plan.spot_price * (1 + plan.exit_basis)
    fills = (
        ("spot", plan.quantity, plan.spot_price, True),
        ("perp", hedge, plan.perp_price, False),
        ("spot", _spot_closed(plan, hedge), plan.spot_price, False),
        ("perp", hedge, exit_perp, True),
    )
    legs = []
    for name, (market, quantity, price, buys), fee_rate, slip in zip(
        LEG_NAMES, fills, plan.fee_rates, plan.slippages, strict=True
    ):
        notional = quantity * price / (plan.spot_price if plan.inverse else 1)
        bought = buys if plan.direction == "cash-and-carry" else not buys
        legs.append(
            Leg(
                leg=name,
                market=market,
                side="buy" if bought else "sell",
                price=price if plan.prices_known else None,
                quantity=quantity if plan.prices_known else None,
                notional=notional,
                fee_rate=fee_rate,
                fee=ledger(notional * fee_rate),
                slippage=ledger(notional * slip),
            )
        )
    return tuple(legs)


def _capital(plan: Plan, hedge: Decimal, in_currency: Decimal) -> Capital:
    """All the money tied up.

    Linear: q S0 + q F0 / L + buffer. Spot as collateral with haircut c: q S0 + max(0, margin + shock loss - (1 - c)
    q S0). Inverse perp: the coin alone. Reverse: q S0 / (borrow leverage - 1) + q F0 / L.
    """
    spot = plan.quantity * plan.spot_price * in_currency
    margin = hedge * plan.perp_price / plan.leverage * in_currency
    if plan.direction == "reverse":
        return Capital(spot / (plan.borrow_leverage - 1), margin, plan.buffer)
    if plan.inverse:
        return Capital(spot, Decimal(0), plan.buffer)
    if plan.spot_is_collateral:
        needed = margin + hedge * plan.perp_price * plan.shock - (1 - plan.haircut) * spot
        return Capital(spot, max(Decimal(0), needed), plan.buffer)
    return Capital(spot, margin, plan.buffer)
