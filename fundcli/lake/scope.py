"""What of the lake a question is about: exchanges, contracts, a window, and the time whose knowledge it asks for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from fundcli.lake.database import fetch, query, without
from fundcli.lake.layout import FUNDING, files
from fundcli.lake.records import from_ms

_FILES = re.compile(r"read_parquet\(\$files[^)]*\)")
_ALWAYS = (datetime(1970, 1, 1), datetime(9999, 1, 1))
# A row takes some five bytes in a file and eight in an aggregate; so many bytes of files are asked about at once.
_BYTES_AT_ONCE = 32_000_000
_ROWS_AT_ONCE = 1_500_000


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """A question's exchanges and symbols (none named: all), its window (both ends included), what was known when."""

    root: Path
    exchanges: tuple[str, ...] = ()
    symbols: tuple[str, ...] = ()
    contracts: frozenset[tuple[str, str]] | None = None
    since_ms: int | None = None
    until_ms: int | None = None
    as_of_ms: int | None = None
    # Files that cannot be read are left out and named here; None: the first one is an error.
    problems: list[str] | None = None
    # Above so many bytes of files a question is asked in runs of contracts with so many rows.
    bytes_at_once: int = _BYTES_AT_ONCE
    rows_at_once: int = _ROWS_AT_ONCE

    @property
    def window(self) -> tuple[datetime, datetime]:
        """The window as DuckDB takes it."""
        return (
            _ALWAYS[0] if self.since_ms is None else from_ms(self.since_ms).replace(tzinfo=None),
            _ALWAYS[1] if self.until_ms is None else from_ms(self.until_ms).replace(tzinfo=None),
        )

    def files(self, kind: str = FUNDING, windowed: bool = True) -> list[Path]:
        """The files that may hold rows of this scope."""
        since, until = self.window
        years = (since.year, until.year) if windowed else None
        return [file for name in self.exchanges or ("*",) for file in files(self.root, kind, name, years)]

    def parameters(self) -> dict[str, Any]:
        """What the queries name, None where it is not given: symbols and their bounds, the window, the time known."""
        since, until = self.window
        return {
            "symbols": list(self.symbols) or None,
            "low": min(self.symbols, default=None),
            "high": max(self.symbols, default=None),
            "since": None if self.since_ms is None else since,
            "until": None if self.until_ms is None else until,
            "as_of": None if self.as_of_ms is None else from_ms(self.as_of_ms).replace(tzinfo=None),
        }

    def ask(self, name: str, chosen: Sequence[Path], **more: Any) -> list[tuple[Any, ...]]:
        """The rows of queries/NAME.sql over files."""
        sql, given = self.question(name, **more)
        return fetch(sql, chosen, given, self.problems)

    def question(self, name: str, **more: Any) -> tuple[str, dict[str, Any]]:
        """The text of queries/NAME.sql, without its conditions over what this scope does not say, and its values."""
        given = {"pairs": None, **self.parameters(), **more}
        sql = query(name)
        if self.as_of_ms is not None and "interval_hours" in sql:
            sql = _FILES.sub("observed", sql)  # the intervals in the files are those that the rows of today show
        sql = sql.replace("FROM observed", f"FROM ({query('observed')}) AS observed")
        sql = without(sql, [key for key, value in given.items() if value is None])
        return sql, {key: value for key, value in given.items() if f"${key}" in sql}

    def rows(self, name: str, windowed: bool = True, **more: Any) -> list[tuple[Any, ...]]:
        """The rows of a query over settlements; a row begins with its exchange and symbol."""
        found = self.ask(name, self.files(windowed=windowed and self.as_of_ms is None), **more)
        return found if self.contracts is None else [row for row in found if (row[0], row[1]) in self.contracts]

    def names(self) -> list[tuple[str, str, int]]:
        """Exchange, symbol and number of settlements of every contract that was known."""
        return [(e, s, n) for e, s, n in self.ask("names", self.files(windowed=False))]

    def in_parts(self, name: str, windowed: bool = True, **more: Any) -> Iterator[tuple[Any, ...]]:
        """The rows of a query, asked part by part where all at once would not fit into memory."""
        chosen = self.files(windowed=windowed)
        if self.symbols or sum(file.stat().st_size for file in chosen if file.exists()) <= self.bytes_at_once:
            yield from self.rows(name, windowed, **more)
            return
        for exchange, low, high in _parts(self.names(), self.rows_at_once):
            part = msgspec.structs.replace(self, exchanges=(exchange,))
            yield from part.rows(name, windowed, **{"low": low, "high": high, **more})


def _parts(names: Sequence[tuple[str, str, int]], most: int) -> Iterator[tuple[str, str, str]]:
    """Runs of contracts of one exchange that together have so many rows: its first and its last symbol."""
    start, total = 0, 0
    for i, (exchange, symbol, count) in enumerate(names):
        total += count
        following = names[i + 1] if i + 1 < len(names) else None
        if following is None or following[0] != exchange or total + following[2] > most:
            yield exchange, names[start][1], symbol
            start, total = i + 1, 0
