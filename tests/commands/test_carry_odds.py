"""carry --odds: the lake's history replayed, equal to a plain count over the recorded series."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from decimal import Decimal as D
from pathlib import Path

import duckdb
import pytest

from fundcli.lake.layout import MARK
from fundcli.lake.records import PriceHour
from fundcli.lake.writer import writer
from tests.conftest import Run
from tests.core.booked import booked
from tests.lake.filling import BTC, every, fill, ms

BTC_ODDS = ("carry", "--symbol", "BTC", "--rate", "0.01%", "--hold", "30d", "--odds", "-o", "json")


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    """Where the commands keep the lake."""
    return tmp_path / "data" / "lake"


def _plain(rates: list[D], share: float) -> D:
    """The quantile of the sums of 90 settlements running, linear between neighbours."""
    return _quantile([sum(rates[i : i + 90], D(0)) for i in range(len(rates) - 89)], D(str(share)))


def _quantile(values: list[D], share: D) -> D:
    """Linear between neighbours."""
    ordered, place = sorted(values), share * (len(values) - 1)
    below = ordered[int(place)]
    return below + (ordered[min(int(place) + 1, len(ordered) - 1)] - below) * (place - int(place))


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


def rally(lake: Path, unpriced: int = 0) -> None:
    """180 settlements of rate 0 from 2026-01-01: 120 at a price of 100, then 110; the first so many without a price."""
    rows = every(8, "2026-01-01", "0 " * 180)
    for part, price in ((rows[:unpriced], None), (rows[unpriced:120], D(100)), (rows[120:], D(110))):
        fill(lake, part, price=price)


def marks(lake: Path, first: str, hours: int, price: float) -> None:
    """Hourly mark candles whose open is the price; their other prices are far from it."""
    rows = [
        PriceHour(symbol=BTC, time_ms=ms(first) + hour * 3_600_000, open=price, high=price * 3, low=price / 3,
                  close=price * 2, source="by hand", fetched_ms=ms("2026-11-01"))
        for hour in range(hours)
    ]  # fmt: skip
    with writer(lake, "binance") as opened:
        opened.put(MARK, rows)
        opened.merge()


def test_capital_along_the_path_of_a_rally(run: Run, lake: Path):
    """91 holds of 90 settlements; the first has no price at its open. Hold i (from 0) crosses settlements i to i + 89,
    and settlement 120 is the first at 110: from i = 31 on 0.2 of the notional is added to 2 there, and stays for the
    last i - 31 of the 90 intervals.
    """
    rally(lake)
    result = run(*BTC_ODDS)
    path = result.result["odds"]["capital"]
    assert (path["starts"], path["unpriced"], path["initial_on_notional"]) == (90, 1, 2)
    assert round(path["topped_up"], 20) == round(D(60) / 90, 20)
    assert [path[f"peak_capital_{which}"] for which in ("p50", "p95", "max")] == [D("1.1")] * 3
    means = sorted(1 + D("0.1") * max(i - 31, 0) / 90 for i in range(1, 91))
    assert round(path["mean_capital_p50"], 20) == round((means[44] + means[45]) / 2, 20)
    assert round(path["mean_capital_p95"], 20) == round(means[84] + (means[85] - means[84]) * D("0.55"), 20)
    assert path["worst_topup_start"] == "2026-01-11T00:00:00Z"  # the first with 110 at its end: 30 x 8 h later
    assert path["net_on_mean_capital_p5"] == D("-0.0015")  # the fees of 0.3 %, on 2
    assert round(path["net_on_mean_capital_p50"], 20) == round(
        D("-0.003") / 2 * (1 / means[44] + 1 / means[45]) / 2, 20
    )
    assert path["price_source"] == "mark prices: 180 as paid, 0 of the lake's hours"
    assert "capital along the path" not in result.err


def test_capital_along_the_path_stands_in_the_table_in_money(run: Run, lake: Path):
    rally(lake)
    shown = run("carry", "--symbol", "BTC", "--rate", "0.01%", "--hold", "30d", "--odds", "-o", "tsv").out
    assert "at its peak, 95 % of the holds\t1.1\t22000\n" in shown
    assert "holds that needed a top-up\t0.666666" in shown and "net on mean capital p5\t-0.0015\n" in shown
    assert run(*BTC_ODDS, "--fail-if", "odds.capital.peak_capital_p95 >= 1.1").code == 1


def test_a_buffer_is_capital_from_the_open_and_spares_the_top_up(run: Run, lake: Path):
    """0.2 of the notional of 10,000 is what the rally takes: with 2,000 more at the open nothing is added."""
    rally(lake)
    path = run(*BTC_ODDS, "--buffer", "2k").result["odds"]["capital"]
    assert (path["initial_on_notional"], path["topped_up"], path["peak_capital_max"]) == (D("2.2"), 0, 1)
    assert path["worst_topup_start"] is None


def test_borrow_leverage_and_haircut_reach_the_path(run: Run, lake: Path):
    """Reverse at 3x borrowed: (0.5 + 1) x 0.1 on 0.5 + 1. Spot as collateral, haircut 10 %, 1x: margin 0.1 beside 1,
    equity at 110: 0.1 - 0.1 + 0.99 of the 1.1 needed."""
    rally(lake)
    reverse = run(*BTC_ODDS, "-d", "reverse", "--borrow-rate", "0%").result["odds"]["capital"]
    assert (reverse["initial_on_notional"], reverse["peak_capital_max"]) == (D("1.5"), D("1.1"))
    spot = run(*BTC_ODDS, "--collateral", "spot", "--haircut", "10%").result["odds"]["capital"]
    assert spot["initial_on_notional"] == D("1.1")
    assert round(spot["peak_capital_max"], 20) == round(D("1.21") / D("1.1"), 20)


def test_prices_of_the_lakes_hours_fill_in_where_the_payment_told_none(run: Run, lake: Path):
    """The first 60 settlements, and the open of the first: from 2025-12-31T16:00 to 20 days later."""
    rally(lake, unpriced=60)
    marks(lake, "2025-12-31T16:00", 20 * 24 + 1, 100.0)
    path = run(*BTC_ODDS).result["odds"]["capital"]
    assert (path["starts"], path["unpriced"]) == (91, 0)
    assert path["price_source"] == "mark prices: 120 as paid, 61 of the lake's hours"
    assert round(path["topped_up"], 20) == round(D(60) / 91, 20)


def test_holds_without_a_price_are_left_out_in_words(run: Run, lake: Path):
    """Without the first 60 prices holds 0 to 60 miss one (hold 60 that of its open): 30 are left."""
    rally(lake, unpriced=60)
    result = run(*BTC_ODDS)
    path = result.result["odds"]["capital"]
    assert (path["starts"], path["unpriced"], path["topped_up"]) == (30, 61, 1)
    assert "leaves out 61 holds without a price" in result.err and "history sync -e binance" in result.err


def test_without_any_price_capital_along_the_path_is_null_in_words(run: Run, lake: Path):
    fill(lake, every(8, "2026-01-01", "0.0001 " * 200))
    result = run(*BTC_ODDS)
    assert (result.code, result.result["odds"]["capital"]) == (0, None)
    assert "capital along the path is not known" in result.err and "--with prices" in result.err
    assert "at its peak" not in run(*BTC_ODDS[:-2], "-o", "tsv").out


def test_an_inverse_carry_keeps_its_capital_in_coin_and_its_reverse_needs_prices(run: Run, lake: Path):
    """No price is needed where the coin is margin and hedge in one."""
    fill(lake, every(8, "2026-01-01", "0.0001 " * 200), symbol="BTC/USD:BTC", exchange="binancecoinm")
    words = ("carry", "-e", "binancecoinm", "-s", "BTC/USD:BTC", "--price", "50000", "--rate", "0.01%", "--odds")
    result = run(*words, "-o", "json")
    path = result.result["odds"]["capital"]
    assert (path["topped_up"], path["peak_capital_max"], path["mean_capital_p95"], path["unpriced"]) == (0, 1, 1, 0)
    assert path["price_source"] is None and "the coin held" in path["method"]
    assert "prices" not in result.err
    reverse = run(*words, "-d", "reverse", "--borrow-rate", "1%", "-o", "json")
    assert reverse.result["odds"]["capital"] is None
    assert "capital along the path is not known" in reverse.err and "--with prices" in reverse.err
    fill(lake, every(8, "2026-04-01", "0 " * 100), symbol="BTC/USD:BTC", exchange="binancecoinm", price=D(50_000))
    still = run(*words, "-d", "reverse", "--borrow-rate", "1%", "--hold", "2d", "-o", "json").result["odds"]["capital"]
    assert (still["peak_capital_max"], still["topped_up"], still["initial_on_notional"]) == (1, 0, D("1.5"))
    assert still["method"].startswith("fixed amount of contracts; coin is added")


@pytest.mark.recorded
@pytest.mark.parametrize(
    ("words", "leverage", "buffer", "kind"),
    [
        ("", D(1), D(0), "cash"),
        ("--leverage 5 --buffer 1k", D(5), D("0.1"), "cash"),
        ("--leverage 2 --collateral spot --haircut 25%", D(2), D(0), "spot"),
        ("-d reverse --borrow-rate 0% --leverage 5 --buffer 500", D(5), D("0.05"), "reverse"),
    ],
)
def test_btc_from_2023_is_as_accounts_booked_one_by_one(run: Run, shared: Path, words, leverage, buffer, kind):
    """1,960 settlements, the mark price known from 2023-10-31T08:00 on: every hold that opens then or later."""
    name = shared / "history" / "binance_BTCUSDT_spot_perp_quarterly_funding_8h_2023_2025.csv"
    assert run("history", "import", str(name), "-e", "binance", "-s", "BTC").code == 0
    odds = run(*BTC_ODDS, *words.split()).result["odds"]
    with name.open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["funding_rate"]]
    known = [(D(row["funding_markPrice"]), D(row["funding_rate"])) for row in rows if row["funding_markPrice"]]
    assert rows[-len(known)]["Timestamp"] == "2023-10-31 08:00:00"
    prices, rates = [price for price, _ in known], [rate for _, rate in known]
    paths = [booked(prices[i : i + 91], rates[i + 1 : i + 91], leverage, buffer, kind) for i in range(len(known) - 90)]
    net = [sum(rates[i + 1 : i + 91]) * (-1 if kind == "reverse" else 1) - D("0.003") for i in range(len(paths))]
    path = odds["capital"]
    assert (path["starts"], path["unpriced"]) == (len(paths), 1960 - 89 - len(paths))
    initial = (D("0.5") if kind == "reverse" else 1) + (0 if kind == "spot" else 1 / leverage) + buffer
    assert path["initial_on_notional"] == initial
    tolerance = D("1e-15")
    for field, values in (
        ("peak_capital", [peak / initial for peak, _ in paths]),
        ("mean_capital", [mean / initial for _, mean in paths]),
        ("net_on_mean_capital", [each / mean for each, (_, mean) in zip(net, paths, strict=True)]),
    ):
        for share in ("p5", "p50", "p95"):
            if f"{field}_{share}" in path:
                assert abs(path[f"{field}_{share}"] - _quantile(values, D(share[1:]) / 100)) < tolerance
    assert abs(path["peak_capital_max"] - max(peak for peak, _ in paths) / initial) < tolerance
    assert round(path["topped_up"] * len(paths)) == sum(peak - initial > tolerance for peak, _ in paths)
    first = rows[len(rows) - len(known) + max(range(len(paths)), key=lambda i: paths[i][0])]
    assert path["worst_topup_start"] == first["Timestamp"].replace(" ", "T") + "Z"
