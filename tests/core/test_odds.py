"""The replay of a hold from every start, against a count made the plain way; and the bounds that draws give it."""

from __future__ import annotations

import random
from bisect import bisect_left
from collections.abc import Sequence
from decimal import Decimal as D
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fundcli.core.bootstrap import cut, quantile_bounds
from fundcli.core.history import Settled
from fundcli.core.odds import Terms, quantile, replay
from fundcli.core.odds_result import SHARES, odds
from fundcli.core.units import MS_PER_HOUR
from fundcli.errors import DataError, UsageError

RATES = st.lists(st.integers(-500, 500), min_size=1, max_size=60)


def settled(rates: list[int], hours: list[int] | int = 8) -> list[Settled]:
    """Settlements one after another, rates in units of 1e-6."""
    each = hours if isinstance(hours, list) else [hours] * len(rates)
    rows, now = [], 0
    for rate, hour in zip(rates, each, strict=True):
        now += hour * MS_PER_HOUR
        rows.append(Settled(now, D(rate) / 10**6, hour))
    return rows


@given(RATES, st.integers(1, 20), st.integers(0, 900), st.integers(0, 3), st.sampled_from([1, -1]))
def test_a_replay_is_what_a_plain_count_gives(rates: list[int], crossed: int, fixed: int, hourly: int, sign: int):
    """Net of a hold of n settlements: their sum, less the fixed costs, less what each hour costs."""
    found = replay(settled(rates), D(8 * crossed), Terms(sign=sign, fixed=D(fixed) / 10**6, hourly=D(hourly) / 10**6))
    net, reached = [], []
    for start in range(len(rates) - crossed + 1):
        window = [sign * rate for rate in rates[start : start + crossed]]
        net.append(D(sum(window) - fixed - hourly * 8 * crossed) / 10**6)
        path = [sum(window[:n]) - fixed - hourly * 8 * n for n in range(1, crossed + 1)]
        reached.append(next((8 * (n + 1) for n, value in enumerate(path) if value >= 0), None))
    assert found.net == net
    assert [None if ms is None else ms // MS_PER_HOUR for ms in found.broken_even_ms] == reached
    assert found.skipped == 0


def test_a_contract_that_changed_its_interval_is_replayed_by_time():
    """8 h, 8 h, then 4 h: a hold of 16 h crosses two, three or four settlements."""
    rows = settled([100, 200, 10, 20, 30, 40], [8, 8, 4, 4, 4, 4])
    found = replay(rows, D(16), Terms(sign=1))
    assert [int(value * 10**6) for value in found.gross] == [300, 230, 100]
    assert [ms // MS_PER_HOUR for ms in found.starts_ms] == [0, 8, 16]


def test_a_hold_with_a_hole_is_left_out_and_counted():
    rows = settled([100] * 9)
    found = replay([*rows[:4], *rows[5:]], D(16), Terms(sign=1))
    assert (len(found.net), found.skipped) == (6, 1)  # the hold that begins with the fourth would cross the missing one
    assert set(found.net) == {D("0.0002")}


def test_a_hold_shorter_than_the_interval_of_then_earns_nothing_and_misses_nothing():
    """8 h, a hole of one, 8 h, then 4 h: holds of 4 h from each open cross 0, 0, 1, 1 and 1 settlements."""
    rows = settled([100, 200, 300, 30, 40, 50], [8, 8, 8, 4, 4, 4])
    found = replay([rows[0], *rows[2:]], D(4), Terms(sign=1, fixed=D("0.00003")))
    assert [int(value * 10**6) for value in found.gross] == [0, 0, 30, 40, 50]
    assert (found.skipped, found.uncrossed, found.flipped) == (0, 2, [False] * 5)
    assert [None if ms is None else ms // MS_PER_HOUR for ms in found.broken_even_ms] == [None, None, 4, 4, 4]
    assert odds(rows, D(4), Terms(sign=1), D(2), D(720), 100).uncrossed == 3


def test_break_even_is_that_of_no_fewer_starts_than_said():
    """Costs of 0.03 % at 0.03, 0.01, 0.01, 0.01, 0.01 %: 8, 24 and 24 h. A tenth of three starts is one, nine tenths
    all three. At -0.01 % nobody is there."""
    found = odds(settled([300, 100, 100, 100, 100]), D(24), Terms(sign=1, fixed=D("0.0003")), D(2), D(720), 100)
    assert [getattr(found, f"break_even_hours_p{share}") for share in (10, 50, 90)] == [8, 24, 24]
    never = odds(settled([-100] * 5), D(24), Terms(sign=1, fixed=D("0.0003")), D(2), D(720), 100)
    assert {getattr(never, f"break_even_hours_p{share}") for share in (10, 50, 90)} == {None}


def test_quantiles_are_linear_between_neighbours():
    """Of 1, 2, 4: the middle is 2, three quarters of the way lie half-way between 2 and 4."""
    values = [D(1), D(2), D(4)]
    assert [quantile(values, D(share)) for share in ("0", "0.5", "0.75", "1")] == [1, 2, 3, 4]


@given(st.integers(-500, 500), st.integers(12, 40))
def test_constant_rates_leave_nothing_uncertain(rate: int, months: int):
    found = odds(settled([rate] * 90 * months), D(720), Terms(sign=1), D(2), D(720), 200)
    net = D(rate) * 90 / 10**6
    assert {row.net_on_notional for row in found.quantiles} == {net}
    assert {(row.low, row.high) for row in found.quantiles} == {(net, net)}
    assert (found.profitable, found.flipped) == (1 if rate > 0 else 0, 0)
    assert found.worst_net_on_capital == net / 2
    assert found.independent == months


def test_bounds_hold_the_quantile_and_narrow_with_more_history():
    """Blocks that alternate between two levels: the more of them, the surer the median lies in between."""
    widths = []
    for blocks in (8, 80):
        levels = [D((n * 7919) % 97) for n in range(blocks)]
        ((low, high),) = quantile_bounds(
            [[level] * 30 for level in levels], [D("0.5")], resamples=2000, confidence=D("0.9"), seed=0
        )
        assert low <= quantile(sorted(levels), D("0.5")) <= high
        widths.append(high - low)
    assert widths[1] < widths[0] / 2


def of_hours(seed: int, runs: Sequence[tuple[int, int]]) -> list[Settled]:
    """Rates that keep their level for a day or so, over runs of (interval, days)."""
    dice, rows, now, level = random.Random(seed), [], 0, 0.0
    for hours, days in runs:
        for _ in range(24 * days // hours):
            now += hours * MS_PER_HOUR
            kept = 0.99**hours
            level = kept * level + dice.gauss(0, 100 * (1 - kept**2) ** 0.5)
            rows.append(Settled(now, D(round(level * hours)) / 10**6, hours))
    return rows


def drawn_plainly(starts: Sequence[int], net: Sequence[D], block_ms: int, dice: random.Random) -> list[tuple[D, D]]:
    """The middle 90 % of each quantile in 1,000 draws: sorted lists of all the values of blocks that begin anywhere."""
    spread = starts[-1] - starts[0]
    draws = []
    for _ in range(1000):
        drawn: list[D] = []
        for _ in range(spread // block_ms):
            begin = starts[0] + dice.randrange(spread - block_ms)
            drawn += net[bisect_left(starts, begin) : bisect_left(starts, begin + block_ms)]
        drawn.sort()
        draws.append([drawn[int(share * (len(drawn) - 1))] for share in SHARES])
    each = [sorted(of_one) for of_one in zip(*draws, strict=True)]
    return [(of_one[50], of_one[949]) for of_one in each]


@pytest.mark.parametrize("runs", [[(8, 1500)], [(8, 900), (1, 90), (8, 500)]])
def test_bounds_are_those_of_blocks_drawn_the_plain_way(runs):
    """Blocks that begin anywhere, another generator, whole lists sorted: the widths of the middle three quantiles
    differ by a fifth at most. Blocks of so many starts, whatever their time, give 0.7 to 0.8 in the second case, blocks
    of 3 days less than a half in both."""
    rows, month = of_hours(1, runs), 720 * MS_PER_HOUR
    found = odds(rows, D(720), Terms(sign=1), D(2), D(720), 10_000)
    starts = replay(rows, D(720), Terms(sign=1))
    plain = drawn_plainly(starts.starts_ms, starts.net, month, random.Random(2))
    for row, (low, high) in zip(found.quantiles[1:4], plain[1:4], strict=True):
        assert row.low is not None and row.high is not None
        assert D("0.84") < (row.high - row.low) / (high - low) < D("1.2")
        assert abs(row.low - low) < (high - low) / 5 and abs(row.high - high) < (high - low) / 5


def test_no_block_is_shorter_than_was_asked_for_where_the_interval_changed():
    """800 days of 8 h, 100 days of 1 h: blocks of 30 days are 30 of equal time, not so many starts each."""
    times = [8 * i * MS_PER_HOUR for i in range(2400)] + [(19_200 + i) * MS_PER_HOUR for i in range(2401)]
    blocks = cut([D(time) for time in times], times, 720 * MS_PER_HOUR)
    assert list(chain(*blocks)) == times and len(blocks) == 30
    assert {len(block) for block in blocks[:26]} == {90} and {len(block) for block in blocks[27:-1]} == {720}


def test_the_same_draws_on_every_machine():
    """Of Mersenne Twister at 0 only random() is promised: 0.844421..., 0.757954..., 0.420571..., 0.258916... (seed 0).

    Two blocks, two draws of two: the second block twice, then the first twice.
    """
    blocks = [[D(0)] * 10, [D(1)] * 10]
    ((low, high),) = quantile_bounds(blocks, [D("0.5")], resamples=2, confidence=D(0), seed=0)
    assert (low, high) == (0, 0)
    ((low, high),) = quantile_bounds(blocks, [D("0.5")], resamples=1, confidence=D("0.9"), seed=0)
    assert (low, high) == (1, 1)


def test_a_hold_in_which_nothing_settles_is_refused_in_its_own_words():
    rows = [Settled(i * 8 * MS_PER_HOUR, D("0.0001"), 8) for i in range(9)]
    with pytest.raises(UsageError, match=r"hold of 7\.5h crosses no settlement: this contract settles every 8h"):
        odds(rows, D("7.5"), Terms(sign=1), D(2), D(720), 100)
    assert odds(rows, D(8), Terms(sign=1), D(2), D(720), 100).starts == 9


def test_a_history_shorter_than_the_hold_is_refused_and_one_of_a_single_block_has_no_bounds():
    with pytest.raises(DataError, match="no whole hold"):
        odds(settled([1] * 89), D(720), Terms(sign=1), D(2), D(720), 200)
    found = odds(settled([1, -2] * 60), D(720), Terms(sign=1), D(2), D(720), 200)
    assert {(row.low, row.high) for row in found.quantiles} == {(None, None)}
    assert found.flipped == 1
