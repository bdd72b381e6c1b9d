"""The lake read again from end to end: what is wrong, file by file."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from fundcli.core.history import wrong_intervals
from fundcli.lake.database import connected, fetch, named, problem_of, query
from fundcli.lake.layout import (
    COLUMNS,
    COVERAGE,
    FILE,
    FUNDING,
    INDEX,
    MARK,
    OPEN_INTEREST,
    PARTITION_KEY,
    REVISION,
    SORTED_BY,
    VALUES,
    exchange_of,
    kind_of,
    year_of,
)
from fundcli.lake.reader import instants
from fundcli.lake.records import from_ms

_FOLDERS = (
    re.compile(rf"kind=({'|'.join(COLUMNS)})"),
    re.compile(r"exchange=[a-z0-9_-]+"),
    re.compile(r"year=\d{1,4}"),
)
_ALL_TIME_MS = (-(10**13), 2 * 10**14)


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """Something wrong with a file; rows: how many it concerns, 0 where it is the file as a whole."""

    file: Path
    problem: str
    rows: int = 0


def verify(root: Path) -> tuple[int, list[Problem]]:
    """How many files were read, and what is wrong with the lake."""
    problems, data = _walk(root)
    good: dict[str, list[Path]] = defaultdict(list)
    for file in data:
        problem = problem_of(file)
        if problem:
            problems.append(Problem(file=file, problem=problem))
            continue
        problems += _rows_of(file)
        if kind_of(file) == FUNDING:
            good[exchange_of(file)].append(file)
    broken = {p.file for p in problems if p.rows == 0}
    for exchange, files in good.items():
        if not any(exchange_of(file) == exchange for file in data if file in broken):
            problems += _intervals(root, exchange, files)
    return len(data), sorted(problems, key=lambda p: (p.file, p.problem))


def _walk(root: Path) -> tuple[list[Problem], list[Path]]:
    """What lies in the lake and does not belong there, and the data files."""
    problems: list[Problem] = []
    data: list[Path] = []
    if not root.exists():
        return [], []
    for path in sorted(root.rglob("*")):
        parts = path.relative_to(root).parts
        if parts[0] == ".locks":
            continue
        if path.is_dir():
            if len(parts) > len(_FOLDERS) or not _FOLDERS[len(parts) - 1].fullmatch(parts[-1]):
                problems.append(Problem(file=path, problem="is no folder of the lake"))
        elif len(parts) == 4 and all(f.fullmatch(name) for f, name in zip(_FOLDERS, parts, strict=False)):
            if parts[-1] == FILE:
                data.append(path)
            else:
                problems.append(Problem(file=path, problem=_stray(path)))
        else:
            problems.append(Problem(file=path, problem="is no file of the lake"))
    return problems, data


def _stray(file: Path) -> str:
    if file.name.startswith((".", "_")):
        return "is a temporary file that was left over; `fundcli history compact` removes it"
    if file.suffix == ".parquet":
        return "lies beside the partition's file and is not read; `fundcli history compact` merges it"
    return "is no file of the lake"


def _rows_of(file: Path) -> Iterator[Problem]:
    """What is wrong with the rows of one file that can be read."""
    kind = kind_of(file)
    with connected(1) as connection:
        moved = connection.execute(
            "SELECT decode(value) FROM parquet_kv_metadata($1) WHERE decode(key) = $2", [named(file), PARTITION_KEY]
        ).fetchone()
    here = "/".join(file.parts[-4:-1])
    if moved is not None and moved[0] != here:
        yield Problem(file=file, problem=f"was written as {moved[0]}")
    name = _QUERIES[kind]
    (found,) = fetch(query(name), [file], {"year": year_of(file)})
    for problem, count in zip(_TEXTS[name], found, strict=True):
        if count:
            yield Problem(file=file, problem=problem, rows=count)
    sorted_by = SORTED_BY[kind].split(", ")
    if kind != COVERAGE and (count := unsorted(file, sorted_by)):
        yield Problem(file=file, problem=f"is not sorted by {SORTED_BY[kind]}", rows=count)
    if kind in VALUES and (count := repeated(file)):
        yield Problem(file=file, problem="has two rows of one contract and time", rows=count)


_QUERIES = {
    FUNDING: "verify", REVISION: "verify", COVERAGE: "verify_coverage", MARK: "verify_prices", INDEX: "verify_prices",
    OPEN_INTEREST: "verify_interest",
}  # fmt: skip
_TEXTS: Mapping[str, tuple[str, ...]] = {
    "verify": (
        "has rows without contract, time, rate, source or time of fetching", "has a rate that is no number or above 1",
        "has a rate whose text is another number", "has a time that is no full hour", "has a time of another year",
        "has an interval that is no number of hours",
    ),
    "verify_prices": (
        "has rows without contract, time, price, source or time of fetching", "has a price that is none",
        "has an hour whose open or close lies outside its low and high", "has a time that is no full hour",
        "has a time of another year",
    ),
    "verify_interest": (
        "has rows without contract, time, source or time of fetching, or without any number",
        "has open interest that is no number or below zero", "has a time that is no full hour",
        "has a time of another year",
    ),
    "verify_coverage": ("has windows that end before they begin, or without a contract",),
}  # fmt: skip


def unsorted(file: Path, by: list[str]) -> int:
    """How many rows of a file come before a smaller one."""
    key = ", ".join(by)
    sql = f"""
        SELECT count(*) FROM (
            SELECT ROW({key}) < lag(ROW({key})) OVER (ORDER BY file_row_number) AS wrong
            FROM read_parquet($files, hive_partitioning = false, file_row_number = true)
        ) WHERE wrong
    """
    return int(fetch(sql, [file])[0][0])


def repeated(file: Path) -> int:
    """How many rows of a file repeat a settlement."""
    sql = """
        SELECT coalesce(sum(n - 1), 0)::BIGINT FROM (
            SELECT count(*) AS n FROM read_parquet($files, hive_partitioning = false) GROUP BY symbol, time
        ) WHERE n > 1
    """
    return int(fetch(sql, [file])[0][0])


def _intervals(root: Path, exchange: str, files: list[Path]) -> Iterator[Problem]:
    """Intervals that the rows around contradict."""
    symbols = [name for (name,) in fetch("SELECT DISTINCT symbol FROM read_parquet($files) ORDER BY symbol", files)]
    counts: dict[int, int] = defaultdict(int)
    for _, times, hours in instants(root, exchange, [name for name in symbols if name is not None], *_ALL_TIME_MS):
        for place in wrong_intervals(times, hours):
            if hours[place] is not None:
                counts[from_ms(times[place]).year] += 1
    by_year = {year_of(file): file for file in files}
    for year, count in counts.items():
        if year in by_year:
            yield Problem(file=by_year[year], problem="has intervals that its settlements contradict", rows=count)
