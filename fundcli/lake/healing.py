"""Intervals seen anew where rows have got new neighbours: what is derived from the rows must agree with them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from fundcli.core.history import wrong_intervals
from fundcli.lake.database import listed
from fundcli.lake.layout import FUNDING
from fundcli.lake.reader import instants
from fundcli.lake.records import from_ms
from fundcli.lake.replacing import replace
from fundcli.lake.writer import NEAR_MS, Writer


def heal(writer: Writer, symbols: Sequence[str], since_ms: int, until_ms: int) -> int:
    """Correct the intervals that the spacing of a contract's rows contradicts; how many there were."""
    wrong: dict[int, dict[tuple[str, int], int]] = defaultdict(dict)
    held = instants(writer.root, writer.exchange, symbols, since_ms - NEAR_MS, until_ms + NEAR_MS)
    for symbol, times, stated in held:
        for place, hours in wrong_intervals(times, stated).items():
            wrong[from_ms(times[place]).year][symbol, times[place]] = hours
    for year, rows in wrong.items():
        _correct(writer, year, rows)
    return sum(map(len, wrong.values()))


def _correct(writer: Writer, year: int, rows: Mapping[tuple[str, int], int]) -> None:
    place = writer.partition(FUNDING, year)
    sql = f"""
        SELECT known.* REPLACE (coalesce(observed.hours, known.interval_hours) AS interval_hours)
        FROM read_parquet({listed([place.file])}, hive_partitioning = false) AS known
        LEFT JOIN (
            SELECT unnest($1::VARCHAR[]) AS symbol, unnest($2::BIGINT[]) AS time_ms, unnest($3::INTEGER[]) AS hours
        ) AS observed ON known.symbol = observed.symbol AND epoch_ms(known.time) = observed.time_ms
    """
    values = [[symbol for symbol, _ in rows], [time for _, time in rows], list(rows.values())]
    replace(writer.connection, place, sql, values)
