"""What `explain --live`, `explain --history` and `predict --live` rest on: the exchange's own numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import msgspec

from fundcli.core.explain import Premium
from fundcli.core.formula import clamp, interest_component, premiums_for
from fundcli.core.premium import Prices
from fundcli.core.rebuild import HistoryShares
from fundcli.core.units import HOURS_PER_DAY, from_ms, scheduled_instant, to_ms
from fundcli.core.wording import percent
from fundcli.errors import ExchangeError, UsageError
from fundcli.exchanges import Market, Measured, Network, Reading, Venue, find, open_venue, read_measured
from fundcli.market.explaining import Published
from fundcli.market.files import Book, Sample
from fundcli.market.gather import Progress
from fundcli.market.kept import Store
from fundcli.market.past import series
from fundcli.market.premiums import premium_of_book, premium_of_prices, premium_of_samples
from fundcli.market.rebuilding import history_shares
from fundcli.market.subject import Subject, subject
from fundcli.profiles import Profile
from fundcli.profiles.formula import Rule
from fundcli.profiles.rules import Given, brings_cap, rule_at


class LiveSubject(msgspec.Struct, kw_only=True):
    """A contract now: its terms, its premium as far as it can be told, and what the exchange publishes."""

    subject: Subject
    measured: Measured
    premium: Premium | None = None
    published: Published = Published()
    warnings: list[str] = []
    unreported: list[str] = []


def live_subject(
    profile: Profile,
    symbol: str,
    given: Given,
    network: Network,
    now: datetime,
    strict: bool,
    progress: Progress,
    with_premium: bool = True,
) -> LiveSubject:
    """The contract as it stands: interval, cap and interest from the wire go before the profile's, typed ones first."""
    rule_at(profile, now)  # a formula that is unknown is refused before anything is asked
    progress.begin(f"{symbol} on {profile.id}")
    try:
        venue = open_venue(profile, network)
        measured = read_measured(venue, symbol, to_ms(now), strict, with_premium)
    finally:
        progress.end()
    reading = measured.reading
    merged = _with_wire(given, reading, rule_at(profile, now).rule)
    about = subject(profile, reading.market.symbol, now, reading.interval_hours, merged, reading.interval_basis)
    found = LiveSubject(subject=about, measured=measured, warnings=[*measured.warnings, *venue.notes])
    if reading.interval_basis == "profile":
        found.unreported.append("the interval is only the profile's")
    if reading.rate_basis == "derived":
        found.unreported.append("the published rate is derived from the exchange's absolute one")
    settles_at = None if reading.time_ms is None else from_ms(scheduled_instant(reading.time_ms))
    found.published = Published(rate=reading.rate, kind=reading.kind, settles_at=settles_at)
    if about.dated.rule.lag_periods:
        _put_off(found, about, reading)
    if with_premium:
        found.premium = _premium(about, measured, now, found.published.rate)
    return found


def settled_shares(
    profile: Profile,
    symbol: str,
    since: datetime,
    until: datetime,
    given: Given,
    network: Network,
    progress: Progress,
    store: Store,
) -> tuple[HistoryShares, list[str]]:
    """Where the settled rates of a contract lie.

    The cap is the typed one, else today's as the exchange says, else the profile's: none keeps those of the past.
    """
    rule = rule_at(profile, until).rule
    progress.begin(f"history of {symbol} from {profile.id}")
    try:
        venue = open_venue(profile, network)
        market = find(venue, symbol)
        past = series(venue, market, since, until, store)
        given = given if brings_cap(rule, given) else _with_cap(venue, market, given, until)
    finally:
        progress.end()
    usual = Decimal(profile.funding.interval_hours)
    rows = [
        (row.time_ms, row.rate, usual if row.interval_hours is None else Decimal(row.interval_hours))
        for row in past.history.settled
    ]
    if not rows:
        raise ExchangeError(profile.id, f"has no settlement of {market.symbol} in that time", "Ask for a longer time.")
    shares, warnings = history_shares(profile, market.symbol, rows, given)
    return shares, [*past.warnings, *venue.notes, *warnings]


def _with_cap(venue: Venue, market: Market, given: Given, now: datetime) -> Given:
    try:
        reading = read_measured(venue, market.symbol, to_ms(now), False, premium=False).reading
    except ExchangeError as error:
        venue.note(f"{error.message} (asked for the cap)")
        return given
    return _under(given, {"cap": reading.cap, "floor": reading.floor})


def _put_off(found: LiveSubject, about: Subject, reading: Reading) -> None:
    """What is measured now is paid an interval later: the published rate to compare with is the one after the next."""
    settles_at = found.published.settles_at
    if settles_at is not None:
        settles_at += timedelta(hours=float(about.interval_hours))
    known = reading.next_rate is not None
    found.published = Published(rate=reading.next_rate, kind="accruing" if known else None, settles_at=settles_at)
    if not known:
        before = percent(reading.rate or Decimal(0))
        found.warnings.append(
            f"{about.profile.id} publishes the rate of the interval before ({before}), and none for the premium of the "
            "running one: there is nothing to compare with"
        )


def _with_wire(given: Given, reading: Reading, rule: Rule) -> Given:
    """What the exchange says, under what was typed; a typed cap, or typed margin rates, bring their own bounds."""
    wire = {
        "interest": _interest(reading, rule), "cap": reading.cap, "floor": reading.floor, "divisor": reading.divisor,
    }  # fmt: skip
    if brings_cap(rule, given):
        wire["cap"] = wire["floor"] = None
    return _under(given, wire)


def _under(given: Given, wire: Mapping[str, Decimal | None]) -> Given:
    """Typed parameters first, then those of the wire."""
    found = {name: value for name, value in wire.items() if value is not None and getattr(given, name) is None}
    return msgspec.structs.replace(given, **found, wire=frozenset(found))


def _interest(reading: Reading, rule: Rule) -> Decimal | None:
    """I as the exchange says it, else out of its daily interest: of 8 hours where I is the same at every interval."""
    if reading.interest is not None or reading.interest_per_day is None or rule.interest is None:
        return reading.interest
    hours = rule.divided_hours if rule.interest.per_hours is None else reading.interval_hours
    return None if hours is None else interest_component(reading.interest_per_day, HOURS_PER_DAY, Decimal(hours))


def _premium(about: Subject, measured: Measured, now: datetime, published: Decimal | None) -> Premium:
    """The best that can be told of the interval's average premium; anything but the exchange's own is an estimate."""
    reading = measured.reading
    exchange = about.profile.id
    if reading.premium is not None and reading.premium_averaged:
        return Premium(value=reading.premium, basis="reported", source=f"{exchange}, beside the rate")
    averaging = about.dated.rule.averaging
    if measured.premiums and averaging is not None:
        samples = [Sample(value, time_ms) for time_ms, value in measured.premiums]
        each = _seconds(about.dated.rule.sample_seconds)
        start = measured.since_ms or samples[0].time_ms or 0
        exact = measured.own_samples and averaging != "twap"
        what = "premium samples" if exact else "candles of a minute"
        source = f"{len(samples)} {what} since {from_ms(start):%H:%M} UTC" + (
            "" if exact or not each else f", where {exchange} averages a sample every {each:g} s"
        )
        return premium_of_samples(about, samples, None, source, to_ms(now), "candles", estimated=not exact)
    if reading.premium is not None:
        source = f"the premium that {exchange} shows at this moment, in place of the interval's average"
        return Premium(value=reading.premium, basis="reported", source=source, estimated=averaging != "none")
    rule = about.dated.rule
    reference = reading.mark if rule.reference == "mark" else reading.index
    if rule.premium == "mark" and reading.mark is not None and reference is not None:
        source = f"mark and index of {exchange} at this moment"
        source += "" if averaging == "none" else ", in place of the interval's average"
        found = premium_of_prices(about, Prices(mark=reading.mark, index=reference), "prices", source)
        return replace(found, estimated=averaging != "none")
    if measured.book is not None and reference is not None:
        book = Book(bids=measured.book[0], asks=measured.book[1], index=reference, mark=reading.mark)
        source = f"the order book of {exchange} at this moment, in place of the interval's average"
        try:
            return premium_of_book(about, book, None, None, None, Decimal(1), source)
        except UsageError:  # the impact notional is on no record: mark and index are left
            pass
    if reading.mark is not None and reading.index is not None:
        source = f"mark and index of {exchange} at this moment, in place of the impact prices' average"
        return Premium(value=reading.mark / reading.index - 1, basis="mark_index", source=source, estimated=True)
    implied = None if published is None else premiums_for(published, about.terms)
    if implied is not None:
        low, high = implied
        what = percent(low) if low == high else f"anything from {percent(low)} to {percent(high)}"
        source = f"what the published rate implies ({what}), as {exchange} shows neither premium nor prices"
        return Premium(value=clamp(Decimal(0), low, high), basis="implied", source=source, estimated=True)
    raise ExchangeError(
        exchange, f"publishes nothing that a premium of {about.symbol} can be told from", "Give it with --premium."
    )


def _seconds(amount: Decimal | None) -> float | None:
    return None if amount is None else float(amount)
