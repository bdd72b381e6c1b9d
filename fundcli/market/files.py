"""Files that a person hands over: premium samples, an order book, a series of settlements. All are checked.

Numbers are fractions, or percents with their sign. Nothing is guessed from the order of columns: a column has a name.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any, NoReturn

import msgspec

from fundcli.core.columns import NAMES, columns_of, stamp_ms
from fundcli.core.units import parse_number, parse_share
from fundcli.errors import DataError, FundcliError

_LEVEL_KEYS = (("p", "price", "px"), ("s", "size", "sz", "qty", "amount"))
_MOST_BYTES = 256 * 1024 * 1024


class Sample(msgspec.Struct, frozen=True):
    """A premium at a time, in milliseconds; None where the file has no times."""

    premium: Decimal
    time_ms: int | None = None


class Book(msgspec.Struct, frozen=True, kw_only=True):
    """An order book, best level first, with the index, mark and contract size where the file has them."""

    bids: list[tuple[Decimal, Decimal]]
    asks: list[tuple[Decimal, Decimal]]
    index: Decimal | None = None
    mark: Decimal | None = None


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One settlement of a series, with whatever premium or prices stand beside it."""

    time_ms: int
    rate: Decimal
    premium: Decimal | None = None
    mark: Decimal | None = None
    index: Decimal | None = None
    bid: Decimal | None = None
    ask: Decimal | None = None
    interval_hours: Decimal | None = None


def read_samples(file: Path) -> list[Sample]:
    """Premium samples, oldest first: a number a line, a CSV with a `premium` (and `time`) column, or JSON of either."""
    text = _text(file)
    rows = _json(file, text) if text.lstrip()[:1] in ("[", "{") else _lines(file, text)
    if isinstance(rows, Mapping):
        rows = rows.get("premiums") or rows.get("samples") or rows.get("rows") or []
    if not isinstance(rows, Sequence) or not rows:
        _bad(file, "holds no premium samples", "Write one premium a line, or a CSV with a `premium` column.")
    samples = [_sample(file, row, place) for place, row in enumerate(rows, 1)]
    times = [sample.time_ms for sample in samples]
    if any(t is None for t in times) != all(t is None for t in times):
        _bad(file, "has a time for some samples only", "Give all of them one, or none.")
    known = [t for t in times if t is not None]
    if known != sorted(known):
        samples.sort(key=lambda sample: sample.time_ms or 0)
    if len(set(known)) != len(known):
        _bad(file, "has two samples of one time", "Remove one of them: it would weigh twice.")
    return samples


def read_book(file: Path) -> Book:
    """An order book as JSON: `bids` and `asks`, each a list of [price, size] or {p, s}, best or worst level first."""
    data = _json(file, _text(file))
    for wrapper in ("httpResponse", "data", "result", "orderBook", "order_book", "book"):
        inner = data.get(wrapper) if isinstance(data, Mapping) else None
        if isinstance(inner, list) and len(inner) == 1:
            inner = inner[0]
        if isinstance(inner, Mapping) and not (data.get("bids") or data.get("b")):
            data = inner
    if not isinstance(data, Mapping):
        _bad(file, "is not an order book", 'It is JSON like {"bids": [[price, size], …], "asks": […]}.')
    bids = _levels(file, data, "bids", "b")
    asks = _levels(file, data, "asks", "a")
    bids.sort(key=lambda level: -level[0])
    asks.sort(key=lambda level: level[0])
    if bids[0][0] >= asks[0][0]:
        _bad(file, f"has its best bid {bids[0][0]} at or above its best ask {asks[0][0]}", "Check which side is which.")
    known = {kind: next((data[n] for n in data if str(n).lower() in NAMES[kind]), None) for kind in ("index", "mark")}
    prices = {kind: None if value is None else _price(file, str(value), kind) for kind, value in known.items()}
    return Book(bids=bids, asks=asks, index=prices["index"], mark=prices["mark"])


def read_series(file: Path, names: Mapping[str, str]) -> list[Row]:
    """Settlements in a CSV: time and rate, with a premium, or mark and index, or bid, ask and index beside them.

    names: which column is which (`--map rate=fundingRate`), where the file calls them something else.
    """
    text = _text(file)
    reader = csv.DictReader(StringIO(text))
    header = [name for name in reader.fieldnames or [] if name]
    columns = columns_of(header, names, NAMES, file)
    for needed in ("time", "rate"):
        if needed not in columns:
            _bad(file, f"has no {needed} column among {', '.join(header[:12])}", f"Name it with --map {needed}=COLUMN.")
    rows = []
    for line, record in enumerate(reader, 2):
        values = {kind: (record.get(column) or "").strip() for kind, column in columns.items()}
        if not values["rate"]:
            continue
        where = f"{file}:{line}"
        rows.append(
            Row(
                time_ms=time_at(where, values["time"]),
                rate=_share(where, values["rate"]),
                premium=_share(where, values["premium"]) if values.get("premium") else None,
                **{
                    kind: _price(where, values[kind], kind) if values.get(kind) else None
                    for kind in ("mark", "index", "bid", "ask")
                },
                interval_hours=_number(where, values["interval"]) if values.get("interval") else None,
            )
        )
    if not rows:
        _bad(file, "holds no settlement", "It is a CSV with a time and a rate in each row.")
    return rows


def _lines(file: Path, text: str) -> list[Any]:
    """Numbers, or the records of a CSV where the first line has names."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    if lines and not _is_share(lines[0].replace(";", ",").split(",")[0]):
        return list(csv.DictReader(lines))
    return [part for line in lines for part in line.replace(";", ",").split(",") if part.strip()]


def _sample(file: Path, row: Any, place: int) -> Sample:
    where = f"{file}: sample {place}"
    if not isinstance(row, Mapping):
        return Sample(_share(where, str(row)))
    columns = {str(name).strip().lower(): value for name, value in row.items() if name is not None}
    premium = next((columns[name] for name in NAMES["premium"] if columns.get(name) not in (None, "")), None)
    if premium is None:
        _bad(file, f"has no premium in sample {place}", "Call the column `premium`.")
    at = next((columns[name] for name in NAMES["time"] if columns.get(name) not in (None, "")), None)
    return Sample(_share(where, str(premium)), None if at is None else time_at(where, str(at)))


def _levels(file: Path, data: Mapping[str, Any], *names: str) -> list[tuple[Decimal, Decimal]]:
    raw = next((data[name] for name in names if data.get(name)), None)
    if not isinstance(raw, list):
        _bad(file, f"has no {names[0]}", 'It is JSON like {"bids": [[price, size], …], "asks": […]}.')
    levels = []
    for level in raw:
        if isinstance(level, Mapping):
            pair = (
                level.get("p", level.get("price", level.get("px"))),
                level.get("s", level.get("size", level.get("sz"))),
            )
        else:
            pair = (level[0], level[1]) if isinstance(level, list) and len(level) >= 2 else (None, None)
        price, size = _price(file, str(pair[0]), names[0]), _number(str(file), str(pair[1]))
        if size < 0:
            _bad(file, f"has a negative size {size} in its {names[0]}", "A size is zero or more.")
        levels.append((price, size))
    return levels


def _text(file: Path) -> str:
    try:
        if file.stat().st_size > _MOST_BYTES:
            _bad(file, "is larger than 256 MB", "Split it.")
        return file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise DataError(f"{file} cannot be read: {error.strerror}", "Check the path and its permissions.") from None
    except UnicodeDecodeError:
        _bad(file, "is not text", "It is a CSV or JSON file in UTF-8.")


def _json(file: Path, text: str) -> Any:
    try:
        return json.loads(text, parse_float=Decimal, parse_int=Decimal, parse_constant=lambda name: name)
    except (ValueError, RecursionError):
        _bad(file, "is not valid JSON", "Check where it was cut off.")


def time_at(where: str, text: str) -> int:
    """ISO 8601, or seconds, milliseconds or microseconds since 1970."""
    try:
        return stamp_ms(text)
    except FundcliError:
        raise DataError(
            f"{where}: '{text[:40]}' is not a time", "Write ISO 8601, or milliseconds since 1970."
        ) from None


def _share(where: str, text: str) -> Decimal:
    try:
        return parse_share(text)
    except FundcliError:
        raise DataError(f"{where}: '{text[:40]}' is not a rate", "Write 0.0001 or 0.01%.") from None


def _is_share(text: str) -> bool:
    try:
        parse_share(text)
    except FundcliError:
        return False
    return True


def _number(where: str, text: str) -> Decimal:
    try:
        return parse_number(text)
    except FundcliError:
        raise DataError(f"{where}: '{text[:40]}' is not a number", "Write it like 12.5.") from None


def _price(where: object, text: str, what: str) -> Decimal:
    value = _number(f"{where}: {what}", text)
    if value <= 0:
        raise DataError(f"{where}: {what} '{text[:40]}' is not a price", "A price is above zero.")
    return value


def _bad(file: Path, problem: str, remedy: str) -> NoReturn:
    raise DataError(f"{file} {problem}", remedy)
