"""The second part of a scan: the order books of the best, all exchanges at once, and what is left after slippage."""

from __future__ import annotations

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
# By exchange and kind of book.
Failures = dict[tuple[str, str], list[tuple[Candidate, ExchangeError]]]


@dataclass
class _Side:
    """What is to be read of one exchange's perpetuals, or of its spot markets, by kind and symbol.

    Several candidates may share a spot book. An answer is an ExchangeError where it failed.
    """

    venue: Venue | SpotVenue
    asks: dict[tuple[str, str], Callable[[], Any]] = field(default_factory=dict)
    found: dict[tuple[str, str], Any] = field(default_factory=dict)

    def read(self, workers: int, done: Callable[[], None]) -> None:
        from fundcli.exchanges import Silence, run_all

        if isinstance(self.venue.deadline, Silence):
            self.venue.deadline.renew()  # it was not asked anything while other exchanges were still screened
        results = run_all(list(self.asks.values()), workers, self.venue.deadline, lambda _: done())
        for name, result in zip(self.asks, results, strict=True):
            self.found[name] = self.venue.failure(result) if isinstance(result, BaseException) else result


def fill_best(candidates: Sequence[Candidate], most: int, workers: int, progress: Progress) -> list[str]:
    """Read the books of the best `most` and price them; the others are rejected as not read. Returns what failed.

    Where all levels of a book cost more than its first ones, those are read first, and all where they are too thin.
    """
    best = sorted(candidates, key=lambda c: (-_expected(c), c.name))
    for candidate in best[most:]:
        candidate.reject("book_not_read", f"{most} contracts promise more before slippage (--books)")
    failures: Failures = {}
    _fill(best[:most], True, workers, progress, failures)
    again = [c for c in best[:most] if c.rejected == "thin_book" and _has_more(c)]
    for candidate in again:
        candidate.rejected, candidate.reason = None, ""
    _fill(again, False, workers, progress, failures)
    return [line for (name, what), failed in failures.items() for line in grouped(name, what, failed)]


def _has_more(candidate: Candidate) -> bool:
    """Whether only the first levels of a book were read."""
    assert candidate.spot is not None
    return candidate.venue.first_levels is not None or candidate.spot.first_levels is not None


def _fill(best: Sequence[Candidate], first: bool, workers: int, progress: Progress, failures: Failures) -> None:
    """Read the books of these and price them; `first`: by the first levels, where all of them cost more."""
    perps, spots = _sides(best, first)
    _read([*perps.values(), *spots.values()], workers, progress)
    for candidate in best:
        assert candidate.pair is not None and candidate.spot is not None
        found, symbol = perps[id(candidate.venue)].found, candidate.market.symbol
        perp = found["book", symbol]
        spot = spots[id(candidate.spot)].found["book", candidate.pair.market.symbol]
        for book, what in ((perp, "order book"), (spot, "spot order book")):
            if isinstance(book, ExchangeError):
                candidate.reject("no_book", f"{what}: {book.message}")
                failures.setdefault((book.exchange, f"{what}s of"), []).append((candidate, book))
        if isinstance(perp, Book) and isinstance(spot, Book):
            _take_tiers(candidate, found.get(("tiers", symbol)))
            _price(candidate, perp, spot)


def _expected(candidate: Candidate) -> Decimal:
    assert candidate.before is not None
    return candidate.before.net_apr_on_capital


def _sides(best: Sequence[Candidate], first: bool) -> tuple[dict[int, _Side], dict[int, _Side]]:
    """What is to be read of each venue and of each spot side."""
    from fundcli.exchanges import read_tiers

    perps: dict[int, _Side] = {}
    spots: dict[int, _Side] = {}
    for c in best:
        assert c.pair is not None and c.spot is not None
        side, spot_side = perps.setdefault(id(c.venue), _Side(c.venue)), spots.setdefault(id(c.spot), _Side(c.spot))
        side.asks["book", c.market.symbol] = partial(_book, c.venue, c.market, first)
        spot_side.asks["book", c.pair.market.symbol] = partial(_book, c.spot, c.pair.market, first)
        if c.terms.rests_on_tiers and c.venue.tiers_from is not None:
            ask = partial(read_tiers, c.venue, c.market, c.terms.wanted.trade.leverage)
            side.asks["tiers", c.market.symbol] = ask
    return perps, spots


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
