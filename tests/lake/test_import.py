"""history import: what is read, what is refused, and that nothing is ever counted twice."""

import json
import random
import tempfile
import zipfile
from decimal import Decimal as D
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fundcli.lake import imports, reader
from fundcli.lake.sheets import opened
from fundcli.lake.writer import writer
from tests.commands.expect import refused
from tests.lake.conftest import HOUR, JANUARY, stamps

API = "symbol,fundingTime,fundingRate,markPrice"


def _rows(lake, exchange="binance", symbol="BTC/USDT:USDT"):
    return reader.settlements(lake, exchange, symbol, 0, 4_000_000_000_000)


def _import(run, *arguments):
    result = run("history", "import", *arguments, "-o", "json")
    assert result.code == 0, result.err
    return result.rows


def test_a_vision_file_is_read_with_its_contract_from_its_name(run, lake, table):
    """Binance Vision: calc_time, funding_interval_hours, last_funding_rate; the name says which contract."""
    rows = [(time + 3, 8, "0.00037409") for time in stamps(6)]
    file = table("BTCUSDT-fundingRate-2024-01.csv", "calc_time,funding_interval_hours,last_funding_rate", rows)
    (row,) = _import(run, file, "-e", "binance")
    assert row == {
        "exchange": "binance", "symbol": "BTC/USDT:USDT", "rows": 6, "added": 6, "known": 0, "revised": 0,
        "first": "2024-01-01T00:00:00Z", "last": "2024-01-02T16:00:00Z", "intervals": [8], "holes": 0,
    }  # fmt: skip
    held = _rows(lake)
    assert [r.time_ms for r in held] == stamps(6)
    assert {r.rate for r in held} == {D("0.00037409")}
    assert {r.source for r in held} == {"BTCUSDT-fundingRate-2024-01.csv"}


def test_a_zip_of_one_csv_and_a_parquet_file_hold_the_same_as_the_csv(run, lake, table, tmp_path):
    file = table("x.csv", API, [("ETHUSDT", time, "0.0001", "2000.5") for time in stamps(4)])
    packed = tmp_path / "x.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(file, "x.csv")
    parquet = tmp_path / "x.parquet"
    duckdb.sql(
        f"COPY (SELECT symbol, to_timestamp(fundingTime / 1000) AS settlement_ts, fundingRate::DOUBLE AS rate_raw "
        f"FROM '{file}') TO '{parquet}' (FORMAT parquet)"
    )
    assert _import(run, file, "-e", "binance")[0]["added"] == 4
    for other in (packed, parquet):
        (row,) = _import(run, str(other), "-e", "binance")
        assert (row["added"], row["known"], row["revised"]) == (0, 4, 0)


@pytest.mark.parametrize(
    "time",
    ["2024-01-01T00:00:00Z", "2024-01-01 00:00:00", "1704067200", "1704067200000", "1704067200000000",
     "2024-01-01T01:00:00+01:00", "1704067199912"],
)  # fmt: skip
def test_a_time_is_iso_or_seconds_or_milliseconds_or_microseconds_at_its_instant(run, lake, table, time):
    _import(run, table("x.csv", "when,paid", [(time, "0.0001")]), "-e", "binance", "-s", "BTC", "--map",
            "time=when,rate=paid")  # fmt: skip
    assert [r.time_ms for r in _rows(lake)] == [JANUARY]


@pytest.mark.parametrize(
    ("exchange", "name", "symbol"),
    [
        ("binance", "BTCUSDT", "BTC/USDT:USDT"), ("binance", "BTCUSD_PERP", "BTC/USD:BTC"),
        ("binance", "1000PEPEUSDC", "1000PEPE/USDC:USDC"), ("okx", "ETH-USD-SWAP", "ETH/USD:ETH"),
        ("bybit", "BTCPERP", "BTC/USDC:USDC"), ("bitmex", "XBTUSD", "BTC/USD:BTC"),
        ("hyperliquid", "BTC", "BTC/USDC:USDC"), ("gate", "BTC_USDT", "BTC/USDT:USDT"),
        ("bybit", "ARB-USDC-PERP", "ARB/USDC:USDC"), ("binance", "SOL/USDT:USDT", "SOL/USDT:USDT"),
    ],
)  # fmt: skip
def test_an_exchanges_own_id_becomes_the_unified_symbol_by_its_form(run, table, exchange, name, symbol):
    (row,) = _import(run, table("x.csv", API, [(name, JANUARY, "0.0001", "")]), "-e", exchange)
    assert row["symbol"] == symbol


@pytest.mark.parametrize(
    ("cells", "word"),
    [
        (("BTCUSDT", JANUARY, "nan", ""), "nan"), (("BTCUSDT", JANUARY, "inf", ""), "inf"),
        (("BTCUSDT", JANUARY, "1.5", ""), "above 100 %"), (("BTCUSDT", JANUARY, "-1.01", ""), "above 100 %"),
        (("BTCUSDT", JANUARY, "abc", ""), "abc"), (("BTCUSDT", "yesterday", "0.1", ""), "not a time"),
        (("BTCUSDT", "20240101", "0.1", ""), "not a time"), (("BTCUSDT", JANUARY), "cells"),
        (("BTCUSDT", JANUARY, "0.0001", "-5"), "price"), (("BTCUSDT_240628", JANUARY, "0.0001", ""), "dated"),
        (("BTCUSDT", JANUARY, "0.0001", "nan"), "nan"),
    ],
)  # fmt: skip
def test_one_bad_line_refuses_the_file_before_anything_is_written(run, lake, table, cells, word):
    good = [("BTCUSDT", time, "0.0001", "") for time in stamps(3, start=JANUARY + 80 * HOUR)]
    file = table("x.csv", API, [*good, cells])
    refused(run("history", "import", file, "-e", "binance"), 3, f"{file}:5", word)
    assert list(lake.rglob("*.parquet")) == []


def test_a_rate_of_one_is_the_largest_that_is_taken(run, lake, table):
    _import(run, table("x.csv", API, [("BTCUSDT", JANUARY, "-1", ""), ("BTCUSDT", JANUARY + HOUR, "1%", "")]),
            "-e", "binance")  # fmt: skip
    assert [r.rate for r in _rows(lake)] == [D(-1), D("0.01")]


def test_a_bad_file_among_good_ones_is_named_and_the_others_are_kept(run, lake, table):
    good = table("good.csv", API, [("BTCUSDT", JANUARY, "0.0001", "")])
    bad = table("bad.csv", API, [("BTCUSDT", JANUARY, "nan", "")])
    result = run("history", "import", bad, good, "-e", "binance", "-o", "json")
    assert result.code == 3
    assert f"{bad}:2" in result.err
    assert [row["added"] for row in result.rows] == [1]
    assert len(_rows(lake)) == 1


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("symbol,when,fundingRate", ("no time column", "--map time=COLUMN")),
        ("symbol,time,paid", ("no rate column", "--map rate=COLUMN")),
        ("time,rate", ("which contract", "--symbol")),
    ],
)
def test_a_column_that_is_missing_is_asked_for_by_name(run, table, header, words):
    refused(run("history", "import", table("x.csv", header, [("a", "b", "c")]), "-e", "binance"), 3, *words)


@pytest.mark.parametrize(
    ("given", "code", "words"),
    [("time=wen", 3, ("wen", "Did you mean when?")), ("tim=when", 2, ("tim", "Did you mean time?")),
     ("time", 2, ("not a pair",))],
)  # fmt: skip
def test_a_wrong_map_says_what_is_near(run, table, given, code, words):
    file = table("x.csv", "symbol,when,rate", [("BTC", JANUARY, "0.1")])
    refused(run("history", "import", file, "-e", "binance", "--map", given), code, *words)


def test_files_that_are_no_tables_are_one_plain_line(run, tmp_path):
    for name, data in {"a.csv": b"", "b.csv": b"\xff\xfe\x00", "c.zip": b"PK", "d.parquet": b"PAR1xxPAR1"}.items():
        file = tmp_path / name
        file.write_bytes(data)
        refused(run("history", "import", str(file), "-e", "binance"), 3, name)
    refused(run("history", "import", str(tmp_path / "none.csv"), "-e", "binance"), 3, "none.csv")
    refused(run("history", "import", str(tmp_path / "none.parquet"), "-e", "binance"), 3, "none.parquet")


def test_a_zip_that_cannot_be_unpacked_is_not_called_damaged(run, tmp_path):
    """Flag 1 of a file in a zip: it has a password. Method 99: a compression that nobody here knows."""
    packed = tmp_path / "x.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("x.csv", "symbol,fundingTime,fundingRate\n")
    whole = packed.read_bytes()
    listed = whole.index(b"PK\x01\x02")
    for at, value in ((6, 1), (8, 99)):
        spoilt = bytearray(whole)
        spoilt[at] = spoilt[listed + at + 2] = value
        packed.write_bytes(spoilt)
        refused(run("history", "import", str(packed), "-e", "binance"), 3, "x.zip", "cannot be unpacked")
        refused(run("reconcile", str(packed)), 3, "x.zip", "cannot be unpacked")


@pytest.mark.parametrize("kind", [RuntimeError, OSError, EOFError])
def test_what_fails_in_the_readers_hands_is_not_the_files_fault(table, kind):
    file = table("x.csv", API, [("BTCUSDT", JANUARY, "0.0001", "")])
    with pytest.raises(kind), opened(Path(file)) as (_, rows):
        next(rows)
        raise kind


def test_the_first_rate_stands_and_another_is_a_revision_once(run, lake, table):
    first = table("a.csv", API, [("BTCUSDT", JANUARY, "0.0001", "")])
    other = table("b.csv", API, [("BTCUSDT", JANUARY, "0.0002", "")])
    _import(run, first, "-e", "binance")
    result = run("history", "import", other, "-e", "binance", "-o", "json")
    assert (result.rows[0]["added"], result.rows[0]["revised"]) == (0, 1)
    assert "1 rows are revisions" in result.err
    (again,) = _import(run, other, "-e", "binance")
    assert (again["known"], again["revised"]) == (1, 0)
    assert [r.rate for r in _rows(lake)] == [D("0.0001")]


def test_of_two_stamps_of_one_settlement_the_nearer_one_stands(run, lake, table):
    rows = [("BTCUSDT", JANUARY + 110_000, "0.0002", ""), ("BTCUSDT", JANUARY + 9, "0.0001", "")]
    (row,) = _import(run, table("a.csv", API, rows), "-e", "binance")
    assert (row["rows"], row["added"], row["revised"]) == (2, 1, 1)
    assert [r.rate for r in _rows(lake)] == [D("0.0001")]


def test_a_rate_longer_than_a_float_keeps_its_last_digit(run, lake, table):
    text = "0.000278659132033154321"
    _import(run, table("a.csv", API, [("BTCUSDT", JANUARY, text, "64000.123456789012345678")]), "-e", "binance")
    assert [(r.rate, r.price) for r in _rows(lake)] == [(D(text), D("64000.123456789012345678"))]


def test_a_hole_is_counted_and_an_interval_comes_from_the_neighbours(run, table):
    """8-hourly, with one settlement taken out of ten."""
    rows = [("BTCUSDT", time, "0.0001", "") for i, time in enumerate(stamps(10)) if i != 6]
    (row,) = _import(run, table("a.csv", API, rows), "-e", "binance")
    assert (row["rows"], row["intervals"], row["holes"]) == (9, [8], 1)


def test_a_stated_interval_that_the_neighbours_contradict_is_warned_of(run, lake, table):
    rows = [(time, 8, "0.0001") for time in stamps(6, hours=4)]
    file = table("BTCUSDT-fundingRate-2024-01.csv", "calc_time,funding_interval_hours,last_funding_rate", rows)
    result = run("history", "import", file, "-e", "binance")
    assert "6 rows state another interval" in result.err
    assert {r.interval_hours for r in _rows(lake)} == {4}


def test_rows_between_known_ones_correct_the_intervals_of_these(run, lake, table):
    """Every second row first: 16 h apart. With the others in between all are 8 h."""
    times = stamps(12)
    for part in (times[::2], times[1::2]):
        rows = [("BTCUSDT", time, "0.0001", "") for time in part]
        _import(run, table("a.csv", API, rows), "-e", "binance")
    assert [r.interval_hours for r in _rows(lake)] == [8] * 12
    assert run("history", "verify").code == 0


def test_empty_rates_are_left_out_and_said_and_never_taken_as_zero(run, table):
    rows = [("BTCUSDT", JANUARY, "0.0001", ""), ("BTCUSDT", JANUARY + HOUR, "", "")]
    result = run("history", "import", table("a.csv", API, rows), "-e", "binance", "-o", "json")
    assert result.rows[0]["rows"] == 1
    assert "1 rows have no rate and were left out" in result.err


def test_rows_of_another_exchange_are_refused(run, table):
    file = table("a.csv", "exchange,symbol,time,rate", [("okx", "BTC/USDT:USDT", JANUARY, "0.0001")])
    refused(run("history", "import", file, "-e", "binance"), 3, f"{file}:2", "okx")


@settings(max_examples=25)
@given(
    st.lists(
        st.tuples(st.sampled_from(["BTCUSDT", "ETHUSDT"]), st.integers(0, 400), st.sampled_from(["0.0001", "-0.025"])),
        min_size=1, max_size=60, unique_by=lambda row: row[:2],
    ),
    st.randoms(use_true_random=False),
)  # fmt: skip
def test_any_shuffling_and_repeating_imported_twice_is_the_same_as_once(rows, rng):
    mixed = [*rows, *(rng.choice(rows) for _ in range(rng.randrange(20)))]
    rng.shuffle(mixed)
    with tempfile.TemporaryDirectory() as folder:
        lakes = []
        for name, attempts in (("once", [rows]), ("twice", [mixed, mixed])):
            lake = Path(folder) / name
            for given_rows in attempts:
                file = Path(folder) / "x.csv"
                lines = [f"{s},{JANUARY + hour * HOUR + 7},{rate}," for s, hour, rate in given_rows]
                file.write_text("\n".join([API, *lines]))
                sheet = imports.read(file, "binance", "BTC/USDT:USDT", None, {})
                with writer(lake, "binance") as writing:
                    done = imports.put(writing, sheet, JANUARY)
            lakes.append([_rows(lake, symbol=f"{base}/USDT:USDT") for base in ("BTC", "ETH")])
        assert lakes[0] == lakes[1]
        assert sum(map(len, lakes[0])) == len(rows)
        assert sum(one.written.added + one.written.revised for one in done) == 0


def test_a_batch_boundary_inside_a_settlement_loses_nothing(run, lake, table, monkeypatch):
    monkeypatch.setattr(imports, "_BATCH", 3)
    rows = [("BTCUSDT", time + late, "0.0001", "") for time in stamps(40) for late in (0, 5)]
    random.Random(1).shuffle(rows)
    (row,) = _import(run, table("a.csv", API, rows), "-e", "binance")
    assert (row["added"], row["known"], row["revised"]) == (40, 40, 0)
    assert [r.time_ms for r in _rows(lake)] == stamps(40)


def test_what_is_exported_comes_back_to_the_last_digit(run, lake, table, tmp_path, monkeypatch):
    rates = ["0.000278659132033154321", "1e-7", "-0.0003", "0"]
    rows = [("BTCUSDT", t, rate, "64000.5") for t, rate in zip(stamps(4), rates, strict=True)]
    _import(run, table("a.csv", API, rows), "-e", "binance")
    before = _rows(lake)
    for suffix in ("csv", "parquet", "json", "ndjson"):
        out = tmp_path / f"out.{suffix}"
        result = run("history", "export", "--to", str(out), "-o", "json")
        assert (result.code, result.rows[0]["rows"], result.rows[0]["contracts"]) == (0, 4, 1), result.err
        if suffix in ("csv", "parquet"):
            monkeypatch.setenv("FUNDCLI_DATA_DIR", str(tmp_path / suffix))
            _import(run, str(out), "-e", "binance")
            after = _rows(tmp_path / suffix / "lake")
            monkeypatch.setenv("FUNDCLI_DATA_DIR", str(tmp_path / "data"))
            assert [(r.time_ms, r.rate, r.interval_hours, r.price) for r in after] == [
                (r.time_ms, r.rate, r.interval_hours, r.price) for r in before
            ]
        else:
            text = out.read_text()
            records = json.loads(text, parse_float=str) if suffix == "json" else [
                json.loads(line, parse_float=str) for line in text.splitlines()
            ]  # fmt: skip
            assert [D(str(record["rate"])) for record in records] == [D(rate) for rate in rates]
            assert "e-" not in text
            assert records[0]["time"] == "2024-01-01T00:00:00Z"


def test_an_export_takes_a_window_and_a_contract(run, table, tmp_path):
    rows = [(s, time, "0.0001", "") for s in ("BTCUSDT", "ETHUSDT") for time in stamps(9)]
    _import(run, table("a.csv", API, rows), "-e", "binance")
    out = tmp_path / "out.csv"
    line = ("-s", "ETH", "--since", "2024-01-01T08:00Z", "--until", "2024-01-02", "--to", str(out))
    assert run("history", "export", *line).code == 0
    lines = out.read_text().splitlines()
    assert lines[0] == "exchange,symbol,time,rate,interval_hours,price,source,fetched_at"
    assert [text.split(",")[1:4] for text in lines[1:]] == [
        ["ETH/USDT:USDT", f"2024-01-{day}:00:00Z", "0.0001"] for day in ("01T08", "01T16", "02T00")
    ]


def test_an_export_that_cannot_be_leaves_nothing_behind(run, table, tmp_path):
    refused(run("history", "export", "--to", str(tmp_path / "x.csv")), 3, "is empty", "history sync")
    _import(run, table("a.csv", API, [("BTCUSDT", JANUARY, "0.0001", "")]), "-e", "binance")
    refused(run("history", "export", "--to", str(tmp_path / "x.xls")), 2, "x.xls", "--format")
    refused(run("history", "export", "--to", str(tmp_path / "none" / "x.csv")), 3, "does not exist")
    assert not list(tmp_path.glob("*.part"))
