"""Rates made comparable. Exact oracles: fractions, and the worked examples W1 and W8 of CLAIMS.md."""

from decimal import Decimal as D
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fundcli.core.annualize import apr, apy, baseline_rate, level, rate_8h, rate_for_apr, rate_for_apy
from fundcli.core.apy import annualized

RATES = st.decimals("-0.05", "0.05", allow_nan=False, places=8)
INTERVALS = st.sampled_from([D(1), D(2), D(4), D(8), D(24)])


def _compounded(rate: Fraction, periods: int) -> Fraction:
    return (1 + rate) ** periods - 1


@pytest.mark.parametrize(
    ("rate", "hours", "yearly"),
    [
        ("0.0001", 8, "0.1095"),  # W1: 0.01 % x 3 x 365
        ("0.0000125", 1, "0.1095"),  # Hyperliquid's interest an hour is the same money
        ("0.00005", 4, "0.1095"),
        ("-0.0001", 8, "-0.1095"),
        ("0.02", 8, "21.9"),  # 0.02 x 1095
        ("0.003", 8, "3.285"),
        ("0.0003", 24, "0.1095"),
        ("0", 8, "0"),
    ],
)
def test_apr_is_the_rate_times_the_settlements_of_a_365_day_year(rate, hours, yearly):
    assert apr(D(rate), D(hours)) == D(yearly)


@pytest.mark.parametrize(("rate", "hours", "periods"), [("0.001", 24, 365), ("0.0001", 8, 1095), ("-0.0003", 1, 8760)])
def test_apy_compounds_once_a_settlement(rate, hours, periods):
    """Against (1 + rate)^n in exact fractions."""
    exact = _compounded(Fraction(rate), periods)
    assert abs(Fraction(apy(D(rate), D(hours))) - exact) < Fraction(1, 10**40)


def test_a_tenth_of_a_percent_a_day_compounds_to_forty_four_percent():
    """W8: 1.001^365 - 1 = 44.03 %; three settlements of 0.0333... % a day give 44.04 %."""
    assert round(apy(D("0.001"), D(24)), 4) == D("0.4403")
    assert round(apy(D("0.001") / 3, D(8)), 4) == D("0.4404")


@pytest.mark.parametrize("rate", ["-1", "-2", "0.5", "10"])
def test_apy_of_a_total_loss_or_of_growth_beyond_any_market_is_null(rate):
    assert apy(D(rate), D(1)) is None


@given(RATES, INTERVALS)
def test_the_rate_behind_an_apr_is_the_rate_again(rate, hours):
    assert abs(rate_for_apr(apr(rate, hours), hours) - rate) < D("1e-40")


@given(st.decimals("-0.001", "0.001", allow_nan=False, places=8), INTERVALS)
def test_the_rate_behind_an_apy_is_the_rate_again(rate, hours):
    assert abs(rate_for_apy(apy(rate, hours), hours) - rate) < D("1e-40")


@given(RATES, st.integers(-20, 20), INTERVALS)
def test_apr_is_linear_in_the_rate(rate, factor, hours):
    assert apr(factor * rate, hours) == factor * apr(rate, hours)


@given(RATES, INTERVALS)
def test_apr_does_not_depend_on_how_often_the_same_money_is_paid(rate, hours):
    assert apr(rate_8h(rate, hours), D(8)) == apr(rate, hours)


def test_an_hourly_rate_is_eight_times_as_much_as_the_same_8_hour_rate():
    """TRAPS 1: 0.01 % an hour is 0.08 % per 8 h."""
    assert rate_8h(D("0.0001"), D(1)) == D("0.0008")


@pytest.mark.parametrize(("hours", "rate"), [(8, "0.0001"), (4, "0.00005"), (2, "0.000025"), (1, "0.0000125")])
def test_the_interest_component_of_an_interval_is_its_share_of_the_day(hours, rate):
    """W1 and MATH.md: 0.03 % a day is 0.01 % per 8 h, 0.005 % per 4 h, 0.00125 % an hour (Bybit: 0.0025 % per 2 h)."""
    assert baseline_rate(D("0.0003"), D(hours)) == D(rate)


@pytest.mark.parametrize(
    ("rate", "name"),
    [
        ("0.0001", "neutral"), ("0.000499999", "neutral"), ("0.0005", "observe"), ("-0.0005", "observe"),
        ("0.000999999", "observe"), ("0.001", "act"), ("-0.001", "act"), ("0.002499999", "act"), ("0.0025", "extreme"),
        ("-0.0025", "extreme"), ("0", "neutral"),
    ],
)  # fmt: skip
def test_levels_begin_at_their_thresholds_on_either_side_of_zero(rate, name):
    """CLAIMS.md: observe 0.05 %, act 0.1 %, extreme 0.25 % per 8 h."""
    assert level(D(rate)) == name


def test_friction_is_points_of_principal():
    """W8: 44.03 % less 6 points is 38.03 %; 100,000 becomes 100,000 x 1.3803."""
    answer = annualized(D("0.001"), D(24), D(100_000), D("0.06"))
    exact = _compounded(Fraction(1, 1000), 365) - Fraction(6, 100)
    assert abs(Fraction(answer.net_apy) - exact) < Fraction(1, 10**40)
    assert abs(Fraction(answer.final_value) - 100_000 * (1 + exact)) < Fraction(1, 10**35)
    assert answer.apr == D("0.365")
    assert answer.periods == 365
