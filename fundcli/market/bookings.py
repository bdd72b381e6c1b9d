"""The funding payments of an export: which exchange and format a file is of, its bookings, and positions beside it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Literal

import msgspec

from fundcli.core.booked import Booking
from fundcli.core.columns import columns_of, stamp_ms
from fundcli.core.units import scheduled_instant
from fundcli.errors import DataError, FundcliError, UsageError
from fundcli.market.booked_formats import FORMATS, MAPPED, MAPPED_FORMAT, mapped
from fundcli.market.booked_rows import Cell, Row
from fundcli.market.booked_tables import bad, few, read_table


class Export(msgspec.Struct, kw_only=True):
    """A file that has been read: its payments, and how many rows were of other kinds.

    zone: of its times that name none; zone_basis: whether each time or the file names it, it was typed, or neither, so
    that they were read as UTC.
    """

    format: str
    exchange: str
    bookings: list[Booking]
    in_contracts: bool
    has_size: bool
    unit: Decimal
    other_rows: int = 0
    other_symbols: int = 0
    zone: str | None = None
    zone_basis: Literal["named", "given", "assumed"] = "named"


def read_export(
    file: Path, name: str | None, exchange: str | None, symbol: str | None, names: Mapping[str, str], zone: str | None,
    main_of: Callable[[str], tuple[str, str]],
) -> Export:  # fmt: skip
    """The funding payments of a file.

    name: the format, where it is not to be found by its header; names: `--map`. main_of: a profile's id and its main
    contract, of an exchange's name. Times without a zone are UTC, or in `zone`, or as the file's preamble says.
    """
    if names:
        if name is not None or exchange is None:
            raise UsageError(
                "--map is for files of no known format, and needs the exchange",
                "Give --exchange, and drop --format.",
            )
        table = read_table(file, lambda have: {c.lower() for c in names.values()} <= have)
        form, chosen = mapped(file, table.header, names), MAPPED_FORMAT
    else:
        table = read_table(file, lambda have: any(_has(have, known) for known in FORMATS))
        chosen = _recognised(file, table.header, name)
        form = FORMATS[chosen]
    if exchange is not None and form.exchanges and exchange not in form.exchanges:
        raise UsageError(f"{file} is in the format {chosen}, not of {exchange}", f"It is of {form.exchanges[0]}.")
    profile, main = main_of(exchange or form.exchanges[0])
    export = Export(
        format=chosen, exchange=profile, bookings=[], in_contracts=False, has_size=form.has_size, unit=Decimal(0)
    )
    offset = _zone_ms(zone or table.zone)
    symbols = _Symbols(profile, main, symbol)
    unzoned = False
    for row in table.rows:
        try:
            cell = form.read(row)
            if cell is None:
                export.other_rows += 1
                continue
            unzoned = unzoned or not (cell.zone or _names_zone(cell.time))
            _take(export, row, cell, symbols, _zone_ms(cell.zone) if cell.zone else offset)
        except FundcliError as error:
            raise DataError(f"{file}:{row.line}: {error.message}", error.remedy) from None
    if not export.bookings:
        raise DataError(f"{file} holds no funding payment ({chosen})", "Check the file, --format and --symbol.")
    if unzoned:
        export.zone = zone or table.zone or None
        export.zone_basis = "given" if zone else "named" if table.zone else "assumed"
    decimals = max(form.digits, *(_decimals(b.booked) for b in export.bookings))
    export.unit = Decimal(1).scaleb(-decimals)
    return export


def _take(export: Export, row: Row, cell: Cell, symbols: _Symbols, offset_ms: int) -> None:
    symbol = symbols.of(cell.symbol)
    if symbol is None:
        export.other_symbols += 1
        return
    if cell.rate is not None and abs(cell.rate) > 1:
        raise UsageError(f"a rate of {cell.rate} is above 100 %", "A rate is a fraction like 0.0001.")
    if cell.price is not None and cell.price <= 0:
        raise UsageError(f"a price of {cell.price}", "A price is above zero.")
    if cell.samples <= 0:
        raise UsageError(f"{cell.samples} samples", "A payment is of one sample or more.")
    export.in_contracts = export.in_contracts or cell.contracts
    export.bookings.append(
        Booking(
            line=row.line, symbol=symbol, currency=cell.currency.upper() or symbol.rpartition(":")[2],
            time_ms=scheduled_instant(_stamp(cell.time, offset_ms)), booked=cell.amount, size=cell.size, rate=cell.rate,
            price=cell.price, samples=cell.samples, receives=cell.receives, prices=cell.prices,
        )
    )  # fmt: skip


class _Symbols:
    """Unified symbols by the form of an exchange's own."""

    def __init__(self, exchange: str, main: str, only: str | None) -> None:
        from fundcli.lake.series import Cells

        self._cells = Cells(exchange, main)
        self._only = None if only is None else self._cells.symbol(only)

    def of(self, text: str) -> str | None:
        """The symbol of a row; None where another is asked for."""
        if not text:
            if self._only is None:
                raise UsageError("the row does not say which contract it is of", "Name it with --symbol.")
            return self._only
        found = self._cells.symbol(text)
        return found if self._only in (None, found) else None


def read_positions(
    file: Path, exchange: str, main: str, symbol: str | None, zone: str | None
) -> dict[str, list[tuple[int, Decimal]]]:
    """`--positions`: signed sizes from a time on, per contract, oldest first; in base coin, inverse in contracts."""
    names = {key: MAPPED[key] for key in ("time", "symbol", "size")}
    table = read_table(file, lambda have: {"time", "size"} <= have)
    columns = columns_of(table.header, {}, names, file)
    for needed in ("time", "size"):
        if needed not in columns:
            bad(file, f"has no {needed} column among {few(table.header)}", "It has time, symbol and size.")
    symbols, offset = _Symbols(exchange, main, symbol), _zone_ms(zone or table.zone)
    found: dict[str, list[tuple[int, Decimal]]] = {}
    for row in table.rows:
        try:
            named = row.text(columns["symbol"].lower()) if "symbol" in columns else ""
            contract = symbols.of(named)
            size = row.needed(columns["size"].lower())
            time = _stamp(row.text(columns["time"].lower()), offset)
        except FundcliError as error:
            raise DataError(f"{file}:{row.line}: {error.message}", error.remedy) from None
        if contract is not None:
            found.setdefault(contract, []).append((time, size))
    if not found:
        bad(file, "holds no position", "It has time, symbol and signed size in each row.")
    return {contract: sorted(rows, key=lambda one: one[0]) for contract, rows in found.items()}


def _has(have: set[str], name: str) -> bool:
    return not FORMATS[name].lacks(have)


def _recognised(file: Path, header: Sequence[str], name: str | None) -> str:
    """The format that a header tells; a wrong one is told what was expected."""
    have = {column.lower() for column in header}
    if name is not None:
        lacking = FORMATS[name].lacks(have)
        if lacking:
            bad(
                file,
                f"is not in the format {name}: it has no {', '.join(lacking)} among {few(header)}",
                f"That format has the columns {', '.join(FORMATS[name].header)}.",
            )
        return name
    found = [n for n in FORMATS if _has(have, n)]
    if not found:
        near = max(FORMATS, key=lambda n: len({c.lower() for c in FORMATS[n].header} & have))
        bad(
            file,
            f"has no header of a known export: {few(header)}",
            f"The nearest, {near}, has {', '.join(FORMATS[near].header)}. Or name the columns with --map.",
        )
    return max(found, key=lambda n: len(FORMATS[n].header))


def _stamp(text: str, offset_ms: int) -> int:
    """Milliseconds of a time; one that names no zone is `offset_ms` ahead of UTC."""
    plain = text.strip().replace("/", "-")
    return stamp_ms(plain) - (0 if _names_zone(plain) else offset_ms)


def _names_zone(text: str) -> bool:
    """Whether a time says of which zone it is, or counts from 1970."""
    plain = text.strip()
    counted = plain.replace(".", "", 1).isdecimal()
    return counted or re.search(r"(Z|[+-]\d\d:?\d\d)\Z", plain[10:], re.IGNORECASE) is not None


def _zone_ms(zone: str | None) -> int:
    """`UTC+3` in milliseconds."""
    if not zone:
        return 0
    match = re.fullmatch(r"(?:UTC|GMT)?\s*([+-])(\d{1,2})(?::?(\d\d))?", zone.strip(), re.IGNORECASE)
    if zone.strip().upper() in ("UTC", "GMT", "Z"):
        return 0
    if match is None or int(match[2]) > 14:
        raise UsageError(f"--zone: '{zone}' is no offset from UTC", "Write it like UTC+3.")
    minutes = int(match[2]) * 60 + int(match[3] or 0)
    return minutes * 60_000 * (-1 if match[1] == "-" else 1)


def with_sizes(bookings: Iterable[Booking], value_of: Callable[[str], Decimal | None]) -> list[Booking]:
    """Sizes in contracts as base coin or quote units; a contract of unknown value leaves no size."""
    done = []
    for booking in bookings:
        value = value_of(booking.symbol)
        size = None if booking.size is None or value is None else booking.size * value
        done.append(replace(booking, size=size))
    return done


def _decimals(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
