"""A partition of more rows than are sorted at once is still one file in order, with every row once."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import duckdb

from fundcli.lake.layout import FUNDING, files
from fundcli.lake.records import Settlement
from fundcli.lake.writer import writer
from tests.exchange_server.world import HOUR_MS

NEW_YEAR_MS = 1_735_689_600_000  # 2025-01-01
HOURS = 8_760


def _year(number: int) -> list[Settlement]:
    return [
        Settlement(
            symbol=f"C{number:03d}/USDT:USDT", time_ms=NEW_YEAR_MS + hour * HOUR_MS, interval_hours=1,
            rate=Decimal("0.0000125") + Decimal(hour + number) / 10**10, source="test", fetched_ms=NEW_YEAR_MS,
        )
        for hour in range(HOURS)
    ]  # fmt: skip


def test_a_large_partition_is_one_file_in_order_with_every_row_once(tmp_path: Path):
    numbers = [*range(0, 30, 2), *range(1, 30, 2)]  # the second half goes between the rows of the first
    for some in (numbers[:15], numbers[15:]):
        with writer(tmp_path, "binance") as lake:
            assert lake.add([row for number in some for row in _year(number)]).added == 15 * HOURS
    (file,) = files(tmp_path, FUNDING, "binance")
    rows = duckdb.sql(f"SELECT symbol, epoch_ms(time), rate FROM read_parquet('{file}')").fetchall()
    wanted = [(row.symbol, row.time_ms, float(row.rate)) for number in range(30) for row in _year(number)]
    assert rows == wanted
    assert sorted(path.name for path in file.parent.iterdir()) == ["data.parquet"]
