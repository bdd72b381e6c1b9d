"""What is missing: between settlements by the contract's own schedule, and at the ends of what was asked for."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from fundcli.core.units import MS_PER_HOUR
from fundcli.lake.layout import COVERAGE, FUNDING, exchange_of
from fundcli.lake.reader import Contract, contracts_in
from fundcli.lake.records import to_ms
from fundcli.lake.scope import Scope


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """Settlements missing strictly between two times: `inside` a series, at its `start` or its `end`, or `all` of it.

    At the ends one of the times is the end of what was asked for, and it belongs to the gap.
    """

    exchange: str
    symbol: str
    where: str
    after_ms: int
    before_ms: int
    missing: int | None
    interval_hours: int | None


def gaps(scope: Scope) -> list[Gap]:
    """The holes and missing ends of every contract in scope that end after its since, by contract and time."""
    holes = [
        Gap(exchange=exchange, symbol=symbol, where="inside", after_ms=to_ms(after), before_ms=to_ms(before),
            missing=missing, interval_hours=hours)
        for exchange, symbol, after, before, missing, hours in scope.in_parts("holes", windowed=False)
    ]  # fmt: skip
    found = [gap for gap in (*holes, *_ends(scope)) if scope.since_ms is None or gap.before_ms > scope.since_ms]
    return sorted(found, key=lambda gap: (gap.exchange, gap.symbol, gap.after_ms))


def _ends(scope: Scope) -> Iterator[Gap]:
    asked = scope.ask("asked", scope.files(COVERAGE, windowed=False))
    if not asked:
        return
    held = {(found.exchange, found.symbol): found for found in contracts_in(scope)}
    unread = {name for name in scope.exchanges or () if _is_unread(name, scope)}
    for exchange, symbol, since, until in asked:
        if exchange in unread:  # what lies in a file that cannot be read is not missing
            continue
        if scope.contracts is not None and (exchange, symbol) not in scope.contracts:
            continue
        found = held.get((exchange, symbol))
        start, end = to_ms(since), to_ms(until)
        if found is None:
            yield Gap(exchange=exchange, symbol=symbol, where="all", after_ms=start, before_ms=end, missing=None,
                      interval_hours=None)  # fmt: skip
        else:
            yield from _around(found, start, end)


def _is_unread(exchange: str, scope: Scope) -> bool:
    files = scope.files(FUNDING, windowed=False)
    return any(
        problem.startswith(f"{file} ") for file in files if exchange_of(file) == exchange
        for problem in scope.problems or ()
    )  # fmt: skip


def _around(found: Contract, start: int, end: int) -> Iterator[Gap]:
    """What the schedule of the first and the last settlement, carried on, would have had within what was asked for."""
    for where, after, before, hours in (
        ("start", start, found.first_ms, found.first_interval_hours),
        ("end", found.last_ms, end, found.interval_hours),
    ):
        missing = (before - after) // (hours * MS_PER_HOUR) if hours else 0
        if missing > 0:
            yield Gap(exchange=found.exchange, symbol=found.symbol, where=where, after_ms=after, before_ms=before,
                      missing=missing, interval_hours=hours)  # fmt: skip
