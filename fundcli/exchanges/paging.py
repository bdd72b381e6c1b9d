"""Paging through settled rates and full hours by the last time seen, over whatever cap the exchange really has.

Exchanges anchor a page at either end of the window asked for, and cut it at caps that their documents do not always
give. After each page the part of the window that it did not reach is asked for, until a page brings nothing new.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Generic, Protocol, TypeVar

import msgspec

from fundcli.core.history import Stamp
from fundcli.core.units import MS_PER_HOUR

# No contract settles more often, and stamps stray from their instant by less than this.
_SLACK_MS = MS_PER_HOUR // 2
# No exchange is known to cut a page at fewer rows, whatever was asked for: so short a page is whole.
_SMALLEST_CAP = 20
_MOST_PAGES = 2000
_FEWEST_SPACED = 3
# No contract settles more seldom than once a day.
_LONGEST_MS = 24 * MS_PER_HOUR


class Window(msgspec.Struct, frozen=True):
    """Both ends included, in milliseconds."""

    since_ms: int
    until_ms: int


class Timed(Protocol):
    """A row of a history."""

    @property
    def time_ms(self) -> int:
        """When it was."""


AnyTimed = TypeVar("AnyTimed", bound=Timed)


class Page(msgspec.Struct, Generic[AnyTimed], frozen=True):
    """The rows of one answer, and how many were asked for."""

    rows: Sequence[AnyTimed]
    limit: int


def hours_in_windows(page: Callable[[Window], Sequence[AnyTimed]], window: Window, hours_a_page: int) -> list[AnyTimed]:
    """Every full hour of a window, ascending; so many are asked for at once, the newest first, until none comes.

    A page is asked for until its last hour ends: some exchanges leave out what begins at the end of a window.
    """
    now_ms = int(time.time() * 1000)

    def asked(part: Window) -> Page[AnyTimed]:
        ended = max(part.until_ms, min(part.until_ms + MS_PER_HOUR - 1, now_ms))
        return Page(page(Window(part.since_ms, ended)), hours_a_page)

    found: list[AnyTimed] = []
    until = window.until_ms
    while until >= window.since_ms:
        since = max(window.since_ms, until - (hours_a_page - 1) * MS_PER_HOUR)
        rows = _paged(asked, Window(since, until))
        if not rows:
            break
        found += rows
        until = since - MS_PER_HOUR
    return sorted(found, key=lambda row: row.time_ms)


def settled_in_windows(
    page: Callable[[Window], Page[Stamp]], window: Window, window_hours: int | None = None
) -> list[Stamp]:
    """Every settled rate in a window; long windows are cut where the exchange refuses them."""
    if window_hours is None:
        return _paged(page, window)
    step = window_hours * MS_PER_HOUR
    rows: list[Stamp] = []
    until = window.until_ms
    while until > window.since_ms:
        since = max(window.since_ms, until - step)
        rows += _paged(page, Window(since, until))
        until = since
    return rows


def _paged(page: Callable[[Window], Page[AnyTimed]], window: Window) -> list[AnyTimed]:
    """Ask for what is left of the window on the side that the last page did not reach.

    That is the longer side, as a rule. Where the history begins or ends within the window the longer side may be empty:
    after the first page, which shows no direction yet, the other one is asked for then.
    """
    kept: dict[int, AnyTimed] = {}
    left = window
    other: Window | None = None
    for _ in range(_MOST_PAGES):
        answer = page(left)
        rows = [row for row in answer.rows if left.since_ms <= row.time_ms <= left.until_ms]
        new = [row for row in rows if row.time_ms not in kept]
        if not new:
            if other is None:
                break
            left, other = other, None
            continue
        is_first = not kept
        for row in new:
            kept[row.time_ms] = row
        oldest = min(row.time_ms for row in rows)
        newest = max(row.time_ms for row in rows)
        before, after = oldest - left.since_ms, left.until_ms - newest
        if _is_whole(answer, left):
            break
        sides = Window(left.since_ms, oldest - 1), Window(newest + 1, left.until_ms)
        left, short = sides if before > after else sides[::-1]
        other = short if is_first and _may_hold(short) else None
        if len(answer.rows) < min(answer.limit, _SMALLEST_CAP) or not _may_hold(left):
            break
    return list(kept.values())


def _is_whole(page: Page[AnyTimed], window: Window) -> bool:
    """Whether an answer reaches both ends of the window: beyond it, or so near that its spacing has nothing due there.

    A cap would have cut it far from one end. A full page must reach beyond an end to show that it was not cut at all. A
    row stamped twice has no spacing, and leads to another question.

    >>> from decimal import Decimal
    >>> rows = [Stamp(h * MS_PER_HOUR, Decimal(0)) for h in (8, 16, 24)]
    >>> _is_whole(Page(rows, 100), Window(3 * MS_PER_HOUR, 26 * MS_PER_HOUR))
    True
    >>> _is_whole(Page(rows, 100), Window(3 * MS_PER_HOUR, 32 * MS_PER_HOUR))
    False
    """
    times = [row.time_ms for row in page.rows]
    if len(times) < _FEWEST_SPACED:
        return False
    before, after = min(times) - window.since_ms, window.until_ms - max(times)
    if max(before, after) > _LONGEST_MS or (len(times) >= page.limit and before >= 0 and after >= 0):
        return False
    times.sort()
    return before < times[1] - times[0] - _SLACK_MS and after < times[-1] - times[-2] - _SLACK_MS


def _may_hold(window: Window) -> bool:
    """Whether a further row fits: less than an hour holds none."""
    return window.until_ms - window.since_ms >= MS_PER_HOUR - _SLACK_MS


def settled_by_number(page: Callable[[int], Sequence[Stamp]], since_ms: int, until_ms: int) -> list[Stamp]:
    """Pages counted from 1, newest first, until one passes `since` or brings nothing new."""
    kept: dict[int, Stamp] = {}
    for number in range(1, _MOST_PAGES + 1):
        rows = page(number)
        new = [row for row in rows if row.time_ms not in kept]
        for row in new:
            kept[row.time_ms] = row
        if not new or min(row.time_ms for row in rows) < since_ms:
            break
    return [row for row in kept.values() if since_ms <= row.time_ms <= until_ms]
