"""Intervals that nobody reported: seen in settled times where that is cheap, else the profile's, and it says so."""

from __future__ import annotations

from decimal import Decimal
from functools import partial

from msgspec.structs import replace

from fundcli.core.history import clean
from fundcli.core.units import MS_PER_HOUR
from fundcli.errors import FundcliError
from fundcli.exchanges.pool import run_all
from fundcli.exchanges.reading import MOST_PLAUSIBLE_INTERVAL, Reading
from fundcli.exchanges.venue import WORKERS, Venue

# Under --strict more contracts are looked up in their settled times than otherwise.
_LOOKED_UP_STRICT = 400


def with_intervals(venue: Venue, readings: list[Reading], observe: bool) -> list[Reading]:
    """Fill in the intervals that nobody reported: from settled times if they are few, else from the profile."""
    unknown = [r for r in readings if r.interval_hours is None and not r.problem]
    observed: dict[str, Decimal] = {}
    if unknown and venue.venue_wide_interval:
        if observe:
            hours = _observed(venue, unknown[0])
            observed = {r.market.symbol: hours for r in unknown} if hours else {}
    elif 0 < len(unknown) <= (_LOOKED_UP_STRICT if observe else venue.looked_up_at_most):
        found = run_all([partial(_observed, venue, r) for r in unknown], WORKERS, venue.deadline)
        observed = {
            r.market.symbol: hours for r, hours in zip(unknown, found, strict=True) if isinstance(hours, Decimal)
        }
    funding = venue.profile.funding
    result = []
    for reading in readings:
        if reading.interval_hours is not None or reading.problem:
            result.append(reading)
        elif reading.market.symbol in observed:
            hours = observed[reading.market.symbol]
            result.append(
                replace(
                    reading,
                    interval_hours=hours,
                    interval_basis="observed",
                    interval_source="the spacing of settled times",
                )
            )
        else:
            where = f"the profile: {funding.source.what}, {funding.source.date}"
            result.append(
                replace(
                    reading,
                    interval_hours=funding.interval_hours + 0,
                    interval_basis="profile",
                    interval_source=where,
                )
            )
    return result


def _observed(venue: Venue, reading: Reading) -> Decimal | None:
    """From the last settlement to the next, or between the last two."""
    try:
        settled = clean(venue.recent(reading.market)).settled
    except FundcliError:
        return None
    if not settled:
        return None
    if reading.time_ms is not None:
        hours = Decimal(round(reading.time_ms / MS_PER_HOUR) - settled[-1].time_ms // MS_PER_HOUR)
        if 0 < hours <= MOST_PLAUSIBLE_INTERVAL:
            return hours
    last = settled[-1].interval_hours
    return None if last is None or last > MOST_PLAUSIBLE_INTERVAL else Decimal(last)
