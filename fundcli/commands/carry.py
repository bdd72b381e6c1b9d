"""fundcli carry: is spot against perp worth it?"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from fundcli.commands import capital_options, carry_odds, options, values
from fundcli.commands.shared import Shared
from fundcli.commands.sources import find_hold, find_rate, hold_times, one_of
from fundcli.core import carry as core
from fundcli.core.carry_plan import Direction as Way
from fundcli.core.carry_plan import idle_terms, planned
from fundcli.core.position import is_inverse
from fundcli.core.schedule import Grid
from fundcli.core.units import from_ms
from fundcli.errors import UsageError
from fundcli.profiles.fees import fee_rate
from fundcli.render.answer import Answer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fundcli.render.answer import Table

CONTENT = core.CarryResult
IS_LIST = False
SIGN = "money the holder receives; costs are positive numbers"
_ROLES = ("taker", "maker", "none")
_DIRECTIONS = ("auto", "cash-and-carry", "reverse")
_LEGS = (1, 2, 4)

Direction = Annotated[
    str | None,
    typer.Option("--direction", "-d", metavar="WAY", parser=values.choice("--direction", _DIRECTIONS),
                 help="cash-and-carry, reverse, or auto: by the sign of the rate (auto)."),
]  # fmt: skip
Legs = Annotated[
    values.Words | None,
    typer.Option("--legs", metavar="ROLES", parser=values.words("--legs", _ROLES, _LEGS),
                 help="taker or maker: for all legs, spot,perp, or each of the four (taker)."),
]  # fmt: skip
SpotFee = Annotated[
    values.Decimals | None,
    typer.Option(
        "--spot-fee",
        metavar="FEE",
        parser=values.fees("--spot-fee", (1, 2)),
        help="Spot fee of a fill, or open,close; goes before roles and tiers.",
    ),
]
SpotFeeIn = Annotated[
    str | None,
    typer.Option("--spot-fee-in", metavar="COIN", parser=values.choice("--spot-fee-in", ("quote", "base")),
                 help="quote, or base: the fee is taken from the coin bought, and the hedge shrinks (quote)."),
]  # fmt: skip
Slippage = Annotated[
    values.Decimals | None,
    typer.Option("--slippage", metavar="SHARE", parser=values.fees("--slippage", _LEGS),
                 help="Against the mids: for every leg, spot,perp, or each of the four (0)."),
]  # fmt: skip
BasisOpen = Annotated[
    Decimal | None,
    typer.Option(
        "--basis-open",
        metavar="SHARE",
        parser=values.signed_share("--basis-open"),
        help="(perp - spot) / spot at entry (0).",
    ),
]
BasisClose = Annotated[
    Decimal | None,
    typer.Option(
        "--basis-close",
        metavar="SHARE",
        parser=values.signed_share("--basis-close"),
        help="The same at exit (as at entry).",
    ),
]
BorrowRate = Annotated[
    Decimal | None,
    typer.Option(
        "--borrow-rate", metavar="RATE", parser=values.borrow("--borrow-rate"), help="A year's, or 0.02%/d, 0.001%/h."
    ),
]
Shock = Annotated[
    Decimal | None,
    typer.Option(
        "--shock", metavar="SHARE", parser=values.share("--shock"), help="Rally that spot as margin must outlast (0)."
    ),
]
Hurdle = Annotated[
    Decimal | None,
    typer.Option("--hurdle", metavar="RATE", parser=values.borrow("--hurdle"),
                 help="What the capital would earn as cash: a year's, or 0.01%/d."),
]  # fmt: skip


def run(
    shared: Shared,
    exchange: options.Exchange = None,
    symbol: options.Symbol = None,
    direction: Direction = None,
    notional: options.Notional = None,
    price: options.Price = None,
    leverage: options.Leverage = None,
    rate: options.Rate = None,
    interval: options.Interval = None,
    live: options.Live = False,
    history: options.History = None,
    hold: options.Hold = None,
    open_: options.Open = None,
    close: options.Close = None,
    legs: Legs = None,
    spot_fee: SpotFee = None,
    perp_fee: options.PerpFee = None,
    spot_fee_in: SpotFeeIn = None,
    tier: options.Tier = None,
    discount: options.Discount = None,
    slippage: Slippage = None,
    basis_open: BasisOpen = None,
    basis_close: BasisClose = None,
    borrow_rate: BorrowRate = None,
    borrow_leverage: capital_options.BorrowLeverage = None,
    collateral: capital_options.Collateral = None,
    haircut: capital_options.Haircut = None,
    shock: Shock = None,
    buffer: capital_options.Buffer = None,
    hurdle: Hurdle = None,
    odds: carry_odds.Wanted = False,
    window: carry_odds.Window = None,
    block: carry_odds.Block = None,
    resamples: carry_odds.Resamples = None,
) -> Answer:
    """Is spot against perp worth it, after four fills, slippage, borrow, and on all the capital?

    Positive is money the holder receives; net = gross funding - fees - slippage - borrow + basis P&L.

    \b
    fundcli carry --rate 0.01%
    fundcli carry --exchange okx --live --symbol ETH --legs maker,taker
    fundcli carry --rate=-0.05% --borrow-rate 8% --hold 14d
    fundcli carry --symbol BTC --hold 30d --odds --hurdle 4%
    """
    one_of(rate=rate, live=live, history=history)
    if borrow_leverage is not None and borrow_leverage <= 1:
        raise UsageError("--borrow-leverage of 1 or less borrows nothing", "Write more than 1.")
    if not odds and (window, block, resamples) != (None, None, None):
        raise UsageError("--window, --block and --resamples belong to --odds", "Add it, or drop them.")
    if collateral != "spot" and (haircut or shock):
        raise UsageError("--haircut and --shock belong to --collateral spot", "Add it, or drop them.")
    times = hold_times(hold, open_, close)
    profile = shared.profile(exchange)
    source = find_rate(shared, profile, symbol, rate, interval, live, history)
    used = source.used
    chosen = _direction(direction, used.rate)
    inverse = is_inverse(source.symbol)
    spot_price = price or (source.live and (source.live.index_price or source.live.mark_price)) or None
    if inverse and spot_price is None:
        raise UsageError(f"{source.symbol} is paid in coin, which needs a price", "Give it with --price.")
    if collateral == "spot" and chosen == "reverse":
        raise UsageError("a reverse carry holds no spot to give as collateral", "Drop --collateral spot.")
    roles = values.spread(legs or ("taker",))
    perp_market = "inverse" if inverse else "perp"
    fees = [
        spot_fee[0] if spot_fee else fee_rate(profile, "spot", roles[0], tier, discount),
        perp_fee[0] if perp_fee else fee_rate(profile, perp_market, roles[1], tier, discount),
        spot_fee[-1] if spot_fee else fee_rate(profile, "spot", roles[2], tier, discount),
        perp_fee[-1] if perp_fee else fee_rate(profile, perp_market, roles[3], tier, discount),
    ]
    grid = Grid.of(used.interval_hours, profile.funding.settlement_hours_utc)
    held = find_hold(profile, source, hold, times)
    plan = planned(
        exchange=profile.id, symbol=source.symbol, direction=chosen, notional=notional or options.DEFAULT_NOTIONAL,
        spot_price=spot_price, basis_open=basis_open or Decimal(0), basis_close=basis_close,
        leverage=leverage or Decimal(1), fee_rates=fees, slippages=values.spread(slippage or (Decimal(0),)),
        hold_hours=held.hours, settlements=held.count.expected, grid=grid, spot_fee_in_base=spot_fee_in == "base",
        spot_is_collateral=collateral == "spot", haircut=haircut or Decimal(0), shock=shock or Decimal(0),
        buffer=buffer or Decimal(0), borrow_rate=borrow_rate, borrow_leverage=borrow_leverage or Decimal(3),
        borrow_counting=profile.borrow.counting if profile.borrow else "pro_rata", open_ms=times[0] if times else None,
        hurdle_rate=hurdle,
    )  # fmt: skip
    if chosen == "reverse" and borrow_rate is None:
        source.warnings.append("the cost of borrowing the coin is not known and taken as 0: give it with --borrow-rate")
        source.unreported.append("the borrow rate is not known")
    asked = {"leverage": leverage, "borrow-rate": borrow_rate, "borrow-leverage": borrow_leverage, "haircut": haircut}
    idle = idle_terms(plan)
    source.warnings += [
        f"--{name} has no effect: {idle[name]}" for name, value in asked.items() if value and name in idle
    ]
    result = core.carry(plan, used)
    if odds:
        found, notes = carry_odds.odds_of(shared, profile, result, plan, window, block, resamples)
        result = replace(result, odds=found)
        source.warnings += notes
    inputs = {
        "exchange": profile.id, "symbol": source.symbol, "direction": direction or "auto",
        "notional": notional or options.DEFAULT_NOTIONAL, "price": spot_price,
        "leverage": plan.leverage, "rate": rate,
        "interval_hours": interval, "live": live, "history_hours": history, "hold_hours": held.hours,
        "open": times and from_ms(times[0]), "close": times and from_ms(times[1]), "legs": list(roles),
        "tier": tier or profile.fees.base_tier, "discount": discount, "spot_fee_in": spot_fee_in or "quote",
        "slippage": list(plan.slippages), "basis_open": plan.perp_price / plan.spot_price - 1,
        "basis_close": plan.exit_basis, "borrow_rate": borrow_rate, "borrow_leverage": plan.borrow_leverage,
        "borrow_counting": plan.borrow_counting, "collateral": collateral or "cash", "haircut": plan.haircut,
        "shock": plan.shock, "buffer": plan.buffer, "hurdle": hurdle, "odds": odds, "window_hours": window,
    }  # fmt: skip
    return Answer(
        command="carry", as_of=shared.env.now(), inputs=inputs, content=result, content_type=CONTENT, sign=SIGN,
        tables=partial(_tables, result), warnings=source.warnings, unreported=source.unreported,
    )  # fmt: skip


def _direction(asked: str | None, rate: Decimal) -> Way:
    if asked == "reverse" or (asked in (None, "auto") and rate < 0):
        return "reverse"
    return "cash-and-carry"


def _tables(result: core.CarryResult) -> Sequence[Table]:
    from fundcli.commands.carry_view import tables

    if result.odds is None:
        return tables(result)
    return [*tables(result), *carry_odds.tables(result.odds, result.currency, result.notional)]
