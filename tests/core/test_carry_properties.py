"""Properties of the ledger, and the whole trade replayed as cash flows in exact fractions."""

from decimal import Decimal as D
from decimal import localcontext
from fractions import Fraction as F

from hypothesis import given
from hypothesis import strategies as st

from tests.core.plans import answer

SHARES = st.decimals("-0.009", "0.02", places=6)
PLANS = st.fixed_dictionaries(
    {
        "rate": st.decimals("-0.02", "0.02", places=8),
        "interval": st.sampled_from([1, 2, 4, 8]),
        "hold": st.integers(1, 5000),
        "notional": st.decimals("1", "1000000", places=2),
        "direction": st.sampled_from(["cash-and-carry", "reverse"]),
        "symbol": st.sampled_from(["BTC/USDT:USDT", "BTC/USD:BTC"]),
        "spot_price": st.decimals("0.01", "120000", places=2),
        "basis_open": st.decimals("-0.2", "0.2", places=5),
        "basis_close": st.none() | st.decimals("-0.2", "0.2", places=5),
        "fees": st.lists(SHARES, min_size=4, max_size=4),
        "slippage": st.lists(SHARES, min_size=4, max_size=4),
        "leverage": st.decimals("0.5", "50", places=1),
        "borrow_rate": st.none() | st.decimals("0", "1", places=4),
        "borrow_leverage": st.decimals("1.5", "10", places=1),
        "borrow_counting": st.sampled_from(
            ["hour_marks", "on_the_hour", "started_hours", "pro_rata", "four_hour_rollovers"]
        ),
        "spot_fee_in_base": st.booleans(),
        "collateral": st.sampled_from(["cash", "spot", "unified"]),
        "haircut": st.decimals("0", "0.9", places=3),
        "shock": st.decimals("0", "3", places=2),
        "buffer": st.decimals("0", "10000", places=2),
        "spot_leverage": st.decimals("1", "10", places=1),
        "spot_yield": st.decimals("0", "0.5", places=4),
        "collateral_yield": st.sampled_from([D(0), D("0.04")]),
    }
)


@given(PLANS)
def test_net_is_exactly_the_sum_of_the_ledger(plan):
    result = answer(**plan)
    with localcontext(prec=60):
        ledger = result.gross_funding - result.fees - result.slippage - result.borrow + result.basis_pnl
        assert result.net == ledger
        assert result.borrow == result.borrow_interest - result.yield_income


@given(PLANS)
def test_fees_and_slippage_are_exactly_the_sums_over_the_legs(plan):
    result = answer(**plan)
    with localcontext(prec=60):
        assert result.fees == sum(leg.fee for leg in result.legs)
        assert result.slippage == sum(leg.slippage for leg in result.legs)
        assert [leg.leg for leg in result.legs] == ["open spot", "open perp", "close spot", "close perp"]


@given(PLANS)
def test_capital_is_the_sum_of_its_parts_and_never_less_than_the_buffer(plan):
    result = answer(**plan)
    with localcontext(prec=60):
        parts = result.capital_spot + result.capital_perp_margin + result.capital_buffer
        assert abs(result.capital - parts) < D("1e-35")
    assert result.capital > result.capital_buffer >= 0


@given(PLANS)
def test_the_ledger_is_the_cash_that_the_trade_moves(plan):
    """Buy and sell the coin, mark the perp, receive funding, pay every fill: what is left is the net."""
    plan = plan | {"symbol": "BTC/USDT:USDT", "spot_fee_in_base": False, "borrow_rate": None}
    plan = plan | {"spot_yield": D(0), "collateral_yield": D(0)}
    result = answer(**plan)
    sign = 1 if plan["direction"] == "cash-and-carry" else -1
    s0 = s1 = F(plan["spot_price"])
    f0 = s0 * (1 + F(plan["basis_open"]))
    closing = plan["basis_open"] if plan["basis_close"] is None else plan["basis_close"]
    f1 = s1 * (1 + F(closing))
    q = F(plan["notional"]) / f0
    fills = [(s0, -sign), (f0, sign), (s1, sign), (f1, -sign)]
    cash = sum(q * price * flow for price, flow in fills)
    costs = sum(
        q * price * (F(fee) + F(slip))
        for (price, _), fee, slip in zip(fills, plan["fees"], plan["slippage"], strict=True)
    )
    funding = sign * F(plan["notional"]) * F(plan["rate"]) * F(plan["hold"], plan["interval"])
    assert abs(F(result.net) - (cash - costs + funding)) < F(1, 10**15)


@given(PLANS)
def test_the_reverse_receives_what_the_cash_and_carry_pays(plan):
    plan = plan | {"spot_fee_in_base": False}
    forward, reverse = answer(**plan | {"direction": "cash-and-carry"}), answer(**plan | {"direction": "reverse"})
    assert forward.gross_funding == reverse.gross_funding.copy_negate()
    assert forward.basis_pnl == reverse.basis_pnl.copy_negate()
    assert forward.fees == reverse.fees


@given(PLANS, st.integers(2, 9))
def test_funding_is_linear_in_the_rate(plan, factor):
    once, more = answer(**plan), answer(**plan | {"rate": plan["rate"] * factor})
    assert abs(F(more.gross_funding) - factor * F(once.gross_funding)) <= F(factor, 10**18)
    assert abs(F(more.gross_apr_on_notional) - factor * F(once.gross_apr_on_notional)) < F(1, 10**40)


@given(PLANS, st.integers(0, 3))
def test_doubling_a_fee_that_is_not_negative_never_raises_net(plan, place):
    plan = plan | {"fees": [abs(fee) for fee in plan["fees"]], "spot_fee_in_base": False}
    doubled = [fee * 2 if i == place else fee for i, fee in enumerate(plan["fees"])]
    assert answer(**plan | {"fees": doubled}).net <= answer(**plan).net
    assert answer(**plan | {"fees": [fee * 2 for fee in plan["fees"]]}).net <= answer(**plan).net


@given(PLANS, st.booleans())
def test_break_even_is_the_first_settlement_count_that_pays(plan, reverse):
    """Against a plain search over n = 0, 1, 2, ... with the borrow and the yield of n whole intervals."""
    plan = plan | {"symbol": "BTC/USDT:USDT", "spot_fee_in_base": False, "collateral": "cash", "shock": D(0)}
    plan = plan | {"direction": "reverse" if reverse else "cash-and-carry"}
    result = answer(**plan)
    sign = -1 if reverse else 1
    notional, rate, h = F(plan["notional"]), F(plan["rate"]), plan["interval"]
    spot = F(result.quantity) * F(plan["spot_price"])
    borrowed = spot if reverse else spot * (1 - 1 / F(plan["spot_leverage"]))
    held = F(result.capital_perp_margin + result.capital_buffer) * F(plan["collateral_yield"])
    held += 0 if reverse else spot * F(plan["spot_yield"])
    fixed = F(result.fees) + F(result.slippage) - F(result.basis_pnl)

    def pays(n: int) -> bool:
        hours = n * h
        if n and plan["borrow_counting"] == "hour_marks":
            hours += 1
        if n and plan["borrow_counting"] == "four_hour_rollovers":
            hours = 4 + n * h // 4 * 4
        borrow = borrowed * F(plan["borrow_rate"] or 0) * hours / 8760
        return sign * n * rate * notional >= fixed + borrow - held * n * h / 8760

    found = result.break_even_settlements
    if found is None:
        assert not any(pays(n) for n in (*range(50), 1000, 10_000, 100_000))
    else:
        assert pays(found)
        assert not any(pays(n) for n in range(max(0, found - 30), found))
        assert not pays(0) or found == 0
