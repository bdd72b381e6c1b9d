"""Writing to the lake: one writer an exchange, every partition replaced whole, nothing ever half or lost.

A settlement is keyed by (exchange, symbol, scheduled instant). A second write of the same rate changes nothing; another
rate for a known settlement is kept as a revision beside it and counted, never put in its place. Prices and open
interest are keyed likewise; of those the first stays, and another is counted.
"""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fundcli.errors import DataError
from fundcli.lake.columns import asked_columns, columns_of, settlement
from fundcli.lake.database import connected, fetch, listed, query
from fundcli.lake.layout import COVERAGE, FUNDING, REVISION, VALUES, Partition
from fundcli.lake.merging import Written, contradicting, judged, put_among
from fundcli.lake.records import Asked, Row, Settlement, exact_form, from_ms, to_ms
from fundcli.lake.replacing import remove, replace, stage, unwritable

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# So far around a row its neighbours show the interval.
NEAR_MS = 40 * 24 * 3_600_000
_MS_PER_DAY = 86_400_000
_MEMORY = "128MB"


@contextmanager
def writer(root: Path, exchange: str, timeout_seconds: float = 600) -> Iterator[Writer]:
    """The one writer of an exchange; another process that writes it is waited for."""
    import filelock

    file = root / ".locks" / f"{exchange}.lock"
    lock = filelock.FileLock(file, timeout=timeout_seconds)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except filelock.Timeout:
        raise DataError(
            f"another fundcli has been writing {exchange} into {root} for {timeout_seconds:g} s",
            "Wait for it, or stop it.",
        ) from None
    except OSError as error:
        raise unwritable(file, error) from None
    try:
        aside = file.with_suffix(".spill")
        shutil.rmtree(aside, ignore_errors=True)  # a killed writer's
        with connected(1, _MEMORY, aside) as connection:
            found = Writer(root, exchange, connection)
            found.sweep()
            try:
                yield found
            finally:
                found.discard()
    finally:
        lock.release()


class Writer:
    """Writes one exchange's partitions. Make it with `writer`, which holds the lock."""

    def __init__(self, root: Path, exchange: str, connection: DuckDBPyConnection) -> None:
        self.root, self.exchange, self.connection = root, exchange, connection
        self._staged: dict[tuple[str, int], list[Path]] = defaultdict(list)
        self._places = 0

    def sweep(self) -> None:
        """Remove what a killed writer left half-written."""
        for stray in self.root.glob(f"kind=*/exchange={self.exchange}/year=*/.*.part"):
            stray.unlink(missing_ok=True)

    def add(self, rows: Sequence[Settlement], asked: Sequence[Asked] = ()) -> Written:
        """Add settlements, of which those that come first stand; then remember what was asked for."""
        self.put(FUNDING, rows)
        self.put_asked(asked)
        return sum(self.merge()[FUNDING].values(), Written())

    def put(self, kind: str, rows: Sequence[Row]) -> None:
        """Add rows of a kind, which `merge` then makes visible."""
        by_year: dict[int, list[Row]] = defaultdict(list)
        for row in rows:
            by_year[_year_of(row.time_ms // _MS_PER_DAY)].append(row)
        for year, chosen in sorted(by_year.items()):
            self._write(kind, year, columns_of(kind, chosen))

    def put_asked(self, asked: Sequence[Asked]) -> None:
        """Remember what was asked for, as soon as `merge` has made the rows visible."""
        by_year: dict[int, list[Asked]] = defaultdict(list)
        for window in asked:
            by_year[_year_of(window.fetched_ms // _MS_PER_DAY)].append(window)
        for year, chosen in by_year.items():
            self._write(COVERAGE, year, asked_columns(chosen))

    def revise(self, rows: Iterable[Settlement]) -> Written:
        """Keep rates beside those that stand, each once."""
        total = revised = 0
        by_year: dict[int, list[Settlement]] = defaultdict(list)
        for row in rows:
            by_year[_year_of(row.time_ms // _MS_PER_DAY)].append(row)
            total += 1
        for year, chosen in sorted(by_year.items()):
            revised += sum(self._revise(year, chosen).values())
        return Written(known=total - revised, revised=revised)

    def _revise(self, year: int, rows: Sequence[Settlement]) -> dict[str, int]:
        """Keep contradicting rates, each once; how many were new, contract by contract."""
        place = self.partition(REVISION, year)
        kept: set[tuple[str, int, Decimal]] = set()
        if place.file.is_file():
            symbols = sorted({row.symbol for row in rows})
            found = fetch(query("known"), [place.file], {"symbols": symbols}, connection=self.connection)
            kept = {(symbol, to_ms(time), exact_form(rate, text) or Decimal(0)) for symbol, time, rate, text in found}
        fresh = {(row.symbol, row.time_ms, row.rate): row for row in rows}
        new = [row for key, row in fresh.items() if key not in kept]
        if new:
            self._write(REVISION, year, columns_of(REVISION, new))
            self._merge_into(place, self._staged.pop((REVISION, year)))
        counts: dict[str, int] = defaultdict(int)
        for row in new:
            counts[row.symbol] += 1
        return counts

    def _write(self, kind: str, year: int, values: list[list[Any]]) -> None:
        staged = self._staged[kind, year]
        place = self.partition(kind, year)
        staged.append(stage(self.connection, place, str(len(staged)), values, self._places))
        self._places += len(values[0])

    def merge(self) -> dict[str, dict[str, Written]]:
        """Put what has been staged into the partitions, coverage last; what was done of each kind and contract."""
        done: dict[str, dict[str, Written]] = defaultdict(lambda: defaultdict(Written))
        for kind, year in sorted(self._staged, key=lambda key: (key[0] == COVERAGE, key)):
            place, staged = self.partition(kind, year), self._staged.pop((kind, year))
            if place.file.is_file():  # what cannot be read is not written over
                fetch("SELECT 1 FROM read_parquet($files) LIMIT 0", [place.file], connection=self.connection)
            for symbol, written in self._merge_into(place, staged).items():
                done[kind][symbol] += written
        return done

    def _merge_into(self, place: Partition, staged: Sequence[Path]) -> dict[str, Written]:
        try:
            if place.kind not in VALUES:
                put_among(self.connection, place, staged)
                return {}
            found = judged(self.connection, place, staged)
            if place.kind == FUNDING and any(written.revised for written in found.values()):
                self._keep_others(place, staged, found)
            if any(written.added for written in found.values()):
                put_among(self.connection, place, staged)
            return found
        finally:
            remove(staged)

    def _keep_others(self, place: Partition, staged: Sequence[Path], found: dict[str, Written]) -> None:
        """Keep the rates that differ as revisions, and count as such only those that were not kept before."""
        rows = contradicting(self.connection, place, staged)
        revised = self._revise(place.year, [settlement(row) for row in rows])
        for symbol, written in found.items():
            again = written.revised - revised.get(symbol, 0)
            found[symbol] = Written(written.added, written.known + again, written.revised - again)

    def partition(self, kind: str, year: int) -> Partition:
        """A year of one kind of this exchange's rows."""
        return Partition(self.root, kind, self.exchange, year)

    def respace(self, hours: Mapping[tuple[str, int], int]) -> None:
        """Give rows of the lake the intervals that their neighbours show by now; the rates stay as they came."""
        by_year: dict[int, list[tuple[str, int]]] = defaultdict(list)
        for symbol, time_ms in hours:
            by_year[_year_of(time_ms // _MS_PER_DAY)].append((symbol, time_ms))
        for year, keys in sorted(by_year.items()):
            place = self.partition(FUNDING, year)
            rows = query("respaced").replace("$file", listed([place.file]))
            times: list[object] = [from_ms(time_ms).replace(tzinfo=None) for _, time_ms in keys]
            values = [[symbol for symbol, _ in keys], times, [hours[key] for key in keys]]
            replace(self.connection, place, rows, values)

    def discard(self) -> None:
        """Forget what has been staged and not merged."""
        remove([part for staged in self._staged.values() for part in staged])
        self._staged.clear()


@cache
def _year_of(day: int) -> int:
    return from_ms(day * _MS_PER_DAY).year
