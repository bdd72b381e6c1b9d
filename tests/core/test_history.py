"""A series of settlements made whole: keyed by instant, ordered, with its intervals and holes (TRAPS 3, 14-19, 32)."""

import random
from datetime import UTC, datetime
from decimal import Decimal as D
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fundcli.core.history import Settled, Stamp, clean, latest_interval, mean_rate, scheduled_instant
from fundcli.core.schedule import MS_PER_HOUR

RATE = D("0.0001")


def _series(*steps, start=0):
    """Stamps at hour `start` and after each step."""
    return [Stamp(hour * MS_PER_HOUR, RATE) for hour in accumulate(steps, initial=start)]


def _intervals(history):
    return [row.interval_hours for row in history.settled]


@pytest.mark.parametrize(
    ("stamp", "instant"),
    [
        ("2026-01-05T08:00:00.009", "2026-01-05T08:00"),
        ("2026-01-05T07:59:59.998", "2026-01-05T08:00"),
        ("2025-07-27T12:01:50", "2025-07-27T12:00"),  # Hyperliquid, TRAPS 32
        ("2023-05-13T08:23:53", "2023-05-13T08:00"),  # Hyperliquid, TRAPS 32
        ("2026-01-05T00:29:59.999", "2026-01-05T00:00"),
    ],
)
def test_a_stamp_that_jitters_is_keyed_by_its_scheduled_instant(stamp, instant):
    def ms(text):
        return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)

    assert scheduled_instant(ms(stamp)) == ms(instant)


def test_jitter_of_minutes_makes_neither_holes_nor_odd_intervals():
    stamps = [
        Stamp(row.time_ms + shift, RATE)
        for row, shift in zip(_series(*[1] * 5), [9, -40, 110_000, 1_433_000, 0, 3], strict=True)
    ]
    history = clean(stamps)
    assert _intervals(history) == [1] * 6
    assert history.holes == ()


def test_two_stamps_of_one_settlement_are_one_row():
    history = clean([*_series(8, 8, 8), Stamp(8 * MS_PER_HOUR + 9, RATE)])
    assert len(history.settled) == 4
    assert history.conflicts == ()


def test_of_two_stamps_that_contradict_each_other_the_nearer_stands_and_the_instant_is_named():
    near, far = Stamp(8 * MS_PER_HOUR + 5, D("0.0002")), Stamp(8 * MS_PER_HOUR + 90_000, D("0.0003"))
    rows = [row for row in _series(8, 8, 8) if row.time_ms != 8 * MS_PER_HOUR]
    for order in ([far, near], [near, far]):
        history = clean([*rows, *order])
        assert history.settled[1].rate == D("0.0002")
        assert history.conflicts == (8 * MS_PER_HOUR,)


def test_pages_that_overlap_and_come_out_of_order_give_the_same_history():
    rows = _series(*[8] * 20)
    shuffled = [*rows, *rows[5:15]]
    random.Random(7).shuffle(shuffled)
    assert clean(shuffled) == clean(rows)


@pytest.mark.parametrize(
    ("steps", "missing"),
    [
        ((8, 8, 8, 16, 8, 8, 8), [1]),
        ((8, 8, 8, 24, 8, 8, 8), [2]),
        ((8, 8, 8, 16, 16, 8, 8, 8), [1, 1]),  # two holes side by side
        ((8, 8, 8, 16, 24, 8, 8, 8), [1, 2]),
        ((8, 8, 8, 16, 8, 16, 8, 8, 8), [1, 1]),
        ((1, 1, 1, 221, 1, 1, 1), [220]),  # Hyperliquid's archive
        ((1, 1, 1, 2, 1, 1, 1), [1]),
        ((4, 4, 4, 8, 4, 4, 4), [1]),
        ((8, 8, 8, 8), []),
    ],
)
def test_a_step_longer_than_the_interval_around_it_is_a_hole(steps, missing):
    history = clean(_series(*steps))
    assert [hole.missing for hole in history.holes] == missing
    assert set(_intervals(history)) == {min(steps)}


def test_three_holes_in_a_row_are_still_holes():
    """No exchange has an interval of 16 h, so sixty 8-hourly rows with three such steps lack three settlements."""
    history = clean(_series(*[8] * 30, 16, 16, 16, *[8] * 30))
    assert [hole.missing for hole in history.holes] == [1, 1, 1]
    assert set(_intervals(history)) == {8}


def test_a_hole_says_between_which_settlements_it_lies():
    (hole,) = clean(_series(8, 8, 8, 24, 8, 8, 8)).holes
    assert (hole.after_ms, hole.before_ms) == (24 * MS_PER_HOUR, 48 * MS_PER_HOUR)


@pytest.mark.parametrize(
    "steps",
    [
        (8, 8, 8, 8, 4, 4, 4, 4, 1, 1, 1, 1, 4, 4, 4, 4, 8, 8, 8, 8),
        (4,) * 49 + (1,) * 53 + (3,) + (4,) * 23 + (1,) * 54 + (2,) + (4,) * 18,  # Binance COSUSDT in 2026
        (4,) * 128 + (1,) * 17 + (3,) + (4,) * 53,  # JELLYJELLYUSDT
        (8,) * 6 + (2,) + (4,) * 6 + (3,) + (1,) * 6 + (3,) + (4,) * 6,
    ],
)
def test_a_switch_of_interval_is_not_a_hole_even_where_its_step_is_two_or_three_hours(steps):
    history = clean(_series(*steps))
    assert history.holes == ()
    assert _intervals(history)[1:] == list(steps)
    assert latest_interval(history.settled) == steps[-1]


def test_the_first_row_takes_the_interval_that_follows_it():
    assert _intervals(clean(_series(4, 4, 4, 8, 8, 8)))[0] == 4


def test_a_hole_among_hourly_rows_beside_a_switch_is_found():
    """4, 4, 4, then hourly with the second hour missing after three: 1, 1, 1, 2, 1, 1, 1."""
    history = clean(_series(4, 4, 4, 1, 1, 1, 2, 1, 1, 1))
    assert [hole.missing for hole in history.holes] == [1]


def test_one_row_alone_has_no_interval_and_no_mean():
    history = clean(_series())
    assert _intervals(history) == [None]
    assert mean_rate(history.settled, D(8)) is None


def test_nothing_is_an_empty_history():
    assert clean([]).settled == ()
    assert latest_interval([]) is None


def test_a_mean_weighs_by_time_and_not_by_rows():
    """Three 8 h rows and eight 1 h rows of 0.01 %: 11 x 0.0001 over 32 hours = 0.000275 per 8 h (TRAPS 1 and 3)."""
    rows = [Settled(0, RATE, 8)] * 3 + [Settled(0, RATE, 1)] * 8
    assert mean_rate(rows, D(8)) == D("0.000275")
    assert mean_rate(rows, D(1)) == D("0.000034375")


def test_the_same_money_paid_hourly_or_8_hourly_has_the_same_mean():
    hourly = [Settled(0, D("0.0000125"), 1)] * 24
    assert mean_rate(hourly, D(8)) == mean_rate([Settled(0, RATE, 8)] * 3, D(8)) == RATE


def test_a_hole_is_left_out_of_the_mean_and_not_taken_as_zero():
    """TRAPS 13: four known settlements of 0.01 % and one missing average 0.01 %, not 0.008 %."""
    assert mean_rate(clean(_series(8, 8, 8, 16, 8, 8, 8)).settled, D(8)) == RATE


def test_outliers_stay_in_the_mean():
    """TRAPS 17: (0.0001 x 3 + 0.03) / 4."""
    rows = [Settled(0, RATE, 8)] * 3 + [Settled(0, D("0.03"), 8)]
    assert mean_rate(rows, D(8)) == D("0.007575")


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(-1_700_000, 1_700_000)), max_size=60), st.randoms())
def test_cleaning_twice_or_in_any_order_changes_nothing(rows, shuffler):
    stamps = [Stamp(hour * MS_PER_HOUR + jitter, RATE) for hour, jitter in rows]
    once = clean(stamps)
    shuffler.shuffle(stamps)
    assert clean(stamps).settled == once.settled
    again = clean([Stamp(row.time_ms, row.rate) for row in once.settled])
    assert (again.settled, again.holes) == (once.settled, once.holes)


@given(st.lists(st.integers(1, 8), min_size=1, max_size=40))
def test_rows_and_missing_rows_come_in_ascending_order_within_the_span(steps):
    history = clean(_series(*steps))
    times = [row.time_ms for row in history.settled]
    assert times == sorted(set(times))
    assert all(hole.missing >= 1 and hole.after_ms < hole.before_ms for hole in history.holes)
    assert all(1 <= row.interval_hours <= max(steps) for row in history.settled)
