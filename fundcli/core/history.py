"""A series of settlements as the exchange handed it over, made whole: keyed, ordered, spaced, with its holes named.

Exchanges stamp a settlement some milliseconds, at times minutes, around its instant, repeat rows between pages and
change a contract's interval during its life. A settlement is keyed by its scheduled instant, which on every exchange
read here is a full hour; the interval of each row comes from the spacing of the rows around it, never from today's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple

from fundcli.core.numbers import exact
from fundcli.core.units import MS_PER_HOUR, scheduled_instant

# So many equal steps running are an interval; fewer may be a hole that happens to look like one.
_ESTABLISHED_RUN = 3
# Hours between settlements that some exchange has ever used; another step, however often, is holes in a row.
_INTERVALS = frozenset({1, 2, 4, 6, 8, 12, 24})


class Stamp(NamedTuple):
    """One settled rate as the exchange stamped it; price is the one that the payment used, if given."""

    time_ms: int
    rate: Decimal
    price: Decimal | None = None


class Settled(NamedTuple):
    """One settlement at its scheduled instant, with the interval that ended there."""

    time_ms: int
    rate: Decimal
    interval_hours: int | None
    price: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Hole:
    """Settlements that should lie strictly between two known ones, and are missing."""

    after_ms: int
    before_ms: int
    missing: int


@dataclass(frozen=True, slots=True)
class History:
    """Settlements in ascending order, the holes between them, and stamps that contradicted each other."""

    settled: tuple[Settled, ...]
    holes: tuple[Hole, ...]
    conflicts: tuple[int, ...] = ()


def clean(stamps: Iterable[Stamp]) -> History:
    """Key by scheduled instant, drop duplicates, sort, find each row's interval and the holes.

    Of two stamps of one settlement the one nearer to the instant stands; if their rates differ the instant is
    listed in `conflicts`.

    >>> rows = [Stamp(h * MS_PER_HOUR, Decimal("0.0001")) for h in (0, 8, 8, 16, 32, 40, 48, 56)]
    >>> history = clean(rows)
    >>> len(history.settled), [hole.missing for hole in history.holes]
    (7, [1])
    """
    chosen: dict[int, Stamp] = {}
    conflicts: set[int] = set()
    for stamp in stamps:
        instant = scheduled_instant(stamp.time_ms)
        known = chosen.get(instant)
        if known is None:
            chosen[instant] = stamp
            continue
        if known.rate != stamp.rate:
            conflicts.add(instant)
        if abs(stamp.time_ms - instant) < abs(known.time_ms - instant):
            chosen[instant] = stamp
    instants = sorted(chosen)
    intervals, holes = spacing(instants)
    settled = tuple(
        Settled(t, chosen[t].rate, hours, chosen[t].price) for t, hours in zip(instants, intervals, strict=True)
    )
    return History(settled, tuple(holes), tuple(sorted(conflicts)))


def spacing(instants: Sequence[int]) -> tuple[list[int | None], list[Hole]]:
    """The interval that ended at each of some ascending instants, and the holes between them.

    >>> spacing([h * MS_PER_HOUR for h in (0, 4, 8, 12, 20)])
    ([4, 4, 4, 4, 4], [Hole(after_ms=43200000, before_ms=72000000, missing=1)])
    """
    steps = [(after - before) // MS_PER_HOUR for before, after in pairwise(instants)]
    expected = _expected_steps(steps)
    holes = [
        Hole(instants[i], instants[i + 1], _ceil_div(step, expected[i]) - 1)
        for i, step in enumerate(steps)
        if step > expected[i]
    ]
    return [_interval(i, steps, expected) for i in range(len(instants))], holes


def wrong_intervals(instants: Sequence[int], stated: Sequence[int | None]) -> dict[int, int]:
    """Places whose stated interval the spacing contradicts → the interval that it should be.

    An interval is contradicted by a settlement that came sooner, and by a run of equal steps around it; a row at a
    switch may go by the step before it or the one after it.

    >>> eights = [h * MS_PER_HOUR for h in (0, 8, 16, 24, 32)]
    >>> wrong_intervals(eights, [8, 8, 1, None, 8])
    {2: 8, 3: 8}
    """
    steps = [(after - before) // MS_PER_HOUR for before, after in pairwise(instants)]
    established, expected = _established(steps), _expected_steps(steps)
    wrong = {}
    for i, hours in enumerate(stated):
        before = steps[i - 1] if i else None
        right = _interval(i, steps, expected)
        if right is None or hours == right or (hours is not None and i < len(steps) and hours == steps[i]):
            continue
        sooner = hours is not None and before is not None and hours > before
        if hours is None or sooner or established[i - 1 if i else 0]:
            wrong[i] = right
    return wrong


def _ceil_div(number: int, by: int) -> int:
    return -(-number // by)


def _expected_steps(steps: Sequence[int]) -> list[int]:
    """For each step the interval that ruled there: its own where established, else the longer established neighbour.

    A step shorter than its surroundings is a switch of interval, not a hole, and stands as it is.
    """
    established = _established(steps)
    if not any(established):
        shortest = min(steps, default=0)
        return [shortest for _ in steps]
    earlier = _last_established(steps, established)
    later = _last_established(steps[::-1], established[::-1])[::-1]
    return [
        step if established[i] else min(step, max(s for s in (earlier[i], later[i]) if s is not None))
        for i, step in enumerate(steps)
    ]


def _last_established(steps: Sequence[int], established: Sequence[bool]) -> list[int | None]:
    """For each step the established one nearest before it."""
    last: int | None = None
    found = []
    for step, sure in zip(steps, established, strict=True):
        last = step if sure else last
        found.append(last)
    return found


def _established(steps: Sequence[int]) -> list[bool]:
    """Which steps stand in a run of at least three equal ones (or in the only run there is)."""
    flags = [False] * len(steps)
    start = 0
    for i in range(1, len(steps) + 1):
        if i == len(steps) or steps[i] != steps[start]:
            if i - start >= _ESTABLISHED_RUN and steps[start] in _INTERVALS:
                flags[start:i] = [True] * (i - start)
            start = i
    return flags


def _interval(row: int, steps: Sequence[int], expected: Sequence[int]) -> int | None:
    """The interval that ended at a row: the step before it, without a hole; the first row takes the step after."""
    if not steps:
        return None
    return expected[row - 1] if row else expected[0]


@exact
def mean_rate(settled: Sequence[Settled], interval_hours: Decimal) -> Decimal | None:
    """The mean of settled rates as a rate per `interval_hours`: their sum over the hours that they cover.

    Eight hourly settlements of 0.00125 % and one 8-hour settlement of 0.01 % are the same money:

    >>> rows = [Settled(0, Decimal("0.0001"), 8), Settled(0, Decimal("0.0000125"), 1)]
    >>> mean_rate(rows, Decimal(8)) == Decimal("0.0001")
    True
    """
    known = [(row.rate, row.interval_hours) for row in settled if row.interval_hours]
    hours = sum(h for _, h in known)
    if not hours:
        return None
    return sum((rate for rate, _ in known), Decimal(0)) / hours * interval_hours


def latest_interval(settled: Sequence[Settled]) -> int | None:
    """The interval of the newest settlement."""
    return settled[-1].interval_hours if settled else None
