"""The whole answer of `carry`, number by number, against the same trade recomputed in exact fractions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction as F

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.commands.carry_by_hand import CLOCKS, ROUNDED, Case, by_hand
from tests.conftest import Result, Run

DAY = datetime(2026, 1, 5, tzinfo=UTC)
LEDGER = {"gross_funding", "fees", "slippage", "borrow", "borrow_interest", "yield_income", "basis_pnl", "net"}
LEDGER |= {"capital", "capital_buffer", "capital_shock"}  # what a shock asks for is rounded, too


def typed(case: Case) -> list[str]:
    """The command line of a case."""
    money = {"notional": case.notional, "leverage": case.leverage, "borrow-leverage": case.borrow_leverage,
             "buffer": case.buffer, "price": case.price, "equity": case.equity,
             "spot-leverage": None if case.spot_leverage == 1 else case.spot_leverage}  # fmt: skip
    shares = {"rate": case.rate, "basis-open": case.basis_open, "basis-close": case.basis_close, "shock": case.shock,
              "borrow-rate": case.borrow_rate, "maintenance-rate": case.maintenance_rate, "hurdle": case.hurdle,
              "haircut": case.haircut or None, "spot-yield": case.spot_yield,
              "collateral-yield": case.collateral_yield}  # fmt: skip
    lists = {"spot-fee": case.fees[0::2], "perp-fee": case.fees[1::2], "slippage": case.slippage}
    words = {"exchange": case.exchange, "symbol": "BTC/USD:BTC" if case.inverse else "BTC/USDT:USDT",
             "direction": "cash-and-carry" if case.forward else "reverse", "interval": f"{case.interval}h",
             "collateral": case.collateral, "spot-fee-in": "base" if case.fee_in_base else "quote"}  # fmt: skip
    if case.opened is None:
        words["hold"] = f"{_text(case.hold)}h"
    else:
        words["open"], words["close"] = _time(case.opened), _time(case.opened + case.hold)
    words |= {name: _text(value) for name, value in money.items() if value is not None}
    words |= {name: f"{_text(share * 100)}%" for name, share in shares.items() if share is not None}
    words |= {name: ",".join(f"{_text(share * 100)}%" for share in each) for name, each in lists.items()}
    return [*(f"--{name}={word}" for name, word in words.items()), "-o", "json"]


def _time(hours: F) -> str:
    return (DAY + timedelta(milliseconds=int(hours * 3_600_000))).isoformat()


def _text(value: F) -> str:
    """A fraction with a finite decimal as such."""
    return format(Decimal(value.numerator) / Decimal(value.denominator), "f")


def agrees(result: Result, case: Case) -> None:
    """Every number of the answer against the recomputed one."""
    assert result.code == 0, result.err
    answer = result.result
    parts = ("notional", "fee", "slippage")
    flat = answer | {f"{leg['leg']} {part}": leg[part] for leg in answer["legs"] for part in parts}
    for name, expected in by_hand(case, answer["break_even_settlements"]).items():
        found = flat[name]
        assert (found is None) == (expected is None), (name, found, expected)
        if expected is None:
            continue
        money = name in LEDGER or name.endswith((" fee", " slippage"))
        near = ROUNDED if money else abs(expected) / 10**30 + _carried(name, case, answer)
        assert abs(F(found) - expected) <= near, (name, found, float(expected))


def _carried(name: str, case: Case, answer: dict[str, object]) -> F:
    """How far the rounding of the ledger to 1e-18 reaches into what is derived of it."""
    yearly = F(8760) / case.hold
    if name == "net_apy_on_capital":
        growth = 1 + F(answer["net_on_capital"])  # type: ignore[arg-type]
        grown = abs(F(answer[name])) + 1  # type: ignore[arg-type]
        return 10 * grown * yearly / growth * ROUNDED / F(answer["capital"]) + grown / 10**25  # type: ignore[arg-type]
    if name == "capital_on_notional":
        return ROUNDED / F(answer["notional"])  # type: ignore[arg-type]
    if name == "share_of_equity":
        assert case.equity is not None
        return ROUNDED * (case.price if case.inverse and case.price else 1) / case.equity
    if name == "break_even_rate":
        return ROUNDED / F(answer["notional"]) / F(answer["settlements"])  # type: ignore[arg-type]
    if not name.startswith("net_"):
        return F(0)
    base = F(answer["capital" if "capital" in name or "hurdle" in name else "notional"])  # type: ignore[arg-type]
    steep = 1 + abs(F(answer["net"]) / base)  # type: ignore[arg-type]
    return steep * ROUNDED / base * (yearly if "apr" in name else 1) + F(1, 10**25)


def _decimals(low: str, high: str, places: int) -> st.SearchStrategy[F]:
    return st.decimals(low, high, places=places).map(F)


FEE = _decimals("-0.002", "0.01", 6)
FOUR = st.tuples(FEE, FEE, FEE, FEE)
HOURS = st.integers(1, 3000).map(F) | st.integers(60_000, 600 * 3_600_000).map(lambda ms: F(ms - ms % 1000, 3_600_000))


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Any trade that the command takes; what the profiles say of margins is used for BTC alone."""
    forward, inverse = draw(st.booleans()), draw(st.sampled_from([False, False, True]))
    exchange = draw(st.sampled_from(sorted(CLOCKS)))
    shock = draw(st.just(F(0)) | _decimals("0", "3.2", 3))
    timed = draw(st.booleans())
    collateral = draw(st.sampled_from(["cash", "cash", "spot", "unified"] if forward else ["cash", "unified"]))
    earns = draw(st.just(F(0)) | _decimals("0", "0.3", 4))
    haircut = F(0) if collateral == "cash" and not earns else draw(_decimals("0", "0.95", 3))
    hold = draw(HOURS if timed else st.integers(1, 12_000).map(lambda quarter: F(quarter, 4)))
    lent = _decimals("0", "1", 4) | (st.none() if exchange != "krakenfutures" else st.just(F(0)))  # its profile has one
    # Where no source says how an exchange liquidates, or its contract is inverse, the rate is typed.
    maintained = (exchange in ("okx", "bitfinex", "krakenfutures") or inverse) and shock
    return Case(
        exchange=exchange, inverse=inverse, forward=forward, rate=draw(_decimals("-0.02", "0.02", 8)),
        interval=draw(st.sampled_from([1, 2, 4, 8, 24])), hold=hold,
        opened=draw(st.integers(0, 96 * 60).map(lambda minute: F(minute, 60))) if timed else None,
        notional=draw(_decimals("1", "40000", 2)),
        price=draw(_decimals("0.01", "120000", 2)) if inverse or draw(st.booleans()) else None,
        leverage=draw(st.just(F(1)) | _decimals("0.2", "200", 2)), fees=draw(FOUR), fee_in_base=draw(st.booleans()),
        slippage=draw(FOUR), basis_open=draw(st.just(F(0)) | _decimals("-0.2", "0.2", 5)),
        basis_close=draw(st.none() | _decimals("-0.2", "0.2", 5)), borrow_rate=draw(lent),
        borrow_leverage=draw(_decimals("1.1", "10", 2)),
        spot_leverage=draw(st.just(F(1)) | _decimals("1", "10", 2)) if not inverse else F(1), collateral=collateral,
        haircut=haircut, shock=shock,
        maintenance_rate=draw(_decimals("0", "0.3", 4)) if maintained or draw(st.booleans()) else None,
        buffer=draw(st.just(F(0)) | _decimals("0", "20000", 2)),
        spot_yield=draw(st.just(F(0)) | _decimals("0", "0.5", 4)),
        collateral_yield=earns, hurdle=draw(st.none() | _decimals("0", "0.3", 4)),
        equity=draw(st.none() | _decimals("1", "10000000", 2)),
    )  # fmt: skip


WHOLE = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None)


@given(case=cases())
@settings(WHOLE, max_examples=250)
def test_every_number_is_the_one_recomputed(run: Run, case: Case):
    agrees(run("carry", *typed(case)), case)


@pytest.mark.slow
@given(case=cases())
@settings(WHOLE, max_examples=6000)
def test_every_number_of_thousands_is_the_one_recomputed(run: Run, case: Case):
    agrees(run("carry", *typed(case)), case)
