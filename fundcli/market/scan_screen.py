"""The first part of a scan, one exchange at a time: bulk requests and history alone, and who is out after them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec.structs import replace

from fundcli.core.numbers import plain
from fundcli.core.scan_answer import Rejection
from fundcli.core.symbols import is_dollar
from fundcli.core.used import UsedRate
from fundcli.core.wording import about_percent
from fundcli.errors import DataError, ExchangeError, FundcliError
from fundcli.market.carrying import fees_of
from fundcli.market.gather import Progress
from fundcli.market.kept import Known, Store, known_of
from fundcli.market.live import funding_rate, used_live
from fundcli.market.past import series, used_mean
from fundcli.market.scan_candidate import Candidate
from fundcli.market.scan_costs import after_fees, borrowed, grouped, unlent
from fundcli.market.scan_pricing import Terms

if TYPE_CHECKING:
    from fundcli.exchanges import Market, Reading, Snapshot, SpotVenue, Venue

# A rate that accrues is computed anew every few minutes at most; prices stand beside it.
_STALE_MS = 15 * 60_000
# Rows of the lake that are read together: hourly ones of a month for every contract, of a year for some.
_ROWS_READ = 300_000
_FEWEST_READ = 20


class _Mean(NamedTuple):
    """The mean of a contract's settlements, how many there are, the hours that they cover, how many are missing."""

    used: UsedRate | None
    settlements: int
    hours: Decimal
    holes: int


@dataclass(kw_only=True)
class Screen:
    """One exchange's contracts, in stages that each ask for more: `run` leaves those that pay after fees.

    spot: where the spot legs stand, None where fundcli reads no spot market there. lender: the exchange that lends.
    """

    terms: Terms
    venue: Venue
    spot: SpotVenue | None
    lender: Venue
    symbols: Sequence[str]
    quotes: Sequence[str]
    history_hours: Decimal | None
    store: Store
    now: datetime
    progress: Progress
    workers: int
    candidates: list[Candidate] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def run(self) -> None:
        """Every stage; an exchange that fails as a whole raises."""
        if self.spot is not None:
            fees_of(self.terms.wanted.trade, self.terms.profile, self.terms.spot_profile, False)
        readings = self._bulk()
        self._pair()
        if self.history_hours is None:
            self._accept_live(readings)
        else:
            self._accept_settled(self.history_hours)
        for candidate in self._left():
            after_fees(candidate)
        borrowed(self.candidates, self.lender, self.workers)
        venues = [self.venue, self.lender, *([] if self.spot is None else [self.spot])]
        self.warnings = list(dict.fromkeys([*self.warnings, *(note for venue in venues for note in venue.notes)]))

    def _left(self) -> list[Candidate]:
        return [candidate for candidate in self.candidates if candidate.rejected is None]

    def _bulk(self) -> dict[Market, Reading]:
        """The rates in bulk and the spot list, at once; each reading by its market."""
        from fundcli.exchanges import read_live, run_all

        venue, spot = self.venue, self.spot
        venue.looked_up_at_most = 0  # settled times tell intervals, but only of those that are left are they asked for
        step = partial(self.progress.step, venue.id)
        jobs: list[Any] = [partial(read_live, venue, self.symbols, False, step)]
        if spot is not None:
            jobs.append(spot.markets)
        results = run_all(jobs, len(jobs), venue.deadline)
        for result, asked in zip(results, (venue, spot), strict=False):
            if isinstance(result, FundcliError):
                raise result
            if isinstance(result, BaseException) and asked is not None:
                raise asked.failure(result)
        snapshot: Snapshot = results[0]  # type: ignore[assignment]
        unread = [reading.problem for reading in snapshot.readings if reading.problem or reading.rate is None]
        if len(unread) == len(snapshot.readings):
            text = next((problem for problem in unread if problem), "no readable rate")
            raise (*snapshot.failed, ExchangeError(venue.id, _PROBLEMS.get(text, text), "Try again later."))[0]
        self.missing += [error.message for error in snapshot.failed]
        self.warnings += snapshot.warnings
        newest = max((reading.observed_ms or 0 for reading in snapshot.readings), default=0)
        readings = {}
        for reading in snapshot.readings:
            market = reading.market
            if self.quotes and market.quote.upper() not in self.quotes:
                continue
            readings[market] = reading
            candidate = Candidate(terms=self.terms, venue=venue, spot=spot, market=market)
            self.candidates.append(candidate)
            if reading.problem or reading.rate is None:
                problem = reading.problem or "no readable rate"
                candidate.reject(_word_of(reading), _PROBLEMS.get(problem, problem))
                continue
            self._take(candidate, reading)
            if reading.observed_ms is not None and newest - reading.observed_ms > _STALE_MS:
                late = (newest - reading.observed_ms) // 60_000
                candidate.reject("stale", f"what {venue.id} says of it is {late} minutes older than of other contracts")
            elif not self.quotes and not is_dollar(market.quote):
                candidate.reject("foreign_quote", f"it is quoted in {market.quote}: name it with --quote")
        return readings

    def _pair(self) -> None:
        """The spot market of each."""
        from fundcli.exchanges import SpotIndex

        where = self.terms.spot_profile.id
        if self.spot is None:
            for candidate in self._left():
                candidate.reject("no_spot_market", f"no spot market of {where} can be read (--spot-exchange)")
            return
        index = SpotIndex(self.spot.markets())
        for candidate in self._left():
            candidate.pair = index.of(candidate.market)
            if candidate.pair is None:
                base = candidate.market.base
                candidate.reject("no_spot_market", f"{where} has no active spot market of {base} (--spot-exchange)")

    def _accept_live(self, readings: dict[Market, Reading]) -> None:
        """The rate of now; an interval that nobody reported is looked for in settled times, of those left alone."""
        from fundcli.exchanges import with_intervals

        for candidate in self._left():
            self._direct(candidate)
        unknown = [
            replace(reading, interval_hours=None)
            for candidate in self._left()
            if (reading := readings[candidate.market]).interval_basis == "profile"
        ]
        observed = {reading.market: reading for reading in with_intervals(self.venue, unknown, True)} if unknown else {}
        for candidate in self._left():
            seen = observed.get(candidate.market)
            if seen is None:
                continue
            self._take(candidate, seen)
            if seen.interval_basis == "profile":
                text = "neither the exchange nor settled times tell the hours between two settlements"
                candidate.reject("interval_unknown", text)

    def _take(self, candidate: Candidate, reading: Reading) -> None:
        candidate.used = used_live(funding_rate(self.venue.id, reading, self.now))
        candidate.rate_basis = reading.rate_basis

    def _accept_settled(self, span: Decimal) -> None:
        """The mean of what settled, out of the lake and then from the exchange, several contracts at once."""
        from fundcli.exchanges import run_all

        left = self._left()
        since = self.now - timedelta(seconds=float(span * 3600))
        together = max(_FEWEST_READ, int(_ROWS_READ / max(span, Decimal(1))))
        results: list[_Mean | BaseException] = []
        for start in range(0, len(left), together):
            part = left[start : start + together]
            known = known_of(self.store, self.venue.id, [c.market.symbol for c in part], since, self.now)
            jobs = [partial(self._mean, c.market, since, known.get(c.market.symbol)) for c in part]
            step = partial(self._step, start, len(left))
            results += run_all(jobs, self.workers, self.venue.deadline, step)
        failures: list[tuple[Candidate, ExchangeError]] = []
        for candidate, result in zip(left, results, strict=True):
            if isinstance(result, DataError):  # of the lake, not of the exchange
                raise result
            if isinstance(result, BaseException):
                candidate.used = candidate.rate_basis = None
                failures.append((candidate, self.venue.failure(result)))
                continue
            candidate.used, candidate.rate_basis = result.used, "reported"
            candidate.settlements, candidate.hours, candidate.holes = result.settlements, result.hours, result.holes
            if candidate.used is None:
                candidate.reject("no_history", f"fewer than two settlements are known of the last {plain(span)} hours")
            else:
                self._direct(candidate)
        if left and len(failures) == len(left):
            raise failures[0][1]
        for candidate, failure in failures:
            text = failure.message.partition(": ")[2]
            candidate.reject("no_history", f"its settled rates could not be read: {text}")
        self.missing += grouped(self.venue.id, "settled rates of", failures)

    def _step(self, before: int, total: int, done: int) -> None:
        self.progress.step(self.venue.id, before + done, total)

    def _mean(self, market: Market, since: datetime, known: Known | None) -> _Mean:
        history = series(self.venue, market, since, self.now, self.store, False, known).history
        rows = history.settled
        return _Mean(
            used_mean(self.venue.id, rows), len(rows), Decimal(sum(row.interval_hours or 0 for row in rows)),
            sum(hole.missing for hole in history.holes),
        )  # fmt: skip

    def _direct(self, candidate: Candidate) -> None:
        """Out where the direction does not receive the rate, or where it is clear that nobody lends the coin."""
        wanted, used = self.terms.wanted, candidate.used
        assert used is not None
        way = self.terms.direction(used)
        if (used.rate < 0) if way == "cash-and-carry" else (used.rate >= 0):
            candidate.reject("against_direction", f"a rate of {about_percent(used.rate)} is paid by a {way}")
        elif way == "reverse" and wanted.trade.collateral == "spot":
            candidate.reject("against_direction", "a reverse carry holds no spot to give as collateral")
        else:
            unlent(candidate, self.lender)


_PROBLEMS = {
    "absent": "the exchange quotes no rate for it",
    "settles no more": "it settles no more",
}


def _word_of(reading: Reading) -> Rejection:
    if reading.problem == "settles no more":
        return "inactive"
    return "interval_unknown" if reading.problem.startswith("the interval") else "no_rate"
