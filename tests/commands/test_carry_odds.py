"""carry --odds: the lake's history replayed, equal to a plain count over the recorded series."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from decimal import Decimal as D
from pathlib import Path

import duckdb
import pytest

from tests.conftest import Run
from tests.lake.filling import every, fill

BTC_ODDS = ("carry", "--symbol", "BTC", "--rate", "0.01%", "--hold", "30d", "--odds", "-o", "json")


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    """Where the commands keep the lake."""
    return tmp_path / "data" / "lake"


def _plain(rates: list[D], share: float) -> D:
    """The quantile of the sums of 90 settlements running, linear between neighbours."""
    sums = sorted(sum(rates[i : i + 90], D(0)) for i in range(len(rates) - 89))
    place = D(str(share)) * (len(sums) - 1)
    below = sums[int(place)]
    return below + (sums[min(int(place) + 1, len(sums) - 1)] - below) * (place - int(place))


@pytest.mark.recorded
def test_btc_since_2019_is_as_a_plain_count_and_as_published(run: Run, shared: Path):
    """MATH: 30-day sums over 7,522 starts, 84 independent: p5/p50/p95 = -0.07 / 0.546 / 4.03 %."""
    name = shared / "history" / "binance_BTCUSDT_funding.csv"
    assert run("history", "import", str(name), "-e", "binance").code == 0
    found = run(*BTC_ODDS).result["odds"]
    assert (found["starts"], found["independent"], found["skipped"]) == (7522, 84, 0)
    gross = {row["share"]: row["gross_on_notional"] for row in found["quantiles"]}
    with name.open(newline="") as file:
        rates = [D(row["fundingRate"]) for row in csv.DictReader(file)]
    assert gross == {share: _plain(rates, share) for share in gross}
    assert [round(gross[D(s)] * 100, 3) for s in ("0.05", "0.5", "0.95")] == [D("-0.070"), D("0.546"), D("4.034")]
    # four fills of Binance's fees: 2 x 0.1 % + 2 x 0.05 %
    assert all(row["net_on_notional"] == row["gross_on_notional"] - D("0.003") for row in found["quantiles"])
    assert all(row["net_on_capital"] == row["net_on_notional"] / 2 for row in found["quantiles"])
    assert all(row["low"] <= row["net_on_notional"] <= row["high"] for row in found["quantiles"])


@pytest.mark.recorded
def test_eth_out_of_a_file_of_many_contracts_is_as_a_plain_count(run: Run, shared: Path):
    name = shared / "history" / "binance_36_symbols_funding_2025_2026.parquet"
    assert run("history", "import", str(name), "-e", "binance").code == 0
    words = ("carry", "--symbol", "ETH", "--rate", "0.01%", "--hold", "30d", "--odds", "-o", "json")
    found = run(*words).result["odds"]
    rows = duckdb.execute(
        f"SELECT rate_raw::VARCHAR FROM '{name}' WHERE venue_symbol = 'ETHUSDT' ORDER BY settlement_ts"
    ).fetchall()
    rates = [D(text) for (text,) in rows]
    assert found["starts"] == len(rates) - 89 > 900
    gross = {row["share"]: row["gross_on_notional"] for row in found["quantiles"]}
    assert {share: round(value, 15) for share, value in gross.items()} == {
        share: round(_plain(rates, share), 15) for share in gross
    }


@pytest.mark.recorded
def test_an_hourly_contract_is_replayed_by_time(run: Run, shared: Path):
    name = shared / "history" / "hyperliquid_BTC_funding_1h_2025_2026.csv"
    assert run("history", "import", str(name), "-e", "hyperliquid").code == 0
    words = ("carry", "-e", "hyperliquid", "-s", "BTC", "--rate", "0.001%", "--hold", "7d", "--odds", "-o", "json")
    found = run(*words).result["odds"]
    with name.open(newline="") as file:
        rates = [D(row["fundingRate"]) for row in csv.DictReader(file)]
    sums = sorted(sum(rates[i : i + 168], D(0)) for i in range(len(rates) - 167))
    assert found["starts"] == len(sums) == 8785 - 167
    middle = {row["share"]: row["gross_on_notional"] for row in found["quantiles"]}[D("0.5")]
    half = len(sums) // 2
    assert middle == (sums[half - 1] + sums[half]) / 2
    assert found["block_hours"] == 720


def test_a_constant_rate_ends_where_the_ledger_says(run: Run, lake: Path):
    """90 settlements of 0.01 % less 0.3 % of fees: 0.6 % of notional, 0.3 % of capital, and no doubt about it."""
    fill(lake, every(8, "2026-01-01", "0.0001 " * 400))
    answer = run(*BTC_ODDS).result
    odds = answer["odds"]
    assert {row["net_on_notional"] for row in odds["quantiles"]} == {answer["net_on_notional"]} == {D("0.006")}
    assert {(row["low"], row["high"]) for row in odds["quantiles"]} == {(D("0.006"), D("0.006"))}
    assert {odds[f"break_even_hours_p{share}"] for share in (10, 50, 90)} == {240}  # 30 settlements of 8 h
    assert [row["broken_even"] for row in odds["chances"]] == [0, 0, 0, 1, 1, 1, 1, 1, 1, 1]
    assert (odds["profitable"], odds["worst_start"]) == (1, "2025-12-31T16:00:00Z")


def test_a_reverse_carry_pays_the_rate_and_the_borrow(run: Run, lake: Path):
    """Sum of 90 x 0.01 % received in reverse: -0.9 %, less fees of 0.3 % and 30 days and an hour of 8.76 % a year."""
    fill(lake, every(8, "2026-01-01", "0.0001 " * 200))
    words = (*BTC_ODDS, "--direction", "reverse", "--borrow-rate", "8.76%")
    answer = run(*words).result
    ends = {row["net_on_notional"] for row in answer["odds"]["quantiles"]}
    assert {round(end, 12) for end in ends} == {round(answer["net_on_notional"], 12)}
    assert answer["odds"]["profitable"] == 0 and answer["odds"]["break_even_hours_p10"] is None


def test_the_window_is_the_last_of_the_history(run: Run, lake: Path):
    fill(lake, every(8, "2026-01-01", "0.0001 " * 200 + "0.0002 " * 200))
    now = datetime(2026, 5, 14, 8, tzinfo=UTC)
    found = run(*BTC_ODDS, "--window", "40d", now=now).result["odds"]
    assert {row["gross_on_notional"] for row in found["quantiles"]} == {D("0.018")}
    few = run(*BTC_ODDS, "--window", "40d", now=now)
    assert "the odds rest on 1 holds that do not overlap" in few.err


def test_without_odds_the_answer_has_none(run: Run):
    assert run("carry", "-o", "json").result["odds"] is None


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--block", "3d"), 2, "tears holds apart"),
        (("--hold", "200d"), 3, "no whole hold of 200.0 days"),
        (("-s", "ETH"), 2, "the lake holds no 'ETH/USDT:USDT'"),
        (("-e", "okx"), 3, "the lake holds nothing of okx"),
    ],
)
def test_what_cannot_be_replayed_is_refused_in_one_line(
    run: Run, lake: Path, words: tuple[str, ...], code: int, said: str
):
    fill(lake, every(8, "2026-01-01", "0.0001 " * 200))
    result = run("carry", "--odds", *words)
    assert (result.code, result.out) == (code, "")
    assert said in result.err and result.err.count("\n") == 1


def test_its_options_belong_to_it(run: Run):
    result = run("carry", "--block", "60d")
    assert (result.code, result.out) == (2, "")
    assert "--block belongs to --odds" in result.err


def test_a_hurdle_stands_beside_the_net(run: Run, lake: Path):
    """0.6 % in 30 days on 10,000, on capital of 20,000: 3.65 % a year; cash at 4 % would earn 0.35 points more."""
    fill(lake, every(8, "2026-01-01", "0.0001 " * 200))
    answer = run(*BTC_ODDS, "--hurdle", "4%").result
    assert (answer["net_apr_on_capital"], answer["hurdle_rate"]) == (D("0.0365"), D("0.04"))
    assert answer["net_apr_over_hurdle"] == D("-0.0035")
    assert answer["odds"]["above_hurdle"] == 0
    lower = run(*BTC_ODDS, "--hurdle", "3.6%").result
    assert (lower["net_apr_over_hurdle"], lower["odds"]["above_hurdle"]) == (D("0.0005"), 1)
    assert run("carry", "-o", "json").result["net_apr_over_hurdle"] is None
    shown = run("carry", "--hurdle", "0.01%/d", "-o", "tsv").out
    assert "over cash at 3.65% a year\t0" in shown
