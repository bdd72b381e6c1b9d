"""What a position has received since it was opened: out of the lake, then from the exchange."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from fundcli.core.book_holding import ToDate, received
from fundcli.core.history import Settled
from fundcli.core.hold import hold_between
from fundcli.core.numbers import plain
from fundcli.core.position import Position
from fundcli.core.schedule import Grid
from fundcli.core.units import MS_PER_HOUR, to_ms
from fundcli.errors import DataError, FundcliError, UsageError
from fundcli.market.book_live import can_be_asked
from fundcli.market.gather import Found, Progress, from_each
from fundcli.market.kept import Store
from fundcli.market.past import Past, past_kept, past_of
from fundcli.profiles import Profile

if TYPE_CHECKING:
    from fundcli.exchanges import Network, Venue

# The first settlement of a hold shows its interval by the ones before it.
_BEFORE = timedelta(hours=25)


class Since(msgspec.Struct, frozen=True, kw_only=True):
    """A position whose funding to date is asked for; `symbol` as it was resolved."""

    number: int
    profile: Profile
    symbol: str
    position: Position
    opened: datetime


class ToDates(msgspec.Struct, kw_only=True):
    """What was found of each position, by its number."""

    found: dict[int, ToDate] = {}
    warnings: list[str] = []
    unreported: list[str] = []
    missing: list[str] = []
    broken: list[str] = []


def to_dates(
    asked: Sequence[Since], now: datetime, network: Network | None, store: Store, progress: Progress
) -> ToDates:
    """The funding of each position since it was opened; without a network out of the lake alone.

    A position whose history cannot be had has none: the answer is then partial.
    """
    answer = ToDates()
    profiles = list({each.profile.id: each.profile for each in asked}.values())

    def read(profile: Profile) -> Found:
        venue = None
        for each in asked:
            if each.profile.id != profile.id:
                continue
            try:
                if network is not None and venue is None and can_be_asked(profile):
                    from fundcli.exchanges import open_venue

                    venue = open_venue(profile, network)
                past = _past(each, now, store, venue)
            except DataError as error:
                told = answer.broken if store.holds(profile.id) else answer.warnings
                told.append(_unknown(each, error))
            except UsageError as error:
                answer.warnings.append(_unknown(each, error))
            except FundcliError as error:
                answer.missing.append(_unknown(each, error))
            else:
                _add(answer, each, past, now)
        return Found()

    if network is None:
        for profile in profiles:
            read(profile)
        return answer
    try:
        answer.missing += from_each(profiles, read, network, progress).missing
    except FundcliError as error:  # all timed out; what was read before that stands
        answer.missing.append(error.message)
    return answer


def _unknown(each: Since, error: FundcliError) -> str:
    return f"{each.profile.id} {each.symbol}: what it received since {each.opened:%Y-%m-%d} is not known: " + (
        error.message.removeprefix(f"{each.profile.id}: ")
    )


def _past(each: Since, now: datetime, store: Store, venue: Venue | None) -> Past:
    hold, since = (each.opened, now), each.opened - _BEFORE
    if venue is None:
        return past_kept(each.profile, each.symbol, since, now, store, hold)
    return past_of(venue, each.symbol, since, now, store, hold)


def _add(answer: ToDates, each: Since, past: Past, now: datetime) -> None:
    funding = each.profile.funding
    opened, closed = to_ms(each.opened), to_ms(now)
    hours = past.used.interval_hours if past.used is not None else Decimal(funding.interval_hours)
    grid = Grid.of(hours, funding.settlement_hours_utc)
    continuous = funding.accrual == "continuous"
    if continuous:  # the period that runs has not settled
        closed = max(opened, grid.last_until(closed))
    hold = hold_between(
        grid,
        opened,
        closed,
        continuous=continuous,
        window_ms=0,
        rate=Decimal(0),
        settled={row.time_ms: row.rate for row in past.settled},
        prices=past.prices,
    )
    missing = len(hold.unknown) if continuous else past.missing + _ends(past.settled, opened, closed, hours)
    found = ToDate(received=received(each.position, hold), known=len(hold.crossings or ()), missing=missing)
    answer.found[each.number] = found
    label = f"{each.profile.id} {past.symbol}"
    if missing:
        answer.warnings.append(
            f"{label}: {missing} of the settlements since {each.opened:%Y-%m-%dT%H:%MZ} are not known; the "
            f"{found.known} that are paid {plain(round(found.received, 8))} {each.position.currency}"
        )
        answer.unreported.append(f"{missing} settlements of {label} since it was opened are not known")
    if any(crossing.price is None for crossing in hold.crossings or ()):
        answer.warnings.append(
            f"{label}: prices at settlements are not known: those payments are on the notional at entry"
        )
        answer.unreported.append(f"the prices of some settlements of {label} are not known")
    # The window reaches back before the hold: where it begins is of no concern while nothing is missing.
    answer.warnings += [note for note in past.warnings if missing or "the time asked for" not in note]


def _ends(rows: Sequence[Settled], opened: int, closed: int, hours: Decimal) -> int:
    """How many settlements are missing before the first known one and after the last, by the interval around them."""
    within = [row for row in rows if opened < row.time_ms <= closed]
    if not within:
        step = int(hours * MS_PER_HOUR)
        before = max((row.time_ms for row in rows if row.time_ms <= opened), default=0)
        return len(Grid(step, before % step).crossed(opened, closed))
    first, last = within[0], within[-1]
    missing = 0
    if rows[0] is first:  # nothing is known before the hold
        missing += -(-(first.time_ms - opened) // _step(first, hours)) - 1
    return missing + (closed - last.time_ms) // _step(last, hours)


def _step(row: Settled, hours: Decimal) -> int:
    return int((hours if row.interval_hours is None else Decimal(row.interval_hours)) * MS_PER_HOUR)
