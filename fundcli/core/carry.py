"""Cash-and-carry and its reverse: spot against perpetual, after four fills, slippage, borrow, and on all the capital.

net = gross_funding - fees - slippage - borrow + basis_pnl. Positive is money the holder receives; costs are positive
numbers (a maker rebate is a negative fee, a yield a negative borrow). Both legs hold the same quantity of coin q; S0,
F0, S1, F1 are the mids of spot and perp at entry and exit, S1 = S0. Every line of the ledger is rounded once, to 1e-18,
so the parts sum to net exactly.

An inverse contract pays in coin on a fixed amount Q = q F0 of quote money: funding Q / F0 x rate, basis P&L
Q (1/F1 - 1/F0), which is q (F0 - F1) at the closing price.
"""

from __future__ import annotations

from decimal import Decimal

from fundcli.core.annualize import apr, compound
from fundcli.core.borrow import charged_hours
from fundcli.core.break_even import break_even_hours, break_even_settlements
from fundcli.core.capital import capital_of
from fundcli.core.carry_answer import CarryResult
from fundcli.core.carry_legs import hedge_of, legs_of
from fundcli.core.carry_plan import Plan, quote_worth, worth
from fundcli.core.numbers import exact, ledger
from fundcli.core.units import HOURS_PER_YEAR
from fundcli.core.upkeep import upkeep
from fundcli.core.used import UsedRate

# Below this hold a compounded year says more about the exponent than about the trade.
APY_FROM_HOURS = Decimal(720)


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
    hedge = hedge_of(plan)
    legs = legs_of(plan)
    notional = worth(plan, hedge, plan.perp_price)
    capital = capital_of(plan, hedge)
    running = upkeep(plan, hedge, capital.perp_margin + capital.buffer)
    per_settlement = plan.sign * notional * used.rate
    gross = ledger(per_settlement * plan.settlements)
    fees = sum((leg.fee for leg in legs), Decimal(0))
    slippage = sum((leg.slippage for leg in legs), Decimal(0))
    interest, income = running.interest(plan.hold_hours), running.income(plan.hold_hours)
    fall = plan.perp_price - plan.closing_perp
    basis_pnl = ledger(plan.sign * hedge * (fall / plan.closing_perp if plan.inverse else fall))
    net = gross - fees - slippage - (interest - income) + basis_pnl
    fixed_costs = fees + slippage - basis_pnl
    settlements = break_even_settlements(running, per_settlement, used.interval_hours, fixed_costs)
    hours, hours_min = break_even_hours(plan, settlements, used.interval_hours)
    yearly = HOURS_PER_YEAR / plan.hold_hours
    per_unit_rate = plan.sign * notional * plan.settlements
    charged = charged_hours(plan.hold_hours, plan.borrow_counting, plan.open_ms)
    return CarryResult(
        exchange=plan.exchange,
        spot_exchange=plan.spot_exchange or plan.exchange,
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
        capital_shock=capital.shock,
        capital_on_notional=capital.total / notional,
        share_of_equity=None if plan.equity is None else quote_worth(plan, capital.total) / plan.equity,
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
        borrow=interest - income,
        borrow_hours=charged if interest else Decimal(0),
        borrow_interest=interest,
        borrow_rate=plan.borrow_rate,
        borrow_source=plan.borrow_source or None,
        borrow_available=plan.borrow_available,
        yield_income=income,
        fills_source=plan.fills_source or None,
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
        break_even_rate=(fixed_costs + interest - income) / per_unit_rate if per_unit_rate else None,
        legs=legs,
    )
