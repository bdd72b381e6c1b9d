"""Partitions made whole: files that other tools have put beside the partition's own, leftovers, empty folders.

What another tool wrote is added like any other row: known settlements stay, another rate is kept as a revision. A file
is removed only after its rows are on the disk in the partition; killed in between, it is merged again to no effect.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from fundcli.errors import DataError
from fundcli.lake.columns import settlement
from fundcli.lake.database import connected, fetch, listed, named, problem_of
from fundcli.lake.healing import heal
from fundcli.lake.layout import COLUMNS, COVERAGE, FILE, FUNDING, SORTED_BY, kind_of, year_of
from fundcli.lake.merging import Written
from fundcli.lake.records import Asked, Settlement, to_ms
from fundcli.lake.replacing import replace, unwritable
from fundcli.lake.verify import repeated, unsorted
from fundcli.lake.writer import Writer, writer

_ROWS_AT_ONCE = 20_000


class Compacted(msgspec.Struct, kw_only=True):
    """What was done to a partition."""

    kind: str
    exchange: str
    year: int
    merged: int = 0
    written: Written = msgspec.field(default_factory=Written)
    leftovers: int = 0
    sorted: bool = False

    @property
    def changed(self) -> bool:
        """Whether anything was done."""
        return bool(self.merged or self.leftovers or self.sorted)


def compact(root: Path, problems: list[str]) -> list[Compacted]:
    """Compact every partition; what cannot be merged stays where it is and is named in `problems`."""
    done = []
    exchanges = sorted({folder.name.partition("=")[2] for folder in root.glob("kind=*/exchange=*") if folder.is_dir()})
    for exchange in exchanges:
        leftovers = {path.parent: 0 for path in root.glob(f"kind=*/exchange={exchange}/year=*/.*.part")}
        for path in root.glob(f"kind=*/exchange={exchange}/year=*/.*.part"):
            leftovers[path.parent] += 1
        with writer(root, exchange) as writing:  # which removes the leftovers
            for folder in sorted(root.glob(f"kind=*/exchange={exchange}/year=*")):
                if folder.is_dir() and kind_of(folder / FILE) in COLUMNS:
                    file = folder / FILE
                    found = Compacted(kind=kind_of(file), exchange=exchange, year=year_of(file))
                    try:
                        _partition(writing, folder, found, problems)
                    except DataError as error:  # the other partitions are none the worse for it
                        writing.discard()
                        problems.append(error.line().rstrip("."))
                    found.leftovers = leftovers.get(folder, 0)
                    done.append(found)
    for folder in sorted(root.glob("kind=*/**/"), key=lambda path: -len(path.parts)):
        with contextlib.suppress(OSError):  # one that is not empty stays
            folder.rmdir()
    return done


def _partition(writing: Writer, folder: Path, done: Compacted, problems: list[str]) -> None:
    file = folder / FILE
    if file.is_file() and (problem := problem_of(file)):
        problems.append(f"{file} {problem}")
        return
    for stray in sorted(folder.glob("*.parquet")):
        if stray == file or stray.name.startswith((".", "_")):
            continue
        problem = problem_of(stray, version=False) or _bad_rows(stray)
        if problem:
            problems.append(f"{stray} {problem}")
            continue
        done.written += _merge(writing, stray, done.kind)
        done.merged += 1
        try:
            stray.unlink()
        except OSError as error:
            raise unwritable(stray, error) from None
    if done.kind == FUNDING and file.is_file():
        done.sorted = _resort(writing, file)


def _bad_rows(stray: Path) -> str:
    """Why the rows of another tool's file are not taken."""
    if kind_of(stray) == COVERAGE:
        return ""
    with connected(1) as connection:
        (count,) = connection.execute(
            "SELECT count(*) FROM read_parquet($1, hive_partitioning = false) WHERE symbol IS NULL OR time IS NULL "
            "OR rate IS NULL OR NOT isfinite(rate) OR abs(rate) > 1 OR epoch_us(time) % 3600000000 <> 0 "
            "OR (rate_text IS NOT NULL AND try_cast(rate_text AS DOUBLE) IS DISTINCT FROM rate)",
            [named(stray)],
        ).fetchone() or (0,)
    return f"has {count} rows without contract, full hour or a rate within 1, and is not merged" if count else ""


def _merge(writing: Writer, stray: Path, kind: str) -> Written:
    written = Written()
    if kind == COVERAGE:
        windows = [
            Asked(covers=covers, symbol=symbol, since_ms=to_ms(since), until_ms=to_ms(until), fetched_ms=to_ms(fetched))
            for covers, symbol, since, until, fetched in _read(stray, kind)
        ]
        writing.add([], windows)
        return Written(added=len(windows))
    batch: list[Settlement] = []
    symbols: set[str] = set()
    times: set[int] = set()
    for values in _read(stray, kind):
        row = settlement(values, stray.name)
        symbols.add(row.symbol)
        times.add(row.time_ms)
        batch.append(row)
        if len(batch) >= _ROWS_AT_ONCE:
            written += writing.add(batch) if kind == FUNDING else writing.revise(batch)
            batch = []
    written += writing.add(batch) if kind == FUNDING else writing.revise(batch)
    if kind == FUNDING and times:
        heal(writing, sorted(symbols), min(times), max(times))
    return written


def _read(file: Path, kind: str) -> Iterator[Sequence[Any]]:
    columns = ", ".join(COLUMNS[kind])
    with connected(1, "128MB") as connection:
        found = connection.execute(
            f"SELECT {columns} FROM read_parquet($1, hive_partitioning = false)",
            [named(file)],
        )
        while chunk := found.fetchmany(_ROWS_AT_ONCE):
            yield from chunk


def _resort(writing: Writer, file: Path) -> bool:
    """Sort a partition and part settlements that stand in it twice: the first that came stays, another is revised."""
    twice = repeated(file)
    if not twice and not unsorted(file, SORTED_BY[FUNDING].split(", ")):
        return False
    rows = f"""
        SELECT * FROM read_parquet({listed([file])}, hive_partitioning = false)
        QUALIFY row_number() OVER (PARTITION BY symbol, time ORDER BY fetched_at) = 1
    """
    if twice:
        other = fetch(
            "SELECT * FROM read_parquet($files, hive_partitioning = false) "
            "QUALIFY rate <> first_value(rate) OVER (PARTITION BY symbol, time ORDER BY fetched_at) "
            "OR rate_text IS DISTINCT FROM first_value(rate_text) OVER (PARTITION BY symbol, time ORDER BY fetched_at)",
            [file],
        )
        writing.revise(settlement(values, file.name) for values in other)
    replace(writing.connection, writing.partition(FUNDING, year_of(file)), rows)
    return True
