"""Where a number comes from: given, baseline, live or history; many exchanges at once; what is missing.

Nothing here falls back from one source to another: a source that fails is an error or is named as missing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Protocol

from fundcli.core.annualize import baseline_rate
from fundcli.core.cost import UsedRate
from fundcli.core.history import History, Settled, clean, latest_interval, mean_rate
from fundcli.core.rate import FundingRate, IntervalBasis
from fundcli.core.units import from_ms, to_ms
from fundcli.errors import ExchangeError, FundcliError, UsageError
from fundcli.profiles import Profile

if TYPE_CHECKING:
    from fundcli.exchanges import Market, Network, Reading, Venue

_MS_PER_HOUR = 3_600_000
_STALE_SECONDS = 300
_EXCHANGES_AT_ONCE = 16
_SYMBOLS_AT_ONCE = 6


class Progress(Protocol):
    """Told how far a slow request has come."""

    def begin(self, what: str) -> None:
        """Something that may be slow begins."""

    def step(self, what: str, done: int, total: int) -> None:
        """So many of so many are done."""

    def end(self) -> None:
        """Nothing is under way any more."""


@dataclass(slots=True)
class Found:
    """Funding rates, what failed, and what the reader should know."""

    rates: list[FundingRate] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Series:
    """The settled history of one contract on one exchange."""

    market: Market
    history: History
    warnings: tuple[str, ...] = ()


def given_rate(profile: Profile, rate: Decimal, interval: Decimal | None) -> UsedRate:
    """`--rate`, which belongs to `--interval`, else to the profile's interval."""
    hours, basis, source = _interval(profile, interval)
    return UsedRate(
        rate=rate, interval_hours=hours, interval_basis=basis, kind="given", source="--rate", interval_source=source
    )


def baseline(profile: Profile, interval: Decimal | None) -> UsedRate:
    """The profile's interest component for the interval: the rate at a premium of zero."""
    if profile.funding.interest_per_day is None:
        raise UsageError(
            f"{profile.id} has no interest component, so there is no baseline rate",
            "Give one with --rate 0.01%, or ask the exchange with --live.",
        )
    hours, basis, interval_source = _interval(profile, interval)
    funding = profile.funding
    assert funding.interest_per_day is not None
    return UsedRate(
        rate=baseline_rate(Decimal(funding.interest_per_day), hours),
        interval_hours=hours,
        interval_basis=basis,
        kind="baseline",
        source=f"interest component of the {profile.id} profile ({funding.source.what}, {funding.source.date})",
        interval_source=interval_source,
    )


def _interval(profile: Profile, interval: Decimal | None) -> tuple[Decimal, IntervalBasis, str]:
    if interval is not None:
        return interval, "given", "--interval"
    funding = profile.funding
    return (
        Decimal(funding.interval_hours),
        "profile",
        f"the {profile.id} profile ({funding.source.what}, {funding.source.date})",
    )


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
        venue = open_venue(profile, network)
        snapshot = venue.live(symbols, strict, lambda done, total: progress.step(profile.id, done, total))
        found = Found(warnings=snapshot.warnings)
        unread: dict[str, list[str]] = {}
        for reading in snapshot.readings:
            if reading.problem or reading.rate is None:
                unread.setdefault(reading.problem or "no readable rate", []).append(reading.market.symbol)
            else:
                found.rates.append(_funding_rate(venue.id, reading, now))
        quiet = ("absent", "settles no more") if not symbols else ()
        for problem, names in unread.items():
            if problem not in quiet:
                found.missing.append(f"{venue.id}: {_names(names)}: {problem}")
        found.missing += [error.message for error in snapshot.failed]
        if not found.rates:
            raise _all_failed(venue.id, snapshot.failed, unread)
        _warn_if_stale(found, now)
        return found

    return _from_each(profiles, read, network, progress)


def settled(
    profiles: Sequence[Profile],
    symbols: Sequence[str],
    since: datetime,
    until: datetime,
    network: Network,
    progress: Progress,
) -> Found:
    """What settled in a window, in ascending order per contract."""
    now = until

    def read(profile: Profile) -> Found:
        from fundcli.exchanges import open_venue

        venue = open_venue(profile, network)
        markets = [venue.find(symbol) for symbol in symbols] if symbols else _all_markets(venue)
        found = Found()
        jobs = [partial(series, venue, m, since, until) for m in dict.fromkeys(markets)]
        from fundcli.exchanges.pool import run_all

        results = run_all(jobs, _SYMBOLS_AT_ONCE, venue.deadline, lambda n: progress.step(profile.id, n, len(jobs)))
        failures = [r for r in results if isinstance(r, BaseException)]
        if jobs and len(failures) == len(jobs):
            raise venue.failure(failures[0])
        for market, result in zip(dict.fromkeys(markets), results, strict=True):
            if isinstance(result, BaseException):
                found.missing.append(f"{market.symbol} of {venue.failure(result).message}")
                continue
            found.warnings += result.warnings
            found.rates += [_settled_rate(venue, market, row, now) for row in result.history.settled]
        found.warnings += venue.notes
        return found

    return _from_each(profiles, read, network, progress)


def series(venue: Venue, market: Market, since: datetime, until: datetime) -> Series:
    """Settled rates of one contract, cleaned, with its holes and limits in words."""
    since_ms, until_ms = to_ms(since), to_ms(until)
    # Stamps stray around their instant: ask a little wider, then keep what is scheduled in the window.
    slack = _MS_PER_HOUR // 2 - 1
    stamps = venue.settled(market, since_ms - slack, until_ms + slack)
    whole = clean(stamps)
    kept = tuple(row for row in whole.settled if since_ms <= row.time_ms <= until_ms)
    history = History(kept, whole.holes, whole.conflicts)
    name = f"{venue.id} {market.symbol}"
    warnings = [
        f"{name}: {hole.missing} settlement{'s' if hole.missing > 1 else ''} missing between "
        f"{_clock(hole.after_ms)} and {_clock(hole.before_ms)}"
        for hole in history.holes
    ]
    warnings += [f"{name}: two different rates were stamped for {_clock(ms)}" for ms in history.conflicts]
    if kept:
        step = (kept[0].interval_hours or 24) * _MS_PER_HOUR
        if kept[0].time_ms - since_ms >= 2 * step:
            warnings.append(
                f"{name}: the exchange's history begins at {_clock(kept[0].time_ms)}, after the time asked for"
            )
    return Series(market, history, tuple(warnings))


def live_rate(
    profile: Profile, symbol: str, network: Network, now: datetime, strict: bool, progress: Progress
) -> tuple[UsedRate, FundingRate, list[str]]:
    """The rate of one contract now, as the rate that an answer rests on."""
    found = live([profile], [symbol], network, now, strict, progress)
    if not found.rates:
        raise ExchangeError(profile.id, f"gave no rate for {symbol}", "Try again later.")
    rate = found.rates[0]
    when = "" if rate.time is None else f" for {rate.time:%Y-%m-%d %H:%M} UTC"
    used = UsedRate(
        rate=rate.rate,
        interval_hours=rate.interval_hours,
        interval_basis=rate.interval_basis,
        kind=rate.kind,
        source=f"{profile.id} live{when}" + ("" if rate.rate_basis == "reported" else ", derived"),
        interval_source=rate.interval_source,
    )
    return used, rate, found.warnings + found.missing


@dataclass(frozen=True, slots=True)
class Past:
    """A contract's settled rates over a window, and their mean."""

    symbol: str
    used: UsedRate | None
    settled: tuple[Settled, ...]
    prices: dict[int, Decimal]
    warnings: tuple[str, ...]


def past_rate(
    profile: Profile,
    symbol: str,
    since: datetime,
    until: datetime,
    network: Network,
    progress: Progress,
    hold: tuple[datetime, datetime] | None = None,
) -> Past:
    """The mean of what settled in a window, as a rate per the contract's latest interval in it.

    With `hold` (open, close) the mean is over the settlements that it crosses, and their prices are found too; the
    window is the wider time that shows their spacing.
    """
    from fundcli.exchanges import open_venue

    progress.begin(f"history of {symbol} from {profile.id}")
    try:
        venue = open_venue(profile, network)
        market = venue.find(symbol)
        found = series(venue, market, since, until)
        rows = found.history.settled
        found_prices = {row.time_ms: row.price for row in rows if row.price is not None}
        if hold is not None:
            crossed = [row.time_ms for row in rows if to_ms(hold[0]) < row.time_ms <= to_ms(hold[1])]
            found_prices |= venue.prices_at(market, [t for t in crossed if t not in found_prices])
    finally:
        progress.end()
    within = rows
    if hold is not None:
        within = tuple(row for row in rows if to_ms(hold[0]) < row.time_ms <= to_ms(hold[1])) or rows
    hours = latest_interval(within)
    mean = mean_rate(within, Decimal(hours)) if hours else None
    used = None
    if hours and mean is not None:
        span = f"{_clock(within[0].time_ms)} to {_clock(within[-1].time_ms)}"
        used = UsedRate(
            rate=mean,
            interval_hours=Decimal(hours),
            interval_basis="observed",
            kind="mean",
            source=f"mean of {_rates(len(within))} settled {span} on {profile.id}",
            interval_source="the spacing of settled times",
        )
    return Past(market.symbol, used, rows, found_prices, (*found.warnings, *venue.notes))


def _from_each(
    profiles: Sequence[Profile], read: Callable[[Profile], Found], network: Network, progress: Progress
) -> Found:
    """Every exchange at once; some failing makes the answer partial, all failing is the first one's error."""
    from fundcli.exchanges.pool import run_all
    from fundcli.exchanges.session import Deadline

    progress.begin(", ".join(p.id for p in profiles))
    # Each exchange keeps its own deadline; this one only outlasts them.
    outer = Deadline(network.timeout_seconds + 1)
    try:
        results = run_all([partial(read, p) for p in profiles], _EXCHANGES_AT_ONCE, outer)
    finally:
        progress.end()
    whole = Found()
    failures: list[BaseException] = []
    for profile, result in zip(profiles, results, strict=True):
        if isinstance(result, Found):
            whole.rates += result.rates
            whole.missing += result.missing
            whole.warnings += result.warnings
        elif isinstance(result, FundcliError):
            failures.append(result)
            whole.missing.append(result.message)
        elif isinstance(result, OSError):
            error = ExchangeError(
                profile.id,
                f"no answer within {network.timeout_seconds:g} s",
                "Try again, or allow more with --timeout 60s.",
            )
            failures.append(error)
            whole.missing.append(error.message)
        else:
            raise result
    if len(failures) == len(profiles):
        usage = [f for f in failures if isinstance(f, UsageError)]
        if len(failures) > 1 and not usage:
            raise ExchangeError("all exchanges failed", "; ".join(whole.missing), "")
        raise (usage or failures)[0]
    return whole


def _all_failed(exchange: str, failed: Sequence[ExchangeError], unread: dict[str, list[str]]) -> ExchangeError:
    if failed:
        return failed[0]
    problem, names = next(iter(unread.items()), ("no readable rate", []))
    return ExchangeError(exchange, f"{_names(names)}: {problem}", "Try again later; `--debug` shows more.")


def _names(names: Sequence[str]) -> str:
    return ", ".join(names) if len(names) <= 3 else f"{', '.join(names[:3])} and {len(names) - 3} more"


def _all_markets(venue: Venue) -> list[Market]:
    return [market for family in venue.families for market in venue.markets(family) if market.active]


def _funding_rate(exchange: str, reading: Reading, now: datetime) -> FundingRate:
    from fundcli.core.history import scheduled_instant

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


def _settled_rate(venue: Venue, market: Market, row: Settled, now: datetime) -> FundingRate:
    observed = row.interval_hours is not None
    hours = (
        Decimal(row.interval_hours) if row.interval_hours is not None else Decimal(venue.profile.funding.interval_hours)
    )
    return FundingRate(
        exchange=venue.id,
        symbol=market.symbol,
        base=market.base,
        quote=market.quote,
        settle=market.settle,
        kind="settled",
        rate=row.rate,
        interval_hours=hours,
        interval_basis="observed" if observed else "profile",
        interval_source="the spacing of settled times" if observed else "the profile",
        time=from_ms(row.time_ms),
        observed_at=now,
        mark_price=row.price,
    )


def _warn_if_stale(found: Found, now: datetime) -> None:
    stale = [rate for rate in found.rates if abs((now - rate.observed_at).total_seconds()) > _STALE_SECONDS]
    if stale:
        oldest = min(stale, key=lambda rate: rate.observed_at)
        found.warnings.append(
            f"{oldest.exchange}: the answer is stamped {oldest.observed_at:%Y-%m-%dT%H:%M:%SZ}, "
            f"{len(stale)} of {len(found.rates)} rates differ from this computer's clock by more than 5 minutes"
        )


def _rates(count: int) -> str:
    return "1 rate" if count == 1 else f"{count} rates"


def _clock(ms: int) -> str:
    return f"{from_ms(ms):%Y-%m-%dT%H:%MZ}"
