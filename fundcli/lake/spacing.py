"""The interval of each row, seen from its neighbours: those that come with it and those in the lake.

A row's interval may become clear only with the rows after it: the first 8 h after a run of hours looks like a hole
until more of them follow. Rows already in the lake are therefore looked at again where new ones come beside them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from fundcli.core.history import spacing
from fundcli.core.units import MS_PER_HOUR
from fundcli.lake.database import fetch, query
from fundcli.lake.layout import FUNDING, files
from fundcli.lake.records import Settlement, from_ms, to_ms

if TYPE_CHECKING:
    from fundcli.lake.writer import Writer

# Three equal steps establish an interval, and none is longer than a day.
_SEEN_MS = 8 * 24 * MS_PER_HOUR
_JUDGED_MS = _SEEN_MS // 2
_SYMBOLS_AT_ONCE = 100
Key = tuple[str, int]


def spaced(writer: Writer, rows: Sequence[Settlement]) -> dict[Key, int]:
    """Give the rows their intervals; returns the rows in the lake whose interval is another than was thought."""
    by_symbol: dict[str, list[Settlement]] = defaultdict(list)
    for row in rows:
        by_symbol[row.symbol].append(row)
    changed: dict[Key, int] = {}
    for symbols in _in_turn(sorted(by_symbol)):
        near = _near(writer, [row for symbol in symbols for row in by_symbol[symbol]])
        for symbol in symbols:
            others = _of_contract(by_symbol[symbol], near.get(symbol, {}))
            changed |= {(symbol, time): hours for time, hours in others.items()}
    return changed


def _of_contract(rows: Sequence[Settlement], known: dict[int, int | None]) -> dict[int, int]:
    low, high = min(row.time_ms for row in rows), max(row.time_ms for row in rows)
    new = {row.time_ms for row in rows}
    times = sorted(new.union(time for time in known if low - _SEEN_MS <= time <= high + _SEEN_MS))
    hours = dict(zip(times, spacing(times)[0], strict=True))
    for row in rows:
        row.interval_hours = hours[row.time_ms]
    changed = {
        time: found
        for time in times
        if time in known
        and low - _JUDGED_MS <= time <= high + _JUDGED_MS
        and (found := hours[time]) is not None
        and found != known[time]
    }
    return changed


def _near(writer: Writer, rows: Sequence[Settlement]) -> dict[str, dict[int, int | None]]:
    since = from_ms(min(row.time_ms for row in rows) - _SEEN_MS).replace(tzinfo=None)
    until = from_ms(max(row.time_ms for row in rows) + _SEEN_MS).replace(tzinfo=None)
    chosen = files(writer.root, FUNDING, writer.exchange, (since.year, until.year))
    values = {"symbols": sorted({row.symbol for row in rows}), "since": since, "until": until}
    found: dict[str, dict[int, int | None]] = defaultdict(dict)
    for symbol, time, hours in fetch(query("near"), chosen, values, connection=writer.connection):
        found[symbol][to_ms(time)] = hours
    return found


def _in_turn(symbols: Sequence[str]) -> list[Sequence[str]]:
    return [symbols[start : start + _SYMBOLS_AT_ONCE] for start in range(0, len(symbols), _SYMBOLS_AT_ONCE)]
