"""What borrowing costs, and how it counts time (MATH.md, Carry: Borrow)."""

from decimal import Decimal as D

import pytest

from fundcli.core.borrow import FEWEST_MORE_HOURS, MOST_MORE_HOURS, charged_hours, interest, quoted
from fundcli.core.schedule import MS_PER_HOUR


def _at(hour, minute):
    return hour * MS_PER_HOUR + minute * 60_000


@pytest.mark.parametrize(
    ("opened", "minutes", "hours"),
    [
        (_at(13, 20), 55, 2),  # Binance: 13:20 to 14:15 is two hours
        (_at(13, 20), 30, 1),
        (_at(13, 0), 60, 2),
        (_at(13, 0), 59, 1),
        (_at(13, 59), 2, 2),
        (_at(0, 30), 24 * 60, 25),
        (_at(14, 55), 5, 2),  # a twelfth of an hour, which no Decimal holds exactly, ends on the mark
    ],
)
def test_binance_charges_one_hour_more_than_the_hour_marks_crossed(opened, minutes, hours):
    assert charged_hours(D(minutes) / 60, "hour_marks", opened) == hours


@pytest.mark.parametrize(("minutes", "hours"), [(55, 1), (60, 1), (61, 2), (1, 1), (150, 3)])
def test_a_started_hour_is_a_whole_one_where_the_exchange_says_so(minutes, hours):
    assert charged_hours(D(minutes) / 60, "started_hours", _at(13, 20)) == hours


def test_pro_rata_charges_the_time_itself():
    assert charged_hours(D("0.75"), "pro_rata", _at(13, 20)) == D("0.75")


@pytest.mark.parametrize(
    ("opened", "minutes", "hours"),
    [
        (_at(14, 55), 2, 0),  # OKX's example: repaid at 14:57 it costs nothing
        (_at(14, 55), 5, 1),  # at 15:00 the interest of an hour is recorded
        (_at(13, 20), 55, 1),
        (_at(13, 0), 59, 0),
        (_at(13, 0), 60, 1),
        (_at(0, 30), 24 * 60, 24),
    ],
)
def test_on_the_hour_charges_the_hour_marks_crossed_and_nothing_between(opened, minutes, hours):
    assert charged_hours(D(minutes) / 60, "on_the_hour", opened) == hours


def test_on_the_hour_without_a_start_is_the_hold_as_an_expectation():
    assert charged_hours(D("0.5"), "on_the_hour") == D("0.5")


@pytest.mark.parametrize(
    ("minutes", "fees"), [(1, 1), (239, 1), (240, 2), (241, 2), (479, 2), (480, 3), (24 * 60, 7), (30 * 24 * 60, 181)]
)
def test_kraken_charges_an_opening_fee_and_as_much_after_each_four_hours(minutes, fees):
    """A day: the opening and six rollovers."""
    assert charged_hours(D(minutes) / 60, "four_hour_rollovers", _at(13, 20)) == 4 * fees


def test_a_short_of_ten_bitcoin_on_kraken_for_a_day_costs_seven_fees():
    """0.01 % per 4 h on 10 BTC is 0.001 BTC a fee: 0.007 BTC, not the 0.006 of six times four hours."""
    rate = quoted("BTC", D("0.0001"), D(4), "profile", "a page").yearly_rate
    assert interest(D(10), rate, charged_hours(D(24), "four_hour_rollovers")) == D("0.007")


def test_bitgets_example_is_three_hours():
    """Its help: 00:10 to 02:30 counts as 3 hours; 10,000 USDT at 0.0126279 % a day cost 0.15784875."""
    hours = charged_hours(D(140) / 60, "started_hours", _at(0, 10))
    assert hours == 3
    assert interest(D(10_000), quoted("USDT", D("0.000126279"), D(24), "given", "").yearly_rate, hours) == D(
        "0.15784875"
    )


@pytest.mark.parametrize("counting", ["hour_marks", "on_the_hour", "started_hours", "pro_rata", "four_hour_rollovers"])
@pytest.mark.parametrize("minutes", [1, 30, 60, 61, 239, 240, 241, 600])
@pytest.mark.parametrize("opened", [None, _at(0, 0), _at(13, 59), _at(13, 20)])
def test_every_counting_stays_within_the_hours_that_it_may_add(counting, minutes, opened):
    """Break-even looks for its settlement between these bounds."""
    more = charged_hours(D(minutes) / 60, counting, opened) - D(minutes) / 60
    assert FEWEST_MORE_HOURS <= more <= MOST_MORE_HOURS


@pytest.mark.parametrize(
    ("rate", "period", "yearly"),
    [
        ("0.00001", 1, "0.0876"),  # 0.001 % an hour
        ("0.00004", 4, "0.0876"),  # 0.004 % per 4 h
        ("0.00024", 24, "0.0876"),  # 0.024 % a day
        ("0.0876", 8760, "0.0876"),
        ("0.0001", 4, "0.219"),  # Kraken's 0.01 % per 4 h: 2190 times a year
        ("0.0002", 24, "0.073"),
    ],
)
def test_a_yearly_rate_is_the_rate_times_its_periods_in_8760_hours(rate, period, yearly):
    """An hourly rate taken for a daily one would be 24 times too small."""
    found = quoted("BTC", D(rate), D(period), "given", "typed")
    assert (found.rate, found.period_hours, found.yearly_rate) == (D(rate), period, D(yearly))
    assert found.available is None


@pytest.mark.parametrize("counting", ["hour_marks", "on_the_hour", "started_hours", "pro_rata", "four_hour_rollovers"])
def test_no_time_costs_no_interest(counting):
    assert charged_hours(D(0), counting, 0) == 0


def test_a_thousand_at_two_hundredths_of_a_percent_a_day_for_two_hours():
    """MATH.md: 1,000 x 0.02 % / 24 x 2 = 0.0166667."""
    assert abs(interest(D(1000), D("0.0002") * 365, D(2)) - D(1) / 60) < D("1e-25")


def test_okx_charges_the_daily_rate_by_the_hour():
    """vectors.json okx-borrow-hourly: 10,000 x 0.03 % / 24 = 0.125."""
    assert interest(D(10000), D("0.0003") * 365, D(1)) == D("0.125")
