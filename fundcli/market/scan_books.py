"""The second part of a scan: the order books of the best, all exchanges at once, and what is left after slippage."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from fundcli.core.carry import carry
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
from fundcli.profiles.margins import margin_on_record

if TYPE_CHECKING:
    from fundcli.exchanges import SpotVenue, Venue

_LONG_SECONDS = 86_400.0
# Times the contracts wanted: so many books are read at most in the search for ones that can be priced.
READ_AT_MOST = 3
# By exchange and kind of book.
Failures = dict[tuple[str, str], list[tuple[Candidate, ExchangeError]]]


@dataclass
class _Side:
    """What is to be read of one exchange's perpetuals, or of its spot markets, by kind and symbol.

    Several candidates may share a spot book; what was read once is not asked for again. An answer is an ExchangeError
    where it failed. silent: it let the last reading run into its --timeout.
    """

    venue: Venue | SpotVenue
    asks: dict[tuple[str, str], Callable[[], Any]] = field(default_factory=dict)
    found: dict[tuple[str, str], Any] = field(default_factory=dict)
    silent: bool = False

    def ask(self, kind: str, symbol: str, question: Callable[[], Any]) -> None:
        if (kind, symbol) not in self.found:
            self.asks[kind, symbol] = question

    def read(self, workers: int, done: Callable[[], None]) -> None:
        from fundcli.exchanges import Silence, run_all

        if isinstance(self.venue.deadline, Silence):
            self.venue.deadline.renew()  # it was not asked anything while other exchanges were still screened
        results = run_all(list(self.asks.values()), workers, self.venue.deadline, lambda _: done())
        for name, result in zip(self.asks, results, strict=True):
            self.found[name] = self.venue.failure(result) if isinstance(result, BaseException) else result
        self.asks.clear()
        self.silent = self.venue.deadline.left <= 0


@dataclass
class _Books:
    """The books of one scan, and what failed; `first`: by the first levels, where all of them cost more."""

    first: bool
    workers: int
    progress: Progress
    failures: Failures
    sides: dict[int, _Side] = field(default_factory=dict)

    def fill(self, candidates: Sequence[Candidate]) -> None:
        """Read the books of these, all at once, and price them."""
        self._ask(candidates)
        _read([side for side in self.sides.values() if side.asks], self.workers, self.progress)
        for candidate in candidates:
            assert candidate.pair is not None and candidate.spot is not None
            found, symbol = self.sides[id(candidate.venue)].found, candidate.market.symbol
            perp = found["book", symbol]
            spot = self.sides[id(candidate.spot)].found["book", candidate.pair.market.symbol]
            for book, what in ((perp, "order book"), (spot, "spot order book")):
                if isinstance(book, ExchangeError):
                    candidate.reject("no_book", f"{what}: {book.message}")
                    self.failures.setdefault((book.exchange, f"{what}s of"), []).append((candidate, book))
            if isinstance(perp, Book) and isinstance(spot, Book):
                _take_tiers(candidate, found.get(("tiers", symbol)))
                _price(candidate, perp, spot)

    def silent(self, candidate: Candidate) -> str | None:
        """The exchange of either leg that answered nothing more."""
        venues = (candidate.venue, candidate.spot)
        sides = [self.sides[id(venue)] for venue in venues if id(venue) in self.sides]
        return next((side.venue.id for side in sides if side.silent), None)

    def _ask(self, candidates: Sequence[Candidate]) -> None:
        from fundcli.exchanges import read_tiers

        for c in candidates:
            assert c.pair is not None and c.spot is not None
            side, spot_side = (self.sides.setdefault(id(venue), _Side(venue)) for venue in (c.venue, c.spot))
            side.ask("book", c.market.symbol, partial(_book, c.venue, c.market, self.first))
            spot_side.ask("book", c.pair.market.symbol, partial(_book, c.spot, c.pair.market, self.first))
            if c.terms.rests_on_tiers and c.venue.tiers_from is not None:
                leverage = c.terms.wanted.trade.leverage
                side.ask("tiers", c.market.symbol, partial(read_tiers, c.venue, c.market, leverage))


def fill_best(
    candidates: Sequence[Candidate], most: int, workers: int, progress: Progress
) -> tuple[list[str], list[str]]:
    """Price the best `most` from their books; returns what failed, and what is to be said.

    In the place of those that have no book, or one that is too thin or of another coin, the next ones are read, as many
    at once as are still wanted, but no more than READ_AT_MOST times `most` in all; the rest are rejected as not read.
    Where all levels of a book cost more than its first ones, those are read first, and all where they are too thin.
    """
    waiting = deque(sorted(candidates, key=lambda c: (-_expected(c), c.name)))
    failures: Failures = {}
    some, whole = (_Books(first, workers, progress, failures) for first in (True, False))
    looked, priced = 0, 0
    while waiting and priced < most and looked < READ_AT_MOST * most:
        batch: list[Candidate] = []
        while waiting and len(batch) < min(most - priced, READ_AT_MOST * most - looked):
            candidate = waiting.popleft()
            if (name := some.silent(candidate) or whole.silent(candidate)) is not None:
                candidate.reject("book_not_read", f"{name} answered nothing more when books were read before")
            else:
                batch.append(candidate)
        some.fill(batch)
        again = [c for c in batch if c.rejected == "thin_book" and _has_more(c)]
        for candidate in again:
            candidate.rejected, candidate.reason = None, ""
        whole.fill(again)
        looked += len(batch)
        priced += sum(candidate.result is not None for candidate in batch)
    for candidate in waiting:
        candidate.reject("book_not_read", _why_not_read(most, looked, priced))
    said = []
    if waiting and priced < most:
        said.append(
            f"order books of {looked} contracts were read, {READ_AT_MOST} for each of --books {most}, and {priced} "
            f"could be priced; {len(waiting)} that promise less were not looked at"
        )
    return [line for (name, what), failed in failures.items() for line in grouped(name, what, failed)], said


def _why_not_read(most: int, looked: int, priced: int) -> str:
    if looked == priced == most:
        return f"{most} contracts promise more before slippage (--books)"
    return f"{looked} contracts promise more before slippage, and {priced} of them could be priced (--books)"


def _has_more(candidate: Candidate) -> bool:
    """Whether only the first levels of a book were read."""
    assert candidate.spot is not None
    return candidate.venue.first_levels is not None or candidate.spot.first_levels is not None


def _expected(candidate: Candidate) -> Decimal:
    assert candidate.before is not None
    return candidate.before.net_apr_on_capital


def _book(venue: Any, market: Any, first: bool) -> Book:
    return Book(*venue.book(market, first))


def _read(sides: Sequence[_Side], workers: int, progress: Progress) -> None:
    from fundcli.exchanges import Deadline, run_all

    total, count = sum(len(side.asks) for side in sides), 0

    def done() -> None:
        nonlocal count
        count += 1
        progress.step("order books", count, total)

    if not sides:
        return
    progress.begin("for order books")
    try:
        jobs = [partial(side.read, workers, done) for side in sides]
        for result in run_all(jobs, len(jobs), Deadline(_LONG_SECONDS)):
            if isinstance(result, BaseException):
                raise result
    finally:
        progress.end()


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


def _price(candidate: Candidate, perp: Book, spot: Book) -> None:
    """The carry at the mids, its legs filled from both books."""
    from fundcli.exchanges import book_in_units

    assert candidate.pair is not None and candidate.used is not None
    pair, terms = candidate.pair, candidate.terms
    if pair.multiple != 1:
        spot = Book(*book_in_units((list(spot.bids), list(spot.asks)), pair.multiple))
    if not is_one_coin(perp.mid, spot.mid):
        away = about_percent(perp.mid / spot.mid - 1)
        text = f"the perpetual stands {away} from {pair.market.symbol}: by their prices they are not the same coin"
        candidate.reject("prices_apart", text)
        return
    quotes = Quotes(
        spot_price=spot.mid, perp_price=perp.mid, spot=spot, perp=perp, spot_symbol=pair.market.symbol,
        multiple=pair.multiple,
    )  # fmt: skip
    roles = terms.wanted.trade.roles
    candidate.notional, plan = terms.sized(
        candidate.market.symbol, candidate.used, quotes, candidate.borrow, candidate.tiers
    )
    candidate.reach, _ = reach(plan, spot, perp, roles)
    try:
        plan = filled(plan, quotes, roles)
    except UsageError as error:
        most = "" if candidate.reach is None else f"; they reach {candidate.reach:.0f}"
        candidate.reject("thin_book", f"{error.message}{most}")
        return
    result = candidate.result = carry(plan, candidate.used)
    if candidate.borrow is not None and (lack := shortage(candidate.borrow, borrowed_amount(plan, quotes))):
        candidate.reject("borrow_short", lack)
    elif result.net <= 0:
        slipped = about_percent(result.slippage / result.notional)
        candidate.reject("negative_after_slippage", f"slippage takes {slipped} of notional, and leaves nothing")
    else:
        below_hurdle(candidate)
