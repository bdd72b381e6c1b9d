"""Settlements out of files into the lake: all the rows of a file, or, where one of them is wrong, none."""

from __future__ import annotations

import re
from array import array
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from operator import itemgetter
from pathlib import Path

import msgspec

from fundcli.core.columns import NAMES, columns_of
from fundcli.core.history import spacing
from fundcli.errors import DataError, FundcliError
from fundcli.lake.healing import heal
from fundcli.lake.layout import FUNDING
from fundcli.lake.merging import Written
from fundcli.lake.reader import instants
from fundcli.lake.records import Settlement, from_ms
from fundcli.lake.series import Cells, Series
from fundcli.lake.sheets import opened
from fundcli.lake.writer import NEAR_MS, Writer

# What an import reads of a table, and what the field calls it.
IMPORTED = {
    "time": NAMES["time"],
    "rate": NAMES["rate"],
    "symbol": ("symbol", "canonical_symbol", "venue_symbol", "coin", "instrument", "instid", "contract", "market"),
    "interval": NAMES["interval"],
    "mark": (*NAMES["mark"], "funding_markprice", "price"),
    "exchange": ("exchange", "venue"),
    # The number itself, where the column beside it is a float: as `history export` writes Parquet.
    "rate_text": ("rate_text",),
    "price_text": ("price_text",),
}  # fmt: skip
# Binance Vision names the contract in the file's name alone.
_VISION = re.compile(r"([A-Za-z0-9_]+)-fundingRate-\d{4}-\d{2}(?:-\d{2})?\.(?:csv|zip)", re.IGNORECASE)
_BATCH = 40_000
# A series shorter than this shows no run of equal steps: what its file states is better known.
_OBSERVABLE = 4


class Sheet(msgspec.Struct, kw_only=True):
    """A file that has been read and found good: its settlements by contract, and rows that were left out."""

    file: Path
    series: dict[str, Series]
    without_rate: int = 0
    other_symbols: int = 0


class Imported(msgspec.Struct, kw_only=True):
    """What an import did of one contract; first and last are instants of the rows that were read."""

    symbol: str
    rows: int
    written: Written
    first_ms: int
    last_ms: int
    contradicted_intervals: int


def read(file: Path, exchange: str, main: str, symbol: str | None, names: Mapping[str, str]) -> Sheet:
    """Read and check a file without writing a row of it.

    symbol: the contract of a file that names none, or the only one to take of those that it names.
    """
    cells = Cells(exchange, main)
    sheet = Sheet(file=file, series=defaultdict(Series))
    only = None if symbol is None else cells.symbol(symbol)
    with opened(file) as (header, rows):
        columns = columns_of(header, names, IMPORTED, file)
        for needed in ("time", "rate"):
            if needed not in columns:
                raise DataError(
                    f"{file} has no {needed} column among {', '.join(header[:12])}",
                    f"Name it with --map {needed}=COLUMN.",
                )
        if "symbol" not in columns and only is None:
            vision = _VISION.fullmatch(file.name)
            if vision is None:
                raise DataError(f"{file} does not say which contract it is of", "Name it with --symbol.")
            only = cells.symbol(vision[1])
        at = {kind: header.index(name) for kind, name in columns.items()}
        get = {kind: itemgetter(place) for kind, place in at.items()}
        for line, row in rows:
            try:
                _take(sheet, cells, get, row, only, exchange)
            except IndexError:
                raise DataError(f"{file}:{line}: {len(row)} cells of {len(header)}", "The line is cut off.") from None
            except FundcliError as error:
                raise DataError(f"{file}:{line}: {error.message}", error.remedy) from None
    if not sheet.series:
        raise DataError(f"{file} holds no settlement{f' of {only}' if only else ''}", "Check the file and --symbol.")
    return sheet


def _take(
    sheet: Sheet, cells: Cells, get: Mapping[str, itemgetter[int]], row: object, only: str | None, exchange: str
) -> None:
    def cell(kind: str) -> str:
        return str(get[kind](row)).strip() if kind in get else ""  # type: ignore[arg-type]

    name = cells.symbol(cell("symbol")) if "symbol" in get else only
    assert name is not None
    other = cell("exchange").lower()
    if other and other != exchange:
        raise DataError(f"the row is of {other[:40]}, not {exchange}", f"Import the rows of {exchange} alone.")
    time, rate = cells.time(cell("time")), cell("rate_text") or cell("rate")
    if only is not None and name != only:
        sheet.other_symbols += 1
    elif not rate:
        sheet.without_rate += 1
    else:
        sheet.series[name].add(
            time, cells.rate(rate), cells.price(cell("price_text") or cell("mark")), cells.hours(cell("interval"))
        )


def put(writer: Writer, sheet: Sheet, fetched_ms: int) -> list[Imported]:
    """Write a file's settlements; the intervals of rows that get new neighbours are seen anew."""
    done = {symbol: _observed(symbol, series) for symbol, series in sorted(sheet.series.items())}
    low, high = min(d.first_ms for d in done.values()), max(d.last_ms for d in done.values())
    batch: list[Settlement] = []
    # By year and then by contract: each partition is rewritten once a batch.
    pieces: dict[int, list[Iterator[Settlement]]] = defaultdict(list)
    held = instants(writer.root, writer.exchange, list(done), low - NEAR_MS, high + NEAR_MS)
    for symbol, known, _ in held:
        series = sheet.series[symbol]
        for year, places in _by_year(series, known, done[symbol]).items():
            pieces[year].append(_settlements(series, places, symbol, sheet.file.name, fetched_ms))
    for year in sorted(pieces):
        for rows in pieces.pop(year):
            for row in rows:
                if len(batch) >= _BATCH:
                    writer.put(FUNDING, batch)
                    batch = []
                batch.append(row)
    writer.put(FUNDING, batch)
    for symbol, written in writer.merge()[FUNDING].items():
        done[symbol].written = written
    heal(writer, sorted(done), low, high)
    return list(done.values())


def _observed(symbol: str, series: Series) -> Imported:
    stamps = series.instants(range(len(series.stamps)))
    first = last = next(stamps)
    for time in stamps:
        first, last = min(first, time), max(last, time)
    return Imported(
        symbol=symbol, rows=len(series.stamps), written=Written(), first_ms=first, last_ms=last,
        contradicted_intervals=0,
    )  # fmt: skip


def _by_year(series: Series, known: Sequence[int], done: Imported) -> dict[int, array[int]]:
    """The places of a contract's rows, year by year, after each row has got its interval."""
    places = series.ordered()
    times = sorted({*known, *series.instants(places)})
    hours = dict(zip(times, spacing(times)[0], strict=True))
    years: dict[int, array[int]] = defaultdict(lambda: array("q"))
    for i, instant in zip(places, series.instants(places), strict=True):
        observed, stated = hours[instant], series.hours[i]
        if stated and observed and stated != observed:
            done.contradicted_intervals += 1
        if not stated or (observed and len(times) >= _OBSERVABLE):
            series.hours[i] = observed or 0
        years[from_ms(instant).year].append(i)
    return years


def _settlements(
    series: Series, places: Sequence[int], symbol: str, source: str, fetched_ms: int
) -> Iterator[Settlement]:
    return (series.settlement(i, symbol, source, fetched_ms) for i in places)
