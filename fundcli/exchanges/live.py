"""The rates of an exchange now: its families at the same time, one failing leaves the others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import msgspec

from fundcli.errors import ExchangeError
from fundcli.exchanges.intervals import with_intervals
from fundcli.exchanges.listing import find
from fundcli.exchanges.market import Market
from fundcli.exchanges.pool import run_all
from fundcli.exchanges.reading import Reading, checked
from fundcli.exchanges.venue import Venue


class Snapshot(msgspec.Struct):
    """What a live read of an exchange brought: readings, what failed, and what the reader should know."""

    readings: list[Reading] = []
    failed: list[ExchangeError] = []
    warnings: list[str] = []


def read_live(
    venue: Venue, symbols: Sequence[str], observe: bool = False, done: Callable[[int, int], None] | None = None
) -> Snapshot:
    """Rates now: of these symbols, or of every active perpetual. `observe` looks harder for intervals."""
    venue.progress = done
    if symbols:
        chosen = [find(venue, symbol) for symbol in symbols]
        by_family = {f: list(dict.fromkeys(m for m in chosen if m.family == f)) for f in venue.families}
        jobs = [family for family in venue.families if by_family[family]]
    else:
        by_family, jobs = {}, list(venue.families)

    def read(family: str) -> list[Reading]:
        return _read_family(venue, family, by_family.get(family), observe)

    snapshot = Snapshot()
    results = run_all([partial(read, family) for family in jobs], len(jobs), venue.deadline)
    for result in results:
        if isinstance(result, list):
            snapshot.readings += result
        else:
            snapshot.failed.append(venue.failure(result))
    snapshot.warnings += venue.notes
    snapshot.failed += venue.failures
    if not snapshot.readings and not snapshot.failed:
        raise ExchangeError(venue.id, "answered no funding rate", "Try again later, with --refresh.")
    return snapshot


def _read_family(venue: Venue, family: str, wanted: Sequence[Market] | None, observe: bool) -> list[Reading]:
    client = venue.client
    markets = [m for m in venue.markets(family) if m.active] if wanted is None else list(wanted)
    if not markets:
        return []
    venue.named.clear()
    readings = venue.fetch_live(client, family, markets)
    if wanted is None and venue.is_outdated(family, venue.named):
        markets = [m for m in venue.markets(family, again=True) if m.active]
        venue.named.clear()
        readings = venue.fetch_live(client, family, markets)
        venue.is_outdated(family, venue.named)
    readings = [checked(reading) for reading in readings]
    return with_intervals(venue, readings, observe)
