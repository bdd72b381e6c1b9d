"""Settled rates of many contracts into the lake: what it lacks, several exchanges and contracts at once.

Each exchange has a thread and a few more for its contracts; its pace is the client's. What comes goes to one writer
for all of them (`fundcli.lake.batches`), which also runs when the sync is interrupted: what was fetched is kept.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from fundcli.core.history import Stamp, clean
from fundcli.core.units import MS_PER_HOUR, scheduled_instant
from fundcli.errors import ExchangeError, FundcliError, UsageError
from fundcli.lake import reader
from fundcli.lake.batches import Batches
from fundcli.lake.merging import Written
from fundcli.lake.records import Asked, Settlement
from fundcli.market.gather import Progress
from fundcli.market.sync_plan import Window, known_until, windows
from fundcli.market.sync_progress import Tally
from fundcli.profiles import Profile

if TYPE_CHECKING:
    from fundcli.exchanges import Market, Network, Silence, Venue

CONTRACTS_AT_ONCE = 6
_EXCHANGES_AT_ONCE = 32
# Stamps stray around their instant: asked a little wider, then kept by their instant.
_SLACK_MS = MS_PER_HOUR // 2 - 1
# After so many failures in a row an exchange is left alone: it refuses everybody, or is about to.
_FAILURES_IN_A_ROW = 2 * CONTRACTS_AT_ONCE
_FAILURES_NAMED = 5
_YEARS_SECONDS = 10 * 365 * 86_400.0


@dataclass(frozen=True, kw_only=True)
class Request:
    """What to sync: these contracts of each exchange, or all; a window; `again`: also what the lake has."""

    symbols: Sequence[str]
    since_ms: int
    until_ms: int
    again: bool = False


@dataclass(kw_only=True)
class Synced:
    """What came of one exchange. `first_ms`, `last_ms`: of the settlements that came now."""

    exchange: str
    contracts: int = 0
    requests: int = 0
    written: Written = field(default_factory=Written)
    first_ms: int | None = None
    last_ms: int | None = None
    failed: int = 0
    missing: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    failure: FundcliError | None = None


def sync(
    profiles: Sequence[Profile], request: Request, root: Path, network: Network, progress: Progress
) -> list[Synced]:
    """Bring what the lake lacks; one result an exchange. All failing is the first one's error."""
    from fundcli.exchanges import Deadline, Silence, run_all

    tally = Tally(progress, [profile.id for profile in profiles])
    silences = {profile.id: Silence(network.timeout_seconds) for profile in profiles}
    try:
        with Batches(root) as batches:
            jobs = [
                partial(_Exchange(profile, request, batches, tally, silences[profile.id]).run, network)
                for profile in profiles
            ]
            try:
                results = run_all(jobs, _EXCHANGES_AT_ONCE, Deadline(_YEARS_SECONDS))
            finally:
                for silence in silences.values():
                    silence.stop()
        if batches.error is not None:
            raise batches.error
    finally:
        progress.end()
    found: list[Synced] = []
    for result in results:
        if isinstance(result, BaseException):
            raise result
        result.written = batches.written.get(result.exchange, Written())
        found.append(result)
    _refuse_nothing(found)
    return found


def _refuse_nothing(found: Sequence[Synced]) -> None:
    failures = [result.failure for result in found if result.failure is not None]
    if len(failures) < len(found):
        return
    usage = [failure for failure in failures if isinstance(failure, UsageError)]
    if len(found) > 1 and not usage:
        said = "; ".join(failure.message for failure in failures)
        raise ExchangeError("all exchanges failed", said, next((f.remedy for f in failures if f.remedy), ""))
    raise (usage or failures)[0]


class _Exchange:
    """The sync of one exchange."""

    def __init__(self, profile: Profile, request: Request, batches: Batches, tally: Tally, silence: Silence) -> None:
        self.profile, self.request, self.batches, self.tally, self.silence = profile, request, batches, tally, silence
        self.result = Synced(exchange=profile.id)
        self._in_a_row = 0
        self._last_failure: BaseException | None = None

    def run(self, network: Network) -> Synced:
        """Every contract; an exchange that fails as a whole is a result with a failure."""
        from fundcli.exchanges import open_venue

        result = self.result
        try:
            venue = open_venue(self.profile, network, self.silence)
            try:
                self._all(venue)
            except OSError as error:
                raise venue.failure(error) from error
            result.warnings += venue.notes
        except FundcliError as error:
            if not isinstance(error, ExchangeError | UsageError):
                raise
            result.failure = error
            result.missing = [error.message]
        finally:
            self.batches.flush(self.profile.id)
            result.requests = self.silence.requests
        return result

    def _all(self, venue: Venue) -> None:
        from fundcli.exchanges import run_all

        markets, errors = self._markets(venue)
        known: dict[str, list[Asked]] = {}
        if not self.request.again:
            for window in reader.asked(self.batches.root, venue.id):
                known.setdefault(window.symbol, []).append(window)
        self.result.contracts = len(markets) + (len(errors) if self.request.symbols else 0)
        self.tally.expect(venue.id, len(markets))
        jobs = [partial(self._contract, venue, market, known.get(market.symbol, [])) for market in markets]
        results = run_all(jobs, CONTRACTS_AT_ONCE, self.silence, lambda n: self.tally.step(venue.id, n))
        for market, outcome in zip(markets, results, strict=True):
            if isinstance(outcome, FundcliError) and not isinstance(outcome, ExchangeError | UsageError):
                raise outcome  # the lake cannot be written
            if isinstance(outcome, BaseException):
                failure = venue.failure(outcome)
                text = failure.message.partition(": ")[2]
                errors.append(ExchangeError(venue.id, f"{market.symbol}: {text}", failure.remedy))
            elif outcome is not None:
                ends = [ms for ms in (self.result.first_ms, self.result.last_ms, *outcome) if ms is not None]
                self.result.first_ms, self.result.last_ms = min(ends), max(ends)
        self.result.failed = len(errors)
        if errors and all(isinstance(outcome, BaseException) for outcome in results):
            raise errors[-1]
        self.result.missing = [error.message for error in errors[:_FAILURES_NAMED]]
        if len(errors) > _FAILURES_NAMED:
            self.result.missing.append(f"{venue.id}: {len(errors) - _FAILURES_NAMED} more")

    def _markets(self, venue: Venue) -> tuple[list[Market], list[FundcliError]]:
        """The contracts asked for; what could not be found or listed is an error among others."""
        from fundcli.exchanges import find

        markets: list[Market] = []
        errors: list[FundcliError] = []
        asks: list[Callable[[], list[Market]]] = (
            [partial(lambda symbol: [find(venue, symbol)], symbol) for symbol in self.request.symbols]
            or [partial(lambda f: [m for m in venue.markets(f) if m.active], family) for family in venue.families]
        )  # fmt: skip
        for ask in asks:
            try:
                markets += ask()
            except (ExchangeError, UsageError) as error:
                errors.append(error)
        if not markets and errors:
            raise errors[0]
        return list(dict.fromkeys(markets)), errors

    def _contract(self, venue: Venue, market: Market, known: Sequence[Asked]) -> Window | None:
        """Ask for what is missing of a contract; returns the first and last instant of what came."""
        if self._in_a_row >= _FAILURES_IN_A_ROW and self._last_failure is not None:
            raise self._last_failure
        came: list[int] = []
        try:
            for window in windows(known, self.request.since_ms, self.request.until_ms):
                rows, asked = _window(venue, market, window)
                self.batches.put(venue.id, rows, asked, self.silence.renew)
                came += [row.time_ms for row in rows]
        except Exception as error:
            self._in_a_row, self._last_failure = self._in_a_row + 1, error
            raise
        self._in_a_row = 0
        return (min(came), max(came)) if came else None


def _window(venue: Venue, market: Market, window: Window) -> tuple[list[Settlement], list[Asked]]:
    since, until = window
    stamps = venue.settled(market, since - _SLACK_MS, until + _SLACK_MS)
    fetched_ms = int(time.time() * 1000)
    source = venue.client.endpoint
    history = clean(stamps)
    # Of two rates stamped for one instant the nearer one stands; the other follows, and is kept as a revision.
    told = [(row.time_ms, row.rate, row.price) for row in history.settled]
    told += [(scheduled_instant(s.time_ms), s.rate, s.price) for s in _contradicting(stamps, history.conflicts)]
    rows = [
        Settlement(
            symbol=market.symbol, time_ms=time_ms, rate=rate, price=price, source=source, fetched_ms=fetched_ms
        )
        for time_ms, rate, price in told
        if since <= time_ms <= until
    ]  # fmt: skip
    end = known_until(window, max((row.time_ms for row in rows), default=None), fetched_ms)
    asked = [Asked(symbol=market.symbol, since_ms=since, until_ms=end, fetched_ms=fetched_ms)] if end > since else []
    return rows, asked


def _contradicting(stamps: Sequence[Stamp], conflicts: Sequence[int]) -> list[Stamp]:
    among = set(conflicts)
    return [stamp for stamp in stamps if scheduled_instant(stamp.time_ms) in among] if among else []
