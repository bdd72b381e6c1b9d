"""Where the lake's files lie and what a row holds. README describes the same for other readers.

    <data>/lake/kind=funding/exchange=binance/year=2026/data.parquet    one row a settlement
    <data>/lake/kind=revision/exchange=binance/year=2026/data.parquet   rates that came later and differ
    <data>/lake/kind=coverage/exchange=binance/year=0/data.parquet      what has been asked for, contract by contract

A partition is one file, written beside the old one and put in its place by a rename: a reader sees the old rows or the
new ones, never half of them. Names that begin with a dot or an underscore are no data. The schema's version stands in
the metadata of each file (`fundcli_lake`).
"""

from __future__ import annotations

from pathlib import Path

VERSION = 1
VERSION_KEY = "fundcli_lake"
PARTITION_KEY = "fundcli_partition"  # kind=…/exchange=…/year=…: a file that was moved tells where it belongs
FUNDING, REVISION, COVERAGE = "funding", "revision", "coverage"
FILE = "data.parquet"

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
    COVERAGE: {"symbol": "VARCHAR", "since": "TIMESTAMP", "until": "TIMESTAMP", "fetched_at": "TIMESTAMP"},
}
COLUMNS[REVISION] = COLUMNS[FUNDING]
SORTED_BY = {FUNDING: "symbol, time", REVISION: "symbol, time, fetched_at", COVERAGE: "symbol, since"}


def partition(root: Path, kind: str, exchange: str, year: int) -> Path:
    """The folder of a partition."""
    return root / f"kind={kind}" / f"exchange={exchange}" / f"year={year}"


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
    """The year whose rows a file holds; 0 for those of all years."""
    return int(file.parent.name.partition("=")[2])
