"""fundcli stress: what a crash or a squeeze does to a position, and to the leg beside it."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

from fundcli.commands import capital_options, options
from fundcli.commands import stress_options as own
from fundcli.commands.shared import Shared
from fundcli.commands.stress_live import Asked, ask, too_much_leverage
from fundcli.core import stress as core
from fundcli.core.days import named
from fundcli.core.liquidation import beyond
from fundcli.core.position import Side, open_position
from fundcli.core.stress_answer import Direction, StressResult
from fundcli.core.stress_legs import quote_worth
from fundcli.core.stress_plan import largest_notional, planned
from fundcli.core.symbols import unified
from fundcli.errors import UsageError
from fundcli.profiles.contracts import contract_value
from fundcli.profiles.liquidation import beyond_tiers, liquidation_terms
from fundcli.render.answer import Answer
from fundcli.render.human import counted, money, person_rate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fundcli.render.answer import Table

CONTENT = StressResult
IS_LIST = False
SIGN = "money gained"


def run(
    shared: Shared,
    exchange: options.Exchange = None,
    symbol: options.Symbol = None,
    live: own.Live = False,
    direction: own.Direction = None,
    side: own.Side = None,
    notional: options.Notional = None,
    size: capital_options.Size = None,
    price: options.Price = None,
    basis_open: own.BasisOpen = None,
    basis_close: own.BasisClose = None,
    leverage: options.Leverage = None,
    margin: own.Margin = None,
    funding_paid: own.FundingPaid = None,
    buffer: capital_options.Buffer = None,
    collateral: capital_options.Collateral = None,
    haircut: capital_options.Haircut = None,
    maintenance_rate: capital_options.MaintenanceRate = None,
    maintenance_amount: own.MaintenanceAmount = None,
    fee: own.Fee = None,
    floor: own.Floor = None,
    shocks: own.Shocks = None,
    day: own.Days = None,
    adl: own.Adl = None,
    borrow_leverage: capital_options.BorrowLeverage = None,
    spot_level: own.SpotLevel = None,
    equity: capital_options.Equity = None,
    position_cap: capital_options.PositionCap = None,
) -> Answer:
    """What a crash or a squeeze does: liquidation prices, margin, transfers, and the leg that is left alone.

    Positive is money gained. When one leg is closed the other rides back to its entry price, or to --adl.

    \b
    fundcli stress --leverage 3 --buffer 2000
    fundcli stress --leverage 5 --price 60000 --day oct-2025 --day trb-2023
    fundcli stress -e bybit --symbol ETH --live --notional 2m --leverage 10
    fundcli stress --direction reverse --shocks=-50%..50%
    fundcli stress --side long --leverage 10 -o json --fail-if 'perp_liquidation_move > -5%'
    """
    way, sign = _direction(direction, side)
    _refuse(way, size and notional, collateral, haircut, adl, borrow_leverage, spot_level,
            maintenance_rate is None and maintenance_amount)  # fmt: skip
    if way == "perp" and (basis_open is not None or basis_close is not None):
        raise UsageError("--basis-open and --basis-close are about two legs", "Add --direction carry, or drop them.")
    profile = shared.profile(exchange)
    asked = Asked(symbol=unified(symbol, profile.contracts.main), price=price)
    if live:
        asked = ask(shared, profile, symbol, price, leverage or Decimal(1), maintenance_rate)
    name, price = asked.symbol, asked.price
    position = open_position(
        exchange=profile.id, symbol=name, side=sign, leverage=leverage or Decimal(1),
        notional=notional or options.DEFAULT_NOTIONAL, size=size, price=price,
        contract_value=contract_value(profile, name),
    )  # fmt: skip
    on_spot = collateral == "spot"
    terms = liquidation_terms(
        profile, position, rate=maintenance_rate, amount=maintenance_amount, fee=fee,
        spot_is_collateral=on_spot, spot_level=spot_level, margins=asked.margins,
    )  # fmt: skip
    plan = planned(
        position, way, tiers=terms.tiers, closing_fee=terms.closing_fee, margin=margin,
        funding_paid=funding_paid or Decimal(0), spot_is_collateral=on_spot, haircut=haircut or Decimal(0),
        floor=floor, buffer=buffer or Decimal(0), final_move=adl or Decimal(0), deleveraged=adl is not None,
        borrow_leverage=borrow_leverage or Decimal(3), liquidation_level=terms.spot_level, ratio_kind=terms.ratio_kind,
        equity=equity, basis=basis_open or Decimal(0), basis_close=basis_close,
    )  # fmt: skip
    days = tuple(dict.fromkeys(found for text in day or () for found in named(text)))
    moves = shocks if shocks is not None else () if days else core.SHOCKS
    result = core.stressed(plan, moves, days, terms.maintenance_source, terms.closing_fee_source)
    unreported = [*asked.unreported, *terms.doubts]
    too_large = capital_options.beyond_cap(quote_worth(plan, result.capital), equity, position_cap)
    if terms.ends_at is not None and beyond(largest_notional(plan, result.paths), terms.ends_at):
        unreported.append(beyond_tiers(name, terms.ends_at))
    if way == "reverse" and terms.spot_level is None:
        unreported.append(f"no source says when {profile.id} liquidates borrowed spot; it is left out (--spot-level)")
    inputs = {
        "exchange": profile.id, "symbol": name, "live": live, "direction": way, "side": sign,
        "notional": None if size else notional or options.DEFAULT_NOTIONAL, "size": size, "price": price,
        "basis_open": plan.basis, "basis_close": basis_close, "leverage": plan.leverage, "margin": margin,
        "funding_paid": plan.funding_paid, "buffer": plan.buffer,
        "collateral": collateral or "cash", "haircut": plan.haircut, "maintenance_rate": maintenance_rate,
        "maintenance_amount": maintenance_amount, "fee": fee, "floor": plan.floor, "shocks": list(moves),
        "days": [found.name for found in days], "adl": adl, "borrow_leverage": plan.borrow_leverage,
        "spot_level": terms.spot_level, "equity": equity, "position_cap": position_cap,
    }  # fmt: skip
    return Answer(
        command="stress", as_of=shared.env.now(), inputs=inputs, content=result, content_type=CONTENT, sign=SIGN,
        tables=partial(_tables, result),
        warnings=unreported + too_much_leverage(asked, result) + _floors(result) + too_large, unreported=unreported,
    )  # fmt: skip


def _direction(asked: str | None, side: str | None) -> tuple[Direction, Side]:
    if asked in ("carry", "cash-and-carry", "reverse") and side is not None:
        raise UsageError(
            f"--side belongs to a perp alone, and --direction {asked} names both legs", "Drop one of them."
        )
    if asked == "perp" or (asked in (None, "auto") and side is not None):
        return "perp", "short" if side == "short" else "long"
    return ("reverse", "long") if asked == "reverse" else ("cash-and-carry", "short")


def _refuse(
    way: str,
    both_sizes: Decimal | None,
    collateral: str | None,
    haircut: Decimal | None,
    adl: Decimal | None,
    borrow_leverage: Decimal | None,
    spot_level: Decimal | None,
    amount_alone: Decimal | bool | None,
) -> None:
    """Options that contradict each other, or that this direction has no use for."""
    if both_sizes:
        raise UsageError("--size and --notional both give the position", "Give one of them.")
    if collateral == "spot" and way != "cash-and-carry":
        raise UsageError("only a cash-and-carry holds spot to give as collateral", "Drop --collateral spot.")
    if haircut and collateral != "spot":
        raise UsageError("--haircut belongs to --collateral spot", "Add it, or drop the haircut.")
    if adl is not None and way == "perp":
        raise UsageError("--adl is about the leg that is left alone, and a perp has none", "Add --direction carry.")
    if way != "reverse" and (borrow_leverage is not None or spot_level is not None):
        raise UsageError("--borrow-leverage and --spot-level belong to --direction reverse", "Add it, or drop them.")
    if borrow_leverage is not None and borrow_leverage <= 1:
        raise UsageError("--borrow-leverage of 1 or less borrows nothing", "Write more than 1.")
    if amount_alone:
        raise UsageError("--maintenance-amount belongs to a rate", "Add --maintenance-rate.")


def _floors(result: StressResult) -> list[str]:
    floor = person_rate(result.margin_floor)
    if result.transfer:
        return [
            f"the margin ratio at entry is {person_rate(result.margin_ratio)}, below the floor of {floor}: "
            f"{money(result.transfer)} {result.currency} more restore it"
        ]
    if result.paths_below_floor:
        most = max(path.transfer for path in result.paths)
        count = counted(Decimal(result.paths_below_floor), "path")
        return [
            f"the margin ratio ends below the floor of {floor} on {count}: up to {money(most)} {result.currency} more"
        ]
    return []


def _tables(result: StressResult) -> Sequence[Table]:
    from fundcli.commands.stress_view import tables

    return tables(result)
