"""`fundcli reconcile` as a person and a script meet it: tables, JSON, conditions, positions, refusals."""

import json
import re
import zipfile
from decimal import Decimal as D
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tests.commands.expect import numbers_are_plain, refused

HEAD = "time,amount,symbol,size,rate,price,index"
MAP = ("-e", "bybit", "--map", "time=time,amount=amount")
# 2 x 50,000 x 0.0001 = 10, at an index of 50,500 it is 10.1; 3 x 2,000 x 0.0001 = 0.6, eight times that is 4.8.
LINES = (
    "2024-01-01T00:00Z,-10,BTCUSDT,2,0.0001,50000,50500",
    "2024-01-01T00:00Z,-10,BTCUSDT,2,0.0001,50000,50500",
    "2024-01-01T08:00Z,10,BTCUSDT,2,0.0001,50000,50500",
    "2024-01-01T16:00Z,-10.1,BTCUSDT,2,0.0001,50000,50500",
    "2024-01-02T00:00Z,-10.00001,BTCUSDT,2,0.0001,50000,50500",
    "2024-01-01T00:00Z,0.6,ETHUSDT,-3,0.0001,2000,",
    "2024-01-01T08:00Z,4.8,ETHUSDT,-3,0.0001,2000,",
    "2024-01-01T16:00Z,0.777,ETHUSDT,-3,0.0001,2000,",
)


@pytest.fixture
def export():
    """Write an export in the working folder; returns its name."""

    def write(*lines, head=HEAD, name="payments.csv"):
        Path(name).write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
        return name

    return write


@pytest.fixture
def file(export):
    return export(*LINES)


@pytest.mark.parametrize("more", [(), ("--all",)], ids=["differences", "all"])
def test_a_table_fits_a_terminal_of_80_columns(run, snapshot, file, more):
    result = run("reconcile", file, *MAP, *more, "--no-color", terminal=True)
    assert (result.code, result.err) == (0, "")
    assert max(map(len, result.out.splitlines())) <= 80
    assert result.out == snapshot


def test_long_names_and_large_numbers_fit_80_columns_too(run, export):
    lines = [
        "2024-01-01T00:00Z,-10,1000000BABYDOGEUSDT,2,0.00012345,0.0012345678,",
        "2024-01-01T08:00Z,-1234567.89,BTCUSD,200000,-0.000123,54321.99,",
        "2024-01-01T08:00Z,0,ETHUSDT,0,0,0,",
    ]
    result = run("reconcile", export(*lines), *MAP, "--no-color", "--all", terminal=True)
    assert result.code == 0
    assert max(map(len, result.out.splitlines())) <= 80


@pytest.mark.parametrize("output", ["tsv", "json", "ndjson", "csv", "md"])
def test_a_plain_format_is_as_it_was(run, snapshot, file, output):
    result = run("reconcile", file, *MAP, "-o", output)
    assert (result.code, result.err) == (0, "")
    assert result.out == snapshot


def test_only_differences_are_shown_unless_all_are_asked_for(run, file):
    def shown(*more):
        return run("reconcile", file, *MAP, *more, "-o", "tsv").out.split("\n\n")[0].splitlines()[1:]

    assert [line.split("\t")[-1] for line in shown()] == ["duplicate", "sign", "price", "interval", "unknown"]
    assert len(shown("--all")) == 8


def test_a_file_without_differences_is_its_totals_alone(run, export):
    result = run("reconcile", export(LINES[0]), *MAP, "-o", "table")
    assert result.code == 0
    assert "none to look at" in result.out
    assert "what fits" not in result.out


def test_the_answer_is_valid_under_its_schema_and_every_payment_has_a_cause(run, file):
    result = run("reconcile", file, *MAP, "-o", "json")
    numbers_are_plain(result.out)
    Draft202012Validator(json.loads(run("schema", "reconcile").out)).validate(json.loads(result.out))
    assert result.json["sign"] == "positive is money received"
    found = [p["cause"] for p in result.result["payments"]]
    assert found == ["exact", "duplicate", "sign", "price", "rounding", "exact", "interval", "unknown"]


def test_totals_are_the_sums_of_the_payments(run, file):
    """BTC: booked -10 - 10 + 10 - 10.1 - 10.00001 = -30.10001, expected -10 four times (a duplicate expects nothing).

    ETH: booked 0.6 + 4.8 + 0.777 = 6.177, expected 1.8.
    """
    result = run("reconcile", file, *MAP, "-o", "json").result
    btc, eth = result["contracts"]
    assert (btc["payments"], btc["booked"], btc["expected"], btc["difference"]) == (
        5,
        D("-30.10001"),
        -40,
        D("9.89999"),
    )
    assert (eth["payments"], eth["booked"], eth["expected"], eth["difference"]) == (3, D("6.177"), D("1.8"), D("4.377"))
    totals = result["totals"]
    assert (totals["symbol"], totals["payments"], totals["difference"]) == (None, 8, D("14.27699"))
    assert totals["causes"] == {
        "exact": 2, "rounding": 1, "sign": 1, "interval": 1, "rate": 0, "price": 1, "size": 0, "duplicate": 1,
        "missing": 0, "implied": 0, "unknown": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("test", "code"),
    [("totals.difference != 0", 1), ("totals.causes.sign > 1", 0), ("payments.cause == duplicate", 1),
     ("contracts.difference > 5", 1), ("totals.causes.missing > 0", 0)],
)  # fmt: skip
def test_a_condition_over_the_answer_is_an_exit_code(run, file, test, code):
    assert run("reconcile", file, *MAP, "--fail-if", test).code == code


def test_an_exact_file_differs_by_nothing(run, export):
    name = export(LINES[0], LINES[5])
    assert run("reconcile", name, *MAP, "--fail-if", "totals.difference != 0").code == 0


def test_positions_say_the_size_from_then_on_and_what_is_missing(run, export):
    """2 until 09:00, then 3: -10, -10, -15; the settlement at 08:00 has no booking. 8-hourly, as the others show."""
    lines = [f"2024-01-0{1 + h // 24}T{h % 24:02}:00Z,{a},0.0001,50000" for h, a in ((0, -10), (16, -15), (24, -15))]
    lines += ["2024-01-02T08:00Z,-15,0.0001,50000", "2024-01-02T16:00Z,-15,0.0001,50000"]
    name = export(*lines, head="time,amount,rate,price")
    held = export("2023-12-31 12:00,BTC,2", "2024-01-01 09:00,BTC,3", head="time,symbol,size", name="held.csv")
    result = run("reconcile", name, *MAP, "-s", "BTC", "--positions", held, "-o", "json").result
    assert [p["cause"] for p in result["payments"]] == ["exact", "missing", "exact", "exact", "exact", "exact"]
    missing = result["payments"][1]
    assert (missing["time"], missing["size"], missing["line"]) == ("2024-01-01T08:00:00Z", 2, None)
    assert {p["size_basis"] for p in result["payments"]} == {"given"}


def test_what_the_lake_lacks_is_named_with_its_remedy(run, export):
    head = "symbol,incomeType,income,asset,time"
    result = run("reconcile", export("BTCUSDT,FUNDING_FEE,-10,USDT,1704067200000", head=head), "-o", "json")
    assert result.code == 0
    assert "fundcli history sync -e binance -s BTC/USDT:USDT --since 2023-12-30 --with prices" in result.err
    (paid,) = result.result["payments"]
    assert (paid["cause"], paid["note"], paid["expected"]) == ("unknown", "no rate is known", None)
    assert result.result["totals"]["unchecked"] == 1


def test_without_any_size_only_implied_ones_are_compared(run, export):
    lines = [f"2024-01-01T{8 * i:02}:00Z,{a},BTCUSDT,0.0001,50000" for i, a in enumerate((-10, -10, -15))]
    name = export(*lines, head="time,amount,symbol,rate,price")
    result = run("reconcile", name, *MAP, "-o", "json")
    assert [(p["cause"], p["implied_size"]) for p in result.result["payments"]] == [
        ("implied", 2), ("implied", 2), ("size", 3),
    ]  # fmt: skip
    assert "--positions or --size" in result.err
    assert run("reconcile", name, *MAP, "--strict").code == 6


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("yesterday,-10,BTCUSDT,2,0.0001,50000,", ("not a time",)),
        ("2024-01-01T00:00Z,ten,BTCUSDT,2,0.0001,50000,", ("ten", "not a number")),
        ("2024-01-01T00:00Z,,BTCUSDT,2,0.0001,50000,", ("there is no amount",)),
        ("2024-01-01T00:00Z,nan,BTCUSDT,2,0.0001,50000,", ("nan",)),
        ("2024-01-01T00:00Z,-10,BTCUSDT,2,1.5,50000,", ("above 100 %",)),
        ("2024-01-01T00:00Z,-10,BTCUSDT,2,0.0001,-5,", ("above zero",)),
        ("2024-01-01T00:00Z,-10,,2,0.0001,50000,", ("which contract", "--symbol")),
        ("2024-01-01T00:00Z,-10,BTCUSDT_240628,2,0.0001,50000,", ("dated",)),
        ("2024-01-01T00:00Z,-10", ("2 cells of 7",)),
        ('2024-01-01T00:00Z,"-10,BTCUSDT,2,0.0001,50000,', ("damaged",)),
    ],
)
def test_a_wrong_line_is_named_and_the_file_refused(run, export, line, words):
    refused(run("reconcile", export(LINES[0], line), *MAP), 3, "payments.csv:3:", *words)


@pytest.mark.parametrize(
    ("text", "more", "words"),
    [
        ("a,b,c\n1,2,3\n", (), ("no header of a known export", "a, b, c", "--map")),
        ("time,coin,usdc\n1,2,3\n", (), ("hyperliquid-api", "time, coin, usdc, szi, fundingRate")),
        ("time,coin,usdc\n1,2,3\n", ("--format", "gate-api"), ("gate-api", "change, type, text")),
        ("", (), ("is empty",)),
        ("[1, 2", (), ("not valid JSON",)),
        ("[1, 2]", (), ("not a list of payments",)),
        ('{"code": "50111", "msg": "Invalid"}', (), ("not a list of payments",)),
        ("time,change,type,text\n1704067200,-1,fee,BTC_USDT\n", (), ("holds no funding payment", "gate-api")),
        ("time,amount\n1,2\n", ("-e", "okx", "--map", "time=time,amount=paid"), ("no column 'paid'",)),
        ("time,paid\n1,2\n", ("-e", "okx", "--map", "time=time"), ("no amount column", "--map amount=COLUMN")),
    ],
)
def test_a_file_that_cannot_be_read_says_what_was_expected(run, text, more, words):
    Path("x.csv").write_text(text)
    refused(run("reconcile", "x.csv", *more), 3, "x.csv", *words)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--map", "time=time"), ("--map", "--exchange")),
        ((*MAP, "--format", "okx-api"), ("--map", "--format")),
        (("--format", "okx-apy"), ("okx-apy", "Did you mean okx-api?")),
        (("-e", "bybit", "--map", "tim=time"), ("tim", "Did you mean time?")),
        ((*MAP, "--size", "2", "--positions", "x.csv"), ("--size", "--positions")),
        ((*MAP, "--size", "2"), ("2 contracts", "--positions")),
        ((*MAP, "--zone", "Mars"), ("--zone", "Mars", "UTC+3")),
        ((*MAP, "--tolerance", "-1"), ("--tolerance",)),
        ((*MAP, "--size", "many"), ("--size", "many")),
    ],
)
def test_a_wrong_command_line_is_one_plain_line(run, file, more, words):
    refused(run("reconcile", file, *more), 2, *words)


def test_a_format_of_another_exchange_is_refused(run, export):
    name = export("1704067200,-1,fund,BTC_USDT", head="time,change,type,text")
    refused(run("reconcile", name, "-e", "okx"), 2, "gate-api", "okx")


def test_a_contract_size_is_refused_where_sizes_are_in_coins(run, export):
    name = export("1704067200,-1,fund,BTC_USDT", head="time,change,type,text")
    refused(run("reconcile", name, "--contract-size", "0.01"), 2, "--contract-size", "gate-api")


def test_the_size_of_the_export_goes_before_a_given_one_which_is_tried_where_it_does_not_fit(run, export):
    """2 pays 10 as the export says; the second is -15, as the 3 of the command line."""
    name = export(LINES[0], LINES[2].replace(",10,", ",-15,"))
    result = run("reconcile", name, *MAP, "--size", "3", "-o", "json").result
    assert [(p["size"], p["cause"]) for p in result["payments"]] == [(2, "exact"), (2, "size")]
    assert result["payments"][1]["note"].startswith("fits the size 3")


def test_files_that_are_none_are_one_plain_line(run, tmp_path):
    refused(run("reconcile", "none.csv"), 3, "none.csv")
    (tmp_path / "x.csv").write_bytes(b"\xff\xfe\x00")
    refused(run("reconcile", str(tmp_path / "x.csv")), 3, "x.csv")
    (tmp_path / "x.zip").write_bytes(b"PK")
    refused(run("reconcile", str(tmp_path / "x.zip")), 3, "x.zip")
    with zipfile.ZipFile(tmp_path / "y.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("y.csv", "time,amount\n" * 500)
    data = bytearray((tmp_path / "y.zip").read_bytes())
    data[40:46] = b"\xff" * 6  # within the compressed rows, which zlib then refuses
    (tmp_path / "y.zip").write_bytes(data)
    refused(run("reconcile", str(tmp_path / "y.zip")), 3, "y.zip", "damaged")


def test_a_positions_file_is_checked_as_the_export_is(run, file, export):
    wrong = export("2024-01-01,BTC,lots", head="time,symbol,size", name="held.csv")
    refused(run("reconcile", file, *MAP, "--positions", wrong), 3, "held.csv:2:", "lots")
    other = export("2024-01-01,2", head="time,held", name="held.csv")
    refused(run("reconcile", file, *MAP, "--positions", other), 3, "held.csv", "no size column")


@pytest.mark.parametrize("evil", ["\x1b[31mBTC", "\x1b]0;owned\x07BTC", "[bold]BTC", "B\u202eTC", "\x9b31mBTC"])
@pytest.mark.parametrize("output", ["table", "tsv", "json", "md", "csv"])
def test_text_of_a_file_never_reaches_the_terminal_as_it_is(run, export, evil, output):
    for lines in ((LINES[0].replace("BTCUSDT", f"{evil}/USDT:USDT"),), (LINES[0], LINES[0].replace("-10", evil))):
        result = run("reconcile", export(*lines), *MAP, "--no-color", "-o", output, terminal=output == "table")
        assert result.code in (0, 2, 3)
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", result.out + result.err)


def test_a_file_that_tells_all_asks_no_exchange(run, file):
    assert run("reconcile", file, *MAP, "--gateway", "http://127.0.0.1:9").code == 0
