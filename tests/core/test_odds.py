"""The replay of a hold from every start, against a count made the plain way; and the bounds that draws give it."""

from __future__ import annotations

from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fundcli.core.bootstrap import quantile_bounds
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
        values = [D(level) for n in range(blocks) for level in [(n * 7919) % 97] * 30]
        ((low, high),) = quantile_bounds(values, 30, [D("0.5")], resamples=2000, confidence=D("0.9"), seed=0)
        assert low <= quantile(sorted(values), D("0.5")) <= high
        widths.append(high - low)
    assert widths[1] < widths[0] / 2


def test_the_same_seed_gives_the_same_bounds():
    values = [D((n * 31) % 101) for n in range(600)]
    asked = {"resamples": 500, "confidence": D("0.9"), "seed": 3}
    assert quantile_bounds(values, 20, SHARES, **asked) == quantile_bounds(values, 20, SHARES, **asked)


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
