"""fundcli history gaps: what is missing by the contract's own schedule, and at the ends of what was asked for."""

from decimal import Decimal as D

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fundcli.core.history import Stamp, clean
from fundcli.lake.gaps import gaps
from fundcli.lake.records import Settlement
from fundcli.lake.scope import Scope
from fundcli.lake.writer import writer
from tests.lake.filling import BTC, HOUR, every, fill, ms, recorded

GAPS = ("history", "gaps", "-o", "json")


def _short(row):
    return row["where"], row["after"][5:13], row["before"][5:13], row["missing"], row["interval_hours"]


def test_a_hole_is_named_with_its_ends_its_count_and_the_interval_that_ruled(run, lake):
    fill(lake, every(8, "2026-01-01", "1e-4 1e-4 1e-4 1e-4 - - 1e-4 1e-4"))
    assert run(*GAPS).rows == [
        {
            "exchange": "binance", "symbol": BTC, "where": "inside", "after": "2026-01-02T00:00:00Z",
            "before": "2026-01-03T00:00:00Z", "missing": 2, "interval_hours": 8,
        }
    ]  # fmt: skip


def test_a_contract_that_went_from_4_hours_to_1_has_no_hole_there(run, lake):
    fill(lake, every(4, "2026-01-01", "1e-4 " * 5) + every(1, "2026-01-01T17:00", "1e-4 " * 5))
    assert run(*GAPS).rows == []


def test_a_hole_over_the_turn_of_a_year_is_seen_from_both_files(run, lake):
    fill(lake, every(8, "2025-12-30", "1e-4 1e-4 1e-4 1e-4 1e-4 - - 1e-4 1e-4 1e-4 1e-4"))
    assert [_short(row) for row in run(*GAPS).rows] == [("inside", "12-31T08", "01-01T08", 2, 8)]


def test_what_was_asked_for_and_never_came_is_a_gap_at_its_end(run, lake):
    """Asked from 30 Dec 00:00, first on 1 Jan 00:00: six of 8 h. Asked until 3 Jan 01:00, last 2 Jan 00:00: three."""
    rows = every(8, "2026-01-01", "1e-4 1e-4 1e-4 1e-4")
    fill(lake, rows, asked=("2025-12-30", "2026-01-03T01:00"))
    fill(lake, rows, asked=("2026-01-01", "2026-01-02T07:59"), exchange="okx")
    assert [_short(row) for row in run(*GAPS).rows] == [
        ("start", "12-30T00", "01-01T00", 6, 8),
        ("end", "01-02T00", "01-03T01", 3, 8),
    ]


def test_nothing_is_missing_after_the_asking(run, lake):
    """Asked until the end of the year on 2 January: what has not settled yet is no gap."""
    fill(lake, every(8, "2026-01-01", "1e-4 " * 4), asked=("2026-01-01", "2026-12-31"), fetched="2026-01-02T01:00")
    assert run(*GAPS).rows == []


def test_a_contract_that_brought_nothing_is_missing_altogether(run, lake):
    fill(lake, every(8, "2026-01-01", "1e-4 " * 4))
    fill(lake, [], symbol="NEW/USDT:USDT", asked=("2026-01-01", "2026-01-02"))
    (row,) = run(*GAPS).rows
    assert (row["symbol"], row["where"], row["missing"], row["interval_hours"]) == ("NEW/USDT:USDT", "all", None, None)


def test_since_leaves_out_what_ended_before(run, lake):
    fill(lake, every(8, "2026-01-01", "1e-4 1e-4 1e-4 1e-4 - 1e-4 1e-4 1e-4 - - 1e-4 1e-4 1e-4"))
    assert [row["missing"] for row in run(*GAPS).rows] == [1, 2]
    assert [row["missing"] for row in run(*GAPS, "--since", "2026-01-02T16:00").rows] == [2]
    assert [row["missing"] for row in run(*GAPS, "--since", "2026-01-02T15:59").rows] == [1, 2]
    assert run(*GAPS, "--fail-if", "missing >= 2").code == 1


@pytest.mark.recorded
def test_seven_years_of_binance_bitcoin_have_no_gap(run, lake, shared):
    fill(lake, recorded(shared, "binance_BTCUSDT_funding.csv"))
    result = run(*GAPS)
    assert (result.code, result.rows) == (0, [])
    (held,) = run("history", "list", "-o", "json").rows
    assert (held["settlements"], held["missing_hours"]) == (7611, 0)


@pytest.mark.recorded
def test_layers_change_from_4_hours_to_1_is_no_hole_and_shows_in_its_rows(run, lake, shared):
    fill(lake, recorded(shared, "binance_LAYERUSDT_funding_interval_4h_to_1h.csv"), symbol="LAYER/USDT:USDT")
    assert run(*GAPS).rows == []
    rows = run("history", "show", "-s", "LAYER", "-o", "json").rows
    assert [row["interval_hours"] for row in rows] == [4] * 306 + [1] * 678


@pytest.mark.recorded
def test_bitmex_was_daily_for_its_first_22_rows(run, lake, shared):
    """TRAPS 36: steps of a day are its interval then, not holes."""
    fill(lake, recorded(shared, "bitmex_XBTUSD_funding.csv"), exchange="bitmex", symbol="BTC/USD:BTC")
    assert run(*GAPS).rows == []
    rows = run("history", "show", "-s", "BTC", "-o", "json").rows
    assert [row["interval_hours"] for row in rows] == [24] * 22 + [8] * 8525


@pytest.mark.recorded
def test_all_25_holes_of_the_hyperliquid_archive_are_found(run, lake, shared):
    """README: 12,192 hourly rows, 25 holes: 23 of 220 settlements, one of 219, one of 1."""
    rows = recorded(shared, "hyperliquid_BTC_funding_premium_2024_2025.csv", "time")
    fill(lake, rows, exchange="hyperliquid", symbol="BTC/USDC:USDC")
    missing = [row["missing"] for row in run(*GAPS).rows]
    assert sorted(missing) == [1, 219] + [220] * 23
    (held,) = run("history", "list", "-o", "json").rows
    assert held["missing_hours"] == sum(missing)


STEPS = st.lists(
    st.one_of(
        st.sampled_from([1, 1, 2, 3, 4, 8, 8, 8, 16, 24, 25]).map(lambda step: [step]),
        st.tuples(st.sampled_from([1, 2, 3, 4, 8, 16, 24]), st.integers(2, 6)).map(lambda run: [run[0]] * run[1]),
    ),
    max_size=14,
).map(lambda runs: [step for run in runs for step in run])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(series=st.lists(STEPS, min_size=1, max_size=3), start=st.integers(0, 9000))
def test_the_holes_are_those_of_the_rules_for_a_series(tmp_path_factory, series, start):
    """Whatever the steps: the query over files and core.history.clean over rows name the same holes."""
    root = tmp_path_factory.mktemp("lake")
    expected, rows = [], []
    for n, steps in enumerate(series):
        symbol = f"C{n}/USDT:USDT"
        times = [ms("2025-01-01") + start * HOUR]
        for step in steps:
            times.append(times[-1] + step * HOUR)
        rows += [Settlement(symbol=symbol, time_ms=t, rate=D("0.0001"), source="", fetched_ms=0) for t in times]
        expected += [
            (symbol, hole.after_ms, hole.before_ms, hole.missing)
            for hole in clean([Stamp(t, D("0.0001")) for t in times]).holes
        ]
    with writer(root, "binance") as lake:
        lake.add(rows)
    found = [(gap.symbol, gap.after_ms, gap.before_ms, gap.missing) for gap in gaps(Scope(root=root))]
    assert found == expected
