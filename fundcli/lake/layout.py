"""Where the lake's files lie and what a row holds. README describes the same for other readers.

    <data>/lake/kind=funding/exchange=binance/year=2026/data.parquet        one row a settlement
    <data>/lake/kind=revision/exchange=binance/year=2026/data.parquet       rates that came later and differ
    <data>/lake/kind=mark/exchange=binance/year=2026/data.parquet           hourly candles of the mark price
    <data>/lake/kind=index/exchange=binance/year=2026/data.parquet          hourly candles of the index price
    <data>/lake/kind=open_interest/exchange=binance/year=2026/data.parquet  open interest at full hours
    <data>/lake/kind=coverage/exchange=binance/year=2026/data.parquet       what was asked for in that year

A partition is one file, written beside the old one and put in its place by a rename: a reader sees the old rows or the
new ones, never half of them. Names that begin with a dot or an underscore are no data. The schema's version stands in
the metadata of each file (`fundcli_lake`).
"""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

VERSION = 1
VERSION_KEY = "fundcli_lake"
PARTITION_KEY = "fundcli_partition"  # kind=…/exchange=…/year=…: a file that was moved tells where it belongs
FUNDING, REVISION, COVERAGE = "funding", "revision", "coverage"
MARK, INDEX, OPEN_INTEREST = "mark", "index", "open_interest"
# What an exchange is asked for; revisions and coverage follow from it.
SERIES = (FUNDING, MARK, INDEX, OPEN_INTEREST)
FILE = "data.parquet"

_CANDLE = {
    "symbol": "VARCHAR",
    "time": "TIMESTAMP",
    "open": "DOUBLE",
    "high": "DOUBLE",
    "low": "DOUBLE",
    "close": "DOUBLE",
    "source": "VARCHAR",
    "fetched_at": "TIMESTAMP",
}
# Column → DuckDB type, in order. Partition columns (kind, exchange, year) stand in the path alone.
COLUMNS = {
    FUNDING: {
        "symbol": "VARCHAR",
        "time": "TIMESTAMP",
        "rate": "DOUBLE",
        "rate_text": "VARCHAR",
        "interval_hours": "INTEGER",
        "price": "DOUBLE",
        "price_text": "VARCHAR",
        "source": "VARCHAR",
        "fetched_at": "TIMESTAMP",
    },
    MARK: _CANDLE,
    INDEX: _CANDLE,
    OPEN_INTEREST: {
        "symbol": "VARCHAR",
        "time": "TIMESTAMP",
        "amount": "DOUBLE",
        "value": "DOUBLE",
        "source": "VARCHAR",
        "fetched_at": "TIMESTAMP",
    },
    COVERAGE: {
        "covers": "VARCHAR",
        "symbol": "VARCHAR",
        "since": "TIMESTAMP",
        "until": "TIMESTAMP",
        "fetched_at": "TIMESTAMP",
    },
}
COLUMNS[REVISION] = COLUMNS[FUNDING]
SORTED_BY = {
    **dict.fromkeys(SERIES, "symbol, time"),
    REVISION: "symbol, time, fetched_at",
    COVERAGE: "symbol, since, fetched_at",
}
# What a second row of a key is held against.
VALUES = {
    FUNDING: ("rate", "rate_text"),
    **dict.fromkeys((MARK, INDEX), ("open", "high", "low", "close")),
    OPEN_INTEREST: ("amount", "value"),
}


class Partition(msgspec.Struct, frozen=True):
    """A year of one kind of rows of one exchange."""

    root: Path
    kind: str
    exchange: str
    year: int

    @property
    def name(self) -> str:
        """Where it lies in the lake."""
        return f"kind={self.kind}/exchange={self.exchange}/year={self.year}"

    @property
    def folder(self) -> Path:
        """The folder of its file."""
        return self.root / self.name

    @property
    def file(self) -> Path:
        """Its file."""
        return self.folder / FILE

    def part(self, name: str = "") -> Path:
        """A file beside it that is no data yet, of this program alone."""
        return self.folder / f".{os.getpid()}.{name}.part"


def files(root: Path, kind: str, exchange: str = "*", years: tuple[int, int] | None = None) -> list[Path]:
    """The data files of a kind, of one exchange or all, within years (both included)."""
    found = sorted(root.glob(f"kind={kind}/exchange={exchange}/year=*/{FILE}"))
    if years is None:
        return found
    return [file for file in found if years[0] <= int(file.parent.name.partition("=")[2]) <= years[1]]


def kind_of(file: Path) -> str:
    """The kind of rows that a file holds."""
    return file.parents[2].name.partition("=")[2]


def exchange_of(file: Path) -> str:
    """The exchange whose rows a file holds."""
    return file.parent.parent.name.partition("=")[2]


def year_of(file: Path) -> int:
    """The year whose rows a file holds."""
    return int(file.parent.name.partition("=")[2])
