"""What a carry of a scan comes to before its books are read: fees, and borrowing where a coin is sold short."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from fundcli.core.wording import about_percent
from fundcli.errors import ExchangeError
from fundcli.market.borrowing import borrow_quote
from fundcli.market.carrying import Quotes, borrowed_coin
from fundcli.market.scan_candidate import Candidate

if TYPE_CHECKING:
    from fundcli.exchanges import Venue


def after_fees(candidate: Candidate) -> None:
    """Out where fees and borrowing take more than the funding brings, or leave less than cash would earn."""
    assert candidate.used is not None
    terms = candidate.terms
    if (given := terms.wanted.borrow_rate) is not None:
        candidate.borrow, _ = borrow_quote(terms.spot_profile, coin_of(candidate), None, given)
    result = candidate.before = terms.unslipped(candidate.market.symbol, candidate.used, candidate.borrow)
    if result.net <= 0:
        costs = about_percent((result.fees + result.borrow) / result.notional)
        gross = about_percent(result.gross_funding / result.notional)
        candidate.reject("negative_after_fees", f"fees and borrowing take {costs} of notional, funding is {gross}")
    elif not terms.rests_on_tiers:
        below_hurdle(candidate)


def unlent(candidate: Candidate, lender: Venue) -> None:
    """Out where a coin is to be borrowed and nobody needs to be asked to know that its rate will not be known."""
    coin, terms = coin_of(candidate), candidate.terms
    if not coin or lender.lends or terms.wanted.borrow_rate is not None:
        return
    quote, _ = borrow_quote(terms.spot_profile, coin)
    if quote is None:
        candidate.reject("borrow_unknown", f"{lender.id} publishes no borrow rates: give one with --borrow-rate")


def borrowed(candidates: Sequence[Candidate], lender: Venue, workers: int) -> None:
    """What the coins cost that are to be sold short, where no rate was typed; out where nobody says."""
    from fundcli.exchanges import Silence, run_all

    left = [c for c in candidates if c.rejected is None and c.borrow is None and coin_of(c)]
    if isinstance(lender.deadline, Silence):
        lender.deadline.renew()  # it was not asked anything while histories were read
    jobs = [
        partial(borrow_quote, c.terms.spot_profile, coin_of(c), lender.network, None, lender) for c in left
    ]  # fmt: skip
    for candidate, result in zip(left, run_all(jobs, workers, lender.deadline), strict=True):
        if isinstance(result, BaseException):
            raise lender.failure(result)
        candidate.borrow, notes = result
        candidate.borrow_note = "; ".join(notes)
        if candidate.borrow is None:
            candidate.reject("borrow_unknown", candidate.borrow_note)
        else:
            after_fees(candidate)


def coin_of(candidate: Candidate) -> str:
    """What it borrows, nothing for a cash-and-carry."""
    assert candidate.used is not None and candidate.pair is not None
    terms, quotes = candidate.terms, Quotes(spot_symbol=candidate.pair.market.symbol)
    way = terms.direction(candidate.used)
    return borrowed_coin(terms.wanted.trade, way, candidate.market.symbol, quotes) or ""


def below_hurdle(candidate: Candidate) -> None:
    """Out where the capital would earn more as cash."""
    result = candidate.result or candidate.before
    assert result is not None
    if result.net_apr_over_hurdle is not None and result.net_apr_over_hurdle < 0:
        net = about_percent(result.net_apr_on_capital)
        candidate.reject("below_hurdle", f"{net} a year on capital is less than cash earns")


def grouped(exchange: str, what: str, failures: Sequence[tuple[Candidate, ExchangeError]]) -> list[str]:
    """Failures as one line a cause, with the first contracts that it struck."""
    causes: dict[str, list[str]] = {}
    for candidate, failure in failures:
        causes.setdefault(failure.message.partition(": ")[2], []).append(candidate.market.symbol)
    return [
        f"{exchange}: {what} {', '.join(names[:3])}{f' and {len(names) - 3} more' * (len(names) > 3)}: {cause}"
        for cause, names in causes.items()
    ]
