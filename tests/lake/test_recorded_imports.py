"""Real histories imported: row counts and spans are those of ../shared/history/README.md."""

import pytest

pytestmark = pytest.mark.recorded
# File, exchange, options → rows, first, last, intervals, holes of its one contract.
ONE = [
    ("binance_BTCUSDT_funding.csv", "binance", (), 7611, "2019-09-10T08:00:00Z", "2026-08-21T00:00:00Z", [8], 0),
    # 305 steps of 4 h, then 678 of 1 h
    ("binance_LAYERUSDT_funding_interval_4h_to_1h.csv", "binance", (), 984, "2025-03-16T12:00:00Z",
     "2025-06-03T14:00:00Z", [1, 4], 0),
    # the daily steps of the first 22 rows are its 21 "gaps"
    ("bitmex_XBTUSD_funding.csv", "bitmex", ("-s", "XBTUSD"), 8547, "2016-05-14T12:00:00Z", "2024-03-16T04:00:00Z",
     [8, 24], 0),
    ("bybit_BTCUSDT_funding_2025_2026.csv", "bybit", (), 1095, "2025-08-21T08:00:00Z", "2026-08-21T00:00:00Z", [8], 0),
    ("hyperliquid_BTC_funding_1h_2025_2026.csv", "hyperliquid", (), 8785, "2025-08-21T05:00:00Z",
     "2026-08-22T05:00:00Z", [1], 0),
    # 23 holes of 220 settlements, one of 219, one of 1
    ("hyperliquid_BTC_funding_premium_2024_2025.csv", "hyperliquid", (), 12192, "2024-01-01T00:00:00Z",
     "2025-12-28T23:00:00Z", [1], 23 * 220 + 219 + 1),
]  # fmt: skip


@pytest.mark.parametrize(("name", "exchange", "words", "rows", "first", "last", "intervals", "holes"), ONE)
def test_a_real_history_has_the_rows_and_the_span_of_its_readme(
    run, shared, name, exchange, words, rows, first, last, intervals, holes
):
    line = ("history", "import", str(shared / "history" / name), "-e", exchange, *words, "-o", "json")
    (row,) = run(*line).rows
    assert (row["rows"], row["added"], row["known"], row["revised"]) == (rows, rows, 0, 0)
    assert (row["first"], row["last"], row["intervals"], row["holes"]) == (first, last, intervals, holes)
    (again,) = run(*line).rows
    assert (again["added"], again["known"], again["revised"]) == (0, rows, 0)
    assert run("history", "verify").code == 0


@pytest.mark.parametrize(
    ("name", "exchange", "rows", "contracts"),
    [
        ("binance_267_symbols_funding_2026.csv", "binance", 53_147, 267),
        ("binance_36_symbols_funding_2025_2026.parquet", "binance", 46_726, 36),
        ("bybit_51_symbols_funding_2025_2026.parquet", "bybit", 53_611, 51),
    ],
)
def test_many_contracts_in_one_file_are_all_there(run, shared, name, exchange, rows, contracts):
    found = run("history", "import", str(shared / "history" / name), "-e", exchange, "-o", "json").rows
    assert len(found) == contracts
    assert sum(row["rows"] for row in found) == sum(row["added"] for row in found) == rows
    assert sum(row["revised"] for row in found) == 0
    listed = run("history", "list", "-o", "json").rows
    assert sum(row["settlements"] for row in listed) == rows
    assert run("history", "verify").code == 0
    if contracts == 267:
        assert max(row["last"] for row in found) == "2026-03-20T04:00:00Z"
        assert sum(row["holes"] for row in found) == 0
        assert {hours for row in found for hours in row["intervals"]} == {1, 2, 3, 4, 8}


def test_the_same_settlements_from_two_publishers_do_not_contradict_each_other(run, shared):
    """1,095 settlements of Bybit's BTCUSDT stand in both files."""
    folder = shared / "history"
    files = [
        str(folder / f"bybit_{name}")
        for name in ("BTCUSDT_funding_2025_2026.csv", "51_symbols_funding_2025_2026.parquet")
    ]
    found = {row["symbol"]: row for row in run("history", "import", *files, "-e", "bybit", "-o", "json").rows}
    row = found["BTC/USDT:USDT"]
    assert (row["rows"], row["added"], row["known"], row["revised"]) == (2190, 1095, 1095, 0)


def test_rows_without_a_rate_are_left_out_of_the_backtest_file(run, shared):
    """1,966 rows, of which the last six have no rate."""
    file = str(shared / "history" / "binance_BTCUSDT_spot_perp_quarterly_funding_8h_2023_2025.csv")
    result = run("history", "import", file, "-e", "binance", "-s", "BTC", "-o", "json")
    (row,) = result.rows
    assert (row["rows"], row["first"]) == (1960, "2023-06-01T00:00:00Z")
    assert "6 rows have no rate" in result.err


def test_a_file_of_open_interest_is_no_funding(run, shared):
    file = str(shared / "history" / "binance_267_symbols_open_interest_4h_2026.csv")
    result = run("history", "import", file, "-e", "binance")
    assert result.code == 3
    assert "no rate column" in result.err
