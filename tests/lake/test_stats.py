"""fundcli history stats: means per hour, quantiles, spread and ranks."""

from decimal import Decimal as D

import pytest

from fundcli.lake.gaps import gaps
from fundcli.lake.scope import Scope
from fundcli.lake.stats import stats
from tests.lake.filling import BTC, at, every, fill, recorded

STATS = ("history", "stats", "-o", "json")
# Five settlements of 8 h. As APR (x 1095): -1, 1, 2, 3 and 5 times 10.95 %, in another order.
FIVE = "0.0001 0.0005 -0.0001 0.0003 0.0002"


def test_every_number_is_the_one_worked_by_hand(run, lake):
    """In units of 0.1095: -1, 1, 2, 3, 5. Mean 2. p5 lies a fifth of the way from -1 to 1 (0.05 x 4 = 0.2): -0.6;
    p95 four fifths from 3 to 5: 4.6; the squares of 3, 1, 0, 1, 3 over n - 1 = 4 are 5, so the deviation is √5."""
    fill(lake, every(8, "2026-01-01", FIVE))
    (row,) = run(*STATS).rows
    unit = D("0.1095")
    assert row.pop("volatility") == pytest.approx(D(5).sqrt() * unit, rel=D("1e-9"))
    assert row == {
        "exchange": "binance", "symbol": BTC, "year": None, "settlements": 5, "hours": 40, "interval_hours": 8,
        "mean_rate_8h": D("0.0002"), "apr": 2 * unit, "p5_apr": D("-0.6") * unit, "p50_apr": 2 * unit,
        "p95_apr": D("4.6") * unit, "positive": D("0.8"), "highest_rate": D("0.0005"), "lowest_rate": D("-0.0001"),
        "highest_apr": 5 * unit, "lowest_apr": -unit, "first": "2026-01-01T00:00:00Z", "last": "2026-01-02T08:00:00Z",
    }  # fmt: skip


def test_a_mean_over_a_change_of_interval_is_the_money_over_the_hours(run, lake):
    """Four 8-hour settlements of 0.04 % and eight hourly ones of 0.002 %: 0.176 % in 40 h is 38.544 % a year.

    The mean of the rows' APR would be (4 x 43.8 + 8 x 17.52) / 12 = 26.28 %, of bare rates at 8 h 16.06 %."""
    fill(lake, every(8, "2026-01-01", "0.0004 " * 4) + every(1, "2026-01-02T01:00", "0.00002 " * 8))
    (row,) = run(*STATS).rows
    assert (row["settlements"], row["hours"], row["interval_hours"]) == (12, 40, None)
    assert (row["apr"], row["mean_rate_8h"]) == (D("0.38544"), D("0.000352"))
    assert (row["p50_apr"], row["highest_apr"]) == (D("0.1752"), D("0.438"))
    assert (row["highest_rate"], row["lowest_rate"]) == (D("0.0004"), D("0.00002"))


def test_contracts_are_ranked_per_hour_by_size_and_never_by_bare_rate(run, lake):
    """0.01 % an hour is 87.6 % a year; 0.05 % per 8 h is 54.75; -0.1 % per 8 h is -109.5; 0.01 % per 8 h is 10.95."""
    for name, hours, rate in (("A", 8, "0.0005"), ("B", 1, "0.0001"), ("C", 8, "-0.001"), ("D", 8, "0.0001")):
        fill(lake, every(hours, "2026-01-01", f"{rate} " * 4), symbol=f"{name}/USDT:USDT")

    def ranked(*words):
        return "".join(row["symbol"][0] for row in run(*STATS, *words).rows)

    assert ranked("--sort", "apr") == "CBAD"
    assert ranked("--sort", "apr", "--top", "2") == "CB"
    assert ranked("--sort", "-apr") == "CDAB"
    assert ranked() == "ABCD"
    assert [row["apr"] for row in run(*STATS, "--sort", "apr").rows] == [
        D("-1.095"),
        D("0.876"),
        D("0.5475"),
        D("0.1095"),
    ]


def test_ranking_takes_the_window_alone(run, lake):
    fill(lake, every(8, "2026-01-01", "0.01 " * 3 + "0.0001 " * 3), symbol="OLD/USDT:USDT")
    fill(lake, every(8, "2026-01-01", "0.0002 " * 6), symbol="NEW/USDT:USDT")
    rows = run(*STATS, "--last", "16h", "--sort", "apr", now=at("2026-01-02T16:00")).rows
    assert [(row["symbol"][:3], row["settlements"]) for row in rows] == [("NEW", 3), ("OLD", 3)]


def test_a_year_begins_with_its_first_instant(run, lake):
    fill(lake, every(8, "2025-12-31T08:00", "0.0001 0.0003 0.0005 0.0007 0.0009"))
    rows = run(*STATS, "--by", "year").rows
    assert [(row["year"], row["settlements"], row["apr"]) for row in rows] == [
        (2025, 2, D("0.219")), (2026, 3, D("0.7665")),
    ]  # fmt: skip


def test_a_zero_is_not_positive_and_one_settlement_has_no_spread(run, lake):
    fill(lake, every(8, "2026-01-01", "0 0.0001 0 -0.0001"))
    assert run(*STATS).rows[0]["positive"] == D("0.25")
    (one,) = run(*STATS, "--until", "2026-01-01T01:00").rows
    assert (one["settlements"], one["volatility"], one["apr"], one["positive"]) == (1, None, 0, 0)


def test_without_any_interval_there_is_no_yearly_rate(run, lake):
    fill(lake, every(8, "2026-01-01", "0.0001"))
    (row,) = run(*STATS).rows
    assert {row[name] for name in ("apr", "mean_rate_8h", "p50_apr", "volatility", "highest_apr")} == {None}
    assert (row["hours"], row["positive"], row["highest_rate"]) == (0, 1, D("0.0001"))


def test_a_lake_asked_part_by_part_answers_the_same(lake):
    """Over some 32 MB of files a question is asked in runs of contracts; the answer does not show it."""
    for exchange in ("binance", "okx"):
        for n in range(7):
            fill(lake, every(8, "2025-12-30", f"0.000{n} 0.0001 " * 5), symbol=f"C{n}/USDT:USDT", exchange=exchange)
    whole, parts = Scope(root=lake), Scope(root=lake, bytes_at_once=0, rows_at_once=25)
    assert list(stats(parts)) == list(stats(whole)) and len(list(stats(whole))) == 14
    assert list(stats(parts, by_year=True)) == list(stats(whole, by_year=True))
    assert gaps(parts) == gaps(whole)


@pytest.mark.recorded
def test_bitcoins_years_on_binance_are_the_published_ones(run, lake, shared):
    """README of the histories: simple APR by year, and the share of positive settlements in 2021."""
    fill(lake, recorded(shared, "binance_BTCUSDT_funding.csv"))
    years = {row["year"]: row for row in run(*STATS, "--by", "year").rows}
    published = {2020: "17.193", 2021: "30.608", 2022: "4.165", 2023: "7.866", 2024: "11.924", 2025: "5.126"}
    assert {year: round(years[year]["apr"] * 100, 3) for year in published} == {y: D(p) for y, p in published.items()}
    assert round(years[2021]["positive"], 3) == D("0.927")
    (whole,) = run(*STATS, "--until", "2026-05-27").rows
    assert (whole["lowest_rate"], whole["highest_rate"]) == (D("-0.003"), D("0.003"))


@pytest.mark.recorded
@pytest.mark.parametrize(("year", "percent"), [(2017, "27.18"), (2018, "-7.88"), (2021, "15.37"), (2022, "-3.40")])
def test_bitmexs_years_are_the_published_ones(run, lake, shared, year, percent):
    fill(lake, recorded(shared, "bitmex_XBTUSD_funding.csv"), exchange="bitmex", symbol="BTC/USD:BTC")
    window = ("--since", f"{year}-01-01", "--until", f"{year}-12-31T23:59")
    assert round(run(*STATS, *window).rows[0]["apr"] * 100, 2) == D(percent)


@pytest.mark.recorded
def test_quantiles_and_spread_are_those_of_the_textbook_on_real_rates(run, lake, shared):
    """Python's own statistics module as the oracle, on the rates of 2024."""
    import statistics

    rows = recorded(shared, "binance_BTCUSDT_funding.csv")
    fill(lake, rows)
    (row,) = run(*STATS, "--since", "2024-01-01", "--until", "2024-12-31T23:59").rows
    year = [float(D(rate) * 1095) for time, rate in rows if 1704067200000 <= time < 1735689600000]
    cuts = statistics.quantiles(year, n=20, method="inclusive")
    expected = {
        "p5_apr": cuts[0],
        "p50_apr": statistics.median(year),
        "p95_apr": cuts[-1],
        "volatility": statistics.stdev(year),
    }
    assert {name: float(row[name]) for name in expected} == pytest.approx(expected, rel=1e-8)
