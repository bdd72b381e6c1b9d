"""fundcli scan: which contracts are worth a carry now?"""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

from fundcli.commands import capital_options, carry_options, options, values
from fundcli.commands import scan_options as own
from fundcli.commands.shared import DEFAULT_EXCHANGE, Shared
from fundcli.core.scan_answer import ScanRow
from fundcli.errors import UsageError
from fundcli.market.carrying import Trade
from fundcli.market.scan_pricing import Wanted
from fundcli.market.scanning import Request, Scanned, scan
from fundcli.render.answer import Answer
from fundcli.render.human import hours, money

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fundcli.render.answer import Table

CONTENT = ScanRow
IS_LIST = True
SIGN = "money the holder receives; costs are positive numbers"


def run(
    shared: Shared,
    exchange: options.Exchanges = None,
    symbol: options.Symbols = None,
    quote: own.Quote = None,
    capital: own.Capital = None,
    position_cap: own.PositionCap = None,
    hold: options.Hold = None,
    history: own.History = None,
    direction: carry_options.Direction = None,
    spot_exchange: own.SpotExchange = None,
    leverage: options.Leverage = None,
    legs: carry_options.Legs = None,
    spot_fee: carry_options.SpotFee = None,
    perp_fee: options.PerpFee = None,
    tier: options.Tier = None,
    discount: options.Discount = None,
    collateral: capital_options.Account = None,
    haircut: capital_options.Haircut = None,
    shock: carry_options.Shock = None,
    maintenance_rate: capital_options.MaintenanceRate = None,
    borrow_rate: carry_options.BorrowRate = None,
    borrow_leverage: capital_options.BorrowLeverage = None,
    hurdle: carry_options.Hurdle = None,
    books: own.Books = own.DEFAULT_BOOKS,
    top: own.Top = None,
    rejected: own.Rejected = False,
) -> Answer:
    """Which contracts are worth a carry? Ranked by net APR on capital after four fills; the rest with the reason.

    Each trade ties up --position-cap of --capital, and is filled from the order books of both legs. Rates come in
    bulk; books are read of the best alone, until --books of them are priced. The exit is taken at the basis of the
    entry. --timeout bounds how long an exchange may say nothing.

    \b
    fundcli scan --exchange binance --capital 100k --hold 14d
    fundcli scan -e binance -e okx -e bybit --history 30d --hurdle 4%
    fundcli scan -e gate --direction reverse --borrow-rate 12% --rejected
    fundcli scan --history 30d -o json --fail-if 'net_apr_on_capital > 15%'
    """
    if position_cap == 0:
        raise UsageError("--position-cap of 0 leaves no capital for a trade", "Write 5%, say.")
    capital_options.refuse(borrow_leverage, haircut, collateral)
    money_in_all = capital or own.DEFAULT_CAPITAL
    cap = position_cap or capital_options.DEFAULT_POSITION_CAP
    profiles = [shared.profile(name) for name in dict.fromkeys(exchange or [DEFAULT_EXCHANGE])]
    spot_profile = None if spot_exchange is None else shared.spot_profile(spot_exchange)
    for profile in profiles if spot_profile else ():
        capital_options.refuse_apart(collateral or "cash", profile, spot_profile or profile)
    trade = Trade(
        notional=money_in_all * cap, direction=direction or "auto", leverage=leverage or Decimal(1),
        roles=values.spread(legs or ("taker",)), spot_fees=spot_fee, perp_fees=perp_fee, tier=tier, discount=discount,
        collateral=collateral or "cash", haircut=haircut or Decimal(0),  # type: ignore[arg-type]
        shock=shock or Decimal(0), borrow_leverage=borrow_leverage or Decimal(3), hurdle=hurdle,
    )  # fmt: skip
    wanted = Wanted(
        trade=trade, hold_hours=hold or options.DEFAULT_HOLD_HOURS, borrow_rate=borrow_rate,
        maintenance_rate=maintenance_rate,
    )  # fmt: skip
    request = Request(
        wanted=wanted, symbols=list(dict.fromkeys(symbol or [])), quotes=[name.upper() for name in quote or []],
        history_hours=history, books=books,
    )  # fmt: skip
    now = shared.env.now()
    found = scan(profiles, spot_profile, request, shared.network, shared.store, now, shared.progress)
    rows = _first(found, top)
    inputs = {
        "exchange": [profile.id for profile in profiles], "symbol": request.symbols, "quote": request.quotes,
        "capital": money_in_all, "position_cap": cap, "hold_hours": wanted.hold_hours, "history_hours": history,
        "direction": trade.direction, "spot_exchange": spot_exchange, "leverage": trade.leverage,
        "legs": list(trade.roles), "spot_fee": list(spot_fee or ()), "perp_fee": list(perp_fee or ()), "tier": tier,
        "discount": discount, "collateral": trade.collateral, "haircut": trade.haircut, "shock": trade.shock,
        "maintenance_rate": maintenance_rate, "borrow_rate": borrow_rate, "borrow_leverage": trade.borrow_leverage,
        "hurdle": hurdle, "books": books, "top": top,
    }  # fmt: skip
    source = "the rate now" if history is None else f"the mean of {hours(history)}"
    ranked = sum(row.rejected is None for row in rows)
    title = (
        f"{ranked} {'carry' if ranked == 1 else 'carries'} at {source}, each on {money(trade.notional)} of "
        f"{money(money_in_all)}, held {hours(wanted.hold_hours)}"
    )
    if maintenance_rate is not None and not trade.rests_on_maintenance:
        found.warnings.append("--maintenance-rate has no effect: it sets the buffer of cash margin for a --shock")
    return Answer(
        command="scan", as_of=now, inputs=inputs, content=rows, content_type=CONTENT, is_list=True, sign=SIGN,
        tables=partial(_tables, rows, title, rejected), warnings=found.warnings, missing=found.missing,
        broken=found.broken, unreported=found.unreported,
    )  # fmt: skip


def _first(found: Scanned, top: int | None) -> list[ScanRow]:
    """The ranking, cut where that was asked for; rejected rows stay."""
    return [row for row in found.rows if top is None or row.rank is None or row.rank <= top]


def _tables(rows: Sequence[ScanRow], title: str, each: bool) -> Sequence[Table]:
    from fundcli.commands.scan_view import tables

    return tables(rows, title, each)
