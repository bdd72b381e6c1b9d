"""Two series of prices for a hedge ratio: what they are, two columns of a file, and the ratio out of them."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from io import StringIO
from itertools import pairwise
from pathlib import Path

import msgspec

from fundcli.core.columns import NAMES, columns_of
from fundcli.core.hedge import Estimate
from fundcli.core.hedge_series import Prices, Terms, estimate
from fundcli.core.units import MS_PER_HOUR, parse_number, to_ms
from fundcli.errors import DataError, FundcliError, UsageError
from fundcli.market.files import time_at

# Below so many (effective) returns an interval is wide, and its t far from normal.
_FEW = 30
# A window with fewer of its returns than this share is called not covered.
_COVERED = Decimal("0.95")
_MOST_BYTES = 256 * 1024 * 1024


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """Prices of the exposure (y) and of the instrument (x) by time, up to `end_ms`, `spacing_ms` apart.

    problems: files of the lake that could not be read. asked: whether prices of an exchange are among them.
    """

    exposure: str
    instrument: str
    y: Prices
    x: Prices
    end_ms: int
    spacing_ms: int
    warnings: list[str]
    problems: list[str]
    asked: bool = False

    @property
    def last_price(self) -> Decimal | None:
        """The newest price of the instrument at a time at which both have one."""
        common = self.y.keys() & self.x.keys()
        return Decimal(repr(self.x[max(common)])) if common else None


def file_pair(file: Path, names: Mapping[str, str], exposure: str, instrument: str, as_of: datetime | None) -> Pair:
    """Two columns of prices in a CSV beside a column of times, up to its last time (or --as-of).

    Columns are those that `names` maps, else those called like the two, or `exposure` and `instrument`.
    """
    kinds = {
        "time": NAMES["time"],
        "exposure": ("exposure", exposure.lower()),
        "instrument": ("instrument", instrument.lower()),
    }
    reader = csv.DictReader(StringIO(_text(file), newline=""))
    header = [name for name in reader.fieldnames or [] if name]
    columns = columns_of(header, names, kinds, file)
    for needed in kinds:
        if needed not in columns:
            raise DataError(
                f"{file} has no {needed} column among {', '.join(header[:12])}",
                f"Name it with --map {needed}=COLUMN.",
            )
    if columns["exposure"] == columns["instrument"]:
        raise UsageError(f"--map: '{columns['exposure']}' cannot hedge itself", "Name two columns.")
    y: dict[int, float] = {}
    x: dict[int, float] = {}
    seen: set[int] = set()
    between = 0
    until = None if as_of is None else to_ms(as_of)
    for record in _records(reader, file):
        where = f"{file}:{reader.line_num}"
        cells = {kind: (record.get(column) or "").strip() for kind, column in columns.items()}
        time = time_at(where, cells["time"])
        if time % MS_PER_HOUR:
            between += 1
            continue
        if time in seen:
            raise DataError(f"{where}: {cells['time'][:40]} stands there twice", "Keep one row of each time.")
        seen.add(time)
        if until is not None and time > until:
            continue
        for kind, prices in (("exposure", y), ("instrument", x)):
            if cells[kind]:
                prices[time] = _price(where, cells[kind], columns[kind])
    times = sorted({*y, *x})
    if not times:
        raise DataError(
            f"{file} holds no price at a full hour", "It is a CSV with a time, UTC, and two prices in each row."
        )
    return Pair(
        exposure=exposure, instrument=instrument, y=y, x=x, end_ms=times[-1],
        spacing_ms=min((after - before for before, after in pairwise(times)), default=MS_PER_HOUR),
        warnings=[f"{file}: {between} rows do not stand at a full hour and were left out"] if between else [],
        problems=[],
    )  # fmt: skip


def estimated(pair: Pair, terms: Terms) -> tuple[Estimate, list[str]]:
    """The ratio of two series, and what should be known about it."""
    found = estimate(pair.y, pair.x, pair.end_ms, pair.spacing_ms, terms)
    return found, [*pair.warnings, *_doubts(found, terms, pair.end_ms)]


def _doubts(found: Estimate, terms: Terms, end_ms: int) -> list[str]:
    window, drift = found.window, found.drift
    returns, expected = found.returns or 0, window.expected_returns or 0
    doubts = []
    if drift.alarm and drift.short is not None and drift.long is not None and drift.change is not None:
        doubts.append(
            f"the correlation has drifted: {drift.short:.2f} in the window, {drift.long:.2f} in the longer one, a "
            f"change of {drift.change:+.2f} (alarm above {drift.threshold})"
        )
    if found.effective_returns is not None and found.effective_returns < _FEW:
        count = f"{returns} returns" + (
            "" if found.effective_returns == returns else f" that weigh as much as {found.effective_returns:.1f}"
        )
        doubts.append(f"the ratio rests on {count} alone: see its interval")
    if returns < expected * _COVERED and window.first and window.last:
        doubts.append(
            f"the window is not covered: {returns} of {expected} returns, prices of both from "
            f"{window.first:%Y-%m-%d %H:%M} to {window.last:%Y-%m-%d %H:%M} UTC"
        )
    if window.gaps:
        holes = f"{window.gaps} gaps" if window.gaps > 1 else "1 gap"
        doubts.append(f"{holes} with {window.missing} missing prices in the window: returns across them are left out")
    if drift.long is None:
        doubts.append("there are no returns before the window: whether the correlation has drifted is not known")
    else:
        step = terms.step_hours * MS_PER_HOUR
        since = end_ms - round(terms.long_hours * MS_PER_HOUR)
        whole, known = end_ms // step - -(-since // step), drift.long_returns or 0
        if known < whole * _COVERED:
            doubts.append(f"the longer window is not covered: {known} of {whole} returns")
    return doubts


def _text(file: Path) -> str:
    try:
        if file.stat().st_size > _MOST_BYTES:
            raise DataError(f"{file} is larger than 256 MB", "Split it.")
        return file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise DataError(f"{file} cannot be read: {error.strerror}", "Check the path and its permissions.") from None
    except UnicodeDecodeError:
        raise DataError(f"{file} is not text", "It is a CSV file in UTF-8.") from None


def _records(reader: csv.DictReader[str], file: Path) -> Iterator[dict[str, str]]:
    try:
        yield from reader
    except csv.Error as error:
        raise DataError(f"{file}:{reader.line_num} is not CSV: {error}", "Check its quotes.") from None


def _price(where: str, text: str, column: str) -> float:
    try:
        value = parse_number(text)
    except FundcliError:
        raise DataError(f"{where}: {column} '{text[:40]}' is not a number", "Write it like 12.5.") from None
    if value <= 0:
        raise DataError(f"{where}: {column} '{text[:40]}' is not a price", "A price is above zero.")
    return float(value)
