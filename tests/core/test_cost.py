"""What a hold costs: the numbers of W3 and W4, sides, ranges, settled rates and properties."""

from decimal import Decimal as D
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fundcli.core.cost import UsedRate, cost, scenarios
from fundcli.core.hold import hold_between, hold_for
from fundcli.core.position import open_position
from fundcli.core.schedule import MS_PER_HOUR, Grid

HOUR = MS_PER_HOUR
NONE = D(0)


def _used(rate, hours=8):
    return UsedRate(
        rate=D(rate), interval_hours=D(hours), interval_basis="given", kind="given", source="", interval_source=""
    )


def _held(side="long", leverage=1, notional=10_000, **more):
    return open_position(
        exchange="x", symbol="BTC/USDT:USDT", side=side, leverage=D(leverage), notional=D(notional), **more
    )


def _cost(rate="0.0001", hours=8, hold=720, side="long", leverage=1, notional=10_000, fee=NONE):
    return cost(_held(side, leverage, notional), _used(rate, hours), hold_for(D(hold), D(hours), False), fee, fee)


def test_five_times_leverage_at_the_baseline_costs_54_75_percent_of_margin_a_year():
    """W3: 0.05 % per settlement, 0.15 % a day, 54.75 % a year of margin; not compounded."""
    answer = _cost(leverage=5)
    assert answer.margin == 2000
    flows = answer.per_settlement, answer.per_day, answer.per_year
    assert [flow.of_margin for flow in flows] == [D("0.0005"), D("0.0015"), D("0.5475")]
    assert [flow.of_notional for flow in flows] == [D("0.0001"), D("0.0003"), D("0.1095")]
    assert [flow.amount for flow in flows] == [1, 3, 1095]
    assert (answer.apr_on_notional, answer.apr_on_margin) == (D("0.1095"), D("0.5475"))


def test_fees_are_charged_twice_and_do_not_enter_the_rates_of_funding():
    """10,000 x 0.05 % x 2 = 10; funding 90 settlements x 1 = 90; total 100 = 1 % of notional."""
    answer = _cost(fee=D("0.0005"))
    assert (answer.funding, answer.fees, answer.total, answer.break_even_move) == (90, 10, 100, D("0.01"))
    assert answer.apr_on_notional == D("0.1095")
    assert answer.per_hold.amount == 90


def test_a_payer_has_no_apy_and_a_receiver_compounds_on_margin():
    """A short at 0.01 % and 5x receives 0.05 % of margin a settlement: 1.0005^1095 - 1."""
    assert _cost().apy_on_margin is None
    assert _cost(rate="0").apy_on_margin is None
    exact = Fraction(10005, 10000) ** 1095 - 1
    assert abs(Fraction(_cost(side="short", leverage=5).apy_on_margin) - exact) < Fraction(1, 10**38)


def test_a_receiver_sees_negative_costs_everywhere():
    answer = _cost(side="short")
    assert (answer.funding, answer.apr_on_notional, answer.per_day.amount) == (-90, D("-0.1095"), -3)


def test_an_unknown_start_gives_the_range_of_settlements_and_of_money():
    """12 h at 8 h: 1.5 settlements of 1, at least 1 and at most 2."""
    answer = _cost(hold=12)
    assert (answer.settlements, answer.settlements_min, answer.settlements_max) == (D("1.5"), 1, 2)
    assert (answer.funding_min, answer.funding, answer.funding_max) == (1, D("1.5"), 2)


def test_the_range_of_a_receiver_begins_with_the_most_received():
    answer = _cost(hold=12, side="short")
    assert (answer.funding_min, answer.funding, answer.funding_max) == (-2, D("-1.5"), -1)


def test_known_times_charge_each_settlement_at_its_own_rate_and_price():
    """2 coins entered at 10,000; 08:00 at 0.01 % and 11,000: 2.2; 16:00 at -0.02 % and 12,000: -4.8; sum -2.6."""
    settled = {8 * HOUR: D("0.0001"), 16 * HOUR: D("-0.0002"), 24 * HOUR: D("0.5")}
    hold = hold_between(
        Grid(8 * HOUR), HOUR, 17 * HOUR, continuous=False, window_ms=0, rate=NONE, settled=settled,
        prices={8 * HOUR: D(11000), 16 * HOUR: D(12000)},
    )  # fmt: skip
    position = open_position(
        exchange="x", symbol="BTC/USDT:USDT", side="long", leverage=D(1), notional=NONE, size=D(2), price=D(10000)
    )
    answer = cost(position, _used("-0.00005"), hold, NONE, NONE)
    assert [payment.amount for payment in answer.schedule] == [D("2.2"), D("-4.8")]
    assert (answer.funding, answer.settlements) == (D("-2.6"), 2)


def test_settled_times_stand_for_the_grid_because_intervals_change():
    """4-hourly until 08:00, then hourly: 6 settlements where an 8 h grid would see one."""
    settled = {hour * HOUR: D("0.0001") for hour in (4, 8, 9, 10, 11, 12)}
    hold = hold_between(Grid(8 * HOUR), HOUR, 12 * HOUR, continuous=False, window_ms=0, rate=NONE, settled=settled)
    assert hold.count.expected == 6
    assert cost(_held(), _used("0.0001"), hold, NONE, NONE).funding == 6


def test_a_settlement_in_doubt_widens_the_range_by_its_payment():
    """Closed 10 s after 16:00 with a window of 15 s: 08:00 surely, 16:00 perhaps."""
    hold = hold_between(Grid(8 * HOUR), HOUR, 16 * HOUR + 10_000, continuous=False, window_ms=15_000, rate=D("0.0001"))
    answer = cost(_held(), _used("0.0001"), hold, NONE, NONE)
    assert (answer.funding_min, answer.funding, answer.funding_max) == (1, 2, 2)


def test_time_accrual_charges_by_the_minute():
    """10:15 to 12:45 on an hourly grid is 2.5 hours: 10,000 x 0.001 % x 2.5 = 0.25."""
    hold = hold_between(
        Grid(HOUR), 10 * HOUR + HOUR // 4, 12 * HOUR + 3 * HOUR // 4, continuous=True, window_ms=0, rate=D("0.00001")
    )
    answer = cost(_held(), _used("0.00001", 1), hold, NONE, NONE)
    assert answer.funding == D("0.25")
    assert answer.settlements == answer.settlements_min == answer.settlements_max == D("2.5")
    assert [payment.amount for payment in answer.schedule] == [D("0.075"), D("0.1"), D("0.075")]


def test_time_accrual_within_one_period_still_pays():
    """Deribit's example in another unit: a minute of an 8 h rate of 0.05 % is 0.0005 / 480 of notional."""
    hold = hold_between(Grid(8 * HOUR), HOUR, HOUR + 60_000, continuous=True, window_ms=0, rate=D("0.0005"))
    answer = cost(_held(notional=1), _used("0.0005"), hold, NONE, NONE)
    assert answer.funding == D("0.000001041666666667")


def test_time_accrual_names_what_has_no_settled_rate_and_leaves_it_out():
    hold = hold_between(
        Grid(HOUR), 0, 2 * HOUR, continuous=True, window_ms=0, rate=NONE, settled={2 * HOUR: D("0.0001")}
    )
    assert hold.unknown == (HOUR,)
    assert [crossing.time_ms for crossing in hold.crossings] == [2 * HOUR]


def test_the_grid_of_scenarios_has_every_rate_with_every_leverage_in_order():
    """0.1 % at 3x: 3 x 0.1 % x 1095 = 328.5 % of margin a year; -0.05 % over 90 settlements of 10,000: -450."""
    hold = hold_for(D(720), D(8), False)
    grid = scenarios(_held(), _used("0.0001"), hold, NONE, NONE, [D("0.001"), D("-0.0005")], [D(1), D(3)])
    assert [(cell.rate, cell.leverage) for cell in grid] == [
        (D("0.001"), 1), (D("0.001"), 3), (D("-0.0005"), 1), (D("-0.0005"), 3),
    ]  # fmt: skip
    assert grid[1].apr_on_margin == D("3.285")
    assert grid[3].funding == -450
    assert grid[3].margin * 3 == 10_000


AMOUNTS = st.decimals("1", "1000000", places=2)
RATES = st.decimals("-0.02", "0.02", places=8)


@given(AMOUNTS, RATES, st.integers(1, 2000), st.sampled_from([1, 4, 8]))
def test_swapping_sides_negates_all_funding(notional, rate, hold, hours):
    long = _cost(rate, hours, hold, "long", 3, notional)
    short = _cost(rate, hours, hold, "short", 3, notional)
    assert long.funding == short.funding.copy_negate()
    assert long.apr_on_margin == short.apr_on_margin.copy_negate()
    assert long.per_year.amount == short.per_year.amount.copy_negate()
    assert long.per_year.of_margin == short.per_year.of_margin.copy_negate()
    assert (long.funding_min, long.funding_max) == (short.funding_max.copy_negate(), short.funding_min.copy_negate())


@given(RATES, st.integers(-9, 9), st.sampled_from([1, 2, 4, 8]))
def test_apr_and_funding_are_linear_in_the_rate(rate, factor, hours):
    one, many = _cost(rate, hours, 24), _cost(factor * rate, hours, 24)
    assert many.apr_on_notional == factor * one.apr_on_notional
    assert many.funding == factor * one.funding


@given(AMOUNTS, RATES, st.integers(1, 9000), st.sampled_from([1, 2, 4, 8]), st.decimals("0", "0.009", places=6))
def test_total_is_funding_plus_fees_to_the_last_digit(notional, rate, hold, hours, fee):
    answer = _cost(rate, hours, hold, "long", 2, notional, fee)
    assert answer.total == answer.funding + answer.fees
    assert answer.fees == 2 * notional * fee
    assert answer.funding_min <= answer.funding <= answer.funding_max


@pytest.mark.parametrize(("hours", "rate"), [(1, "0.0000125"), (2, "0.000025"), (4, "0.00005"), (8, "0.0001")])
def test_the_same_money_an_hour_costs_the_same_at_every_interval(hours, rate):
    assert _cost(rate, hours).funding == 90
