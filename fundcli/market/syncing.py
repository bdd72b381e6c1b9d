"""Settled rates of many contracts into the lake: what it lacks, several exchanges and contracts at once.

Each exchange has a thread and a few more for its contracts; its pace is the client's. What comes goes to one writer
for all of them (`fundcli.lake.batches`), which also runs when the sync is interrupted: what was fetched is kept.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from fundcli.errors import DataError, ExchangeError, FundcliError, UsageError
from fundcli.lake import reader
from fundcli.lake.batches import Batches
from fundcli.lake.layout import FUNDING
from fundcli.lake.merging import Written
from fundcli.lake.records import Asked
from fundcli.market.gather import Progress
from fundcli.market.sync_plan import Window, last_closed, windows
from fundcli.market.sync_progress import Tally
from fundcli.market.sync_rows import kinds_of, parts, told
from fundcli.profiles import Profile

if TYPE_CHECKING:
    from fundcli.exchanges import Market, Network, Silence, Venue

# While the answer of one contract is worked on, another's is waited for.
REQUESTS_AT_ONCE = 6
_CONTRACTS_AT_ONCE = 9
# Each takes memory of its own: some 10 MB for its market list, and what of its contracts is under way.
_EXCHANGES_AT_ONCE = 10
# After so many failures in a row an exchange is left alone: it refuses everybody, or is about to.
_FAILURES_IN_A_ROW = 2 * REQUESTS_AT_ONCE
_FAILURES_NAMED = 5
_M_ARENA_MAX = -8  # of glibc's malloc.h
_YEARS_SECONDS = 10 * 365 * 86_400.0


@dataclass(frozen=True, kw_only=True)
class Request:
    """What to sync: these contracts of each exchange, or all; kinds of rows; a window; `again`: all of it."""

    symbols: Sequence[str]
    since_ms: int
    until_ms: int
    kinds: Sequence[str] = (FUNDING,)
    again: bool = False


@dataclass(kw_only=True)
class Synced:
    """What came of one exchange. `first_ms`, `last_ms`: of the settlements that came now."""

    exchange: str
    contracts: int = 0
    requests: int = 0
    written: Mapping[str, Written] = field(default_factory=dict)
    first_ms: int | None = None
    last_ms: int | None = None
    failed: int = 0
    missing: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    failure: FundcliError | None = None

    def fail(self, error: Exception) -> None:
        """The exchange failed as a whole, or its partitions cannot be read or written."""
        if not isinstance(error, FundcliError):
            raise error
        self.failure = error
        if isinstance(error, DataError):
            self.missing, self.broken = [], [error.line().rstrip(".")]
            self.first_ms = self.last_ms = None
        else:
            self.missing = [error.message]

    @property
    def settled(self) -> Written:
        """What was done of settlements."""
        return self.written.get(FUNDING, Written())

    def added(self, *kinds: str) -> int:
        """How many rows of these kinds are new."""
        return sum(self.written[kind].added for kind in kinds if kind in self.written)


def sync(
    profiles: Sequence[Profile], request: Request, root: Path, network: Network, progress: Progress
) -> list[Synced]:
    """Bring what the lake lacks; one result an exchange. All failing is the first one's error."""
    from fundcli.exchanges import Deadline, Silence, run_all

    _share_memory()
    tally = Tally(progress, [profile.id for profile in profiles])
    silences = {profile.id: Silence(network.timeout_seconds, REQUESTS_AT_ONCE) for profile in profiles}
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
    finally:
        progress.end()
    found: list[Synced] = []
    for result in results:
        if isinstance(result, BaseException):
            raise result
        if (error := batches.errors.get(result.exchange)) is not None:
            result.fail(error)
        result.written = batches.written[result.exchange]
        result.warnings += [
            f"{result.exchange}: {written.revised} rows of {kind.replace('_', ' ')} differ from the lake's, which stay"
            for kind, written in result.written.items()
            if kind != FUNDING and written.revised
        ]
        found.append(result)
    _refuse_nothing(found)
    return found


def _share_memory() -> None:
    """Have the C library keep two pools of memory, not one a thread: of a hundred threads each would keep its peak."""
    with suppress(AttributeError, OSError, TypeError):  # not glibc: nothing to be done
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 2)


def _refuse_nothing(found: Sequence[Synced]) -> None:
    failures = [result.failure for result in found if result.failure is not None]
    if len(failures) < len(found):
        return
    first = [failure for failure in failures if not isinstance(failure, ExchangeError)]
    if len(found) > 1 and not first:
        said = "; ".join(failure.message for failure in failures)
        raise ExchangeError("all exchanges failed", said, next((f.remedy for f in failures if f.remedy), ""))
    raise (first or failures)[0]


def _not_kept(venue: Venue, markets: Sequence[Market], wanted: Sequence[str]) -> list[str]:
    kept = {kind for market in markets for kind in kinds_of(venue, market, wanted)}
    lacking = [kind.replace("_", " ") for kind in wanted if kind not in kept]
    return [f"{venue.id}: there is no history of {', '.join(lacking)}"] if lacking else []


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
            result.fail(error)
        finally:
            self.batches.flush(self.profile.id)
            result.requests = self.silence.requests
        return result

    def _all(self, venue: Venue) -> None:
        from fundcli.exchanges import run_all

        markets, errors = self._markets(venue)
        known: dict[tuple[str, str], list[Asked]] = {}
        for kind in () if self.request.again else self.request.kinds:
            for window in reader.asked(self.batches.root, venue.id, covers=kind):
                known.setdefault((kind, window.symbol), []).append(window)
        self.result.contracts = len(markets) + (len(errors) if self.request.symbols else 0)
        self.tally.expect(venue.id, len(markets))
        jobs = [partial(self._contract, venue, market, known) for market in markets]
        results = run_all(jobs, _CONTRACTS_AT_ONCE, self.silence, lambda n: self.tally.step(venue.id, n))
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
        self.result.warnings += _not_kept(venue, markets, self.request.kinds)
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

    def _contract(
        self, venue: Venue, market: Market, known: Mapping[tuple[str, str], Sequence[Asked]]
    ) -> Window | None:
        """Ask for what is missing of a contract; returns the first and last instant of what settled.

        A kind that fails does not keep the others from being asked for.
        """
        if self._in_a_row >= _FAILURES_IN_A_ROW and self._last_failure is not None:
            raise self._last_failure
        came: list[int] = []
        failures: list[Exception] = []
        for kind in kinds_of(venue, market, self.request.kinds):
            try:
                came += self._of_kind(venue, market, kind, known.get((kind, market.symbol), ()))
            except Exception as error:  # noqa: BLE001 - raised below
                failures.append(error)
        if failures:
            self._in_a_row, self._last_failure = self._in_a_row + 1, failures[0]
            raise failures[0]
        self._in_a_row = 0
        return (min(came), max(came)) if came else None

    def _of_kind(self, venue: Venue, market: Market, kind: str, known: Sequence[Asked]) -> list[int]:
        until_ms = self.request.until_ms if kind == FUNDING else last_closed(self.request.until_ms)
        ends: list[int] = []
        for window in windows(known, self.request.since_ms, until_ms):
            for part in parts(venue, kind, window):
                rows, asked = told(venue, market, kind, part)
                self.batches.put(venue.id, kind, rows, asked, self.silence.renew)
                if kind == FUNDING and rows:
                    times = [row.time_ms for row in rows]
                    ends += [min(times), max(times)]
        return ends
