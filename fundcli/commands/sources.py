"""Which rate an answer rests on: exactly one source, always named; used by cost and carry."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from fundcli.commands.options import DEFAULT_HOLD_HOURS
from fundcli.commands.shared import Shared
from fundcli.core.hold import Hold, hold_between, hold_for
from fundcli.core.schedule import Grid
from fundcli.core.symbols import unified
from fundcli.core.units import from_ms, to_ms
from fundcli.core.used import UsedRate
from fundcli.errors import ExchangeError, UsageError
from fundcli.market.given import baseline, given_rate
from fundcli.profiles import Profile

if TYPE_CHECKING:
    from fundcli.core.rate import FundingRate
    from fundcli.market.past import Past


@dataclass(slots=True)
class Source:
    """The rate that was found, the symbol it is of, and what to say about it."""

    used: UsedRate
    symbol: str
    live: FundingRate | None = None
    past: Past | None = None
    warnings: list[str] = field(default_factory=list)
    unreported: list[str] = field(default_factory=list)
    hold_is_settled: bool = False


def one_of(**chosen: Any) -> None:
    """Refuse more than one source; names are the options without dashes."""
    names = [f"--{name}" for name, value in chosen.items() if value is not None and value is not False]
    if len(names) > 1:
        raise UsageError(f"{' and '.join(names)} are different sources of the rate", "Give one of them.")


def find_rate(
    shared: Shared,
    profile: Profile,
    symbol: str | None,
    rate: Decimal | None,
    interval: Decimal | None,
    live: bool,
    history: Decimal | None,
    between: tuple[datetime, datetime] | None = None,
) -> Source:
    """The rate from the one source that was named, or the profile's baseline.

    `between` asks for the rates and prices that really settled between two times.
    """
    name = unified(symbol, profile.contracts.main)
    now = shared.env.now()
    online = live or history is not None or between is not None
    if online and interval is not None:
        raise UsageError("--interval belongs to --rate or to the baseline", "The exchange says its own interval.")
    if not online:
        used = baseline(profile, interval) if rate is None else given_rate(profile, rate, interval)
        return _judged(Source(used, name))
    asked = profile.contracts.main if symbol is None else symbol
    if live:
        from fundcli.market.live import live_rate

        used, found, warnings = live_rate(profile, asked, shared.network, now, shared.strict, shared.progress)
        return _judged(Source(used, found.symbol, live=found, warnings=warnings))
    if between is not None:
        since, until = between[0] - timedelta(hours=25), min(between[1] + timedelta(hours=1), now)
    else:
        assert history is not None
        since, until = now - timedelta(seconds=float(history * 3600)), now
    from fundcli.market.past import past_rate

    network = None if shared.store.alone else shared.network
    past = past_rate(profile, asked, since, until, network, shared.progress, shared.store, between)
    if past.used is None:
        raise ExchangeError(
            profile.id, f"has fewer than two settlements of {past.symbol} in that time", "Ask for a longer time."
        )
    return _judged(
        Source(past.used, past.symbol, past=past, warnings=list(past.warnings), hold_is_settled=between is not None)
    )


def _judged(source: Source) -> Source:
    if source.used.interval_basis == "profile":
        source.unreported.append("the interval is only the profile's")
    if source.used.kind == "baseline":
        source.unreported.append("the rate is only the profile's baseline")
    if source.live is not None and source.live.rate_basis == "derived":
        source.unreported.append("the rate is derived from the exchange's absolute one")
    return source


def hold_times(hold: Decimal | None, opened: datetime | None, closed: datetime | None) -> tuple[int, int] | None:
    """Open and close in milliseconds where both were typed; refuses half a pair and a close before the open."""
    if opened is None and closed is None:
        return None
    if hold is not None and opened is not None and closed is not None:
        raise UsageError("--hold and --open with --close say the same thing twice", "Give one of them.")
    if opened is not None and closed is None and hold is not None:
        closed = opened + timedelta(seconds=float(hold * 3600))
    if opened is None or closed is None:
        missing = "--open" if opened is None else "--close"
        raise UsageError(f"{missing} is missing", "Give --open and --close, or --open and --hold.")
    if opened >= closed:
        raise UsageError("--open does not lie before --close", "Check the two times.")
    return to_ms(opened), to_ms(closed)


def find_hold(profile: Profile, source: Source, hold: Decimal | None, times: tuple[int, int] | None) -> Hold:
    """The hold, with what is doubtful or unknown about it as warnings."""
    used, funding = source.used, profile.funding
    continuous = funding.accrual == "continuous"
    if times is None:
        return hold_for(hold or DEFAULT_HOLD_HOURS, used.interval_hours, continuous)
    past = source.past if source.hold_is_settled else None
    found = hold_between(
        Grid.of(used.interval_hours, funding.settlement_hours_utc),
        *times,
        continuous=continuous,
        window_ms=(funding.window_seconds or 0) * 1000,
        rate=used.rate,
        settled=None if past is None else {row.time_ms: row.rate for row in past.settled},
        prices=None if past is None else past.prices,
    )
    source.warnings += [
        f"an end of the hold lies within {funding.window_seconds} s of the settlement of "
        f"{from_ms(doubt.time_ms):%Y-%m-%dT%H:%M:%SZ}: the exchange may or may not charge it"
        for doubt in found.doubtful
    ]
    source.warnings += [
        f"no settled rate is known for {from_ms(t):%Y-%m-%dT%H:%MZ}; it is left out" for t in found.unknown
    ]
    if past is not None and past.missing:
        source.unreported.append(f"{past.missing} settlements of the hold are missing from the exchange's history")
    if past is not None and any(crossing.price is None for crossing in found.crossings or ()):
        source.warnings.append(
            "prices at settlements are not published here: those payments are on the notional at entry"
        )
        source.unreported.append("the prices of some settlements are not published")
    return found
