"""What fundcli asks of an exchange, as ccxt's unified methods answer it; `venues` overrides what is odd.

A venue reads in families: parts of an exchange with an endpoint of their own (linear and inverse, settlement coins,
product types). A family that fails is named and the others stand.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import partial
from typing import Any

from fundcli.core.history import Stamp
from fundcli.core.rate import IntervalBasis, RateBasis, RateKind
from fundcli.core.schedule import MS_PER_HOUR
from fundcli.errors import ExchangeError, FundcliError
from fundcli.exchanges import markets as market_lists
from fundcli.exchanges.client import Client
from fundcli.exchanges.market import Market, from_ccxt, resolve, unknown_symbol
from fundcli.exchanges.paging import Page, Window, settled_in_windows
from fundcli.exchanges.pool import run_all
from fundcli.exchanges.session import Deadline, Network
from fundcli.profiles import Profile

# Contracts whose interval nobody reported are looked up in their settled times, if they are this few.
_LOOKED_UP_AT_MOST = 40
_LOOKED_UP_STRICT = 400
_WORKERS = 8
_MOST_PLAUSIBLE_INTERVAL = Decimal(24)
_MOST_PLAUSIBLE_RATE = Decimal(1)
_CANDLES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A funding rate as the wire had it; None where it was null, missing or unreadable."""

    market: Market
    rate: Decimal | None
    kind: RateKind = "accruing"
    interval_hours: Decimal | None = None
    interval_basis: IntervalBasis = "reported"
    interval_source: str = ""
    time_ms: int | None = None
    observed_ms: int | None = None
    mark: Decimal | None = None
    index: Decimal | None = None
    next_rate: Decimal | None = None
    interest_per_day: Decimal | None = None
    rate_basis: RateBasis = "reported"
    problem: str = ""


@dataclass(slots=True)
class Snapshot:
    """What a live read of an exchange brought: readings, what failed, and what the reader should know."""

    readings: list[Reading] = field(default_factory=list)
    failed: list[ExchangeError] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


class Venue:
    """An exchange read through ccxt's unified methods."""

    families: tuple[str, ...] = ("swap",)
    # What of ccxt's `info` a market entry must keep: the venue's own code reads it again.
    kept_info: tuple[str, ...] = ()
    page_cap = 100
    window_hours: int | None = None
    venue_wide_interval = False

    def __init__(self, profile: Profile, network: Network, deadline: Deadline | None = None) -> None:
        assert profile.ccxt is not None
        self.profile = profile
        self.id = profile.id
        self.network = network
        self.deadline = deadline or Deadline(network.timeout_seconds)
        self._clients: dict[str, Client] = {}
        self._markets: dict[str, list[Market]] = {}
        self._fresh: set[str] = set()

    # -- what an exchange's module may override -------------------------------------------------------------------

    def options(self, family: str) -> dict[str, Any]:
        """ccxt's options for a family."""
        return {"fetchMarkets": {"types": ["swap"]}}

    def fetch_markets(self, client: Client, family: str) -> Sequence[Mapping[str, Any]]:
        """ccxt's market entries of a family."""
        entries: Sequence[Mapping[str, Any]] = client.call(client.ccxt.fetch_markets)
        return entries

    def fetch_live(self, client: Client, family: str, markets: Sequence[Market]) -> list[Reading]:
        """The rates of these markets now: the bulk call where ccxt has one, else one call each."""
        if client.ccxt.has.get("fetchFundingRates") is True:
            rows = client.call(client.ccxt.fetch_funding_rates)
            return self.readings(rows, markets)
        return self.each(markets, lambda m: self.reading(client.call(client.ccxt.fetch_funding_rate, m.symbol), m))

    def reading(self, row: Mapping[str, Any], market: Market) -> Reading:
        """One of ccxt's funding-rate structures."""
        hours, problem = interval_hours(row.get("interval"))
        return Reading(
            market=market,
            rate=row.get("fundingRate"),
            interval_hours=hours,
            interval_source="the exchange's answer" if hours else "",
            time_ms=row.get("fundingTimestamp"),
            observed_ms=row.get("timestamp"),
            mark=row.get("markPrice"),
            index=row.get("indexPrice"),
            problem=problem,
        )

    def fetch_page(self, client: Client, market: Market, window: Window, limit: int) -> list[Stamp]:
        """Settled rates of a market within a window, at most `limit`, in any order."""
        rows = client.call(
            client.ccxt.fetch_funding_rate_history, market.symbol, window.since_ms, limit, {"until": window.until_ms}
        )
        return self.stamps(rows, market)

    def settled(self, market: Market, since_ms: int, until_ms: int) -> list[Stamp]:
        """All settled rates in a window, paged over the exchange's cap until done."""
        client = self.client(market.family)

        def page(window: Window) -> Page:
            return Page(self.fetch_page(client, market, window, self.page_cap), self.page_cap)

        return settled_in_windows(page, Window(since_ms, until_ms), self.window_hours)

    def recent(self, market: Market) -> list[Stamp]:
        """A few of the newest settlements, enough to see their spacing."""
        now = int(time.time() * 1000)
        return self.settled(market, now - 26 * MS_PER_HOUR, now)

    # -- what the rest of fundcli calls ---------------------------------------------------------------------------

    def client(self, family: str) -> Client:
        """The ccxt instance of a family, made once."""
        if family not in self._clients:
            assert self.profile.ccxt is not None
            self._clients[family] = Client(
                self.id, self.profile.ccxt, self.network, self.deadline, self.options(family)
            )
        return self._clients[family]

    def markets(self, family: str, again: bool = False) -> list[Market]:
        """The perpetuals of a family, from the disk if they were read within a day."""
        if again or family not in self._markets:
            kept = None if again or self.network.refresh else market_lists.load(self.network, self.id, family)
            if kept is None:
                entries = self.fetch_markets(self.client(family), family)
                kept = self.keep(entries, family)
            self.use(family, kept)
        return self._markets[family]

    def keep(self, entries: Sequence[Mapping[str, Any]], family: str) -> list[Market]:
        """Reduce ccxt's entries to perpetuals and remember them for a day."""
        found = [m for entry in entries if entry and (m := from_ccxt(entry, family, self.kept_info))]
        kept = [self.complete(m) for m in found]
        if not kept:
            raise ExchangeError(self.id, f"listed no perpetual ({family})", "Try again later, with --refresh.")
        self._fresh.add(family)
        market_lists.save(self.network, self.id, family, kept)
        return kept

    def complete(self, market: Market) -> Market:
        """A market with what its `extra` says of the interval."""
        return market

    def use(self, family: str, markets: list[Market]) -> None:
        """Make a market list known to ccxt, without its slow `set_markets`."""
        self._markets[family] = markets
        ccxt = self.client(family).ccxt
        entries = [market.for_ccxt() for market in markets]
        ccxt.markets = {entry["symbol"]: entry for entry in entries}
        ccxt.markets_by_id = {}
        for entry in entries:
            ccxt.markets_by_id.setdefault(entry["id"], []).append(entry)
        ccxt.symbols = list(ccxt.markets)
        ccxt.ids = list(ccxt.markets_by_id)

    def find(self, symbol: str) -> Market:
        """The market that a typed symbol means; families are asked in their order, linear ones first."""
        seen: list[Market] = []
        failure: ExchangeError | None = None
        for family in self.families:
            try:
                seen += self.markets(family)
            except ExchangeError as error:
                failure = failure or error
                continue
            found = resolve(symbol, seen, self.id)
            if found is not None:
                return found
        cached = [family for family in self.families if family in self._markets and family not in self._fresh]
        for family in cached:  # a contract may have been listed since yesterday
            self.markets(family, again=True)
        seen = [m for family in self.families for m in self._markets.get(family, [])]
        found = resolve(symbol, seen, self.id) if cached else None
        if found is not None:
            return found
        raise failure or unknown_symbol(symbol, seen, self.id)

    def live(
        self, symbols: Sequence[str], observe: bool = False, done: Callable[[int, int], None] | None = None
    ) -> Snapshot:
        """Rates now: of these symbols, or of every active perpetual. `observe` looks harder for intervals."""
        self._progress = done
        if symbols:
            chosen = [self.find(symbol) for symbol in symbols]
            by_family = {f: list(dict.fromkeys(m for m in chosen if m.family == f)) for f in self.families}
            jobs = [family for family in self.families if by_family[family]]
        else:
            by_family, jobs = {}, list(self.families)

        def read(family: str) -> list[Reading]:
            return self._read_family(family, by_family.get(family), observe)

        snapshot = Snapshot()
        results = run_all([partial(read, family) for family in jobs], len(jobs), self.deadline)
        for family, result in zip(jobs, results, strict=True):
            if isinstance(result, list):
                snapshot.readings += result
            else:
                snapshot.failed.append(self._as_failure(result, family))
        snapshot.warnings += self._notes
        snapshot.failed += self._failures
        if not snapshot.readings and not snapshot.failed:
            raise ExchangeError(self.id, "answered no funding rate", "Try again later, with --refresh.")
        return snapshot

    def each(self, markets: Sequence[Market], one: Callable[[Market], Reading]) -> list[Reading]:
        """One request a market, a few at once; a market that fails is a reading with a problem."""
        progress = self._progress
        total = len(markets)
        results = run_all(
            [partial(one, market) for market in markets],
            _WORKERS,
            self.deadline,
            None if progress is None else lambda count: progress(count, total),
        )
        errors = [r for r in results if isinstance(r, BaseException)]
        if markets and len(errors) == len(markets):
            raise self._as_failure(errors[0], "")
        return [
            result
            if isinstance(result, Reading)
            else Reading(market=market, rate=None, problem=self._as_failure(result, "").message)
            for market, result in zip(markets, results, strict=True)
        ]

    def failure(self, error: BaseException) -> ExchangeError:
        """Whatever a job of this venue raised, as an error with cause and remedy."""
        return self._as_failure(error, "")

    @property
    def notes(self) -> list[str]:
        """Warnings gathered while reading."""
        return self._notes

    def prices_at(self, market: Market, instants_ms: Sequence[int]) -> dict[int, Decimal]:
        """The price that payments use, at full hours, as the open of its hourly candle; empty where ccxt has none.

        A settlement whose candle is missing is left out.
        """
        kind = self.profile.funding.payment_price
        method = {"mark": "fetch_mark_ohlcv", "index": "fetch_index_ohlcv"}.get(kind)
        client = self.client(market.family)
        supported = {"mark": "fetchMarkOHLCV", "index": "fetchIndexOHLCV"}.get(kind, "")
        if method is None or client.ccxt.has.get(supported) is not True or not instants_ms:
            return {}
        wanted = set(instants_ms)
        found: dict[int, Decimal] = {}
        start = min(wanted)
        while start <= max(wanted):
            try:
                candles = client.call(getattr(client.ccxt, method), market.symbol, "1h", start, _CANDLES)
            except ExchangeError as error:
                self.note(f"{error.message} (asked for the prices at the settlements)")
                break
            opens = {int(c[0]): c[1] for c in candles if c and c[0] is not None and c[1] is not None}
            found |= {t: Decimal(price) for t, price in opens.items() if t in wanted}
            newest = max(opens, default=0)
            if newest < start:
                break
            start = max(newest + MS_PER_HOUR, start + MS_PER_HOUR)
        return found

    def note(self, text: str) -> None:
        """A warning for the reader of this answer."""
        if text not in self._notes:
            self._notes.append(text)

    def fail(self, error: ExchangeError) -> None:
        """A part that failed while the rest stands: the answer is partial."""
        self._failures.append(error)

    _progress: Callable[[int, int], None] | None = None

    @property
    def _notes(self) -> list[str]:
        return self.__dict__.setdefault("_note_list", [])  # type: ignore[no-any-return]

    @property
    def _failures(self) -> list[ExchangeError]:
        return self.__dict__.setdefault("_failure_list", [])  # type: ignore[no-any-return]

    # -- shared by the venues -------------------------------------------------------------------------------------

    def readings(
        self, rows: Mapping[str, Mapping[str, Any]] | Sequence[Mapping[str, Any]], markets: Sequence[Market]
    ) -> list[Reading]:
        """The readings of the markets asked for, out of a bulk answer; a market without a row has no rate."""
        by_symbol = rows if isinstance(rows, Mapping) else {row["symbol"]: row for row in rows}
        return [
            self.reading(by_symbol[m.symbol], m)
            if m.symbol in by_symbol
            else Reading(market=m, rate=None, problem="absent")
            for m in markets
        ]

    def stamps(self, rows: Sequence[Mapping[str, Any]], market: Market) -> list[Stamp]:
        """Settled rates out of ccxt's history structures; a row without time or rate is noted and left out."""
        result = []
        for row in rows:
            rate, at = row.get("fundingRate"), row.get("timestamp")
            if rate is None or at is None or not rate.is_finite():
                self.note(f"{self.id}: a settled row of {market.symbol} without a readable rate or time was left out")
                continue
            result.append(Stamp(int(at), rate, self.settled_price(row.get("info") or {}, market)))
        return result

    def settled_price(self, info: Mapping[str, Any], market: Market) -> Decimal | None:
        """The price that a settlement used, where the history carries it."""
        return number(info.get("markPrice"))

    def _read_family(self, family: str, wanted: Sequence[Market] | None, observe: bool) -> list[Reading]:
        client = self.client(family)
        markets = [m for m in self.markets(family) if m.active] if wanted is None else list(wanted)
        if not markets:
            return []
        readings = self.fetch_live(client, family, markets)
        readings = [self._checked(reading) for reading in readings]
        return self._with_intervals(readings, observe, everything=wanted is None)

    def _checked(self, reading: Reading) -> Reading:
        if reading.problem:
            return reading
        rate, hours = reading.rate, reading.interval_hours
        if rate is None:
            return replace(reading, problem="no readable rate")
        if not rate.is_finite() or abs(rate) > _MOST_PLAUSIBLE_RATE:
            return replace(reading, rate=None, problem=f"the rate '{rate}' cannot be one")
        if hours is not None and not 0 < hours <= _MOST_PLAUSIBLE_INTERVAL:
            return replace(reading, problem=f"the interval '{hours}' h is unknown")
        return reading

    def _with_intervals(self, readings: list[Reading], observe: bool, everything: bool) -> list[Reading]:
        """Fill in the intervals that nobody reported: from settled times if they are few, else from the profile."""
        unknown = [r for r in readings if r.interval_hours is None and not r.problem]
        observed: dict[str, Decimal] = {}
        if unknown and self.venue_wide_interval:
            if observe:
                hours = self._observed_interval(unknown[0])
                observed = {r.market.symbol: hours for r in unknown} if hours else {}
        elif 0 < len(unknown) <= (_LOOKED_UP_STRICT if observe else _LOOKED_UP_AT_MOST):
            found = run_all([partial(self._observed_interval, r) for r in unknown], _WORKERS, self.deadline)
            observed = {
                r.market.symbol: hours for r, hours in zip(unknown, found, strict=True) if isinstance(hours, Decimal)
            }
        funding = self.profile.funding
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

    def _observed_interval(self, reading: Reading) -> Decimal | None:
        """From the last settlement to the next, or between the last two."""
        from fundcli.core.history import clean

        try:
            settled = clean(self.recent(reading.market)).settled
        except FundcliError:
            return None
        if not settled:
            return None
        if reading.time_ms is not None:
            hours = Decimal(round(reading.time_ms / MS_PER_HOUR) - settled[-1].time_ms // MS_PER_HOUR)
            if 0 < hours <= _MOST_PLAUSIBLE_INTERVAL:
                return hours
        last = settled[-1].interval_hours
        return None if last is None or last > _MOST_PLAUSIBLE_INTERVAL else Decimal(last)

    def _as_failure(self, error: BaseException, family: str) -> ExchangeError:
        if isinstance(error, ExchangeError):
            return error
        if isinstance(error, FundcliError):
            return ExchangeError(self.id, error.message, error.remedy)
        if isinstance(error, TimeoutError | OSError):
            return ExchangeError(
                self.id, f"no answer within {self.deadline.seconds:g} s", "Try again, or allow more with --timeout 60s."
            )
        if isinstance(error, Exception):
            # The shape of an answer was not the promised one; which shape, --debug shows.
            return ExchangeError(
                self.id,
                f"its answer has an unknown shape ({type(error).__name__})",
                "Try again later; --debug shows more.",
            )
        raise error


def number(value: Any) -> Decimal | None:
    """A finite number out of wire text; None for anything else."""
    if value is None or value == "":
        return None
    try:
        parsed = Decimal(str(value))
    except ArithmeticError:
        return None
    return parsed if parsed.is_finite() else None


def interval_hours(text: Any) -> tuple[Decimal | None, str]:
    """Hours of ccxt's interval text (`8h`), and what is wrong with it where it says something else."""
    if text is None:
        return None, ""
    hours = number(str(text).removesuffix("h"))
    if hours is None or not 0 < hours <= _MOST_PLAUSIBLE_INTERVAL:
        return None, f"the interval '{text}' is unknown"
    return hours, ""


def hours_between(start_ms: Any, end_ms: Any) -> Decimal | None:
    """Hours from one settlement to the next, as the exchange names both."""
    start, end = number(start_ms), number(end_ms)
    if start is None or end is None or end <= start:
        return None
    return (end - start) / MS_PER_HOUR
