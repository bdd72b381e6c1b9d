"""Which settlements a hold crosses (MATH.md: open < t <= close), and how sure that is."""

from datetime import UTC, datetime
from decimal import Decimal as D
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fundcli.core.schedule import MS_PER_HOUR, Grid, accrued_parts, count_for_hold, count_for_times, instants_around

EIGHT = Grid.of(D(8), [0, 8, 16])


def _ms(text):
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def _count(opened, closed, window_seconds=0, grid=EIGHT):
    times = _ms(opened), _ms(closed)
    return count_for_times(instants_around(grid, *times, window_seconds * 1000), *times, window_seconds * 1000)[0]


def _range(count):
    return count.expected, count.least, count.most


@pytest.mark.parametrize(
    ("opened", "closed", "crossed"),
    [
        ("2026-01-05T08:01", "2026-01-05T15:59", 0),  # W11
        ("2026-01-01T00:00:01", "2026-01-02T00:00:01", 3),
        ("2026-01-05T08:00", "2026-01-05T16:00", 1),  # held at 16:00, not before 08:00
        ("2026-01-05T07:59", "2026-01-05T16:00", 2),
        ("2026-01-05T15:59", "2026-01-05T16:01", 1),
        ("2026-01-05T00:00", "2026-02-04T00:00", 90),
    ],
)
def test_a_holder_pays_after_the_open_and_until_the_close(opened, closed, crossed):
    assert _count(opened, closed).expected == crossed


def test_bitmex_settles_at_four_twelve_and_twenty():
    """BitMEX's example: opened 10:00, closed 18:00, only the 12:00 funding applies."""
    assert _count("2026-01-01T10:00", "2026-01-01T18:00", grid=Grid.of(D(8), [4, 12, 20])).expected == 1


@pytest.mark.parametrize("hours", [1, 2, 4, 8])
def test_every_interval_that_divides_the_day_settles_at_midnight(hours):
    grid = Grid.of(D(hours), [0, 8, 16])
    assert grid.crossed(_ms("2026-01-04T23:59"), _ms("2026-01-06T00:00")) == [
        _ms("2026-01-05T00:00") + step * hours * MS_PER_HOUR for step in range(24 // hours + 1)
    ]


@pytest.mark.parametrize(
    ("opened", "expected"),
    [
        ("08:00:05", (0, 0, 1)), ("08:00:15", (0, 0, 1)), ("08:00:16", (0, 0, 0)), ("07:59:50", (1, 0, 1)),
        ("07:59:45", (1, 0, 1)), ("07:59:44", (1, 1, 1)),
    ],
)  # fmt: skip
def test_binance_may_charge_within_fifteen_seconds_of_the_settlement(opened, expected):
    """vectors.json binance-window-outside: opened at 08:00:16 the window of 15 s does not reach."""
    assert _range(_count(f"2026-01-05T{opened}", "2026-01-05T12:00", 15)) == expected


@pytest.mark.parametrize(
    ("closed", "expected"),
    [
        ("15:59:44", (0, 0, 0)),
        ("15:59:50", (0, 0, 1)),
        ("16:00:00", (1, 0, 1)),
        ("16:00:15", (1, 0, 1)),
        ("16:00:16", (1, 1, 1)),
    ],
)
def test_the_window_holds_at_the_close_too(closed, expected):
    assert _range(_count("2026-01-05T09:00", f"2026-01-05T{closed}", 15)) == expected


def test_okx_may_charge_within_a_minute():
    assert _range(_count("2026-01-05T08:00:59", "2026-01-05T12:00", 60)) == (0, 0, 1)
    assert _range(_count("2026-01-05T08:01:01", "2026-01-05T12:00", 60)) == (0, 0, 0)


def test_one_settlement_with_both_ends_in_its_window_is_one_doubt_and_not_two():
    assert _range(_count("2026-01-05T07:59:55", "2026-01-05T08:00:05", 15)) == (1, 0, 1)


@pytest.mark.parametrize(
    ("hold", "interval", "expected"),
    [
        (12, 8, ("1.5", 1, 2)),
        (8, 8, (1, 1, 1)),
        (720, 8, (90, 90, 90)),
        (1, 8, ("0.125", 0, 1)),
        (10, 4, ("2.5", 2, 3)),
    ],
)
def test_a_hold_of_unknown_start_has_an_expectation_with_its_floor_and_ceiling(hold, interval, expected):
    assert _range(count_for_hold(D(hold), D(interval))) == tuple(map(D, expected))


def test_time_accrual_has_no_range():
    assert _range(count_for_hold(D(12), D(8), continuous=True)) == (D("1.5"), D("1.5"), D("1.5"))


def test_time_accrual_charges_each_period_by_the_share_held():
    """Held 10:15 to 12:45 on an hourly grid: three quarters, a whole, three quarters."""
    parts = accrued_parts(Grid.of(D(1)), _ms("2026-01-05T10:15"), _ms("2026-01-05T12:45"))
    assert parts == [
        (_ms("2026-01-05T11:00"), D("0.75")), (_ms("2026-01-05T12:00"), 1), (_ms("2026-01-05T12:45"), D("0.75")),
    ]  # fmt: skip


@given(st.integers(0, 10**9), st.integers(1, 10**9), st.integers(1, 10**9), st.sampled_from([1, 2, 4, 8]))
def test_a_hold_cut_in_two_crosses_the_same_settlements(start, first, second, hours):
    grid = Grid(hours * MS_PER_HOUR)
    middle, end = start + first, start + first + second
    assert grid.crossed(start, middle) + grid.crossed(middle, end) == grid.crossed(start, end)


@given(st.integers(0, 10**9), st.integers(1, 10**9), st.sampled_from([1, 2, 4, 8]), st.integers(0, 90_000))
def test_the_count_lies_within_its_range_and_the_range_spans_two_doubts_at_most(start, length, hours, window):
    grid = Grid(hours * MS_PER_HOUR)
    near = instants_around(grid, start, start + length, window)
    count = count_for_times(near, start, start + length, window)[0]
    assert count.least <= count.expected <= count.most <= count.least + 2


@given(st.integers(0, 10**9), st.integers(1, 10**8), st.sampled_from([1, 8]))
def test_the_shares_of_time_accrual_add_up_to_the_time_held(start, length, hours):
    parts = accrued_parts(Grid(hours * MS_PER_HOUR), start, start + length)
    total = sum(Fraction(share) for _, share in parts)
    assert abs(total * hours * MS_PER_HOUR - length) < Fraction(1, 10**35)
