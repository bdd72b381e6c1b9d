"""fundcli history list: what is there, and how much is not."""

from decimal import Decimal as D

from tests.lake.filling import BTC, every, fill

LIST = ("history", "list", "-o", "json")


def test_each_contract_has_its_span_its_interval_and_the_hours_that_it_lacks(run, lake):
    """Five 8-hour settlements 00:00 … 48:00 with two left out: 16 of the hours between belong to none."""
    fill(lake, every(8, "2025-12-31", "1e-4 1e-4 1e-4 1e-4 - - 1e-4"), fetched="2026-02-01")
    fill(lake, every(1, "2026-01-01", "1e-5 1e-5 1e-5 1e-5"), exchange="okx")
    assert run(*LIST).rows == [
        {
            "exchange": "binance", "symbol": BTC, "settlements": 5, "first": "2025-12-31T00:00:00Z",
            "last": "2026-01-02T00:00:00Z", "interval_hours": 8, "intervals": 1, "fetched_at": "2026-02-01T00:00:00Z",
            "missing_hours": 16, "also": [],
        },
        {
            "exchange": "okx", "symbol": BTC, "settlements": 4, "first": "2026-01-01T00:00:00Z",
            "last": "2026-01-01T03:00:00Z", "interval_hours": 1, "intervals": 1, "fetched_at": "2026-11-01T00:00:00Z",
            "missing_hours": 0, "also": [],
        },
    ]  # fmt: skip


def test_a_change_of_interval_lacks_nothing(run, lake):
    four, one = every(4, "2026-01-01", "1e-4 " * 6), every(1, "2026-01-01T21:00", "1e-4 " * 6)
    fill(lake, four + one)
    (row,) = run(*LIST).rows
    assert (row["interval_hours"], row["intervals"], row["missing_hours"]) == (1, 2, 0)


def test_filters_leave_the_rest_out(run, lake):
    rows = every(8, "2026-01-01", "1e-4 1e-4")
    for exchange, symbol in (("binance", BTC), ("binance", "ETH/USDT:USDT"), ("okx", BTC)):
        fill(lake, rows, symbol=symbol, exchange=exchange)
    asked = {
        "-e okx": [("okx", BTC)], "-s ETH": [("binance", "ETH/USDT:USDT")],
        "-s BTC -s ETH -e binance": [("binance", BTC), ("binance", "ETH/USDT:USDT")],
    }  # fmt: skip
    for words, expected in asked.items():
        assert [(row["exchange"], row["symbol"]) for row in run(*LIST, *words.split()).rows] == expected


def test_the_hours_that_lack_can_fail_a_cron_line(run, lake):
    fill(lake, every(8, "2026-01-01", "1e-4 1e-4 1e-4 1e-4 - 1e-4"))
    assert run(*LIST, "--fail-if", "missing_hours > 0").code == 1
    assert run(*LIST, "--fail-if", "missing_hours > 8").code == 0
    assert run(*LIST).rows[0]["missing_hours"] == D(8)
