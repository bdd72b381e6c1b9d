"""Two series of prices for a hedge ratio: hourly marks out of the lake, or two columns of a file. No network."""

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
from fundcli.core.symbols import contract_meant
from fundcli.core.units import MS_PER_HOUR, parse_number, to_ms
from fundcli.errors import DataError, FundcliError, UsageError
from fundcli.market.files import time_at
from fundcli.market.kept import Store
from fundcli.profiles import Profile

# Below so many (effective) returns an interval is wide, and its t far from normal.
_FEW = 30
# A window with fewer of its returns than this share is called not covered.
_COVERED = Decimal("0.95")
_MOST_BYTES = 256 * 1024 * 1024


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """Prices of the exposure (y) and of the instrument (x) by time, up to `end_ms`, `spacing_ms` apart.

    problems: files of the lake that could not be read.
    """

    exposure: str
    instrument: str
    y: Prices
    x: Prices
    end_ms: int
    spacing_ms: int
    warnings: list[str]
    problems: list[str]

    @property
    def last_price(self) -> Decimal | None:
        """The newest price of the instrument at a time at which both have one."""
        common = self.y.keys() & self.x.keys()
        return Decimal(repr(self.x[max(common)])) if common else None


def lake_pair(store: Store, profile: Profile, exposure: str, instrument: str, now: datetime, hours: Decimal) -> Pair:
    """The hourly mark prices of two contracts of the lake, over so many hours up to the last that has ended."""
    from fundcli.lake.marks import marked, marks
    from fundcli.lake.scope import Scope

    as_of = None if store.as_of is None else to_ms(store.as_of)
    scope = Scope(root=store.root, exchanges=(profile.id,), as_of_ms=as_of, problems=[])
    held = marked(scope) if store.holds(profile.id, "mark") else []
    names = [_held(text, held, profile.id) for text in (exposure, instrument)]
    absent = [text for text, name in zip((exposure, instrument), names, strict=True) if name is None]
    if absent:
        raise _absent(scope.problems or [], profile.id, absent, store.as_of, "")
    y_name, x_name = (name or "" for name in names)
    if y_name == x_name:
        raise UsageError(f"{y_name} cannot hedge itself", "Name two contracts.")
    end = (to_ms(now) // MS_PER_HOUR - 1) * MS_PER_HOUR  # the open of an hour is known when the hour has ended
    scope = msgspec.structs.replace(
        scope, symbols=(y_name, x_name), since_ms=max(0, end - round(hours * MS_PER_HOUR)), until_ms=end
    )
    found = marks(scope)
    if empty := [name for name in scope.symbols if name not in found]:
        raise _absent(scope.problems or [], profile.id, empty, store.as_of, " in that time")
    return Pair(
        exposure=y_name, instrument=x_name, y=found.get(y_name, {}), x=found.get(x_name, {}), end_ms=end,
        spacing_ms=MS_PER_HOUR, warnings=_quotes(y_name, x_name), problems=scope.problems or [],
    )  # fmt: skip


def _quotes(*names: str) -> list[str]:
    y, x = (name.partition("/")[2].partition(":")[0] for name in names)
    return [] if y == x else [f"{y} and {x} are taken as the same money"]


def _held(text: str, held: list[str], exchange: str) -> str | None:
    meant = contract_meant(text, held)
    if len(meant) > 1:
        raise UsageError(f"{exchange}: '{text}' could be {', '.join(meant)}", "Name one of them.")
    return meant[0] if meant else None


def _absent(problems: list[str], exchange: str, absent: list[str], as_of: datetime | None, when: str) -> DataError:
    if problems:
        return DataError(
            "; ".join(problems), "Move it away and ask for it anew with `fundcli history sync --again --with prices`."
        )
    words = " ".join(f"-s {text}" for text in absent)
    known, then = ("holds", "") if as_of is None else ("knew", f" at {as_of:%Y-%m-%dT%H:%MZ}")
    return DataError(
        f"the lake {known} no hourly mark prices of {' and '.join(absent)} on {exchange}{when}{then}",
        f"Run `fundcli history sync -e {exchange} {words} --with prices`"
        + (" first." if as_of is None else ", or ask for a later --as-of."),
    )


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
