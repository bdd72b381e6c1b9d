"""Which windows of a contract are still to be asked for, and what may be called known once they were."""

from __future__ import annotations

from collections.abc import Sequence

from fundcli.core.units import MS_PER_HOUR
from fundcli.lake.reader import missing
from fundcli.lake.records import Asked

_MS_PER_DAY = 24 * MS_PER_HOUR
# An exchange that fails to publish a settlement in time catches up within so many days.
_LATE_MS = 7 * _MS_PER_DAY
Window = tuple[int, int]


def windows(known: Sequence[Asked], since_ms: int, until_ms: int) -> list[Window]:
    """What of a window is left to ask, without pieces in which nothing can have settled.

    A piece that begins where another ended begins with a settlement that is known; without a further full hour in it
    there is nothing to ask for.

    >>> h = MS_PER_HOUR
    >>> windows([Asked(symbol="x", since_ms=8 * h, until_ms=16 * h, fetched_ms=0)], 0, 16 * h + 1)
    [(0, 28800000)]
    """
    covered = {window.until_ms for window in known}
    left = []
    for since, until in missing(known, since_ms, until_ms):
        first = -(-(since + 1 if since in covered else since) // MS_PER_HOUR)
        if first * MS_PER_HOUR <= until:
            left.append((since, until))
    return left


def last_closed(until_ms: int) -> int:
    """The start of the last hour that has ended by then: hourly rows are told of closed hours.

    >>> last_closed(5 * MS_PER_HOUR + 1) // MS_PER_HOUR
    4
    """
    return (until_ms // MS_PER_HOUR - 1) * MS_PER_HOUR


def known_until(window: Window, newest_ms: int | None, fetched_ms: int) -> int:
    """Up to when a window that was asked for need not be asked for again.

    Up to its end, where that lies in the past. Up to its newest settlement, where it ends with the present: what
    settled since then may not be published yet.
    """
    since, until = window
    if until <= fetched_ms - _LATE_MS:
        return until
    return max(since, newest_ms if newest_ms is not None else min(until, fetched_ms - _LATE_MS))
