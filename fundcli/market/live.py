"""Rates now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from fundcli.core.rate import FundingRate
from fundcli.core.units import from_ms, scheduled_instant
from fundcli.core.used import UsedRate
from fundcli.errors import ExchangeError
from fundcli.market.gather import Found, Progress, from_each
from fundcli.profiles import Profile

if TYPE_CHECKING:
    from fundcli.exchanges import Network, Reading, Venue

_STALE_SECONDS = 300


def live(
    profiles: Sequence[Profile],
    symbols: Sequence[str],
    network: Network,
    now: datetime,
    strict: bool,
    progress: Progress,
) -> Found:
    """Rates now, of these symbols (or every active perpetual) on each exchange, all exchanges at once."""
    from fundcli.exchanges import open_venue

    def read(profile: Profile) -> Found:
        return rates_of(open_venue(profile, network), symbols, now, strict, progress)

    return from_each(profiles, read, network, progress)


def rates_of(venue: Venue, symbols: Sequence[str], now: datetime, strict: bool, progress: Progress) -> Found:
    """Rates now of one exchange: of these symbols, or every active perpetual."""
    from fundcli.exchanges import read_live

    snapshot = read_live(venue, symbols, strict, lambda done, total: progress.step(venue.profile.id, done, total))
    found = Found(warnings=snapshot.warnings)
    unread: dict[str, list[str]] = {}
    for reading in snapshot.readings:
        if reading.problem or reading.rate is None:
            unread.setdefault(reading.problem or "no readable rate", []).append(reading.market.symbol)
        else:
            found.rates.append(funding_rate(venue.id, reading, now))
    quiet = ("absent", "settles no more") if not symbols else ()
    for problem, names in unread.items():
        if problem not in quiet:
            found.missing.append(f"{venue.id}: {_names(names)}: {problem}")
    found.missing += [error.message for error in snapshot.failed]
    if not found.rates:
        raise _all_failed(venue.id, snapshot.failed, unread)
    _warn_if_stale(found, now)
    return found


def live_rate(
    profile: Profile, symbol: str, network: Network, now: datetime, strict: bool, progress: Progress
) -> tuple[UsedRate, FundingRate, list[str]]:
    """The rate of one contract now, as the rate that an answer rests on."""
    found = live([profile], [symbol], network, now, strict, progress)
    if not found.rates:
        raise ExchangeError(profile.id, f"gave no rate for {symbol}", "Try again later.")
    rate = found.rates[0]
    return used_live(rate), rate, found.warnings + found.missing


def used_live(rate: FundingRate) -> UsedRate:
    """A live rate as the rate that an answer rests on."""
    when = "" if rate.time is None else f" for {rate.time:%Y-%m-%d %H:%M} UTC"
    return UsedRate(
        rate=rate.rate,
        interval_hours=rate.interval_hours,
        interval_basis=rate.interval_basis,
        kind=rate.kind,
        source=f"{rate.exchange} live{when}" + ("" if rate.rate_basis == "reported" else ", derived"),
        interval_source=rate.interval_source,
    )


def _all_failed(exchange: str, failed: Sequence[ExchangeError], unread: dict[str, list[str]]) -> ExchangeError:
    if failed:
        return failed[0]
    problem, names = next(iter(unread.items()), ("no readable rate", []))
    return ExchangeError(exchange, f"{_names(names)}: {problem}", "Try again later; `--debug` shows more.")


def _names(names: Sequence[str]) -> str:
    return ", ".join(names) if len(names) <= 3 else f"{', '.join(names[:3])} and {len(names) - 3} more"


def funding_rate(exchange: str, reading: Reading, now: datetime) -> FundingRate:
    """A reading with a rate and an interval as the record of a funding rate."""
    assert reading.rate is not None and reading.interval_hours is not None
    market = reading.market
    return FundingRate(
        exchange=exchange,
        symbol=market.symbol,
        base=market.base,
        quote=market.quote,
        settle=market.settle,
        kind=reading.kind,
        rate=reading.rate,
        interval_hours=reading.interval_hours,
        interval_basis=reading.interval_basis,
        interval_source=reading.interval_source,
        time=from_ms(scheduled_instant(reading.time_ms)) if reading.time_ms else None,
        observed_at=from_ms(reading.observed_ms) if reading.observed_ms else now,
        mark_price=reading.mark,
        index_price=reading.index,
        next_rate=reading.next_rate,
        interest_per_day=reading.interest_per_day,
        rate_basis=reading.rate_basis,
    )


def _warn_if_stale(found: Found, now: datetime) -> None:
    stale = [rate for rate in found.rates if abs((now - rate.observed_at).total_seconds()) > _STALE_SECONDS]
    if stale:
        oldest = min(stale, key=lambda rate: rate.observed_at)
        found.warnings.append(
            f"{oldest.exchange}: the answer is stamped {oldest.observed_at:%Y-%m-%dT%H:%M:%SZ}, "
            f"{len(stale)} of {len(found.rates)} rates differ from this computer's clock by more than 5 minutes"
        )
