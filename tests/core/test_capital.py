"""What a carry ties up, by hand: buffers for a shock, one account, margin with a haircut, spot on margin."""

from decimal import Decimal as D
from fractions import Fraction as F

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fundcli.core.capital import greatest_notional
from fundcli.core.carry_plan import planned
from fundcli.core.liquidation import MaintenanceTier
from fundcli.core.schedule import MS_PER_HOUR, Grid
from tests.core.plans import answer

TIERS = [MaintenanceTier(D("0.004"))]


def test_ten_percent_gross_at_leverage_one_is_five_on_capital():
    """Spot and a margin of the same size: 10 % of notional is 5 % of capital."""
    assert answer("0.1", hold=8).net_on_capital == D("0.05")


def test_and_ten_with_the_spot_as_collateral_at_no_haircut():
    result = answer("0.1", hold=8, collateral="spot")
    assert (result.capital, result.net_on_capital) == (10_000, D("0.1"))


def test_four_legs_of_four_basis_points_leave_four_of_twenty():
    result = answer("0.002", hold=8, fees="0.0004")
    assert (result.fees, result.net, result.net_on_notional) == (16, 4, D("0.0004"))


@pytest.mark.parametrize(
    ("leverage", "shock", "buffer"),
    [
        ("5", "0.3", "1052"),  # 3,000 of loss + 0.4 % of 13,000 - 2,000 of margin
        ("1", "0.3", "0"),
        ("1", "0.992", "0"),  # MATH.md: a 1x linear short dies at 1.992 E
        ("1", "0.993", "9.72"),  # 9,930 + 0.4 % of 19,930 - 10,000
        ("10", "3", "29160"),  # a squeeze: 30,000 + 160 - 1,000
    ],
)
def test_the_buffer_outlasts_a_rally_without_a_transfer(leverage, shock, buffer):
    result = answer(leverage=leverage, shock=D(shock), tiers=TIERS)
    assert (result.capital_shock, result.capital_buffer) == (D(buffer), D(buffer))
    assert result.capital == 10_000 + 10_000 / D(leverage) + D(buffer)


def test_the_closing_fee_counts_where_the_exchange_counts_it():
    """0.06 % of 13,000 on top."""
    assert answer(leverage="5", shock=D("0.3"), tiers=TIERS, closing_fee=D("0.0006")).capital_shock == D("1059.8")


def test_without_tiers_the_whole_margin_stays():
    assert answer(leverage="5", shock=D("0.3")).capital_shock == 3000


def test_a_typed_buffer_is_used_first():
    larger = answer(leverage="5", shock=D("0.3"), tiers=TIERS, buffer=D(2000))
    assert (larger.capital_buffer, larger.capital_shock) == (2000, 1052)
    assert answer(leverage="5", shock=D("0.3"), tiers=TIERS, buffer=D(500)).capital_buffer == 1052


def test_each_account_of_a_reverse_carry_outlasts_its_own_shock():
    """Perp at 5x, half off: 5,000 + 0.5 % of 5,000 - 2,000. Debt half up: 1.1 x 15,000 - (10,000 + 5,000)."""
    tiers = [MaintenanceTier(D("0.005"))]
    result = answer(direction="reverse", leverage="5", shock=D("0.5"), tiers=tiers, spot_level=D("1.1"))
    assert result.capital_shock == 3025 + 1500
    unknown = answer(direction="reverse", leverage="5", shock=D("0.5"), tiers=tiers)  # level 1.5: 22,500 - 15,000
    assert unknown.capital_shock == 3025 + 7500


@pytest.mark.parametrize(("level", "lacking"), [(None, F(100, 3)), ("1.1", F(0)), ("1.3", F(40, 3))])
def test_the_accounts_of_an_inverse_reverse_are_counted_in_coin(level, lacking):
    """100 coins sold short for 10,000 on 50 coins of their own. At 150 the proceeds are 66.7 coins: 116.7 of the 150
    that a level of 1.5 asks for, of 110, of 130. At 50 the long at 5x has lost 100 coins: 100 + 0.4 % of 200 - 20."""
    known = None if level is None else D(level)
    terms = {"symbol": "BTC/USD:BTC", "direction": "reverse", "leverage": "5", "tiers": TIERS}
    result = answer(shock=D("0.5"), spot_level=known, **terms)
    assert (result.capital_spot, result.capital_perp_margin) == (50, 20)
    assert abs(F(result.capital_shock) - F("80.8") - lacking) <= F(1, 10**18)


@pytest.mark.parametrize(
    ("terms", "most"),
    [
        ({}, 15_000),  # a short in a rally by half
        ({"direction": "reverse"}, 10_000),  # a long in a fall is worth less
        ({"direction": "reverse", "symbol": "BTC/USD:BTC"}, 200),  # 10,000 USD at 50
        ({"symbol": "BTC/USD:BTC"}, 100),
    ],
)
def test_the_shock_leads_up_to_the_greatest_notional_on_its_way(terms, most):
    asked = {"symbol": "BTC/USDT:USDT", "direction": "cash-and-carry", "shock": D("0.5")} | terms
    plan = planned(
        exchange="x", notional=D(10_000), spot_price=D(100), basis_open=D(0), basis_close=None, leverage=D(1),
        fee_rates=[D(0)] * 4, slippages=[D(0)] * 4, hold_hours=D(8), settlements=D(1), grid=Grid(8 * MS_PER_HOUR),
        **asked,
    )  # fmt: skip
    assert greatest_notional(plan, plan.quantity) == most


@pytest.mark.parametrize(
    ("collateral", "capital"),
    [("cash", 30_000), ("spot", 22_000), ("unified", 14_000)],
)
def test_one_account_sets_the_gain_of_a_leg_against_the_loss_of_the_other(collateral, capital):
    """1x, haircut 20 %, double the price. Cash: 10,000 + 10,000 + 10,000 of loss (no tier known). Spot: 10,000 +
    (10,000 + 10,000 - 8,000). Unified: the coin counts 16,000 then: 10,000 + (20,000 - 16,000)."""
    assert answer(collateral=collateral, haircut=D("0.2"), shock=D(1)).capital == capital


def test_a_unified_account_also_stands_before_the_shock():
    """Now 10,000 - 8,000 short of the margin; at half as much again 10,000 + 5,000 - 12,000."""
    assert answer(collateral="unified", haircut=D("0.2")).capital == 12_000
    assert answer(collateral="unified", haircut=D("0.2"), shock=D("0.5")).capital == 13_000


def test_spot_on_margin_borrows_the_rest_of_its_money():
    """Half of 10,000 at 7.3 % a year for 720 h: 30."""
    result = answer(spot_leverage=D(2), borrow_rate=D("0.073"))
    assert (result.capital_spot, result.capital, result.borrow_interest, result.borrow) == (5000, 15_000, 30, 30)


def test_what_is_owed_for_the_spot_is_no_collateral():
    """5,000 of own money and 5,000 owed: the coin counts 9,000 - 5,000 for a margin of 10,000."""
    assert answer(spot_leverage=D(2), collateral="spot", haircut=D("0.1")).capital == 5000 + 6000


def test_a_yield_is_a_negative_borrow():
    """10,000 of coin and 10,000 of margin, each at 3.65 % a year for 720 h: 30 and 30."""
    result = answer(spot_yield=D("0.0365"), collateral_yield=D("0.0365"))
    assert (result.yield_income, result.borrow, result.borrow_interest) == (60, -60, 0)
    assert result.net == 90 + 60


def test_margin_in_an_asset_with_a_haircut_ties_up_more_and_earns_more():
    """10,000 / (1 - 20 %) = 12,500, which earn 37.5."""
    result = answer(collateral_yield=D("0.0365"), haircut=D("0.2"))
    assert (result.capital_perp_margin, result.yield_income) == (12_500, D("37.5"))


def test_the_buffer_is_kept_in_that_asset_too():
    """3,000 of loss + 52 - 2,000 are 1,052 of money, 1,315 of an asset that counts 80 %; 2,500 + 1,315 earn."""
    result = answer(leverage="5", shock=D("0.3"), tiers=TIERS, collateral_yield=D("0.0365"), haircut=D("0.2"))
    assert (result.capital_perp_margin, result.capital_buffer, result.capital_shock) == (2500, 1315, 1315)
    assert result.yield_income == D("3815") * D("0.003")


@pytest.mark.parametrize(
    ("level", "shock", "buffer"),
    [
        (None, "0.5", 5000),  # 3x: 1.5 x 6,667 of assets is what it began with, 5,000 are gone
        ("1.1", "0.2", 0),  # 8,000 for 1.1 x 6,667
        ("1.1", "0.5", F(22_000, 3) - 5000),
        ("1.1", "2", F(22_000, 3) - 100),  # no coin falls by more than 99 %
    ],
)
def test_spot_bought_on_margin_outlasts_a_fall(level, shock, buffer):
    """In an account of its own: what the short perp gains in the fall is not there without a transfer."""
    known = None if level is None else D(level)
    bought = answer(spot_leverage=D(3), shock=D(shock), spot_level=known, tiers=TIERS)
    alone = answer(shock=D(shock), tiers=TIERS)
    assert abs(F(bought.capital_shock) - F(alone.capital_shock) - buffer) <= F(1, 10**18)


def test_what_a_shock_asks_of_spot_collateral_is_its_part_of_the_buffer():
    """1x, haircut 10 %: 1,000 is needed now, and 3,000 of loss at 30 %."""
    result = answer(collateral="spot", haircut=D("0.1"), shock=D("0.3"), buffer=D(500))
    assert (result.capital_perp_margin, result.capital_buffer, result.capital_shock) == (1000, 3000, 3000)
    covered = answer(collateral="spot", haircut=D("0.1"), shock=D("0.3"), leverage="2")  # 5,000 + 3,000 < 9,000
    assert (covered.capital_perp_margin, covered.capital_buffer, covered.capital_shock) == (0, 0, 0)


def test_a_reverse_carry_holds_no_coin_that_earns():
    assert answer(direction="reverse", spot_yield=D("0.1")).yield_income == 0


@given(
    st.decimals("0", "3", places=2), st.decimals("0", "3", places=2), st.sampled_from(["cash", "spot", "unified"]),
    st.sampled_from(["cash-and-carry", "reverse"]), st.decimals("1", "20", places=1), st.booleans(),
)  # fmt: skip
def test_a_greater_shock_never_needs_less(one, other, collateral, direction, leverage, known):
    if direction == "reverse" and collateral == "spot":
        collateral = "cash"
    low, high = (
        answer(shock=shock, collateral=collateral, direction=direction, leverage=leverage, haircut=D("0.1"),
               tiers=TIERS if known else None)
        for shock in sorted((one, other))
    )  # fmt: skip
    assert high.capital >= low.capital
    assert F(low.capital) > 0
