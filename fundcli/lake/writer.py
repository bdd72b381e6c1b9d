"""Writing to the lake: one writer an exchange, every partition replaced whole, nothing ever half or lost.

A settlement is keyed by (exchange, symbol, scheduled instant). A second write of the same rate changes nothing; another
rate for a known settlement is kept as a revision beside it and counted, never put in its place.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import msgspec

from fundcli.core.history import spacing
from fundcli.errors import DataError
from fundcli.lake.database import fetch, named, query, quoted
from fundcli.lake.layout import (
    COLUMNS,
    COVERAGE,
    FILE,
    FUNDING,
    REVISION,
    partition,
)
from fundcli.lake.reader import instants
from fundcli.lake.records import Asked, Settlement, both_forms, exact_form, from_ms, to_ms
from fundcli.lake.replacing import remove, replace, stage, unwritable

_ALL_YEARS = 0
# So far around a row its neighbours show the interval.
NEAR_MS = 40 * 24 * 3_600_000


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
    found = Writer(root, exchange)
    try:
        found.sweep()
        yield found
    finally:
        found.discard()
        lock.release()


class Writer:
    """Writes one exchange's partitions. Make it with `writer`, which holds the lock."""

    def __init__(self, root: Path, exchange: str) -> None:
        self.root, self.exchange = root, exchange
        self._staged: dict[tuple[str, int], list[Path]] = defaultdict(list)

    def sweep(self) -> None:
        """Remove what a killed writer left half-written."""
        for stray in self.root.glob(f"kind=*/exchange={self.exchange}/year=*/.*.part"):
            stray.unlink(missing_ok=True)

    def add(self, rows: Sequence[Settlement], asked: Sequence[Asked] = ()) -> Written:
        """Add settlements, oldest rate first come; then remember what was asked for."""
        written = sum(self.add_each(rows).values(), Written())
        if asked:
            self._remember(asked)
        self.merge()
        return written

    def add_each(self, rows: Sequence[Settlement]) -> dict[str, Written]:
        """Add settlements, which `merge` then makes visible; what was done of each contract.

        Two calls before a merge must not have a settlement in common.
        """
        written: dict[str, Written] = defaultdict(Written)
        by_year: dict[int, list[Settlement]] = defaultdict(list)
        for row in rows:
            by_year[from_ms(row.time_ms).year].append(row)
        for year, chosen in sorted(by_year.items()):
            for symbol, done in self._add_year(year, chosen).items():
                written[symbol] += done
        return written

    def _add_year(self, year: int, rows: Sequence[Settlement]) -> dict[str, Written]:
        file = partition(self.root, FUNDING, self.exchange, year) / FILE
        known = self._known(file, {row.symbol for row in rows})
        done: dict[str, Written] = defaultdict(Written)
        fresh: dict[tuple[str, int], Settlement] = {}
        revisions: list[Settlement] = []
        for row in rows:
            key = row.symbol, row.time_ms
            standing = known[key] if key in known else fresh[key].rate if key in fresh else None
            if standing is None:
                fresh[key] = row
                done[row.symbol].added += 1
                continue
            done[row.symbol].known += 1
            if standing != row.rate:
                revisions.append(row)
        for row in self._revise(year, revisions):
            done[row.symbol].known -= 1
            done[row.symbol].revised += 1
        if fresh:
            self._replace(FUNDING, year, list(fresh.values()))
        return done

    def _known(self, file: Path, symbols: Iterable[str]) -> dict[tuple[str, int], Decimal]:
        if not file.is_file():
            return {}
        rows = fetch(query("known"), [file], {"symbols": sorted(symbols)})
        return {(symbol, to_ms(time)): exact_form(rate, text) or Decimal(0) for symbol, time, rate, text in rows}

    def revise(self, rows: Iterable[Settlement]) -> Written:
        """Keep rates beside those that stand, each once."""
        by_year: dict[int, list[Settlement]] = defaultdict(list)
        for row in rows:
            by_year[from_ms(row.time_ms).year].append(row)
        revised = sum(len(self._revise(year, chosen)) for year, chosen in sorted(by_year.items()))
        self.merge()
        return Written(known=sum(map(len, by_year.values())) - revised, revised=revised)

    def _revise(self, year: int, rows: Sequence[Settlement]) -> list[Settlement]:
        """Keep contradicting rates, each once; those that were new."""
        if not rows:
            return []
        file = partition(self.root, REVISION, self.exchange, year) / FILE
        kept: set[tuple[str, int, Decimal]] = set()
        if file.is_file():
            found = fetch(query("known"), [file], {"symbols": sorted({row.symbol for row in rows})})
            kept = {(symbol, to_ms(time), exact_form(rate, text) or Decimal(0)) for symbol, time, rate, text in found}
        fresh = {(row.symbol, row.time_ms, row.rate): row for row in rows}
        new = [row for key, row in fresh.items() if key not in kept]
        if new:
            self._replace(REVISION, year, new)
        return new

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
            rows = query("respaced").replace("$file", f"'{quoted(named(file))}'")
            times: list[object] = [from_ms(time_ms).replace(tzinfo=None) for _, time_ms in keys]
            values = [[symbol for symbol, _ in keys], times, [hours[key] for key in keys]]
            replace(self.root, FUNDING, self.exchange, year, rows, values)

    def _write(self, kind: str, year: int, values: Sequence[list[object]]) -> None:
        staged = self._staged[kind, year]
        staged.append(stage(self.root, kind, self.exchange, year, len(staged), values))

    def merge(self) -> None:
        """Put what has been staged into the partitions, revisions first."""
        for kind, year in sorted(self._staged, reverse=True):
            staged = self._staged.pop((kind, year))
            file = partition(self.root, kind, self.exchange, year) / FILE
            sources = list(staged)
            if file.is_file():
                fetch("SELECT 1 FROM read_parquet($files) LIMIT 0", [file])  # what cannot be read is not written over
                sources.append(file)
            listed = ", ".join(f"'{quoted(named(source))}'" for source in sources)
            columns = ", ".join(COLUMNS[kind])
            rows = f"SELECT {columns} FROM read_parquet([{listed}], hive_partitioning = false)"
            try:
                replace(self.root, kind, self.exchange, year, rows)
            finally:
                remove(staged)

    def discard(self) -> None:
        """Forget what has been staged and not merged."""
        remove([part for staged in self._staged.values() for part in staged])
        self._staged.clear()

    def with_intervals(self, symbol: str, rows: Sequence[Settlement]) -> list[Settlement]:
        """Rows with the interval of each seen from its neighbours, those in the lake included."""
        if not rows:
            return []
        times = {row.time_ms for row in rows}
        around = min(times) - NEAR_MS, max(times) + NEAR_MS
        known = next(iter(instants(self.root, self.exchange, [symbol], *around)))[1]
        ordered = sorted(times.union(known))
        hours = dict(zip(ordered, spacing(ordered)[0], strict=True))
        return [msgspec.structs.replace(r, interval_hours=hours[r.time_ms] or r.interval_hours) for r in rows]
