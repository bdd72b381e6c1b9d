"""Writing to the lake: one writer an exchange, every partition replaced whole, nothing ever half or lost.

A settlement is keyed by (exchange, symbol, scheduled instant). A second write of the same rate changes nothing; another
rate for a known settlement is kept as a revision beside it and counted, never put in its place.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import duckdb
import msgspec

from fundcli.core.history import Stamp, clean
from fundcli.errors import DataError
from fundcli.lake.database import connected, explained, fetch, query
from fundcli.lake.layout import (
    COLUMNS,
    COVERAGE,
    FILE,
    FUNDING,
    REVISION,
    SORTED_BY,
    VERSION,
    VERSION_KEY,
    files,
    partition,
)
from fundcli.lake.records import Asked, Settlement, both_forms, exact_form, from_ms, to_ms

_ALL_YEARS = 0
_MEMORY = "96MB"  # what sorts in no more is spilt beside the partition


class Written(msgspec.Struct):
    """What a write did: rows added, rows that were there already, revisions of known settlements."""

    added: int = 0
    known: int = 0
    revised: int = 0

    def __add__(self, other: Written) -> Written:
        return Written(self.added + other.added, self.known + other.known, self.revised + other.revised)


@contextmanager
def writer(root: Path, exchange: str, timeout_seconds: float = 600) -> Iterator[Writer]:
    """The one writer of an exchange; another process that writes it is waited for."""
    import filelock

    folder = root / ".locks"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(folder / f"{exchange}.lock", timeout=timeout_seconds)
        with lock:
            found = Writer(root, exchange)
            found.sweep()
            yield found
    except filelock.Timeout:
        raise DataError(
            f"another fundcli has been writing {exchange} into {root} for {timeout_seconds:g} s",
            "Wait for it, or stop it.",
        ) from None
    except OSError as error:
        raise unwritable(root, error) from None


class Writer:
    """Writes one exchange's partitions. Make it with `writer`, which holds the lock."""

    def __init__(self, root: Path, exchange: str) -> None:
        self.root, self.exchange = root, exchange

    def sweep(self) -> None:
        """Remove what a killed writer left half-written."""
        for stray in self.root.glob(f"kind=*/exchange={self.exchange}/year=*/.*.part"):
            stray.unlink(missing_ok=True)
        for stray in self.root.glob(f"kind=*/exchange={self.exchange}/year=*/.*.spill"):
            shutil.rmtree(stray, ignore_errors=True)

    def add(self, rows: Sequence[Settlement], asked: Sequence[Asked] = ()) -> Written:
        """Add settlements, oldest rate first come; then remember what was asked for."""
        written = Written()
        by_year: dict[int, list[Settlement]] = defaultdict(list)
        for row in rows:
            by_year[from_ms(row.time_ms).year].append(row)
        for year, chosen in sorted(by_year.items()):
            written += self._add_year(year, chosen)
        if asked:
            self._remember(asked)
        return written

    def _add_year(self, year: int, rows: Sequence[Settlement]) -> Written:
        file = partition(self.root, FUNDING, self.exchange, year) / FILE
        known = self._known(file, {row.symbol for row in rows})
        fresh: dict[tuple[str, int], Settlement] = {}
        revisions: list[Settlement] = []
        same = 0
        for row in rows:
            key = row.symbol, row.time_ms
            standing = known.get(key) if key in known else fresh[key].rate if key in fresh else None
            if standing is None:
                fresh[key] = row
            elif standing == row.rate:
                same += 1
            else:
                revisions.append(row)
        revised = self._revise(year, revisions)
        if fresh:
            self._replace(FUNDING, year, list(fresh.values()))
        return Written(len(fresh), same + len(revisions) - revised, revised)

    def _known(self, file: Path, symbols: Iterable[str]) -> dict[tuple[str, int], Decimal]:
        if not file.is_file():
            return {}
        rows = fetch(query("known"), [file], {"symbols": sorted(symbols)})
        return {(symbol, to_ms(time)): exact_form(rate, text) or Decimal(0) for symbol, time, rate, text in rows}

    def _revise(self, year: int, rows: Sequence[Settlement]) -> int:
        """Keep contradicting rates, each once."""
        if not rows:
            return 0
        file = partition(self.root, REVISION, self.exchange, year) / FILE
        kept: set[tuple[str, int, Decimal]] = set()
        if file.is_file():
            found = fetch(query("known"), [file], {"symbols": sorted({row.symbol for row in rows})})
            kept = {(symbol, to_ms(time), exact_form(rate, text) or Decimal(0)) for symbol, time, rate, text in found}
        fresh = {(row.symbol, row.time_ms, row.rate): row for row in rows}
        new = [row for key, row in fresh.items() if key not in kept]
        if new:
            self._replace(REVISION, year, new)
        return len(new)

    def _replace(self, kind: str, year: int, rows: Sequence[Settlement]) -> None:
        """The partition with these rows added, put in the place of the old one."""
        values: list[list[object]] = [
            [row.symbol for row in rows],
            [from_ms(row.time_ms).replace(tzinfo=None) for row in rows],
            *map(list, zip(*(both_forms(row.rate) for row in rows), strict=True)),
            [row.interval_hours for row in rows],
            *map(list, zip(*(both_forms(row.price) for row in rows), strict=True)),
            [row.source for row in rows],
            [from_ms(row.fetched_ms).replace(tzinfo=None) for row in rows],
        ]
        self._write(kind, year, values)

    def _remember(self, asked: Sequence[Asked]) -> None:
        values: list[list[object]] = [
            [row.symbol for row in asked],
            [from_ms(row.since_ms).replace(tzinfo=None) for row in asked],
            [from_ms(row.until_ms).replace(tzinfo=None) for row in asked],
            [from_ms(row.fetched_ms).replace(tzinfo=None) for row in asked],
        ]
        self._write(COVERAGE, _ALL_YEARS, values)

    def respace(self, hours: Mapping[tuple[str, int], int]) -> None:
        """Give rows of the lake the intervals that their neighbours show by now; the rates stay as they came."""
        by_year: dict[int, list[tuple[str, int]]] = defaultdict(list)
        for symbol, time_ms in hours:
            by_year[from_ms(time_ms).year].append((symbol, time_ms))
        for year, keys in sorted(by_year.items()):
            file = partition(self.root, FUNDING, self.exchange, year) / FILE
            rows = query("respaced").replace("$file", f"'{_quoted(file)}'")
            times: list[object] = [from_ms(time_ms).replace(tzinfo=None) for _, time_ms in keys]
            self._replace_by(FUNDING, year, rows, [[symbol for symbol, _ in keys], times, [hours[key] for key in keys]])

    def _write(self, kind: str, year: int, values: Sequence[list[object]]) -> None:
        columns = COLUMNS[kind]
        file = partition(self.root, kind, self.exchange, year) / FILE
        new = ", ".join(f"unnest(${n}::{kind_}[]) AS {name}" for n, (name, kind_) in enumerate(columns.items(), 1))
        rows = f"SELECT {new}"
        if file.is_file():
            rows += f" UNION ALL SELECT * FROM read_parquet('{_quoted(file)}', hive_partitioning = false)"
        self._replace_by(kind, year, rows, values)

    def _replace_by(self, kind: str, year: int, rows: str, values: Sequence[list[object]]) -> None:
        """The partition holds what a query gives, put in the place of the old one."""
        folder = partition(self.root, kind, self.exchange, year)
        file, part, spill = folder / FILE, folder / f".{os.getpid()}.part", folder / f".{os.getpid()}.spill"
        sql = (
            f"COPY (SELECT * FROM ({rows}) ORDER BY {SORTED_BY[kind]}) TO '{_quoted(part)}' "
            f"(FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false, KV_METADATA {{{VERSION_KEY}: '{VERSION}'}})"
        )
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with connected() as connection:
                connection.execute(f"SET temp_directory = '{_quoted(spill)}'")
                connection.execute(f"SET memory_limit = '{_MEMORY}'")
                connection.execute(sql, list(values))
            _to_disk(part)
            part.replace(file)
        except duckdb.Error as error:
            with contextlib.suppress(OSError):
                part.unlink()
            raise _write_error(self.root, file, error) from error
        except OSError as error:
            with contextlib.suppress(OSError):
                part.unlink()
            raise unwritable(self.root, error) from None

    def with_intervals(self, symbol: str, rows: Sequence[Settlement]) -> list[Settlement]:
        """Rows with the interval of each seen from its neighbours, those in the lake included."""
        if not rows:
            return []
        known = fetch(query("known"), files(self.root, FUNDING, self.exchange), {"symbols": [symbol]})
        near = 40 * 24 * 3_600_000
        low, high = min(r.time_ms for r in rows) - near, max(r.time_ms for r in rows) + near
        stamps = [Stamp(to_ms(t), Decimal(0)) for _, t, _, _ in known if low <= to_ms(t) <= high]
        stamps += [Stamp(row.time_ms, Decimal(0)) for row in rows]
        hours = {row.time_ms: row.interval_hours for row in clean(stamps).settled}
        return [msgspec.structs.replace(row, interval_hours=hours.get(row.time_ms, row.interval_hours)) for row in rows]


def unwritable(root: Path, error: OSError) -> DataError:
    """Why the lake cannot be written to."""
    if error.errno == errno.ENOSPC:
        return DataError(f"no space is left for the lake in {root}", "Free some, or name another FUNDCLI_DATA_DIR.")
    name = error.filename or root
    return DataError(f"{name} cannot be written: {error.strerror}", "Check its permissions, or set FUNDCLI_DATA_DIR.")


def _write_error(root: Path, file: Path, error: duckdb.Error) -> DataError:
    text = str(error)
    if "No space left" in text:
        return unwritable(root, OSError(errno.ENOSPC, "No space left on device"))
    if "Permission denied" in text or "Read-only" in text:
        return DataError(
            f"{file} cannot be written: permission denied", "Check its permissions, or set FUNDCLI_DATA_DIR."
        )
    return explained(error, [file] if file.is_file() else [])


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def _to_disk(file: Path) -> None:
    """Onto the disk before the rename: after a power cut the name must not lead to an empty file."""
    handle = os.open(file, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
