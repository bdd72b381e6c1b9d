"""Rates that settled: as rows, as a mean, as what a hold really paid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

from fundcli.core.history import History, Settled, Stamp, clean, latest_interval, mean_rate
from fundcli.core.rate import FundingRate
from fundcli.core.units import MS_PER_HOUR, from_ms, to_ms
from fundcli.core.used import UsedRate
from fundcli.errors import DataError
from fundcli.market.gather import Found, Progress, from_each, in_turn
from fundcli.market.kept import Known, Store, kept_prices, kept_stamps, kept_symbols, left_to_ask, wider
from fundcli.profiles import Profile

if TYPE_CHECKING:
    from fundcli.exchanges import Market, Network, Venue

_SYMBOLS_AT_ONCE = 6


@dataclass(frozen=True, slots=True)
class Series:
    """The settled history of one contract on one exchange."""

    symbol: str
    history: History
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Past:
    """A contract's settled rates over a window, their mean, and how many are missing from the hold asked about."""

    symbol: str
    used: UsedRate | None
    settled: tuple[Settled, ...]
    prices: dict[int, Decimal]
    warnings: tuple[str, ...]
    missing: int = 0


def settled(
    profiles: Sequence[Profile],
    symbols: Sequence[str],
    since: datetime,
    until: datetime,
    now: datetime,
    network: Network | None,
    progress: Progress,
    store: Store,
) -> Found:
    """What settled in a window, in ascending order per contract, as observed now.

    Out of the lake first; what it has not asked for yet comes from the exchange, unless the lake alone may answer.
    """
    if network is None:
        return in_turn(profiles, lambda profile: _kept(profile, symbols, since, until, now, store))

    def read(profile: Profile) -> Found:
        from fundcli.exchanges import find, open_venue, run_all

        venue = open_venue(profile, network)
        markets = [find(venue, symbol) for symbol in symbols] if symbols else _all_markets(venue)
        found = Found()
        jobs = [partial(series, venue, m, since, until, store, bool(symbols)) for m in dict.fromkeys(markets)]
        results = run_all(jobs, _SYMBOLS_AT_ONCE, venue.deadline, lambda n: progress.step(profile.id, n, len(jobs)))
        failures = [r for r in results if isinstance(r, BaseException)]
        for failure in failures:
            if isinstance(failure, DataError):  # of the lake, not of the exchange
                raise failure
        if jobs and len(failures) == len(jobs):
            raise venue.failure(failures[0])
        for market, result in zip(dict.fromkeys(markets), results, strict=True):
            if isinstance(result, BaseException):
                found.missing.append(f"{market.symbol} of {venue.failure(result).message}")
                continue
            found.warnings += result.warnings
            usual = Decimal(venue.history_hours or profile.funding.interval_hours)
            found.rates += [_settled_rate(profile, market.symbol, row, now, usual) for row in result.history.settled]
        found.warnings += venue.notes
        return found

    return from_each(profiles, read, network, progress)


def past_rate(
    profile: Profile,
    symbol: str,
    since: datetime,
    until: datetime,
    network: Network | None,
    progress: Progress,
    store: Store,
    hold: tuple[datetime, datetime] | None = None,
) -> Past:
    """The mean of what settled in a window, as a rate per the contract's latest interval in it.

    With `hold` (open, close) the mean is over the settlements that it crosses, and their prices are found too; the
    window is the wider time that shows their spacing.
    """
    if network is None:
        return past_kept(profile, symbol, since, until, store, hold)
    from fundcli.exchanges import open_venue

    progress.begin(f"history of {symbol} from {profile.id}")
    try:
        return past_of(open_venue(profile, network), symbol, since, until, store, hold)
    finally:
        progress.end()


def past_kept(
    profile: Profile, symbol: str, since: datetime, until: datetime, store: Store,
    hold: tuple[datetime, datetime] | None,
) -> Past:  # fmt: skip
    """As `past_rate`, out of the lake alone."""
    name = kept_symbols(store, profile, [symbol])[0]
    found = cleaned(profile.id, name, kept_stamps(store, profile.id, name, *wider(since, until)), since, until)
    rows = found.history.settled
    prices = {row.time_ms: row.price for row in rows if row.price is not None}
    prices |= kept_prices(store, profile, name, _without(prices, rows, hold))
    return _past(found, prices, (), profile.id, hold)


def past_of(
    venue: Venue, symbol: str, since: datetime, until: datetime, store: Store, hold: tuple[datetime, datetime] | None
) -> Past:
    """As `past_rate`, with the exchange at hand."""
    from fundcli.exchanges import find, prices_at

    market = find(venue, symbol)
    found = series(venue, market, since, until, store)
    rows = found.history.settled
    prices = {row.time_ms: row.price for row in rows if row.price is not None}
    if hold is not None:
        prices |= kept_prices(store, venue.profile, market.symbol, _without(prices, rows, hold))
        prices |= prices_at(venue, market, _without(prices, rows, hold))
    return _past(found, prices, venue.notes, venue.profile.id, hold)


def _past(
    found: Series, prices: dict[int, Decimal], notes: Sequence[str], exchange: str,
    hold: tuple[datetime, datetime] | None,
) -> Past:  # fmt: skip
    """The mean of a series, and what is missing from the hold asked about."""
    rows = found.history.settled
    within = rows
    if hold is not None:
        within = tuple(row for row in rows if to_ms(hold[0]) < row.time_ms <= to_ms(hold[1])) or rows
    used = used_mean(exchange, within)
    missing = 0
    if hold is not None:
        opened, closed = to_ms(hold[0]), to_ms(hold[1])
        missing = sum(h.missing for h in found.history.holes if h.before_ms > opened and h.after_ms < closed)
    return Past(found.symbol, used, rows, prices, (*found.warnings, *notes), missing)


def used_mean(exchange: str, rows: Sequence[Settled]) -> UsedRate | None:
    """The mean of settled rates as the rate that an answer rests on; None where fewer than two show an interval."""
    hours = latest_interval(rows)
    mean = mean_rate(rows, Decimal(hours)) if hours else None
    if not hours or mean is None:
        return None
    span = f"{_clock(rows[0].time_ms)} to {_clock(rows[-1].time_ms)}"
    return UsedRate(
        rate=mean,
        interval_hours=Decimal(hours),
        interval_basis="observed",
        kind="mean",
        source=f"mean of {_rates(len(rows))} settled {span} on {exchange}",
        interval_source="the spacing of settled times",
    )


def _without(
    prices: Mapping[int, Decimal], rows: Sequence[Settled], hold: tuple[datetime, datetime] | None
) -> list[int]:
    """The settlements of a hold whose price is not known yet."""
    if hold is None:
        return []
    opened, closed = to_ms(hold[0]), to_ms(hold[1])
    return [row.time_ms for row in rows if opened < row.time_ms <= closed and row.time_ms not in prices]


def _kept(
    profile: Profile, symbols: Sequence[str], since: datetime, until: datetime, now: datetime, store: Store
) -> Found:
    """An exchange's settled rates out of the lake alone."""
    found = Found()
    usual = Decimal(profile.funding.interval_hours)
    for name in dict.fromkeys(kept_symbols(store, profile, symbols)):
        stamps = kept_stamps(store, profile.id, name, *wider(since, until))
        result = cleaned(profile.id, name, stamps, since, until, bool(symbols))
        found.warnings += result.warnings
        found.rates += [_settled_rate(profile, name, row, now, usual) for row in result.history.settled]
    return found


def kept_series(profile: Profile, symbol: str, since: datetime, until: datetime, store: Store) -> Series:
    """The settled rates of one contract that the lake holds."""
    name = kept_symbols(store, profile, [symbol])[0]
    return cleaned(profile.id, name, kept_stamps(store, profile.id, name, *wider(since, until)), since, until)


def series(
    venue: Venue, market: Market, since: datetime, until: datetime, store: Store, named: bool = True,
    known: Known | None = None,
) -> Series:  # fmt: skip
    """Settled rates of one contract, cleaned, with holes and limits in words: out of the lake, then the exchange.

    known: what the lake holds of it, where that has been read.
    """
    wide = wider(since, until)
    if known is None:
        stamps = kept_stamps(store, venue.id, market.symbol, *wide)
        known = Known(stamps, left_to_ask(store, venue.id, market.symbol, *wide))
    stamps = list(known.stamps)
    for start, end in known.left:
        stamps += venue.settled(market, start, end)
    return cleaned(venue.id, market.symbol, stamps, since, until, named)


def cleaned(
    exchange: str, symbol: str, stamps: Sequence[Stamp], since: datetime, until: datetime, named: bool = True
) -> Series:
    """Stamps keyed, spaced and cut to the window, with what is missing of it."""
    since_ms, until_ms = to_ms(since), to_ms(until)
    whole = clean(stamps)
    kept = tuple(row for row in whole.settled if since_ms <= row.time_ms <= until_ms)
    history = History(kept, whole.holes, whole.conflicts)
    name = f"{exchange} {symbol}"
    warnings = [
        f"{name}: {hole.missing} settlement{'s' if hole.missing > 1 else ''} missing between "
        f"{_clock(hole.after_ms)} and {_clock(hole.before_ms)}"
        for hole in history.holes
    ]
    warnings += [f"{name}: two different rates were stamped for {_clock(ms)}" for ms in history.conflicts]
    if named or kept:  # of all contracts some have not settled yet
        warnings += _ends(name, kept, since_ms, until_ms)
    return Series(symbol, history, tuple(warnings))


def _ends(name: str, kept: Sequence[Settled], since_ms: int, until_ms: int) -> list[str]:
    """What of the window asked for has no settlement: the exchange does not remember it, or did not hand it over."""
    if not kept:
        if until_ms - since_ms < MS_PER_HOUR * 24:
            return []
        return [f"{name}: no settlement is known between {_clock(since_ms)} and {_clock(until_ms)}"]
    warnings = []
    if kept[0].time_ms - since_ms >= 2 * (kept[0].interval_hours or 24) * MS_PER_HOUR:
        warnings.append(f"{name}: the exchange's history begins at {_clock(kept[0].time_ms)}, after the time asked for")
    if until_ms - kept[-1].time_ms >= 2 * (kept[-1].interval_hours or 24) * MS_PER_HOUR:
        warnings.append(f"{name}: the exchange's history ends at {_clock(kept[-1].time_ms)}, before the time asked for")
    return warnings


def _all_markets(venue: Venue) -> list[Market]:
    return [market for family in venue.families for market in venue.markets(family) if market.active]


def _settled_rate(profile: Profile, symbol: str, row: Settled, now: datetime, usual: Decimal) -> FundingRate:
    observed = row.interval_hours is not None
    hours = usual if row.interval_hours is None else Decimal(row.interval_hours)
    base, _, rest = symbol.partition("/")
    quote, _, settle = rest.partition(":")
    return FundingRate(
        exchange=profile.id,
        symbol=symbol,
        base=base,
        quote=quote,
        settle=settle,
        kind="settled",
        rate=row.rate,
        interval_hours=hours,
        interval_basis="observed" if observed else "profile",
        interval_source="the spacing of settled times" if observed else "the profile",
        time=from_ms(row.time_ms),
        observed_at=now,
        mark_price=row.price,
    )


def _rates(count: int) -> str:
    return "1 rate" if count == 1 else f"{count} rates"


def _clock(ms: int) -> str:
    return f"{from_ms(ms):%Y-%m-%dT%H:%MZ}"
