"""A book's rates, prices and terms now: one read of each exchange, all exchanges at once.

A position whose contract fails is missing alone; the others of its exchange stand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from fundcli.core.borrow import BorrowQuote
from fundcli.core.rate import FundingRate
from fundcli.core.units import to_ms
from fundcli.errors import DataError, ExchangeError, FundcliError, UsageError
from fundcli.market.book_spot import Mids
from fundcli.market.borrowing import borrow_quote
from fundcli.market.gather import Found, Progress, all_failed, from_each
from fundcli.market.live import rates_of
from fundcli.market.margins import Margins, margin_at, on_record
from fundcli.market.positions import BORROW_KEY, Written
from fundcli.profiles import Profile

if TYPE_CHECKING:
    from fundcli.exchanges import Market, Network, Venue

_AT_ONCE = 8
_RATES = "rates"
# A quote, and what is to be said about it.
Loan = tuple[BorrowQuote | None, list[str]]


class Now(msgspec.Struct, frozen=True, kw_only=True):
    """What an exchange says of a position now.

    rate: of its contract, or (of spot) of the perpetual beside it, None where there is none. base: as the exchange
    writes it. hour: the last hour's close where no price is beside the rate; mid: that of the spot market's book, where
    no index price is. margins: unless the maintenance rate is typed. borrow: of spot sold short, unless it is typed.
    """

    symbol: str
    base: str
    rate: FundingRate | None = None
    hour: Decimal | None = None
    hour_kind: Literal["mark", "index"] = "mark"
    mid: Decimal | None = None
    margins: Margins | None = None
    borrow: Loan | None = None


class LiveBook(msgspec.Struct, kw_only=True):
    """What the exchanges said, by the number of the position; who failed is missing."""

    now: dict[int, Now]
    found: Found


def can_be_asked(profile: Profile) -> bool:
    """Whether there is anybody to ask: an exchange can be defunct, or one that only its profile knows."""
    return profile.status != "defunct" and profile.ccxt is not None


def live_book(
    written: Sequence[Written], network: Network, now: datetime, strict: bool, progress: Progress
) -> LiveBook:
    """What every exchange tells of its positions; raises where that is nothing at all."""
    answer: dict[int, Now] = {}
    failures: list[FundcliError] = []

    def read(profile: Profile) -> Found:
        from fundcli.exchanges import open_venue

        mine = [each for each in written if each.profile.id == profile.id]
        one = _OneExchange(open_venue(profile, network), mine, now)
        one.read(strict, progress)
        answer.update(one.answer)
        failures.extend(one.failures)
        return one.found

    profiles = list({each.profile.id: each.profile for each in written}.values())
    found = from_each(profiles, read, network, progress)
    if failures and not answer:
        raise all_failed(failures)
    return LiveBook(now=answer, found=found)


class _OneExchange:
    """What one exchange is asked for: the rates in one read, then what each contract and coin needs beside them."""

    def __init__(self, venue: Venue, mine: Sequence[Written], now: datetime) -> None:
        self.venue = venue
        self.mine = mine
        self.now = now
        self.markets: dict[int, Market] = {}
        self.mids = Mids(venue)
        self.answer: dict[int, Now] = {}
        self.failures: list[FundcliError] = []
        self.found = Found()

    def read(self, strict: bool, progress: Progress) -> None:
        self._find()
        jobs: dict[str, Callable[[], Any]] = {}
        if self.markets:
            symbols = list(dict.fromkeys(market.symbol for market in self.markets.values()))
            jobs[_RATES] = partial(rates_of, self.venue, symbols, self.now, strict, progress)
        for each in self.mine:
            if self._needs_margin(each):
                jobs.setdefault(self._margin_key(each), partial(self._margin, each))
            if self._needs_loan(each):
                jobs.setdefault(self._loan_key(each), partial(self._loan, each))
        told = dict(zip(jobs, self._all(list(jobs.values())), strict=True))
        rates = self._rates(told[_RATES]) if self.markets else {}
        prices = self._all([partial(self._now, each, rates) for each in self.mine])
        for each, now in zip(self.mine, prices, strict=True):
            if isinstance(now, BaseException):
                self._fail(now if isinstance(now, FundcliError) else self.venue.failure(now))
            elif now is not None:
                terms = {"margins": self._margins(each, told), "borrow": self._borrow(each, told)}
                self.answer[each.number] = msgspec.structs.replace(now, **terms)
        self.found.warnings += [*self.venue.notes, *self.mids.notes]

    # -- which contract ------------------------------------------------------------------------------------------

    def _find(self) -> None:
        """The contract of each position; of spot the perpetual beside it, if there is one."""
        from fundcli.exchanges import find

        for each in self.mine:
            try:
                self.markets[each.number] = find(self.venue, each.entry.symbol)
            except UsageError as error:
                if each.entry.market == "perp":
                    self._fail(DataError(f"{each.where}.symbol: {error.message}", error.remedy))
            except ExchangeError as error:
                if not any(self.venue.loaded(family) for family in self.venue.families):
                    raise
                if each.entry.market == "perp":
                    self._fail(error)
                else:
                    self.venue.note(f"{error.message} (asked for the perpetual of {each.symbol})")

    def _fail(self, error: FundcliError) -> None:
        """Missing; a mistake in the file with its remedy."""
        if all(error.message != before.message for before in self.failures):
            self.failures.append(error)
            self.found.missing.append(error.line().rstrip(".") if isinstance(error, DataError) else error.message)

    def _all(self, jobs: Sequence[Callable[[], Any]]) -> list[Any]:
        from fundcli.exchanges import run_all

        return run_all(jobs, _AT_ONCE, self.venue.deadline)

    # -- its terms -----------------------------------------------------------------------------------------------

    def _needs_margin(self, each: Written) -> bool:
        perp = each.entry.market == "perp" and each.number in self.markets
        return perp and each.entry.maintenance_rate is None

    def _margin_key(self, each: Written) -> str:
        """One table a contract; a table for each leverage, where the exchange has them by leverage."""
        symbol = self.markets[each.number].symbol
        return f"tiers {symbol} {self._leverage(each) if self.venue.tiers_by_leverage else ''}"

    def _leverage(self, each: Written) -> Decimal:
        return each.position(self.markets[each.number].symbol).leverage

    def _margin(self, each: Written) -> Margins:
        return margin_at(self.venue, self.markets[each.number], self.now, self._leverage(each))

    def _margins(self, each: Written, told: Mapping[str, Any]) -> Margins | None:
        if not self._needs_margin(each):
            return None
        found = told[self._margin_key(each)]
        if isinstance(found, Margins):
            return found
        error = self.venue.failure(found)
        return on_record(self.venue.profile, self.markets[each.number].symbol, error.message, error)

    def _needs_loan(self, each: Written) -> bool:
        return each.borrows and each.entry.borrow_rate is None

    def _loan_key(self, each: Written) -> str:
        return f"loan {each.coin}"

    def _loan(self, each: Written) -> Loan:
        venue = self.venue
        return borrow_quote(venue.profile, each.coin, venue.network, venue=venue, typed_with=BORROW_KEY)

    def _borrow(self, each: Written, told: Mapping[str, Any]) -> Loan | None:
        if not self._needs_loan(each):
            return None
        found = told[self._loan_key(each)]
        if isinstance(found, BaseException):
            why = self.venue.failure(found).message
            return None, [f"the borrow rate of {each.coin} could not be read ({why}): give it with {BORROW_KEY}"]
        quote, notes = found
        return quote, notes

    # -- its rates and prices ------------------------------------------------------------------------------------

    def _rates(self, result: Any) -> dict[str, FundingRate]:
        if isinstance(result, BaseException):
            self._fail(self.venue.failure(result))
            return {}
        self.found.missing += result.missing
        self.found.warnings += result.warnings
        return {rate.symbol: rate for rate in result.rates}

    def _now(self, each: Written, rates: dict[str, FundingRate]) -> Now | None:
        market = self.markets.get(each.number)
        rate = None if market is None else rates.get(market.symbol)
        if each.entry.market == "spot":
            return self._spot(each, market, rate)
        if market is None or rate is None:
            return None
        from fundcli.exchanges import own_base

        now = Now(symbol=market.symbol, base=own_base(market), rate=rate)
        if rate.mark_price is not None or rate.index_price is not None:
            return now
        return msgspec.structs.replace(now, hour=self._last_hour(market, "mark"))

    def _spot(self, each: Written, market: Market | None, rate: FundingRate | None) -> Now:
        """The index price of the perpetual beside it; else the middle of its own book; else the last hour's index."""
        if market is not None and rate is not None and rate.index_price is not None:
            symbol = market.symbol.rpartition(":")[0]
            return Now(symbol=symbol, base=symbol.partition("/")[0], rate=rate)
        try:
            symbol, mid = self.mids.of(each)
        except FundcliError as error:
            hour = None if market is None or rate is None else self._last_hour(market, "index")
            if hour is None or market is None:
                raise
            self.venue.note(f"{error.message} (asked for the price of {each.symbol})")
            symbol = market.symbol.rpartition(":")[0]
            return Now(symbol=symbol, base=symbol.partition("/")[0], rate=rate, hour=hour, hour_kind="index")
        return Now(symbol=symbol, base=symbol.partition("/")[0], mid=mid)

    def _last_hour(self, market: Market, kind: Literal["mark", "index"]) -> Decimal | None:
        from fundcli.exchanges import keeps, price_history

        if kind not in keeps(self.venue, market):
            return None
        now_ms = to_ms(self.now)
        try:
            rows = price_history(self.venue, market, kind, to_ms(self.now - timedelta(hours=3)), now_ms)
        except ExchangeError as error:
            self.venue.note(f"{error.message} (asked for the price of the last hour)")
            return None
        return rows[-1].close if rows else None
