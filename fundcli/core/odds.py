"""How sure a hold is: settled history replayed from every start.

The estimator is direct: a hold opens where the interval of each settlement begins, and is paid what settles within its
hours, at constant notional. The bootstrap (fundcli.core.bootstrap) gives only the uncertainty of what is counted here.
Starts overlap, so they are far from independent: span / hold of them are.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate

from fundcli.core.history import Settled
from fundcli.core.numbers import exact
from fundcli.core.units import MS_PER_HOUR


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a hold earns and costs, as shares of notional.

    sign: +1 receives a positive rate (cash-and-carry), -1 pays it. fixed: the costs of entry and exit; hourly: what an
    hour of the hold costs (borrow).
    """

    sign: int
    fixed: Decimal = Decimal(0)
    hourly: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """Holds of one length from every start: as many entries in each list as there are starts, in order of time.

    starts_ms: the open of each (one interval before the first settlement that it crosses). crossed: the places of the
    first settlement in it and of the first one after it. gross: the sum of the rates seen by the direction; net: that
    less the costs of the whole hold. broken_even_ms: from the open to the first settlement after which the costs until
    then are covered, None where that does not happen within the hold. flipped: whether rates of both signs settled
    within it. skipped: starts that were left out for a hole in their hold. Where the interval was longer than the hold,
    it crosses nothing, and earns nothing.
    """

    starts_ms: list[int]
    crossed: list[tuple[int, int]]
    gross: list[Decimal]
    net: list[Decimal]
    broken_even_ms: list[int | None]
    flipped: list[bool]
    skipped: int
    span_ms: int
    hold_ms: int

    @property
    def independent(self) -> int:
        """How many holds lie beside each other in the span."""
        return self.span_ms // self.hold_ms

    @property
    def uncrossed(self) -> int:
        """Holds in which nothing settles."""
        return sum(first == end for first, end in self.crossed)


@exact
def replay(rows: Sequence[Settled], hold_hours: Decimal, terms: Terms) -> Replay:
    """Replay a hold from every settlement whose hold ends within the history.

    Four settlements of 8 h, held for 16 h at a cost of 0.03 %: three starts.

    >>> eight = 8 * MS_PER_HOUR
    >>> rows = [Settled(i * eight, Decimal(r), 8) for i, r in enumerate(("0.0002", "0.0002", "-0.0001", "0.0004"))]
    >>> found = replay(rows, Decimal(16), Terms(sign=1, fixed=Decimal("0.0003")))
    >>> [str(net) for net in found.net], found.broken_even_ms[0] // MS_PER_HOUR, found.flipped
    (['0.0001', '-0.0002', '0.0000'], 16, [False, True, True])
    """
    times = [row.time_ms for row in rows]
    hours = [row.interval_hours or 0 for row in rows]
    opens = [time - hour * MS_PER_HOUR for time, hour in zip(times, hours, strict=True)]
    sums = list(accumulate((row.rate * terms.sign for row in rows), initial=Decimal(0)))
    positive = list(accumulate((row.rate > 0 for row in rows), initial=0))
    negative = list(accumulate((row.rate < 0 for row in rows), initial=0))
    # A settlement that does not begin where the one before it ended comes after a hole; without an interval, too.
    breaks = list(
        accumulate((not h or o != t for o, t, h in zip(opens[1:], times, hours[1:], strict=False)), initial=0)
    )
    hold_ms = int(hold_hours * MS_PER_HOUR)
    cost = terms.fixed + terms.hourly * hold_hours
    passed = _Passing(_paths(times, sums, terms), terms.fixed)
    starts: list[int] = []
    crossed: list[tuple[int, int]] = []
    gross: list[Decimal] = []
    broken: list[int | None] = []
    flipped: list[bool] = []
    skipped = 0
    for i, opened in enumerate(opens):
        if not hours[i] or opened + hold_ms > times[-1]:
            continue
        closed = opened + hold_ms
        end = bisect_right(times, closed)
        # A hold that ends before the first settlement lies in that one's own interval, where nothing is missing.
        if end > i and (breaks[end - 1] != breaks[i] or _is_cut(closed, times, hours, end)):
            skipped += 1
            continue
        starts.append(opened)
        crossed.append((i, end))
        gross.append(sums[end] - sums[i])
        level = sums[i] - terms.hourly * Decimal(opened) / MS_PER_HOUR
        first = passed.first(i + 1, end, level)
        broken.append(None if first is None else times[first - 1] - opened)
        flipped.append(positive[end] > positive[i] and negative[end] > negative[i])
    return Replay(
        starts_ms=starts, crossed=crossed, gross=gross, net=[value - cost for value in gross], broken_even_ms=broken,
        flipped=flipped, skipped=skipped, span_ms=times[-1] - opens[0] if rows else 0, hold_ms=hold_ms,
    )  # fmt: skip


def _is_cut(closed: int, times: Sequence[int], hours: Sequence[int], end: int) -> bool:
    """Whether a hold ends in a hole: a settlement was due by its close after the last one that is known in it."""
    return end < len(times) and closed >= times[end - 1] + hours[end] * MS_PER_HOUR


def _paths(times: Sequence[int], sums: Sequence[Decimal], terms: Terms) -> list[Decimal]:
    """What a hold would have after each settlement, up to what it had at its open and to its fixed costs."""
    return [sums[0], *(s - terms.hourly * Decimal(t) / MS_PER_HOUR for s, t in zip(sums[1:], times, strict=True))]


class _Passing:
    """The first place at which a path has risen by the fixed costs, by maxima over runs of 1, 2, 4, … places."""

    def __init__(self, path: Sequence[Decimal], rise: Decimal) -> None:
        self._rise = rise
        self._maxima = [list(path)]
        length = 1
        while 2 * length <= len(path):
            last = self._maxima[-1]
            self._maxima.append([max(last[i], last[i + length]) for i in range(len(path) - 2 * length + 1)])
            length *= 2

    def first(self, low: int, high: int, level: Decimal) -> int | None:
        """The first place from low to high (both included) that is at least `level` and the rise."""
        wanted = level + self._rise
        place = low
        for power in range(len(self._maxima) - 1, -1, -1):
            length = 1 << power
            while place + length - 1 <= high and self._maxima[power][place] < wanted:
                place += length
        return place if place <= high else None


@exact
def quantile(ordered: Sequence[Decimal], share: Decimal) -> Decimal:
    """The quantile of ascending numbers, linear between neighbours.

    >>> str(quantile([Decimal(1), Decimal(2), Decimal(4)], Decimal("0.75")))
    '3.00'
    """
    place = share * (len(ordered) - 1)
    below = int(place)
    if below + 1 >= len(ordered):
        return ordered[-1]
    return ordered[below] + (ordered[below + 1] - ordered[below]) * (place - below)
