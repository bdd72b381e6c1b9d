"""Reading from the lake: nobody waits for a writer, and nobody sees half of what it writes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import msgspec

from fundcli.lake.database import fetch, query
from fundcli.lake.layout import COVERAGE, FUNDING, SERIES, files
from fundcli.lake.records import Asked, Settlement, exact_form, from_ms, to_ms
from fundcli.lake.scope import Scope

_FOREVER = datetime(9999, 1, 1)
# Contracts whose rows are looked at together.
_AT_ONCE = 20


class Contract(msgspec.Struct, frozen=True, kw_only=True):
    """What the lake holds of one contract. `missing_hours`: within its span covered by no settlement's interval."""

    exchange: str
    symbol: str
    settlements: int
    first_ms: int
    last_ms: int
    interval_hours: int | None
    first_interval_hours: int | None
    intervals: int
    fetched_ms: int
    missing_hours: int | None


def settlements(
    root: Path,
    exchange: str,
    symbol: str,
    since_ms: int,
    until_ms: int,
    as_of_ms: int | None = None,
    problems: list[str] | None = None,
) -> list[Settlement]:
    """The settlements of a contract within a window, oldest first, as known at a time.

    problems: takes the names of files that could not be read and were left out; without it they are an error.
    """
    return _settlements("contract", {"symbol": symbol}, root, exchange, (since_ms, until_ms), as_of_ms, problems)


def settlements_of(
    root: Path, exchange: str, symbols: Sequence[str], since_ms: int, until_ms: int, as_of_ms: int | None = None
) -> dict[str, list[Settlement]]:
    """The same of several contracts in one reading; a contract without any is left out."""
    found: dict[str, list[Settlement]] = {}
    window = since_ms, until_ms
    for row in _settlements("of_contracts", {"symbols": list(symbols)}, root, exchange, window, as_of_ms, None):
        found.setdefault(row.symbol, []).append(row)
    return found


def _settlements(
    name: str,
    which: Mapping[str, object],
    root: Path,
    exchange: str,
    window: tuple[int, int],
    as_of_ms: int | None,
    problems: list[str] | None,
) -> list[Settlement]:
    since, until = (from_ms(ms).replace(tzinfo=None) for ms in window)
    chosen = files(root, FUNDING, exchange, (since.year, until.year))
    as_of = _FOREVER if as_of_ms is None else from_ms(as_of_ms).replace(tzinfo=None)
    rows = fetch(query(name), chosen, {**which, "since": since, "until": until, "as_of": as_of}, problems)
    return [
        Settlement(
            symbol=name,
            time_ms=to_ms(time),
            rate=exact_form(rate, text),  # type: ignore[arg-type]
            interval_hours=hours,
            price=exact_form(price, price_text),
            source=source,
            fetched_ms=to_ms(fetched),
        )
        for name, time, rate, text, hours, price, price_text, source, fetched in rows
    ]


def contracts(root: Path, exchanges: Sequence[str] = ()) -> list[Contract]:
    """What the lake holds, contract by contract."""
    return contracts_in(Scope(root=root, exchanges=tuple(exchanges)))


def contracts_in(scope: Scope) -> list[Contract]:
    """What the lake holds of a scope, contract by contract; its window does not matter."""
    return [
        Contract(
            exchange=exchange, symbol=symbol, settlements=count, first_ms=to_ms(first), last_ms=to_ms(last),
            interval_hours=hours, first_interval_hours=first_hours, intervals=intervals, fetched_ms=to_ms(fetched),
            missing_hours=None if missing is None else int(missing),
        )
        for exchange, symbol, count, first, last, hours, first_hours, intervals, fetched, missing in scope.rows(
            "contracts", windowed=False
        )
    ]  # fmt: skip


class Hours(msgspec.Struct, frozen=True, kw_only=True):
    """How many hours of a kind the lake holds of a contract, from when to when."""

    kind: str
    exchange: str
    symbol: str
    hours: int
    first_ms: int
    last_ms: int


def hours_in(scope: Scope) -> list[Hours]:
    """The prices and open interest that the lake holds of a scope; its window does not matter."""
    return [
        Hours(kind=kind, exchange=exchange, symbol=symbol, hours=hours, first_ms=to_ms(first), last_ms=to_ms(last))
        for kind in SERIES
        if kind != FUNDING
        for exchange, symbol, hours, first, last in scope.ask("hours", scope.files(kind, windowed=False))
        if scope.contracts is None or (exchange, symbol) in scope.contracts
    ]


def prices(
    root: Path, kind: str, exchange: str, symbol: str, times_ms: Sequence[int], as_of_ms: int | None = None
) -> dict[int, Decimal]:
    """The opens of the hours that begin at some times: the price at that instant."""
    if not times_ms:
        return {}
    since, until = (from_ms(ms).replace(tzinfo=None) for ms in (min(times_ms), max(times_ms)))
    as_of = _FOREVER if as_of_ms is None else from_ms(as_of_ms).replace(tzinfo=None)
    wanted = {"symbol": symbol, "since": since, "until": until, "as_of": as_of}
    rows = fetch(query("prices"), files(root, kind, exchange, (since.year, until.year)), wanted)
    at = set(times_ms)
    return {ms: exact_form(price, None) or Decimal(0) for time, price in rows if (ms := to_ms(time)) in at}


def instants(
    root: Path, exchange: str, symbols: Sequence[str], since_ms: int, until_ms: int
) -> Iterator[tuple[str, list[int], list[int | None]]]:
    """Each contract with its instants within a window, oldest first, and the intervals stored there."""
    since, until = (from_ms(ms).replace(tzinfo=None) for ms in (since_ms, until_ms))
    chosen = files(root, FUNDING, exchange, (since.year, until.year))
    for start in range(0, len(symbols), _AT_ONCE):
        some = list(symbols[start : start + _AT_ONCE])
        rows = fetch(query("instants"), chosen, {"symbols": some, "since": since, "until": until})
        found = {symbol: (times, hours) for symbol, times, hours in rows}
        for symbol in some:
            times, hours = found.pop(symbol, ([], []))
            yield symbol, times, hours


def asked(root: Path, exchange: str, symbols: Sequence[str] = (), covers: str = FUNDING) -> list[Asked]:
    """The windows that have been asked for of a kind of rows; those that touch are one."""
    rows = fetch(query("coverage"), files(root, COVERAGE, exchange), {"symbols": list(symbols), "covers": covers})
    return [
        Asked(covers=covers, symbol=symbol, since_ms=to_ms(since), until_ms=to_ms(until), fetched_ms=to_ms(fetched))
        for symbol, since, until, fetched in rows
    ]


def missing(windows: Sequence[Asked], since_ms: int, until_ms: int) -> list[tuple[int, int]]:
    """What of a window has not been asked for yet, as (since, until), both included.

    >>> known = [Asked(symbol="x", since_ms=10, until_ms=20, fetched_ms=0)]
    >>> missing(known, 0, 30), missing(known, 12, 18)
    ([(0, 10), (20, 30)], [])
    """
    left = [(since_ms, until_ms)]
    for window in sorted(windows, key=lambda w: w.since_ms):
        left = [
            piece
            for since, until in left
            for piece in ((since, min(until, window.since_ms)), (max(since, window.until_ms), until))
            if piece[0] < piece[1]
        ]
    return left
