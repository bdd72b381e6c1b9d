"""What a price move does to a perpetual and to the spot leg beside it, and what is left when one of them is closed.

Positive is money gained. Both legs hold the same quantity of coin; the perpetual enters at E, spot at S0 = E / (1 +
basis). A path goes straight from the entry to its end, the perpetual by `move`, spot by `spot_move`: by the same share,
or to the basis that is asked for at the end, S = P / (1 + basis at the end). Of an inverse contract all money is in the
coin, and the gain of the spot leg is converted at the spot price that it is taken at.

A leg that is closed on the way leaves the other one alone. A perpetual that is liquidated loses its whole margin (with
spot as its collateral: what it has lost at the liquidation price); a borrowed spot position that is liquidated loses
its own capital; one that is auto-deleveraged keeps its gain. The other leg then rides to `final_move`, its own entry
price unless told otherwise. Fees are left out but for the closing fee of a liquidation; so is funding, which the margin
has paid already.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from fundcli.core.days import Day, moves
from fundcli.core.liquidation import (
    ZERO,
    Margined,
    closing_cost,
    equity,
    exchange_ratio,
    liquidation_price,
    liquidation_price_towards,
    maintenance_margin,
    margin_ratio,
    missing_to,
    notional,
    pnl,
    tier_at,
)
from fundcli.core.numbers import exact, ledger, plain
from fundcli.core.stress_answer import Leg, Path, StressResult
from fundcli.core.stress_legs import Stress, capital, quote_worth, spot_worth

_STEPS = ("0.05", "0.10", "0.20", "0.30", "0.40", "0.50")
# Crashes and rallies of every size that has been, and squeezes, in which the short leg dies.
SHOCKS = tuple(
    sorted([Decimal(sign + step) for sign in ("-", "") for step in _STEPS] + [Decimal(n) for n in (1, 2, 3)])
)


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
    paths = [_path(plan, _named(move), None, move, _beside(plan, move)) for move in shocks]
    for day in days:
        for end, move, spot in moves(day):  # where spot went its own way, that is what it did
            beside = _beside(plan, move) if spot == move else spot
            paths.append(_path(plan, f"{day.name} {end}", day.name, move, beside))
    price = liquidation_price(held)
    buffered = liquidation_price(replace(held, margin=held.margin + plan.buffer))
    spot_move = _spot_death(plan)
    spot_price = None if spot_move is None else plan.spot_entry * (1 + spot_move)
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
        capital=capital(plan),
        share_of_equity=None if plan.equity is None else quote_worth(plan, capital(plan)) / plan.equity,
        basis_open=plan.basis,
        basis_close=plan.basis_close,
        spot_price=plan.spot_entry if shown and plan.spot_coins else None,
    )


def _beside(plan: Stress, move: Decimal) -> Decimal:
    """How far spot goes while the perpetual moves: as far, or to the basis at the end.

    S = E (1 + move) / (1 + basis at the end), over S0 = E / (1 + basis at entry).
    """
    if plan.basis_close is None:
        return move
    return (1 + move) * (1 + plan.basis) / (1 + plan.basis_close) - 1


def _named(move: Decimal) -> str:
    return f"{'+' if move > 0 else ''}{plain(move * 100)}%"


def _coins(held: Margined) -> Decimal:
    return held.size / held.entry if held.inverse else held.size


def _spot_pnl(plan: Stress, move: Decimal) -> Decimal:
    """Coins x (S - S0), in quote money, or in coin at the price S."""
    return plan.spot_coins * move / (1 + move) if plan.held.inverse else plan.spot_coins * plan.spot_entry * move


def _perp_pnl(plan: Stress, move: Decimal) -> Decimal:
    """The perpetual's gain alone at a price; it cannot lose more than its margin."""
    price = plan.held.entry * (1 + move)
    dead = liquidation_price_towards(plan.held, price) is not None
    return -plan.held.margin if dead else pnl(plan.held, price)


def _along(plan: Stress, move: Decimal, spot_move: Decimal) -> Margined:
    """The position as it stands on a path where spot, given as collateral, does not move with the perpetual.

    The spot price is S0 + (P - E) k, k = S0 y / (E x), on the way: coins x S is a fixed amount and coins x k at the
    price P. `held.collateral` counts coins x S0 / E, which is worth the coins at the price E.
    """
    held = plan.held
    if not held.collateral or move == spot_move:
        return held
    if not move:
        return replace(held, margin=held.margin + held.collateral * held.entry * (1 + spot_move), collateral=ZERO)
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
    price = liquidation_price_towards(held, held.entry * (1 + move))
    if price is not None:
        part = (price / held.entry - 1) / move if move else Decimal(1)
        lost = pnl(held, price) - closing_cost(held, price) if plan.spot_is_collateral else -held.margin
        found.append((min(max(part, ZERO), Decimal(1)), "perp", lost, True))
    death = _spot_death(plan)
    if death is not None and spot_move >= death:
        own = spot_worth(plan) / (plan.borrow_leverage - 1)
        found.append((death / spot_move, "spot", -own / (1 + death) if held.inverse else -own, True))
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
