"""The answer of `carry` recomputed from what was typed: MATH's formulas in exact fractions, and nothing of fundcli.

Shares, rates and money are fractions; instants are hours after 2026-01-05T00:00Z, a midnight. Clocks of interest,
closing fees, margin tiers and levels are those that the profiles name, repeated here in plain numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction as F
from math import ceil, floor

YEAR = 8760
CLOCKS = {
    "binance": "hour_marks", "bybit": "started_hours", "okx": "on_the_hour", "bitfinex": "pro_rata",
    "krakenfutures": "four_hour_rollovers",
}  # fmt: skip
# OKX counts its taker fee when it liquidates; Binance's cross margin dies where assets are 1.1 x the debt.
CLOSING = {"okx": F("0.0005")}
LEVEL = {"binance": F("1.1")}
# Of BTC, linear and inverse, on record: the most leverage, and the maintenance margin.
TIERS = {
    ("binance", False): (F(125), F("0.004")),
    ("bybit", False): (F(100), F("0.005")),
    ("krakenfutures", True): (F(50), F("0.01")),
}
ACCRUES = {"krakenfutures"}  # funding by the time held, not by settlements crossed
# What the eleven lines of a ledger that are each rounded to 1e-18 may be off together.
ROUNDED = F(11, 2 * 10**18)


@dataclass(frozen=True, kw_only=True)
class Case:
    """What is typed."""

    exchange: str = "binance"
    inverse: bool = False
    forward: bool = True
    rate: F = F("0.0001")
    interval: int = 8
    hold: F = F(720)
    opened: F | None = None
    notional: F = F(10_000)
    price: F | None = None
    leverage: F = F(1)
    fees: tuple[F, F, F, F] = (F(0), F(0), F(0), F(0))
    fee_in_base: bool = False
    slippage: tuple[F, F, F, F] = (F(0), F(0), F(0), F(0))
    basis_open: F = F(0)
    basis_close: F | None = None
    borrow_rate: F | None = None
    borrow_leverage: F = F(3)
    spot_leverage: F = F(1)
    collateral: str = "cash"
    haircut: F = F(0)
    shock: F = F(0)
    maintenance_rate: F | None = None
    buffer: F = F(0)
    spot_yield: F = F(0)
    collateral_yield: F = F(0)
    hurdle: F | None = None
    equity: F | None = None


def by_hand(case: Case, claimed: int | None) -> dict[str, F | None]:
    """Every number of the answer, its money in quote (inverse: in coin).

    claimed: the settlements to the break-even as answered; -1 comes back where a trial of them says otherwise.
    """
    sign = 1 if case.forward else -1
    s = F(1) if case.price is None else case.price
    f0 = s * (1 + case.basis_open)
    f1 = f0 if case.basis_close is None else s * (1 + case.basis_close)
    bought = case.notional / f0
    coins = bought * (1 - case.fees[0]) if case.forward and case.fee_in_base else bought
    back = coins / (1 - case.fees[2]) if case.fee_in_base and not case.forward else coins
    if case.inverse:  # the perp is a fixed amount of money, counted in the coins that it is at each price
        fills = [bought, coins, back, coins * f0 / f1]
        basis_pnl, spot, perp = sign * (coins * f0 / f1 - coins), bought, coins
    else:
        fills = [bought * s, coins * f0, back * s, coins * f1]
        basis_pnl, spot, perp = sign * coins * ((f0 - s) - (f1 - s)), bought * s, coins * f0
    fees = [fill * fee for fill, fee in zip(fills, case.fees, strict=True)]
    slips = [fill * slip for fill, slip in zip(fills, case.slippage, strict=True)]

    own, margin, shock, debt = _capital(case, spot, perp)
    buffer = max(case.buffer, shock)
    capital = own + margin + buffer
    held = spot * coins / bought if case.forward else F(0)
    hourly_yield = (held * case.spot_yield + (margin + buffer) * case.collateral_yield) / YEAR
    if not case.forward:
        debt = spot
    elif case.collateral != "cash" and not case.inverse:
        debt += max(F(0), perp * case.shock - margin - buffer)

    def interest(hours: F) -> F:
        return debt * (case.borrow_rate or 0) * charged(case, hours) / YEAR

    def running(hours: F) -> F:
        return interest(hours) - hours * hourly_yield

    count = settlements(case)
    one = sign * perp * case.rate
    gross, borrow = one * count, running(case.hold)
    costs = sum(fees) + sum(slips)
    net = gross - costs - borrow + basis_pnl
    n = claimed if is_first(lambda n: n * one - costs + basis_pnl - running(time_to(case, n)), claimed) else -1
    hours = None if n is None else time_to(case, n)
    least = hours if n is None or case.opened is not None else F(max(0, (n - 1) * case.interval))
    yearly = F(YEAR) / case.hold
    found: dict[str, F | None] = {
        "notional": perp, "quantity": None if case.price is None else coins, "capital": capital, "capital_spot": own,
        "capital_perp_margin": margin, "capital_buffer": buffer, "capital_shock": shock,
        "capital_on_notional": capital / perp, "share_of_equity": None, "settlements": count, "gross_funding": gross,
        "fees": sum(fees), "slippage": sum(slips), "borrow": borrow, "borrow_interest": interest(case.hold),
        "yield_income": hourly_yield * case.hold, "basis_pnl": basis_pnl, "net": net, "net_on_notional": net / perp,
        "net_on_capital": net / capital, "gross_apr_on_notional": sign * case.rate * YEAR / case.interval,
        "net_apr_on_notional": net / perp * yearly, "net_apr_on_capital": net / capital * yearly,
        "net_apr_over_hurdle": None if case.hurdle is None else net / capital * yearly - case.hurdle,
        "net_apy_on_capital": compounded(net / capital, yearly) if case.hold >= 720 else None,
        "break_even_settlements": None if n is None else F(n), "break_even_hours": hours,
        "break_even_hours_min": least,
        "break_even_rate": (costs - basis_pnl + borrow) / (sign * perp * count) if count else None,
        "basis_open": f0 / s - 1, "basis_close": f1 / s - 1,
    }  # fmt: skip
    if case.equity is not None:
        found["share_of_equity"] = capital * (s if case.inverse else 1) / case.equity
    for place, name in enumerate(("open spot", "open perp", "close spot", "close perp")):
        found[f"{name} notional"] = fills[place]
        found[f"{name} fee"], found[f"{name} slippage"] = fees[place], slips[place]
    return found


def _capital(case: Case, spot: F, perp: F) -> tuple[F, F, F, F]:
    """Own money in the spot leg, margin, what a shock asks for beside it, and what is owed for the spot."""
    most, rate = TIERS.get((case.exchange, case.inverse), (None, None))
    if case.maintenance_rate is not None:
        most, rate = None, case.maintenance_rate
    leverage = case.leverage if most is None else min(case.leverage, most)
    margin = perp / leverage
    own = spot / case.spot_leverage if case.forward else spot / (case.borrow_leverage - 1)
    if case.forward and case.inverse:
        return own, F(0), F(0), F(0)
    debt = spot - own if case.forward else F(0)
    if case.forward and case.collateral != "cash":
        value = (1 - case.haircut) * spot
        then = value * (1 + case.shock) if case.collateral == "unified" else value
        now = max(F(0), debt + margin - value)
        return own, now, max(F(0), debt + margin + perp * case.shock - then - now), debt
    kept = 1 - case.haircut if case.collateral == "cash" and case.collateral_yield else F(1)
    if not case.shock or case.collateral == "unified":
        return own, margin / kept, F(0), debt
    fall = min(case.shock, F("0.99"))
    after = perp * (1 + case.shock) if case.forward else perp / (1 - fall) if case.inverse else perp * (1 - fall)
    loss = abs(after - perp)
    dies = CLOSING.get(case.exchange, F(0)) + rate if rate is not None else None
    needs = [loss if dies is None else max(F(0), loss + after * dies - margin)]
    if not case.forward:
        level = LEVEL.get(case.exchange, case.borrow_leverage / (case.borrow_leverage - 1))
        if case.inverse:  # in coin: proceeds in money, own capital and debt in coin
            needs.append(max(F(0), level * spot - (spot / (1 + case.shock) + own)))
        else:
            needs.append(max(F(0), level * spot * (1 + case.shock) - (spot + own)))
    elif debt:
        level = LEVEL.get(case.exchange, case.spot_leverage / (case.spot_leverage - 1))
        needs.append(max(F(0), level * debt - spot * (1 - fall)))
    return own, margin / kept, sum(needs) / kept, debt


def settlements(case: Case) -> F:
    """Those with open < t <= close, each counted; without an open hold / interval as an expectation."""
    if case.opened is None or case.exchange in ACCRUES:
        return case.hold / case.interval
    return F(sum(case.opened < t <= case.opened + case.hold for t in _grid(case)))


def _grid(case: Case) -> range:
    assert case.opened is not None
    first = floor(case.opened) // case.interval * case.interval
    return range(first, ceil(case.opened + case.hold) + case.interval, case.interval)


def time_to(case: Case, n: int) -> F:
    """Hours from the open to the n-th settlement."""
    if n <= 0 or case.opened is None:
        return F(n * case.interval)
    return (floor(case.opened / case.interval) + n) * case.interval - case.opened


def charged(case: Case, hours: F) -> F:
    """The hours that the lender's clock counts."""
    clock = CLOCKS[case.exchange]
    if hours <= 0:
        return F(0)
    if clock == "pro_rata":
        return hours
    if clock == "started_hours":
        return F(ceil(hours))
    if clock == "four_hour_rollovers":
        return F(4 + hours // 4 * 4)
    first = 1 if clock == "hour_marks" else 0
    if case.opened is None:
        return first + hours
    return F(first + floor(case.opened + hours) - floor(case.opened))


def is_first(left: Callable[[int], F], claimed: int | None) -> bool:
    """Whether the claimed number leaves something and none before it does, by trial of some; None: none does."""
    if claimed is None:
        return all(left(n) < 0 for n in (*range(100), 1000, 10_000, 10**6, 10**9))
    before = {*range(min(claimed, 100)), *range(max(0, claimed - 30), claimed)}
    return left(claimed) >= -2 * ROUNDED and all(left(n) < 0 for n in before)


def compounded(growth: F, periods: F) -> F | None:
    """(1 + g)^n - 1 by logarithms of 80 digits."""
    if growth <= -1:
        return None
    with localcontext(prec=80):
        base, power = (Decimal(x.numerator) / Decimal(x.denominator) for x in (1 + growth, periods))
        exponent = power * base.ln()
        return None if exponent > Decimal(10) ** 15 else F(exponent.exp()) - 1
