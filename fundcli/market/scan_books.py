"""The second part of a scan: the order books of the best, all exchanges at once, and what is left after slippage."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

from fundcli.core.carry import carry
from fundcli.core.depth import Book
from fundcli.core.filling import reach
from fundcli.core.wording import about_percent
from fundcli.errors import ExchangeError, UsageError
from fundcli.market.borrowing import shortage
from fundcli.market.carrying import Quotes, borrowed_amount, filled
from fundcli.market.gather import Progress
from fundcli.market.scan_candidate import Candidate
from fundcli.market.scan_screen import below_hurdle, grouped

if TYPE_CHECKING:
    from fundcli.exchanges import SpotVenue, Venue

# Two coins of one name, or a market that nobody trades: spot and perpetual of one coin do not stand so far apart.
_APART = Decimal("0.1")
_LONG_SECONDS = 86_400.0


@dataclass
class _Side:
    """The books to be read of one exchange's perpetuals, or of its spot markets; several candidates may share one."""

    venue: Venue | SpotVenue
    asks: dict[str, Callable[[], Book]] = field(default_factory=dict)
    found: dict[str, Book | ExchangeError] = field(default_factory=dict)

    def read(self, workers: int, done: Callable[[], None]) -> None:
        from fundcli.exchanges import Silence, run_all

        if isinstance(self.venue.deadline, Silence):
            self.venue.deadline.renew()  # it was not asked anything while other exchanges were still screened
        results = run_all(list(self.asks.values()), workers, self.venue.deadline, lambda _: done())
        for name, result in zip(self.asks, results, strict=True):
            self.found[name] = result if isinstance(result, Book) else self.venue.failure(result)


def fill_best(candidates: Sequence[Candidate], most: int, workers: int, progress: Progress) -> list[str]:
    """Read the books of the best `most` and price them; the others are rejected as not read. Returns what failed."""
    best = sorted(candidates, key=lambda c: (-_expected(c), c.name))
    for candidate in best[most:]:
        candidate.reject("book_not_read", f"{most} contracts promise more before slippage (--books)")
    best = best[:most]
    if not best:
        return []
    perps, spots = _sides(best)
    _read([*perps.values(), *spots.values()], workers, progress)
    failures: dict[tuple[str, str], list[tuple[Candidate, ExchangeError]]] = {}
    for candidate in best:
        assert candidate.pair is not None and candidate.spot is not None
        perp = perps[id(candidate.venue)].found[candidate.market.symbol]
        spot = spots[id(candidate.spot)].found[candidate.pair.market.symbol]
        for book, what in ((perp, "order books of"), (spot, "spot order books of")):
            if isinstance(book, ExchangeError):
                candidate.reject("no_book", f"{what.removesuffix(' of').removesuffix('s')}: {book.message}")
                failures.setdefault((book.exchange, what), []).append((candidate, book))
        if isinstance(perp, Book) and isinstance(spot, Book):
            _price(candidate, perp, spot)
    return [line for (name, what), failed in failures.items() for line in grouped(name, what, failed)]


def _expected(candidate: Candidate) -> Decimal:
    assert candidate.before is not None
    return candidate.before.net_apr_on_capital


def _sides(best: Sequence[Candidate]) -> tuple[dict[int, _Side], dict[int, _Side]]:
    """What is to be read of each venue and of each spot side."""
    perps: dict[int, _Side] = {}
    spots: dict[int, _Side] = {}
    for c in best:
        assert c.pair is not None and c.spot is not None
        venue, spot, market = c.venue, c.spot, c.pair.market
        asks = perps.setdefault(id(venue), _Side(venue)).asks
        asks[c.market.symbol] = partial(lambda v, m: Book(*v.book(m)), venue, c.market)
        asks = spots.setdefault(id(spot), _Side(spot)).asks
        asks[market.symbol] = partial(lambda s, m: Book(*s.book(m)), spot, market)
    return perps, spots


def _read(sides: Sequence[_Side], workers: int, progress: Progress) -> None:
    from fundcli.exchanges import Deadline, run_all

    total, count = sum(len(side.asks) for side in sides), 0

    def done() -> None:
        nonlocal count
        count += 1
        progress.step("order books", count, total)

    progress.begin("for order books")
    try:
        jobs = [partial(side.read, workers, done) for side in sides]
        for result in run_all(jobs, len(jobs), Deadline(_LONG_SECONDS)):
            if isinstance(result, BaseException):
                raise result
    finally:
        progress.end()


def _price(candidate: Candidate, perp: Book, spot: Book) -> None:
    """The carry at the mids, its legs filled from both books."""
    from fundcli.exchanges import book_in_units

    assert candidate.pair is not None and candidate.used is not None
    pair, terms = candidate.pair, candidate.terms
    if pair.multiple != 1:
        spot = Book(*book_in_units((list(spot.bids), list(spot.asks)), pair.multiple))
    basis = perp.mid / spot.mid - 1
    if abs(basis) > _APART:
        text = f"the perpetual stands {about_percent(basis)} from {pair.market.symbol}: hardly the same coin"
        candidate.reject("prices_apart", text)
        return
    quotes = Quotes(
        spot_price=spot.mid, perp_price=perp.mid, spot=spot, perp=perp, spot_symbol=pair.market.symbol,
        multiple=pair.multiple,
    )  # fmt: skip
    roles = terms.wanted.trade.roles
    candidate.notional, plan = terms.sized(candidate.market.symbol, candidate.used, quotes, candidate.borrow)
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
        return
    if result.net <= 0:
        slipped = about_percent(result.slippage / result.notional)
        candidate.reject("negative_after_slippage", f"slippage takes {slipped} of notional, and leaves nothing")
    else:
        below_hurdle(candidate)
