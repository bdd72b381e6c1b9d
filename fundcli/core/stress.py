"""What a price move does to a perpetual and to the spot leg beside it, and what is left when one of them is closed.

Positive is money gained. Both legs hold the same quantity of coin; spot and perpetual enter at one price. A path goes
straight from the entry to its end, the perpetual by `move`, spot by `spot_move`. Of an inverse contract all money is
in the coin, and the gain of the spot leg is converted at the spot price that it is taken at.

A leg that is closed on the way leaves the other one alone. A perpetual that is liquidated loses its whole margin (with
spot as its collateral: what it has lost at the liquidation price); a borrowed spot position that is liquidated loses
its own capital; one that is auto-deleveraged keeps its gain. The other leg then rides to `final_move`, the entry price
unless told otherwise. Fees are left out but for the closing fee of a liquidation; so is funding, which the margin has
paid already.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from fundcli.core.days import Day, moves
from fundcli.core.liquidation import (
    ZERO,
    Margined,
    RatioKind,
    closing_cost,
    equity,
    excess,
    exchange_ratio,
    liquidation_price,
    maintenance_margin,
    margin_ratio,
    missing_to,
    notional,
    pnl,
    tier_at,
)
from fundcli.core.numbers import exact, ledger, plain
from fundcli.core.stress_answer import Direction, Leg, Path, StressResult

_STEPS = ("0.05", "0.10", "0.20", "0.30", "0.40", "0.50")
# Crashes and rallies of every size that has been, and squeezes, in which the short leg dies.
SHOCKS = tuple(
    sorted([Decimal(sign + step) for sign in ("-", "") for step in _STEPS] + [Decimal(n) for n in (1, 2, 3)])
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stress:
    """What is put under stress.

    held: the perpetual on its margin. spot_coins: coins of the spot leg, negative if borrowed and sold, 0 without one.
    final_move: where the leg that is left alone rides to, from the entry price. deleveraged: the perpetual is closed at
    the end of every path. borrow_leverage, liquidation_level: of the borrowed spot; it is liquidated where assets are
    down to that many times the debt, None where that is not known. equity: all the money of which this is a part.
    prices_known: False if `held` runs on a price of 1.
    """

    exchange: str
    symbol: str
    direction: Direction
    currency: str
    leverage: Decimal
    held: Margined
    floor: Decimal
    spot_coins: Decimal = ZERO
    spot_is_collateral: bool = False
    haircut: Decimal = ZERO
    buffer: Decimal = ZERO
    funding_paid: Decimal = ZERO
    final_move: Decimal = ZERO
    deleveraged: bool = False
    borrow_leverage: Decimal = Decimal(3)
    liquidation_level: Decimal | None = None
    ratio_kind: RatioKind | None = None
    equity: Decimal | None = None
    prices_known: bool = True


def default_floor(leverage: Decimal) -> Decimal:
    """The least margin ratio that a desk keeps: 150 %, and 175 % from 5x on (35 % of notional at 5x).

    >>> default_floor(Decimal(3)), default_floor(Decimal(5))
    (Decimal('1.5'), Decimal('1.75'))
    """
    return Decimal("1.75") if leverage >= 5 else Decimal("1.5")


def shocks_between(low: Decimal, high: Decimal) -> tuple[Decimal, ...]:
    """The ends of a range of moves and the usual shocks between them.

    >>> [str(move) for move in shocks_between(Decimal("-0.15"), Decimal("0.1"))]
    ['-0.15', '-0.10', '-0.05', '0.05', '0.1']
    """
    return tuple(sorted({low, high, *(move for move in SHOCKS if low < move < high)} - {ZERO}))


@exact
def stressed(
    plan: Stress, shocks: Sequence[Decimal], days: Sequence[Day], maintenance_source: str, closing_fee_source: str
) -> StressResult:
    """Every shock and every day, on one position."""
    held, entry = plan.held, plan.held.entry
    paths = [_path(plan, _named(move), None, move, move) for move in shocks]
    paths += [_path(plan, f"{day.name} {end}", day.name, *rest) for day in days for end, *rest in moves(day)]
    price = liquidation_price(held)
    buffered = liquidation_price(replace(held, margin=held.margin + plan.buffer))
    spot_move = _spot_death(plan)
    spot_price = None if spot_move is None else entry * (1 + spot_move)
    tier = tier_at(held.tiers, notional(held, entry))
    worst = min(paths, key=lambda path: path.net)
    shown = plan.prices_known
    return StressResult(
        exchange=plan.exchange,
        symbol=plan.symbol,
        direction=plan.direction,
        side="long" if held.sign > 0 else "short",
        currency=plan.currency,
        notional=notional(held, entry),
        quantity=_coins(held) if shown else None,
        price=entry if shown else None,
        leverage=plan.leverage,
        initial_margin=notional(held, entry) / plan.leverage,
        margin=held.margin,
        funding_paid=plan.funding_paid,
        collateral="spot" if plan.spot_is_collateral else "cash",
        haircut=plan.haircut,
        buffer=plan.buffer,
        maintenance_rate=tier.rate,
        maintenance_amount=tier.amount,
        maintenance_margin=maintenance_margin(held, entry),
        maintenance_source=maintenance_source,
        closing_fee_rate=held.closing_fee,
        closing_fee_source=closing_fee_source,
        perp_liquidation_price=price if shown else None,
        perp_liquidation_move=None if price is None else price / entry - 1,
        perp_liquidation_price_with_buffer=buffered if shown else None,
        perp_liquidation_move_with_buffer=None if buffered is None else buffered / entry - 1,
        spot_liquidation_price=spot_price if shown else None,
        spot_liquidation_move=spot_move,
        spot_liquidation_level=plan.liquidation_level if plan.direction == "reverse" else None,
        margin_floor=plan.floor,
        margin_ratio=margin_ratio(held, entry, plan.leverage),
        transfer=missing_to(held, entry, plan.leverage, plan.floor),
        exchange_margin_ratio=exchange_ratio(held, entry, plan.ratio_kind),
        exchange_margin_ratio_is=plan.ratio_kind,
        final_move=plan.final_move,
        liquidated_paths=sum(path.liquidated for path in paths),
        paths_below_floor=sum(path.below_floor for path in paths),
        worst_path=worst.path,
        worst_net=worst.net,
        paths=tuple(paths),
        days=tuple(days),
        capital=_capital(plan),
        share_of_equity=None if plan.equity is None else _capital(plan) / plan.equity,
    )


def _capital(plan: Stress) -> Decimal:
    """Margin put up, buffer, and the spot leg: its price, or the margin of borrowed spot, notional / (leverage - 1).

    Coins that count as the margin of an inverse contract are in it already, less their haircut.
    """
    held = plan.held
    worth, margin = notional(held, held.entry), held.margin + plan.funding_paid
    if plan.direction == "perp":
        return margin + plan.buffer
    if plan.direction == "reverse":
        return margin + plan.buffer + worth / (plan.borrow_leverage - 1)
    counted = (1 - plan.haircut) * worth if held.inverse and plan.spot_is_collateral else ZERO
    return margin - counted + plan.buffer + worth


def _named(move: Decimal) -> str:
    return f"{'+' if move > 0 else ''}{plain(move * 100)}%"


def _coins(held: Margined) -> Decimal:
    return held.size / held.entry if held.inverse else held.size


def _spot_pnl(plan: Stress, move: Decimal) -> Decimal:
    """Coins x (S - S0), in quote money, or in coin at the price S."""
    entry = plan.held.entry
    gain = plan.spot_coins * entry * move
    return gain / (entry * (1 + move)) if plan.held.inverse else gain


def _perp_pnl(plan: Stress, move: Decimal) -> Decimal:
    """The perpetual's gain alone at a price; it cannot lose more than its margin."""
    price = plan.held.entry * (1 + move)
    return -plan.held.margin if excess(plan.held, price) <= 0 else pnl(plan.held, price)


def _along(plan: Stress, move: Decimal, spot_move: Decimal) -> Margined:
    """The position as it stands on a path where spot, given as collateral, does not move with the perpetual.

    The spot price is S0 + (P - E) y / x on the way: coins x S is a fixed amount and coins x y / x at the price P.
    """
    held = plan.held
    if not held.collateral or move == spot_move or not move:
        return held
    pace = spot_move / move
    fixed = held.collateral * held.entry * (1 - pace)
    return replace(held, margin=held.margin + fixed, collateral=held.collateral * pace)


def _spot_death(plan: Stress) -> Decimal | None:
    """The move at which borrowed spot is liquidated: proceeds and own capital are down to level x debt.

    q S0 L / (L - 1) = level q S: at 3x and a level of 1.1 spot rises by 36.36 %.
    """
    if plan.direction != "reverse" or plan.liquidation_level is None:
        return None
    return plan.borrow_leverage / (plan.borrow_leverage - 1) / plan.liquidation_level - 1


def _closed(
    plan: Stress, held: Margined, move: Decimal, spot_move: Decimal
) -> tuple[Leg, Decimal, Decimal, bool] | None:
    """The leg closed first on a path, the part of the path gone by then, its result, and whether by liquidation."""
    found: list[tuple[Decimal, Leg, Decimal, bool]] = []
    if plan.deleveraged:
        found.append((Decimal(1), "perp", pnl(held, held.entry * (1 + move)), False))
    if excess(held, held.entry * (1 + move)) <= 0:
        price = liquidation_price(held) or held.entry * (1 + move)
        part = (price / held.entry - 1) / move if move else ZERO
        lost = pnl(held, price) - closing_cost(held, price) if plan.spot_is_collateral else -held.margin
        found.append((min(max(part, ZERO), Decimal(1)), "perp", lost, True))
    death = _spot_death(plan)
    if death is not None and spot_move >= death:
        own = abs(plan.spot_coins) * held.entry / (plan.borrow_leverage - 1)
        at = held.entry * (1 + death)
        found.append((death / spot_move, "spot", -own / at if held.inverse else -own, True))
    if not found:
        return None
    part, leg, result, died = min(found, key=lambda each: (each[0], not each[3]))
    return leg, part, result, died


@exact
def _path(plan: Stress, name: str, day: str | None, move: Decimal, spot_move: Decimal) -> Path:
    """One path, to its end and, if a leg was closed, beyond it."""
    held = _along(plan, move, spot_move)
    price = held.entry * (1 + move)
    perp, spot = ledger(pnl(held, price)), ledger(_spot_pnl(plan, spot_move))
    transfer = ledger(missing_to(held, price, plan.leverage, plan.floor))
    ratio = ledger(margin_ratio(held, price, plan.leverage))
    closed = _closed(plan, held, move, spot_move)
    leg, part, result, died = closed if closed is not None else (None, None, ZERO, False)
    unhedged, net = None, perp + spot
    if part is not None:
        if leg == "spot":
            there, final = _perp_pnl(plan, move * part), _perp_pnl(plan, plan.final_move)
        else:
            there, final = _spot_pnl(plan, spot_move * part), _spot_pnl(plan, plan.final_move)
        unhedged = ledger(final - there) if plan.spot_coins else None
        net = ledger(result) + ledger(final)
    return Path(
        path=name,
        day=day,
        move=move,
        spot_move=spot_move,
        price=price if plan.prices_known else None,
        perp_pnl=perp,
        spot_pnl=spot,
        pnl=perp + spot,
        equity=ledger(equity(held, price)),
        maintenance_margin=ledger(maintenance_margin(held, price)),
        margin_ratio=ratio,
        exchange_margin_ratio=exchange_ratio(held, price, plan.ratio_kind),
        below_floor=ratio < plan.floor,
        transfer=transfer,
        transfer_beyond_buffer=max(ZERO, transfer - plan.buffer),
        liquidated=died,
        closed_leg=leg,
        closed_by=None if leg is None else "liquidation" if died else "auto-deleveraging",
        closed_move=None if part is None else (move if leg == "perp" else spot_move) * part,
        unhedged_pnl=unhedged,
        net=net,
    )
