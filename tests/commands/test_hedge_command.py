"""fundcli hedge with typed numbers and with a file; over the lake in tests/lake/test_hedge.py."""

import math
from decimal import Decimal as D

import pytest

from tests.commands.expect import answered, refused

SEED = ("hedge", "--sigma-exposure", "0.04", "--sigma-instrument", "0.03", "--correlation", "0.86")
# The usual textbook line in units of 1 %: slope 0.425, error 0.305, r 0.62683.
Y, X = (1, 2, 1.3, 3.75, 2.25), (1, 2, 3, 4, 5)


@pytest.fixture
def prices(tmp_path):
    """Write a CSV of daily prices whose log returns are the textbook's."""

    def write(header="time,exposure,instrument", name="prices.csv", extra=(), swap=False):
        rows, y, x = [], 1000.0, 50.0
        for day in range(6):
            if day:
                y, x = y * math.exp(Y[day - 1] / 100), x * math.exp(X[day - 1] / 100)
            pair = (x, y) if swap else (y, x)
            rows.append(f"2026-11-{10 + day:02d},{pair[0]!r},{pair[1]!r}")
        file = tmp_path / name
        file.write_text("\n".join([header, *rows, *extra]) + "\n")
        return str(file)

    return write


def test_the_worked_example_comes_out_and_says_which_hedges_which(run):
    found = answered(run(*SEED, "--exposure", "ETH", "--instrument", "BTC", "-o", "json"))
    assert round(found["ratio"], 4) == D("1.1467")
    assert (found["effectiveness"], found["reverse_ratio"]) == (D("0.7396"), D("0.645"))
    assert found["sentence"] == "BTC hedges ETH: short BTC against long ETH"
    assert (found["source"], found["returns"], found["ratio_low"], found["drift"]["alarm"]) == ("given",) + (None,) * 3
    reverse = ("hedge", "--sigma-exposure", "3%", "--sigma-instrument", "4%", "--correlation", "86%")
    assert answered(run(*reverse, "-o", "json"))["ratio"] == D("0.645")


def test_a_negative_correlation_is_bought(run):
    found = answered(run(*SEED[:-1], "-0.5", "-o", "json"))
    assert (found["side"], round(found["ratio"], 6)) == ("long", D("-0.666667"))
    table = run(*SEED[:-1], "0", "--no-color", terminal=True).out
    assert "does not hedge" in table


def test_a_file_gives_the_textbook_line(run, prices):
    """0.425 ± 3.182446 x 0.305; at 90 % t is 2.353363."""
    result = run("hedge", "--file", prices(), "--frequency", "1d", "-o", "json")
    found = answered(result)
    wanted = {
        "ratio": 0.425, "correlation": 4.25 / math.sqrt(45.97), "ratio_low": 0.425 - 3.182446 * 0.30500,
        "ratio_high": 0.425 + 3.182446 * 0.30500, "price": 50 * math.exp(0.15),
    }  # fmt: skip
    assert {name: float(found[name]) for name in wanted} == pytest.approx(wanted, abs=1e-6)
    assert (found["source"], found["returns"], found["price_basis"]) == ("file", 5, "last")
    assert (found["window"]["gaps"], found["window"]["common"]) == (0, 6)
    assert "rests on 5 returns alone" in result.err
    wide = answered(run("hedge", "--file", prices(), "--frequency", "1d", "--confidence", "90%", "-o", "json"))
    assert float(wide["ratio_high"]) == pytest.approx(0.425 + 2.353363 * 0.305, abs=1e-6)


def test_columns_are_mapped_or_found_by_the_names_of_the_two(run, prices):
    daily = ("--frequency", "1d", "-o", "json")
    mapped = run("hedge", "--file", prices("when,b,e", swap=True), "--map", "time=when,exposure=e,instrument=b", *daily)
    named = run("hedge", "--file", prices("date,ETH,BTC"), "--exposure", "eth", "--instrument", "btc", *daily)
    for result in (mapped, named):
        assert float(answered(result)["ratio"]) == pytest.approx(0.425, abs=1e-9)
    assert (named.result["exposure"], named.result["instrument"]) == ("eth", "btc")


def test_as_of_leaves_out_later_rows_of_a_file(run, prices):
    found = answered(run("hedge", "--file", prices(), "--frequency", "1d", "--as-of", "2026-11-14T12:00", "-o", "json"))
    assert (found["returns"], found["window"]["last"]) == (4, "2026-11-14T00:00:00Z")


def test_a_price_that_is_missing_in_a_file_is_dropped(run, prices):
    file = prices(extra=["2026-11-16,,51", "2026-11-17,1100,52", "2026-11-17T00:30,1,1"])
    result = run("hedge", "--file", file, "--frequency", "1d", "-o", "json")
    window = answered(result)["window"]
    assert (result.result["returns"], window["dropped"], window["missing"]) == (5, 1, 1)


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        (["2026-11-15,1,1"], (":8", "twice")),
        (["2026-11-16,abc,1"], ("abc", "not a number")),
        (["2026-11-16,0,1"], ("0", "not a price")),
        (["2026-11-16,-5,1"], ("-5", "not a price")),
        (["yesterday,1,1"], ("yesterday", "not a time")),
        (["2026-11-16,nan,1"], ("nan", "not a number")),
    ],
)
def test_a_wrong_row_is_named(run, prices, extra, words):
    refused(run("hedge", "--file", prices(extra=extra), "--frequency", "1d"), 3, "prices.csv", *words)


def test_a_wrong_file_is_one_line_with_what_to_do(run, prices, tmp_path):
    refused(run("hedge", "--file", "nowhere.csv"), 3, "nowhere.csv", "cannot be read")
    refused(run("hedge", "--file", prices("time,a,b")), 3, "exposure", "--map exposure=COLUMN")
    refused(run("hedge", "--file", prices(), "--map", "exposure=exposre"), 3, "exposre", "Did you mean exposure?")
    refused(run("hedge", "--file", prices(), "--map", "exposre=x"), 2, "exposre", "exposure")
    refused(run("hedge", "--file", prices("time,a,b"), "--map", "exposure=a,instrument=a"), 2, "cannot hedge itself")
    refused(run("hedge", "--file", prices()), 3, "24 h apart", "--frequency 1d")
    empty = tmp_path / "empty.csv"
    empty.write_text("time,exposure,instrument\n2026-01-01T00:30,1,1\n")
    refused(run("hedge", "--file", str(empty)), 3, "no price at a full hour")
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00\x01")
    refused(run("hedge", "--file", str(tmp_path / "binary.csv")), 3, "not text")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", ("nothing to hedge", "--exposure", "--file")),
        ("--exposure ETH", ("--instrument is missing",)),
        ("--instrument BTC", ("--exposure is missing",)),
        ("--sigma-exposure 4%", ("--sigma-instrument and --correlation", "all three")),
        ("--sigma-exposure 0 --sigma-instrument 1 --correlation 0", ("--sigma-exposure", "above zero")),
        ("--sigma-exposure 1 --sigma-instrument=-1 --correlation 0", ("--sigma-instrument", "above zero")),
        ("--sigma-exposure 1 --sigma-instrument 1 --correlation 1.01", ("--correlation", "-1 and 1")),
        ("--sigma-exposure 1 --sigma-instrument 1 --correlation 1 --window 3d", ("--window", "belongs to prices")),
        ("--sigma-exposure 1 --sigma-instrument 1 --correlation 1 --drift 0.1", ("--drift", "belongs to prices")),
        ("--sigma-exposure 1 --sigma-instrument 1 --correlation 1 --file x.csv", ("different sources",)),
        ("--sigma-exposure 1 --sigma-instrument 1 --correlation 1 --lot 1", ("--lot", "--price")),
        ("--sigma-exposure 1 --sigma-instrument 1 --correlation 1 --contract-size 1", ("--contract-size", "--price")),
        ("--sigma-exposure 1 --sigma-instrument 1 --correlation 1 --contract-size 0usd", ("above zero",)),
        ("--exposure ETH --instrument BTC --map time=t", ("--map belongs to --file",)),
        ("--exposure ETH --instrument BTC --frequency 2h", ("--frequency", "2h")),
        ("--exposure ETH --instrument BTC --window 90d --long-window 90d", ("--long-window",)),
        ("--exposure ETH --instrument BTC --confidence 100%", ("--confidence",)),
        ("--exposure ETH --instrument BTC --half-life 0d", ("--half-life",)),
        ("--exposure ETH --instrument BTC --half-life 23h --frequency 1d", ("--half-life", "shorter than a return")),
        ("--exposure ETH --instrument BTC --drift=-1", ("--drift",)),
    ],
)
def test_options_that_do_not_go_together_are_refused(run, line, words):
    refused(run("hedge", *line.split()), 2, *words)


def test_contracts_of_money_need_no_price(run):
    """10,000 x 1.146667 = 11,466.67: 114.67 contracts of 100 USD, 115 of them; 33.33 too much."""
    found = answered(run(*SEED, "--contract-size", "100usd", "-o", "json"))
    assert (found["lots"], found["quantity"], round(found["residual"], 2)) == (115, None, D("-33.33"))


def test_a_condition_over_the_ratio_and_over_an_alarm_that_is_not_known(run):
    assert run(*SEED, "--fail-if", "ratio > 1.1").code == 1
    assert run(*SEED, "--fail-if", "drift.alarm == true").code == 0
    refused(run(*SEED, "--fail-if", "drift.alrm == true"), 2, "drift.alrm")


def test_a_table_of_long_names_fits_80_columns(run, prices):
    names = ("--exposure", "1000000MOG/USDT:USDT", "--instrument", "1000000BABYDOGE/USDT:USDT")
    result = run(*SEED, *names, "--price", "0.00123", "--lot", "1000", "--no-color", terminal=True)
    assert result.code == 0
    assert max(map(len, result.out.splitlines())) <= 80
