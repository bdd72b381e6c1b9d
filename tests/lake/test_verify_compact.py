"""history verify and compact: whatever happens to the files, it is named, and no row is lost."""

import json
import subprocess
import sys
from decimal import Decimal as D
from pathlib import Path

import duckdb
import pytest
from jsonschema import Draft202012Validator

from fundcli.lake import reader
from fundcli.lake.layout import VERSION
from tests.commands.expect import numbers_are_plain, refused
from tests.lake.conftest import HOUR, JANUARY, stamps

API = "symbol,fundingTime,fundingRate,markPrice"
YEAR_2025 = 1_735_689_600_000


@pytest.fixture
def two_years(run, lake, table):
    """Twelve settlements of BTC and ETH at the start of 2024, twelve of BTC at the start of 2025."""
    rows = [(s, time, "0.0001", "100.5") for s in ("BTCUSDT", "ETHUSDT") for time in stamps(12)]
    rows += [("BTCUSDT", time, "0.0002", "") for time in stamps(12, start=YEAR_2025)]
    assert run("history", "import", table("a.csv", API, rows), "-e", "binance").code == 0
    return lake


def _file(lake, year=2024, kind="funding"):
    return lake / f"kind={kind}" / "exchange=binance" / f"year={year}" / "data.parquet"


def _rewrite(file, sql, version=VERSION, partition=None):
    """The file as another program would write it; `old` in the query is what it held."""
    key = f", fundcli_partition: '{partition}'" if partition else ""
    part = file.with_suffix(".new")
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE old AS SELECT * FROM read_parquet('{file}', hive_partitioning = false)")
        connection.execute(f"COPY ({sql}) TO '{part}' (FORMAT parquet, KV_METADATA {{fundcli_lake: '{version}'{key}}})")
    part.replace(file)


def _verify(run):
    result = run("history", "verify", "-o", "json")
    assert result.code == (3 if result.rows else 0), result.err
    return [(row["problem"], row["rows"]) for row in result.rows]


def test_a_lake_that_fundcli_wrote_has_nothing_wrong(run, two_years):
    assert _verify(run) == []
    assert run("history", "verify").err == ""


def test_no_lake_at_all_is_clean_too(run):
    assert _verify(run) == []
    assert run("history", "compact").code == 0
    assert run("history", "list").code == 3  # which says how to fill it


@pytest.mark.parametrize(
    ("sql", "problem", "rows"),
    [
        ("SELECT * REPLACE ('nan'::DOUBLE AS rate) FROM old WHERE symbol LIKE 'BTC%'", "no number or above 1", 12),
        ("SELECT * REPLACE (1.5::DOUBLE AS rate) FROM old LIMIT 1", "no number or above 1", 1),
        ("SELECT * REPLACE ('0.5' AS rate_text) FROM old LIMIT 2", "text is another number", 2),
        ("SELECT * REPLACE (time + INTERVAL 1 SECOND AS time) FROM old", "no full hour", 24),
        ("SELECT * REPLACE (time + INTERVAL 3 YEAR AS time) FROM old", "another year", 24),
        ("SELECT * REPLACE (NULL::VARCHAR AS source) FROM old LIMIT 3", "without contract", 3),
        ("SELECT * FROM old ORDER BY symbol DESC, time", "not sorted", 1),
        ("SELECT * FROM (SELECT * FROM old UNION ALL SELECT * FROM old LIMIT 29) ORDER BY symbol, time", "two rows", 5),
        ("SELECT * REPLACE (1::INTEGER AS interval_hours) FROM old", "settlements contradict", 24),
        ("SELECT * REPLACE (0::INTEGER AS interval_hours) FROM old LIMIT 1", "no number of hours", 1),
        ("SELECT * EXCLUDE (rate) FROM old", "has no column rate", 0),
        ("SELECT * REPLACE (rate::VARCHAR AS rate) FROM old", "VARCHAR in column rate instead of DOUBLE", 0),
    ],
)  # fmt: skip
def test_each_wrong_thing_in_a_file_is_named_with_the_rows_that_it_concerns(run, two_years, sql, problem, rows):
    _rewrite(_file(two_years), sql)
    found = _verify(run)
    assert any(problem in text and count == rows for text, count in found), found


def test_damage_a_newer_schema_and_a_moved_file_are_named(run, two_years):
    file = _file(two_years)
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    assert "is damaged" in _verify(run)[0][0]
    middle = bytearray(whole)
    middle[100:200] = bytes(100)
    file.write_bytes(middle)
    assert "is damaged" in _verify(run)[0][0]
    file.write_bytes(whole)
    _rewrite(file, "SELECT * FROM old", version=VERSION + 1)
    assert f"newer fundcli (schema {VERSION + 1}" in _verify(run)[0][0]
    file.write_bytes(whole)
    file.parent.rename(file.parent.with_name("year=2023"))
    problems = [text for text, _ in _verify(run)]
    assert any("was written as kind=funding/exchange=binance/year=2024" in text for text in problems)
    assert any("another year" in text for text in problems)


def test_what_does_not_belong_there_is_named(run, two_years):
    folder = _file(two_years).parent
    (folder / ".123.part").write_bytes(b"")
    (folder / "notes.txt").write_text("x")
    (folder / "part-0.parquet").write_bytes(b"x")
    (two_years / "kind=funny").mkdir()
    text = " ".join(problem for problem, _ in _verify(run))
    for words in ("left over", "no file of the lake", "is not read", "no folder of the lake"):
        assert words in text


@pytest.mark.parametrize("harm", ["cut", "newer", "empty", "foreign"])
def test_one_bad_file_is_named_with_exit_3_and_the_rest_is_still_read(run, two_years, tmp_path, harm):
    file = _file(two_years, 2025)
    if harm == "newer":
        _rewrite(file, "SELECT * FROM old", version=99)
    elif harm == "foreign":
        with duckdb.connect() as connection:
            connection.execute(f"COPY (SELECT 1 AS x) TO '{file}' (FORMAT parquet)")
    else:
        file.write_bytes(file.read_bytes()[:300] if harm == "cut" else b"")
    result = run("history", "list", "-o", "json")
    assert result.code == 3
    assert str(file) in result.err
    assert len(result.err.splitlines()) == 1
    assert [(row["symbol"], row["settlements"]) for row in result.rows] == [
        ("BTC/USDT:USDT", 12), ("ETH/USDT:USDT", 12)
    ]  # fmt: skip
    problems = []
    held = reader.settlements(two_years, "binance", "BTC/USDT:USDT", 0, 4_000_000_000_000, problems=problems)
    assert len(held) == 12
    assert len(problems) == 1
    out = run("history", "export", "--to", str(tmp_path / "out.csv"), "-o", "json")
    assert (out.code, out.rows[0]["rows"]) == (3, 24)
    assert str(file) in out.err


def test_a_damaged_partition_is_never_written_over(run, two_years, table):
    file = _file(two_years)
    broken = file.read_bytes()[:500]
    file.write_bytes(broken)
    more = table("b.csv", API, [("BTCUSDT", JANUARY + 1000 * HOUR, "0.0001", "")])
    refused(run("history", "import", more, "-e", "binance"), 3, str(file))
    assert file.read_bytes() == broken


def test_a_full_disk_is_one_line_with_the_files_name_and_keeps_what_was_there(run, two_years, table, tmp_path):
    """A limit on the size of files stands in for the disk: the system refuses the write in the same place."""
    rows = [(f"C{n}USDT", time, f"0.000{n}{time % 9973}", "") for n in range(30) for time in stamps(400, 1)]
    big = table("big.csv", API, rows)
    before = _file(two_years).read_bytes()
    code = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000));"
        "from fundcli.__main__ import run; sys.argv = ['fundcli', 'history', 'import', sys.argv[1], '-e', 'binance'];"
        "sys.exit(run())"
    )
    done = subprocess.run([sys.executable, "-c", code, big], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (3, "")
    assert "no space is left for" in done.stderr
    assert str(_file(two_years)) in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert _file(two_years).read_bytes() == before
    assert not list(two_years.rglob("*.part"))


def test_a_folder_that_cannot_be_written_is_one_line_with_the_files_name(run, lake, table):
    """A file stands where the partition's folder belongs: no user, not even root, can write into that."""
    folder = lake / "kind=funding" / "exchange=binance" / "year=2024"
    folder.parent.mkdir(parents=True)
    folder.write_text("")
    rows = table("b.csv", API, [("BTCUSDT", JANUARY, "0.0001", "")])
    refused(run("history", "import", rows, "-e", "binance"), 3, str(folder), "cannot be written")
    lake.joinpath("kind=funding").rename(lake.with_name("away"))
    lake.joinpath(".locks", "binance.lock").unlink()
    lake.joinpath(".locks").rmdir()
    lake.rmdir()
    lake.write_text("")
    refused(run("history", "import", rows, "-e", "binance"), 3, str(lake), "cannot be written")


def _stray(lake, sql, name="part-0.parquet", year=2024):
    file = _file(lake, year)
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE old AS SELECT * FROM read_parquet('{file}', hive_partitioning = false)")
        connection.execute(f"COPY ({sql}) TO '{file.with_name(name)}' (FORMAT parquet)")
    return file.with_name(name)


def _compact(run, code=0):
    result = run("history", "compact", "-o", "json")
    assert result.code == code, result.err
    return {(row["kind"], row["year"]): row for row in result.rows}


def test_another_tools_file_is_merged_and_gone_and_the_lake_is_clean(run, two_years):
    """Two days later than the twelve of BTC (four days), and the same twelve of ETH again."""
    later = "SELECT * REPLACE (time + INTERVAL 4 DAY AS time) FROM old WHERE symbol LIKE 'BTC%'"
    stray = _stray(two_years, f"{later} UNION ALL SELECT * FROM old WHERE symbol LIKE 'ETH%'")
    done = _compact(run)["funding", 2024]
    assert (done["files"], done["added"], done["known"], done["revised"]) == (1, 12, 12, 0)
    assert not stray.exists()
    assert _verify(run) == []
    held = reader.settlements(two_years, "binance", "BTC/USDT:USDT", 0, YEAR_2025 - 1)
    assert [row.time_ms for row in held] == stamps(24)


def test_a_contradiction_in_another_tools_file_becomes_a_revision(run, two_years):
    _stray(two_years, "SELECT * REPLACE (0.0009::DOUBLE AS rate) FROM old LIMIT 1")
    assert _compact(run)["funding", 2024]["revised"] == 1
    assert reader.settlements(two_years, "binance", "BTC/USDT:USDT", JANUARY, JANUARY)[0].rate == D("0.0001")
    with duckdb.connect() as connection:
        revision = _file(two_years, 2024, "revision")
        assert connection.execute(f"SELECT rate FROM read_parquet('{revision}')").fetchall() == [(0.0009,)]


def test_a_file_of_other_columns_or_of_bad_rates_stays_and_is_named(run, two_years):
    wrong = _stray(two_years, "SELECT 1 AS x")
    bad = _stray(two_years, "SELECT * REPLACE (2::DOUBLE AS rate) FROM old", "part-1.parquet")
    result = run("history", "compact")
    assert result.code == 3
    assert str(wrong) in result.err
    assert str(bad) in result.err
    assert wrong.exists()
    assert bad.exists()


def test_order_doubles_leftovers_and_empty_folders_are_mended(run, two_years):
    file = _file(two_years)
    _rewrite(file, "SELECT * FROM (SELECT * FROM old UNION ALL SELECT * FROM old LIMIT 30) ORDER BY time DESC")
    file.with_name(".7.part").write_bytes(b"x")
    (two_years / "kind=funding" / "exchange=okx" / "year=2020").mkdir(parents=True)
    done = _compact(run)["funding", 2024]
    assert (done["sorted"], done["leftovers"]) == (True, 1)
    assert _verify(run) == []
    assert not (two_years / "kind=funding" / "exchange=okx").exists()
    assert run("history", "list", "-o", "json").rows[0]["settlements"] == 24


def test_killed_before_the_file_was_removed_it_is_merged_again_to_no_effect(run, two_years):
    """The state after a kill: the rows are in the partition already, the file is still there."""
    stray = _stray(two_years, "SELECT * REPLACE (time + INTERVAL 4 DAY AS time) FROM old WHERE symbol LIKE 'BTC%'")
    data = stray.read_bytes()
    _compact(run)
    stray.write_bytes(data)
    done = _compact(run)["funding", 2024]
    assert (done["files"], done["added"], done["known"], done["revised"]) == (1, 0, 12, 0)
    assert run("history", "list", "-o", "json").rows[0]["settlements"] == 36


@pytest.mark.parametrize("name", ["import", "export", "verify", "compact"])
def test_an_answer_is_valid_under_the_schema_that_it_names(run, two_years, table, tmp_path, name):
    (_file(two_years).parent / "notes.txt").write_text("x")
    words = {
        "import": [table("b.csv", API, [("BTCUSDT", JANUARY, "0.0001", "")]), "-e", "binance"],
        "export": ["--to", str(tmp_path / "x.csv")],
    }.get(name, [])
    result = run("history", name, *words, "-o", "json")
    document = json.loads(result.out)
    assert document["schema"] == f"fundcli/history-{name}@1"
    assert document["rows"]
    schema = json.loads(run("schema", f"history-{name}").out)
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(document)
    assert not Draft202012Validator(schema).is_valid(document | {"rows": [{}]})
    numbers_are_plain(result.out)


@pytest.mark.parametrize("name", ["import", "export", "verify", "compact"])
def test_the_help_has_an_example(run, capsys, name):
    assert run("history", name, "--help").code == 0
    assert f"\n  fundcli history {name}" in capsys.readouterr().out


def test_a_folder_with_the_characters_of_a_pattern_is_a_folder(run, table, tmp_path, monkeypatch):
    monkeypatch.setenv("FUNDCLI_DATA_DIR", str(tmp_path / "it's [1] * ?"))
    rows = [("BTCUSDT", time, "0.0001", "") for time in stamps(4)]
    file = table("a[1].csv", API, rows)
    for _ in range(2):
        assert run("history", "import", file, "-e", "binance").code == 0
    out = tmp_path / "x [2]?.parquet"
    assert run("history", "export", "--to", str(out)).code == 0
    again = run("history", "import", str(out), "-e", "binance", "-o", "json")
    assert again.rows[0]["known"] == 4
    for name in ("list", "verify", "compact"):
        assert run("history", name).code == 0


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
def test_a_million_rows_stay_under_300_mebibytes(table):
    """VmHWM is of this program alone; ru_maxrss would begin with the size of the one that started it."""
    rows = [(f"C{n}USDT", time, f"0.000{time % 99991}", "5.5") for n in range(125) for time in stamps(8000, 1)]
    file = table("big.csv", API, rows)
    code = (
        "import sys; from pathlib import Path; from fundcli.app import main; from fundcli.settings import Environment\n"
        "code = main(['history', 'import', sys.argv[1], '-e', 'okx', '--out', sys.argv[1] + '.tsv'], Environment())\n"
        "print(code, *Path('/proc/self/status').read_text().partition('VmHWM:')[2].split()[:1])"
    )
    done = subprocess.run([sys.executable, "-c", code, file], capture_output=True, text=True, check=True)
    code, kibibytes = map(int, done.stdout.split())
    assert code == 0, done.stderr
    assert kibibytes < 300 * 1024
