"""Settlement instants: which ones a holding crosses, and how sure that is.

A holder pays for settlements t with open < t <= close. Where an end lies inside the exchange's settlement window the
settlement next to it may or may not be charged, and the count has a range.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from fundcli.core.numbers import exact
from fundcli.core.units import MS_PER_HOUR
from fundcli.errors import UsageError

# Twenty years of hourly settlements.
_MOST_LISTED = 200_000


@dataclass(frozen=True, slots=True)
class Grid:
    """Settlements every `interval_ms`, one of them at `anchor_ms`."""

    interval_ms: int
    anchor_ms: int = 0

    @classmethod
    def of(cls, interval_hours: Decimal, settlement_hours_utc: list[int] | None = None) -> Grid:
        """The grid of an interval, placed so that it passes through the exchange's settlement hours.

        >>> Grid.of(Decimal(8), [4, 12, 20]).first_after(0) // MS_PER_HOUR
        4
        """
        interval_ms = int(interval_hours * MS_PER_HOUR)
        first = min(settlement_hours_utc) if settlement_hours_utc else 0
        return cls(interval_ms, first * MS_PER_HOUR % interval_ms)

    def first_after(self, ms: int) -> int:
        """The first settlement strictly after an instant."""
        return ms + self.interval_ms - (ms - self.anchor_ms) % self.interval_ms

    def last_until(self, ms: int) -> int:
        """The last settlement at or before an instant."""
        return ms - (ms - self.anchor_ms) % self.interval_ms

    def crossed(self, open_ms: int, close_ms: int) -> list[int]:
        """Every settlement t with open < t <= close.

        8-hour settlements strictly after 08:01 and until 15:59 are none:

        >>> hour = MS_PER_HOUR
        >>> Grid(8 * hour).crossed(8 * hour + 60_000, 16 * hour - 60_000)
        []
        """
        if (close_ms - open_ms) // self.interval_ms > _MOST_LISTED:
            raise UsageError("that hold crosses more settlements than can be listed", "Ask for it with --hold.")
        return list(range(self.first_after(open_ms), close_ms + 1, self.interval_ms))


@dataclass(frozen=True, slots=True)
class Count:
    """How many settlements are charged: the expected number and the range it can fall in."""

    expected: Decimal
    least: Decimal
    most: Decimal


@exact
def count_for_hold(hold_hours: Decimal, interval_hours: Decimal, continuous: bool = False) -> Count:
    """A hold of unknown start: hold / interval is the expectation, its floor and ceiling the range.

    >>> count_for_hold(Decimal(12), Decimal(8))
    Count(expected=Decimal('1.5'), least=Decimal('1'), most=Decimal('2'))
    """
    expected = hold_hours / interval_hours
    if continuous:
        return Count(expected, expected, expected)
    return Count(expected, expected.to_integral_value(ROUND_FLOOR), expected.to_integral_value(ROUND_CEILING))


def premium_window(settlement_ms: int, interval_ms: int, lag_periods: int) -> tuple[int, int]:
    """The time over which the premium of a settlement was measured: its interval, or so many intervals earlier.

    Bitfinex pays at 08:00 what was measured from 16:00 to 00:00:

    >>> hour = MS_PER_HOUR
    >>> [t // hour for t in premium_window(32 * hour, 8 * hour, 1)]
    [16, 24]
    """
    end = settlement_ms - lag_periods * interval_ms
    return end - interval_ms, end


def instants_around(grid: Grid, open_ms: int, close_ms: int, window_ms: int) -> list[int]:
    """Every settlement that a hold crosses or whose window one of its ends may touch."""
    return grid.crossed(open_ms - window_ms - 1, close_ms + window_ms)


def count_for_times(
    instants: Sequence[int], open_ms: int, close_ms: int, window_ms: int
) -> tuple[Count, list[int], list[int]]:
    """A hold between two instants: the count with its range, the settlements crossed, the doubtful ones.

    Opened 5 s after 08:00 with a window of 15 s, 08:00 may be charged:

    >>> eight = 8 * MS_PER_HOUR
    >>> near = instants_around(Grid(eight), eight + 5000, eight + MS_PER_HOUR, 15_000)
    >>> count_for_times(near, eight + 5000, eight + MS_PER_HOUR, 15_000)[0]
    Count(expected=Decimal('0'), least=Decimal('0'), most=Decimal('1'))
    """
    crossed = [t for t in instants if open_ms < t <= close_ms]
    doubtful = [t for t in instants if window_ms and (abs(t - open_ms) <= window_ms or abs(t - close_ms) <= window_ms)]
    least = len(set(crossed) - set(doubtful))
    most = len(set(crossed) | set(doubtful))
    return Count(Decimal(len(crossed)), Decimal(least), Decimal(most)), crossed, doubtful


@exact
def accrued_parts(grid: Grid, open_ms: int, close_ms: int) -> list[tuple[int, Decimal]]:
    """Continuous accrual: each period held, as (its end or the close, the share of the period held).

    Half an hour before and a quarter after a full hour on an hourly grid:

    >>> hour = MS_PER_HOUR
    >>> [(t / hour, share) for t, share in accrued_parts(Grid(hour), hour // 2, hour + hour // 4)]
    [(1.0, Decimal('0.5')), (1.25, Decimal('0.25'))]
    """
    if (close_ms - open_ms) // grid.interval_ms > _MOST_LISTED:
        raise UsageError("that hold crosses more settlements than can be listed", "Ask for it with --hold.")
    parts = []
    start = open_ms
    while start < close_ms:
        end = min(grid.first_after(start), close_ms)
        parts.append((end, Decimal(end - start) / grid.interval_ms))
        start = end
    return parts
