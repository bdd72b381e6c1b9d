"""The second part of a scan: the order books of the best, all exchanges at once, and what is left after slippage."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import Any

from fundcli.core.carry import carry
from fundcli.core.carry_answer import LEG_NAMES
from fundcli.core.depth import Book
from fundcli.core.filling import reach
from fundcli.core.symbols import is_one_coin
from fundcli.core.wording import about_percent
from fundcli.errors import ExchangeError, UsageError
from fundcli.market.borrowing import shortage
from fundcli.market.carrying import Quotes, borrowed_amount, filled
from fundcli.market.gather import Progress
from fundcli.market.scan_candidate import Candidate
from fundcli.market.scan_costs import below_hurdle, grouped
from fundcli.market.scan_reading import Desk, Name
from fundcli.profiles.margins import margin_on_record

# Times the contracts wanted: so many books are read at most in the search for ones that can be priced.
READ_AT_MOST = 3
# By exchange and kind of book.
Failures = dict[tuple[str, str], list[tuple[Candidate, ExchangeError]]]


@dataclass(eq=False)
class _Read:
    """A candidate whose books are being read: the names of what it is priced from, and of what it waits for of it.

    A name is what is asked, of which exchange, about which market; it is empty where nothing is. first: by the first
    levels. failed: a book of it is not to be had, though another answer may still be under way.
    """

    candidate: Candidate
    first: bool = True
    perp: Name = ()
    spot: Name = ()
    tiers: Name = ()
    waits: set[Name] = field(default_factory=set)
    failed: bool = False


@dataclass
class _Books:
    """The books of one scan. What was read once is not asked for again: several candidates may share a spot book.

    found: answers by name, an ExchangeError where it failed. begun: all that was read, in order of rank.
    """

    desk: Desk
    progress: Progress
    found: dict[Name, Any] = field(default_factory=dict)
    asked: set[Name] = field(default_factory=set)
    begun: list[_Read] = field(default_factory=list)
    under_way: list[_Read] = field(default_factory=list)

    @property
    def priced(self) -> int:
        """So many are priced."""
        return sum(read.candidate.result is not None for read in self.begun)

    @property
    def places_taken(self) -> int:
        """So many are priced, or may still be."""
        return self.priced + sum(not read.failed for read in self.under_way)

    def silent(self, candidate: Candidate) -> str | None:
        """The exchange of either leg that answered nothing more."""
        venues = (candidate.venue, candidate.spot)
        return next((venue.id for venue in venues if venue is not None and self.desk.silent(venue)), None)

    def begin(self, candidate: Candidate) -> None:
        """Have the books of a candidate read."""
        self.begun.append(_Read(candidate))
        self._ask(self.begun[-1])

    def take(self) -> None:
        """Wait for one answer, and price what waited for it alone."""
        name, answer = self.desk.answer()
        self.found[name] = answer
        self.progress.step("order books", len(self.found), len(self.asked))
        for read in [read for read in self.under_way if name in read.waits]:
            read.waits.discard(name)
            self._heard(read, name)
            if not read.waits:
                self.under_way.remove(read)
                self._finish(read)

    def failures(self) -> Failures:
        """What failed, by exchange and kind of book, in order of rank."""
        failed: Failures = {}
        for read in self.begun:
            for name, what in ((read.perp, "order books of"), (read.spot, "spot order books of")):
                if isinstance(error := self.found[name], ExchangeError):
                    failed.setdefault((error.exchange, what), []).append((read.candidate, error))
        return failed

    def _ask(self, read: _Read) -> None:
        from fundcli.exchanges import read_tiers

        c = read.candidate
        assert c.pair is not None and c.spot is not None
        read.perp = self._ask_book(read, c.venue, c.market)
        read.spot = self._ask_book(read, c.spot, c.pair.market)
        if c.terms.rests_on_tiers and c.venue.tiers_from is not None:
            read.tiers = ("tiers", id(c.venue), c.market.symbol)
            leverage = c.terms.wanted.trade.leverage
            self._ask_one(read, read.tiers, c.venue, partial(read_tiers, c.venue, c.market, leverage))
        if read.waits:
            self.under_way.append(read)
        else:
            self._finish(read)

    def _ask_book(self, read: _Read, venue: Any, market: Any) -> Name:
        first = read.first and venue.first_levels is not None
        name = ("first levels" if first else "book", id(venue), market.symbol)
        self._ask_one(read, name, venue, partial(_book, venue, market, first))
        return name

    def _ask_one(self, read: _Read, name: Name, venue: Any, question: Callable[[], Any]) -> None:
        if name in self.found:
            self._heard(read, name)
            return
        read.waits.add(name)
        if name not in self.asked:
            self.asked.add(name)
            self.desk.ask(venue, name, question)

    def _heard(self, read: _Read, name: Name) -> None:
        if name != read.tiers and isinstance(self.found[name], ExchangeError):
            read.failed = True

    def _finish(self, read: _Read) -> None:
        """Price a candidate whose answers are there; ask for all levels where the first ones are too few.

        Only what ends the reach counts: where that book is read to its end, more of the other one would not help.
        """
        candidate, perp, spot = read.candidate, self.found[read.perp], self.found[read.spot]
        for book, what in ((perp, "order book"), (spot, "spot order book")):
            if isinstance(book, ExchangeError):
                candidate.reject("no_book", f"{what}: {book.message}")
        if not isinstance(perp, Book) or not isinstance(spot, Book):
            return
        _take_tiers(candidate, self.found.get(read.tiers))
        short = _price(candidate, perp, spot)
        if short is not None and read.first and _has_more(candidate, *short):
            candidate.rejected, candidate.reason = None, ""
            read.first = False
            self._ask(read)


def fill_best(
    candidates: Sequence[Candidate], most: int, workers: int, progress: Progress
) -> tuple[list[str], list[str]]:
    """Price the best `most` from their books; returns what failed, and what is to be said.

    In the place of each that has no book, or one that is too thin or of another coin, the next one is read as soon as
    that is known, but no more than READ_AT_MOST times `most` in all; the rest are rejected as not read. No more are
    begun than there are places, so these are the best that can be priced, in whatever order answers come.
    Where all levels of a book cost more than its first ones, those are read first, and all where they are too thin.
    """
    waiting = deque(sorted(candidates, key=lambda c: (-_expected(c), c.name)))
    if not waiting:
        return [], []
    books = _Books(Desk(workers), progress)
    progress.begin("for order books")
    try:
        while True:
            while waiting and books.places_taken < most and len(books.begun) < READ_AT_MOST * most:
                candidate = waiting.popleft()
                if (name := books.silent(candidate)) is not None:
                    candidate.reject("book_not_read", f"{name} answered nothing more when books were read before")
                else:
                    books.begin(candidate)
            if not books.under_way:
                break
            books.take()
    finally:
        books.desk.close()
        progress.end()
    looked, priced = len(books.begun), books.priced
    for candidate in waiting:
        candidate.reject("book_not_read", _why_not_read(most, looked, priced))
    said = []
    if waiting and priced < most:
        said.append(
            f"order books of {looked} contracts were read, {READ_AT_MOST} for each of --books {most}, and {priced} "
            f"could be priced; {len(waiting)} that promise less were not looked at"
        )
    return [line for (name, what), failed in books.failures().items() for line in grouped(name, what, failed)], said


def _book(venue: Any, market: Any, first: bool) -> Book:
    return Book(*venue.book(market, first))


def _why_not_read(most: int, looked: int, priced: int) -> str:
    if looked == priced == most:
        return f"{most} contracts promise more before slippage (--books)"
    return f"{looked} contracts promise more before slippage, and {priced} of them could be priced (--books)"


def _expected(candidate: Candidate) -> Decimal:
    assert candidate.before is not None
    return candidate.before.net_apr_on_capital


def _has_more(candidate: Candidate, is_spot: bool, book: Book) -> bool:
    """Whether a book may hold more than its first levels, all that was asked for of it."""
    venue = candidate.spot if is_spot else candidate.venue
    assert venue is not None
    # Levels that hold nothing are left out when a book is read: one of them does not make it one that has ended.
    return venue.first_levels is not None and 2 * max(len(book.bids), len(book.asks)) > venue.first_levels


def _take_tiers(candidate: Candidate, answer: Any) -> None:
    """The exchange's own margin tiers, else those on record; which, the candidate remembers."""
    if not candidate.terms.rests_on_tiers:
        return
    if answer is not None and not isinstance(answer, ExchangeError):
        candidate.tiers, candidate.tiers_basis = answer, "reported"
        return
    recorded = margin_on_record(candidate.terms.profile, candidate.market.symbol)
    if recorded is not None:
        candidate.tiers, candidate.tiers_basis = recorded[0], "profile"


def _price(candidate: Candidate, perp: Book, spot: Book) -> tuple[bool, Book] | None:
    """The carry at the mids, its legs filled from both books; where one is too thin, whether it is spot's, and it."""
    from fundcli.exchanges import book_in_units

    assert candidate.pair is not None and candidate.used is not None
    pair, terms = candidate.pair, candidate.terms
    if pair.multiple != 1:
        spot = Book(*book_in_units((list(spot.bids), list(spot.asks)), pair.multiple))
    if not is_one_coin(perp.mid, spot.mid):
        away = about_percent(perp.mid / spot.mid - 1)
        text = f"the perpetual stands {away} from {pair.market.symbol}: by their prices they are not the same coin"
        candidate.reject("prices_apart", text)
        return None
    quotes = Quotes(
        spot_price=spot.mid, perp_price=perp.mid, spot=spot, perp=perp, spot_symbol=pair.market.symbol,
        multiple=pair.multiple,
    )  # fmt: skip
    roles = terms.wanted.trade.roles
    candidate.notional, plan = terms.sized(
        candidate.market.symbol, candidate.used, quotes, candidate.borrow, candidate.tiers
    )
    candidate.reach, place = reach(plan, spot, perp, roles)
    try:
        plan = filled(plan, quotes, roles)
    except UsageError as error:
        most = "" if candidate.reach is None else f"; they reach {candidate.reach:.0f}"
        candidate.reject("thin_book", f"{error.message}{most}")
        is_spot = LEG_NAMES[place].endswith("spot")
        return is_spot, spot if is_spot else perp
    result = candidate.result = carry(plan, candidate.used)
    if candidate.borrow is not None and (lack := shortage(candidate.borrow, borrowed_amount(plan, quotes))):
        candidate.reject("borrow_short", lack)
    elif result.net <= 0:
        slipped = about_percent(result.slippage / result.notional)
        candidate.reject("negative_after_slippage", f"slippage takes {slipped} of notional, and leaves nothing")
    else:
        below_hurdle(candidate)
    return None
