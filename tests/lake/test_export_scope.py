"""history export: the contracts that a symbol means on each exchange, and what was known at a time."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import duckdb
import pytest

from fundcli.lake.database import steady
from tests.conftest import Run
from tests.lake.filling import every, fill


def exported(run: Run, to: Path, *words: str) -> list[dict[str, str]]:
    assert run("history", "export", "--to", str(to), *words).code == 0
    header, *lines = to.read_text().splitlines()
    return [dict(zip(header.split(","), line.split(","), strict=True)) for line in lines]


def test_a_short_symbol_is_each_exchanges_own_contract(run: Run, lake: Path, tmp_path: Path):
    """BTC is settled in USDT on one exchange and in USDC on the other; BTC in USDT of the second is not meant twice."""
    fill(lake, every(8, "2026-01-01", "1e-4 1e-4"), exchange="binance")
    fill(lake, every(1, "2026-01-01", "1e-5 1e-5 1e-5"), exchange="hyperliquid", symbol="BTC/USDC:USDC")
    fill(lake, every(8, "2026-01-01", "1e-4"), exchange="binance", symbol="BTC/USDC:USDC")
    rows = exported(run, tmp_path / "b.csv", "-s", "BTC")
    assert Counter((row["exchange"], row["symbol"]) for row in rows) == {
        ("binance", "BTC/USDT:USDT"): 2, ("hyperliquid", "BTC/USDC:USDC"): 3
    }  # fmt: skip


def test_as_of_leaves_out_what_came_later_and_its_intervals(run: Run, lake: Path, tmp_path: Path):
    """One settlement has no interval; with the next one, 4 h later, it has."""
    fill(lake, every(4, "2026-01-01", "1e-4"), fetched="2026-01-02")
    fill(lake, every(4, "2026-01-01T04:00", "2e-4"), fetched="2026-01-03")
    then = exported(run, tmp_path / "then.csv", "--as-of", "2026-01-02")
    assert [(row["rate"], row["interval_hours"]) for row in then] == [("0.0001", "")]
    now = exported(run, tmp_path / "now.csv")
    assert [(row["rate"], row["interval_hours"]) for row in now] == [("0.0001", "4"), ("0.0002", "4")]


def test_a_file_that_is_replaced_while_it_is_read_is_read_again(tmp_path: Path):
    """DuckDB opens a file more than once; rows of the new one must not be counted by the footer of the old one."""
    file = tmp_path / "a.parquet"

    def write(rows: int) -> None:
        part = tmp_path / "a.part"
        duckdb.execute(f"COPY (SELECT * FROM range({rows})) TO '{part}' (FORMAT parquet)")
        part.replace(file)

    write(1)
    seen = []

    def ask() -> int:
        seen.append(duckdb.execute(f"SELECT count(*) FROM '{file}'").fetchall()[0][0])
        if len(seen) < 3:
            write(len(seen) + 1)
        return seen[-1]

    assert steady([file], ask) == 3
    assert seen == [1, 2, 3]


def test_an_error_of_a_file_that_was_replaced_meanwhile_is_none(tmp_path: Path):
    file = tmp_path / "a.parquet"
    file.write_bytes(b"half")
    asked = []

    def ask() -> int:
        asked.append(file.read_bytes())
        if len(asked) == 1:
            other = tmp_path / "b"
            other.write_bytes(b"whole")
            other.replace(file)
            raise duckdb.IOException("cut off")
        return len(asked[-1])

    assert steady([file], ask) == 5
    with pytest.raises(duckdb.IOException):
        steady([file], _refuse)


def _refuse() -> int:
    raise duckdb.IOException("damaged")
