"""A file that is cut off, or of a newer schema: named, exit 3, and whatever does not stand in it is answered."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from fundcli.lake.layout import FUNDING, files
from tests.conftest import Run
from tests.exchange_server import ExchangeServer
from tests.lake.filling import BTC, every, fill
from tests.lake.sync_support import lake as lake_of
from tests.lake.sync_support import rows


def _cut(file: Path) -> str:
    file.write_bytes(file.read_bytes()[:-40])
    return "is damaged"


def _newer(file: Path) -> str:
    part = file.with_suffix(".new")
    duckdb.execute(
        f"COPY (SELECT * FROM read_parquet('{file}', hive_partitioning = false)) TO '{part}' "
        "(FORMAT parquet, KV_METADATA {fundcli_lake: '99'})"
    )
    part.replace(file)
    return "was written by a newer fundcli (schema 99, this one knows 1)"


@pytest.fixture(params=[_cut, _newer])
def damaged(request: pytest.FixtureRequest, lake: Path) -> tuple[Path, str]:
    """A lake whose Binance file cannot be read, and whose OKX file can; and what is said of it."""
    asked = ("2026-10-31", "2026-11-05")
    for exchange in ("binance", "okx"):
        fill(lake, every(8, "2026-11-01", "1e-4 1e-4 2e-4 1e-4"), exchange=exchange, asked=asked)
    (file,) = files(lake, FUNDING, "binance")
    return file, request.param(file)


@pytest.mark.parametrize(
    "line",
    [
        "history list", "history show -s BTC", f"history show -s {BTC}", "history gaps", "history stats",
        "rates -e binance -e okx --symbol BTC --since 2026-11-01 --until 2026-11-03 --offline",
    ],
)  # fmt: skip
def test_the_other_exchange_is_answered_and_the_file_is_named(run: Run, damaged: tuple[Path, str], line: str):
    file, problem = damaged
    result = run(*line.split(), "-o", "json")
    assert result.code == 3
    assert f"{file} {problem}" in result.err and "Traceback" not in result.err
    assert result.rows and {row["exchange"] for row in result.rows} == {"okx"}


@pytest.mark.parametrize("line", ["history show -e binance -s BTC", "cost --symbol BTC --history 30d --offline"])
def test_what_rests_on_the_file_alone_is_refused(run: Run, damaged: tuple[Path, str], line: str):
    file, problem = damaged
    result = run(*line.split(), "-o", "json")
    assert (result.code, result.out) == (3, "")
    assert f"{file} {problem}" in result.err


def test_a_sync_writes_nothing_over_it_and_syncs_the_others(run: Run, server: ExchangeServer):
    sync = ("history", "sync", "-e", "binance", "-e", "okx", "-o", "json")
    assert run(*sync, "-s", "BTC", "--since", "20d", now=None).code == 0
    (file,) = files(lake_of(), FUNDING, "binance")
    problem, before = _cut(file), file.read_bytes()
    result = run(*sync, "-s", "ETH", "--since", "20d", now=None)
    assert result.code == 3
    assert f"{file} {problem}" in result.err
    assert file.read_bytes() == before
    of = {row["exchange"]: row for row in result.rows}
    assert of["okx"]["added"] == 60 == len(rows("okx")) // 2
    assert (of["binance"]["added"], of["binance"]["last"]) == (0, None)
    file.unlink()
    again = run(*sync, "-s", "BTC", "-s", "ETH", "--since", "20d", "--again", now=None)
    assert [row["added"] for row in again.rows] == [120, 0]
