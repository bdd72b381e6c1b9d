"""fundcli history show: exact rows, found by any spelling, as of any time."""

from decimal import Decimal as D

import pytest

from tests.commands.expect import numbers_are_plain, refused
from tests.lake.filling import BTC, at, every, fill

SHOW = ("history", "show", "-s", "BTC", "-o", "json")


def test_a_rate_stands_with_its_interval_and_what_it_is_a_year(run, lake):
    """0.01 % per 8 h and 0.00125 % per hour are the same 10.95 % a year (MATH.md: APR = r x 8760 / h)."""
    fill(lake, every(8, "2026-01-01", "0.0001 0.0001 0.0001 0.0001"), price=D("97843.77"))
    fill(lake, every(1, "2026-01-01", "0.0000125 0.0000125 0.0000125 0.0000125"), exchange="okx")
    result = run(*SHOW)
    assert (result.code, result.err) == (0, "")
    assert [row["exchange"] for row in result.rows] == ["binance"] * 4 + ["okx"] * 4
    assert {(row["apr"], row["rate_8h"]) for row in result.rows} == {(D("0.1095"), D("0.0001"))}
    assert result.rows[1] == {
        "exchange": "binance", "symbol": BTC, "time": "2026-01-01T08:00:00Z", "rate": D("0.0001"), "interval_hours": 8,
        "apr": D("0.1095"), "rate_8h": D("0.0001"), "price": D("97843.77"), "source": "by hand",
        "fetched_at": "2026-11-01T00:00:00Z",
    }  # fmt: skip
    assert result.rows[5]["interval_hours"] == 1


def test_a_rate_keeps_the_digits_that_a_float_has_no_room_for(run, lake):
    fill(lake, every(8, "2026-01-01", "0.000278659132033154321 -0.00000001 0.1 0"))
    out = run(*SHOW).out
    assert '"rate": 0.000278659132033154321,' in out
    assert '"rate": -0.00000001,' in out
    numbers_are_plain(out)


def test_a_settlement_alone_has_no_interval_and_so_no_yearly_rate(run, lake):
    fill(lake, every(8, "2026-01-01", "0.0001"))
    (row,) = run(*SHOW).rows
    assert (row["rate"], row["interval_hours"], row["apr"], row["rate_8h"]) == (D("0.0001"), None, None, None)


@pytest.mark.parametrize(
    ("window", "hours"),
    [
        ("--since 2026-01-01T08:00 --until 2026-01-01T16:00", (8, 16)),
        ("--since 2026-01-01T08:01", (16, 0)),
        ("--until 2026-01-01T07:59", (0,)),
        ("--last 8h", (16, 0)),
        ("--since 2026-01-02 --until 2026-01-02T01:00", (0,)),
    ],
)
def test_both_ends_belong_to_the_window(run, lake, window, hours):
    fill(lake, every(8, "2026-01-01", "0.0001 0.0002 0.0003 0.0004"))
    result = run(*SHOW, *window.split(), now=at("2026-01-02T00:00"))
    assert tuple(int(row["time"][11:13]) for row in result.rows) == hours


@pytest.mark.parametrize("spelling", ["BTC", "btc", "BTCUSDT", "BTC/USDT", "BTC/USDT:USDT", "btc/usdt:usdt"])
def test_any_spelling_finds_the_main_contract_of_each_exchange(run, lake, spelling):
    rows = every(8, "2026-01-01", "0.0001 0.0001")
    for symbol in ("BTC/USD:BTC", "BTC/USDC:USDC", BTC, "ETH/USDT:USDT"):
        fill(lake, rows, symbol=symbol)
    result = run("history", "show", "-s", spelling, "-o", "json")
    assert {row["symbol"] for row in result.rows} == {BTC}


def test_the_main_contract_is_each_exchanges_own(run, lake):
    rows = every(1, "2026-01-01", "0.0001 0.0001")
    fill(lake, rows, exchange="hyperliquid", symbol="BTC/USDC:USDC")
    fill(lake, rows, exchange="hyperliquid", symbol="kPEPE/USDC:USDC")
    fill(lake, rows)
    fill(lake, rows, symbol="BTC/USDC:USDC")
    found = {(row["exchange"], row["symbol"]) for row in run(*SHOW).rows}
    assert found == {("binance", BTC), ("hyperliquid", "BTC/USDC:USDC")}
    assert len(run("history", "show", "-s", "kpepe", "-o", "json").rows) == 2


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        ("show -s BTX/USDT:USDT", 2, ("BTX/USDT:USDT", "Did you mean BTC/USDT:USDT")),
        ("show -s BTCUDST", 2, ("BTCUDST", "Did you mean BTC/USDT:USDT")),
        ("stats -s DOGE", 2, ("DOGE", "fundcli history list")),
        ("show -s BTC -e binanse", 2, ("binanse", "Did you mean binance?")),
        ("list -e okx", 3, ("okx", "fundcli history sync -e okx")),
        ("show", 2, ("--symbol BTC",)),
        ("show -s BTC --as-of 2027-01-01", 2, ("--as-of", "future")),
        ("show -s BTC --last 8h --since 2026-01-01", 2, ("--last", "--since")),
        ("stats --since 2026-02-01 --until 2026-01-01", 2, ("--since",)),
        ("stats --by week", 2, ("--by", "week")),
        ("stats --sort ap", 2, ("--sort", "apr")),
    ],
)
def test_what_is_not_there_is_one_line_with_what_is_near(run, lake, line, code, words):
    fill(lake, every(8, "2026-01-01", "0.0001 0.0001"))
    refused(run("history", *line.split()), code, *words)


@pytest.mark.parametrize("line", ["list", "show -s BTC", "gaps", "stats", "stats -e binance"])
def test_an_empty_lake_says_how_to_fill_it(run, line):
    refused(run("history", *line.split()), 3, "is empty", "fundcli history sync")


def test_a_damaged_file_is_named(run, lake):
    fill(lake, every(8, "2026-01-01", "0.0001 0.0001"))
    (file,) = lake.glob("kind=funding/*/*/data.parquet")
    file.write_bytes(file.read_bytes()[:200])
    refused(run(*SHOW), 3, str(file), "damaged")


def test_a_hole_is_a_warning_and_a_window_without_settlements_too(run, lake):
    fill(lake, every(8, "2026-01-01", "1e-4 1e-4 1e-4 1e-4 - - 1e-4 1e-4"))
    result = run(*SHOW)
    assert result.code == 0
    assert "1 hole" in result.err and "fundcli history gaps" in result.err
    nothing = run(*SHOW, "--since", "2026-05-01")
    assert (nothing.code, nothing.rows) == (0, [])
    assert "nothing settled" in nothing.err
