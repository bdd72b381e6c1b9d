"""How borrowing counts time (MATH.md, Carry: Borrow)."""

from decimal import Decimal as D

import pytest

from fundcli.core.borrow import charged_hours, interest
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
    ],
)
def test_binance_charges_one_hour_more_than_the_hour_marks_crossed(opened, minutes, hours):
    assert charged_hours(D(minutes) / 60, "hour_marks", opened) == hours


@pytest.mark.parametrize(("minutes", "hours"), [(55, 1), (60, 1), (61, 2), (1, 1), (150, 3)])
def test_a_started_hour_is_a_whole_one_where_the_exchange_says_so(minutes, hours):
    assert charged_hours(D(minutes) / 60, "started_hours", _at(13, 20)) == hours


def test_pro_rata_charges_the_time_itself():
    assert charged_hours(D("0.75"), "pro_rata", _at(13, 20)) == D("0.75")


@pytest.mark.parametrize("counting", ["hour_marks", "started_hours", "pro_rata"])
def test_no_time_costs_no_interest(counting):
    assert charged_hours(D(0), counting, 0) == 0


def test_a_thousand_at_two_hundredths_of_a_percent_a_day_for_two_hours():
    """MATH.md: 1,000 x 0.02 % / 24 x 2 = 0.0166667."""
    assert abs(interest(D(1000), D("0.0002") * 365, D(2)) - D(1) / 60) < D("1e-25")


def test_okx_charges_the_daily_rate_by_the_hour():
    """vectors.json okx-borrow-hourly: 10,000 x 0.03 % / 24 = 0.125."""
    assert interest(D(10000), D("0.0003") * 365, D(1)) == D("0.125")
