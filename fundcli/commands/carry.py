"""fundcli carry: is spot against perp worth it?"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

from fundcli.commands import capital_options, carry_odds, options, values
from fundcli.commands import carry_options as own
from fundcli.commands.carry_price import Asked, Priced, price
from fundcli.commands.shared import Shared
from fundcli.commands.sources import hold_times, one_of
from fundcli.core.carry_answer import CarryResult
from fundcli.core.carry_plan import idle_terms, quote_worth
from fundcli.core.units import from_ms
from fundcli.errors import UsageError
from fundcli.market.carrying import Trade
from fundcli.render.answer import Answer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fundcli.render.answer import Table

CONTENT = CarryResult
IS_LIST = False
SIGN = "money the holder receives; costs are positive numbers"


def run(
    shared: Shared,
    exchange: options.Exchange = None,
    symbol: options.Symbol = None,
    spot_exchange: own.SpotExchange = None,
    direction: own.Direction = None,
    notional: options.Notional = None,
    price_: options.Price = None,
    leverage: options.Leverage = None,
    rate: options.Rate = None,
    interval: options.Interval = None,
    live: options.Live = False,
    from_books: own.FromBooks = False,
    history: options.History = None,
    hold: options.Hold = None,
    open_: options.Open = None,
    close: options.Close = None,
    legs: own.Legs = None,
    spot_fee: own.SpotFee = None,
    perp_fee: options.PerpFee = None,
    spot_fee_in: own.SpotFeeIn = None,
    tier: options.Tier = None,
    discount: options.Discount = None,
    slippage: own.Slippage = None,
    basis_open: own.BasisOpen = None,
    basis_close: own.BasisClose = None,
    borrow_rate: own.BorrowRate = None,
    borrow_leverage: capital_options.BorrowLeverage = None,
    spot_leverage: own.SpotLeverage = None,
    collateral: capital_options.Account = None,
    haircut: capital_options.Haircut = None,
    shock: own.Shock = None,
    maintenance_rate: capital_options.MaintenanceRate = None,
    buffer: capital_options.Buffer = None,
    spot_yield: own.SpotYield = None,
    collateral_yield: own.CollateralYield = None,
    hurdle: own.Hurdle = None,
    equity: capital_options.Equity = None,
    position_cap: capital_options.PositionCap = None,
    notionals: own.Notionals = None,
    odds: carry_odds.Wanted = False,
    window: carry_odds.Window = None,
    block: carry_odds.Block = None,
    resamples: carry_odds.Resamples = None,
    entered: own.Entered = None,
    switch_to: own.SwitchTo = None,
    switch_exchange: own.SwitchExchange = None,
    switch_rate: own.SwitchRate = None,
) -> Answer:
    """Is spot against perp worth it, after four fills, slippage, borrow, and on all the capital?

    Positive is money the holder receives; net = gross funding - fees - slippage - borrow + basis P&L. With --live, or
    --from-books beside another rate, the order books of both legs are walked.

    \b
    fundcli carry --rate 0.01%
    fundcli carry --exchange okx --live --symbol ETH --notional 250k --legs maker,taker
    fundcli carry --live --spot-exchange okx --notionals 10k..10m --hurdle 4%
    fundcli carry --rate=-0.05% --borrow-rate 8% --hold 14d
    fundcli carry --symbol BTC --hold 30d --odds --hurdle 4%
    fundcli carry --live --entered 2026-11-01 --switch-exchange bybit --hold 14d
    """
    one_of(rate=rate, live=live, history=history)
    one_of(**{"switch-rate": switch_rate, "live": live, "history": history})
    _refuse(
        window=window, block=block, resamples=resamples, odds=odds, switch_to=switch_to,
        switch_exchange=switch_exchange, switch_rate=switch_rate, entered=entered, notionals=notionals, live=live,
        from_books=from_books,
    )  # fmt: skip
    capital_options.refuse(borrow_leverage, haircut, collateral, collateral_yield)
    if spot_leverage is not None and spot_leverage < 1:
        raise UsageError(f"--spot-leverage of {spot_leverage} borrows nothing", "Write 1 or more.")
    times = hold_times(hold, open_, close)
    trade = Trade(
        notional=notional or options.DEFAULT_NOTIONAL, direction=direction or "auto", leverage=leverage or Decimal(1),
        roles=values.spread(legs or ("taker",)), spot_fees=spot_fee, perp_fees=perp_fee,
        spot_fee_in_base=spot_fee_in == "base", tier=tier, discount=discount,
        slippages=values.spread(slippage) if slippage else None, basis_open=basis_open, basis_close=basis_close,
        collateral=collateral or "cash", haircut=haircut or Decimal(0),  # type: ignore[arg-type]
        shock=shock or Decimal(0), buffer=buffer or Decimal(0), borrow_leverage=borrow_leverage or Decimal(3),
        spot_leverage=spot_leverage or Decimal(1), spot_yield=spot_yield or Decimal(0),
        collateral_yield=collateral_yield or Decimal(0), hurdle=hurdle, equity=equity,
    )  # fmt: skip
    asked = Asked(
        exchange=exchange, symbol=symbol, spot_exchange=spot_exchange, rate=rate, interval=interval, live=live,
        books=from_books, history=history, hold=hold, times=times, price=price_, borrow_rate=borrow_rate,
        maintenance_rate=maintenance_rate,
    )  # fmt: skip
    # What is open has a direction, whatever the sign of the rate is now.
    held = replace(trade, direction="cash-and-carry") if entered and trade.direction == "auto" else trade
    priced = price(shared, held, asked)
    source, plan, result = priced.source, priced.plan, priced.result
    typed = {"leverage": leverage, "borrow-rate": borrow_rate, "borrow-leverage": borrow_leverage, "haircut": haircut,
             "shock": shock, "spot-leverage": spot_leverage, "spot-yield": spot_yield,
             "collateral-yield": collateral_yield, "maintenance-rate": maintenance_rate}  # fmt: skip
    source.warnings += [
        f"--{name} has no effect: {reason}" for name, reason in idle_terms(plan).items() if typed.get(name)
    ]
    if plan.spot_exchange != plan.exchange and (tier or discount) and not spot_fee:
        source.warnings.append(
            f"--tier and --discount are those of {plan.exchange}; {plan.spot_exchange} takes its base fee (--spot-fee)"
        )
    source.warnings += capital_options.beyond_cap(quote_worth(plan, result.capital), equity, position_cap)
    if odds:
        found, notes = carry_odds.odds_of(shared, priced.profile, result, plan, window, block, resamples)
        result = replace(result, odds=found)
        source.warnings += notes
    if notionals:
        from fundcli.commands.carry_ways import capacity_of

        result = replace(result, capacity=capacity_of(priced, notionals, trade))
    if entered is not None:
        from fundcli.commands.carry_ways import choices_of

        ways, notes = choices_of(shared, trade, asked, priced, entered, (switch_exchange, switch_to), switch_rate)
        result = replace(result, choices=ways)
        source.warnings += notes
    inputs = {
        **_inputs(priced, trade, asked), "direction": direction or "auto", "discount": discount, "odds": odds,
        "window_hours": window, "notionals": list(notionals or ()), "entered": entered, "switch_to": switch_to,
        "switch_exchange": switch_exchange, "switch_rate": switch_rate, "position_cap": position_cap,
    }  # fmt: skip
    return Answer(
        command="carry", as_of=shared.env.now(), inputs=inputs, content=result, content_type=CONTENT, sign=SIGN,
        tables=partial(_tables, result), warnings=source.warnings, unreported=source.unreported,
    )  # fmt: skip


def _inputs(priced: Priced, trade: Trade, asked: Asked) -> dict[str, object]:
    """The trade as it was priced."""
    plan, times = priced.plan, asked.times
    return {
        "exchange": priced.profile.id, "spot_exchange": plan.spot_exchange, "symbol": plan.symbol,
        "notional": trade.notional, "price": priced.quotes.spot_price, "leverage": plan.leverage, "rate": asked.rate,
        "interval_hours": asked.interval, "live": asked.live, "from_books": asked.books, "history_hours": asked.history,
        "hold_hours": plan.hold_hours, "open": times and from_ms(times[0]), "close": times and from_ms(times[1]),
        "legs": list(trade.roles), "tier": trade.tier or priced.profile.fees.base_tier,
        "spot_fee_in": "base" if trade.spot_fee_in_base else "quote", "slippage": list(plan.slippages),
        "basis_open": priced.result.basis_open, "basis_close": plan.exit_basis, "borrow_rate": plan.borrow_rate,
        "borrow_leverage": plan.borrow_leverage, "borrow_counting": plan.borrow_counting,
        "spot_leverage": plan.spot_leverage, "collateral": plan.collateral, "haircut": plan.haircut,
        "shock": plan.shock, "maintenance_rate": asked.maintenance_rate, "buffer": plan.buffer,
        "spot_yield": plan.spot_yield, "collateral_yield": plan.collateral_yield, "hurdle": plan.hurdle_rate,
        "equity": plan.equity,
    }  # fmt: skip


def _refuse(**typed: object) -> None:
    """Options that contradict each other, or that belong to one that is not there."""
    given = {name for name, value in typed.items() if value not in (None, False)}
    belonging = (
        (("window", "block", "resamples"), {"odds"}, "--odds"),
        (("switch_to", "switch_exchange", "switch_rate"), {"entered"}, "--entered"),
        (("switch_rate",), {"switch_to", "switch_exchange"}, "--switch-to or --switch-exchange"),
        (("notionals",), {"live", "from_books"}, "--live or --from-books: it walks order books"),
    )
    for names, owners, owner in belonging:
        lone = [f"--{name.replace('_', '-')}" for name in names if name in given]
        if lone and not given & owners:
            verb = "belongs" if len(lone) == 1 else "belong"
            raise UsageError(f"{' and '.join(lone)} {verb} to {owner}", "Add it, or drop what is its own.")


def _tables(result: CarryResult) -> Sequence[Table]:
    from fundcli.commands.carry_view import tables

    return tables(result)
