"""Reading from the lake: nobody waits for a writer, and nobody sees half of what it writes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from fundcli.lake.database import fetch, query
from fundcli.lake.layout import COVERAGE, FUNDING, files
from fundcli.lake.records import Asked, Settlement, exact_form, from_ms, to_ms
from fundcli.lake.scope import Scope

_FOREVER = datetime(9999, 1, 1)


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
    root: Path, exchange: str, symbol: str, since_ms: int, until_ms: int, as_of_ms: int | None = None
) -> list[Settlement]:
    """The settlements of a contract within a window, oldest first, as known at a time."""
    since, until = from_ms(since_ms).replace(tzinfo=None), from_ms(until_ms).replace(tzinfo=None)
    chosen = files(root, FUNDING, exchange, (since.year, until.year))
    as_of = _FOREVER if as_of_ms is None else from_ms(as_of_ms).replace(tzinfo=None)
    rows = fetch(query("contract"), chosen, {"symbol": symbol, "since": since, "until": until, "as_of": as_of})
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


def asked(root: Path, exchange: str, symbols: Sequence[str] = ()) -> list[Asked]:
    """The windows that have been asked for."""
    rows = fetch(query("coverage"), files(root, COVERAGE, exchange), {"symbols": list(symbols)})
    return [
        Asked(symbol=symbol, since_ms=to_ms(since), until_ms=to_ms(until), fetched_ms=to_ms(fetched))
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
