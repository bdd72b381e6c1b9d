"""The rows of `fundcli scan`: a contract that was looked at, ranked, or rejected with the reason."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from fundcli.core.borrow import BorrowBasis
from fundcli.core.words import IntervalBasis, RateBasis, RateKind

# In the order in which a contract meets them.
Rejection = Literal[
    "inactive",
    "no_rate",
    "stale",
    "foreign_quote",
    "no_spot_market",
    "against_direction",
    "interval_unknown",
    "no_history",
    "negative_after_fees",
    "borrow_unknown",
    "below_hurdle",
    "book_not_read",
    "no_book",
    "prices_apart",
    "thin_book",
    "borrow_short",
    "negative_after_slippage",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanRow:
    """One contract as `fundcli scan` answers it; positive is money the holder receives, costs are positive numbers.

    rank: by net_apr_on_capital, from 1; null where `rejected` says in a word, and `reason` in a sentence, why not.
    Ranked rows come first. net = gross_funding - fees - slippage - borrow, the basis at exit being that of the entry;
    money is in `currency`, and so is notional; quote_notional is the same in quote money, as `carry --notional` takes
    it. capital is all that this trade ties up; leverage is less than was asked for where the exchange allows no more.
    Money, net and what follows from it are null where no order book was read; net_apr_before_slippage, on capital, is
    what the books were chosen by. break_even_hours is the upper bound. spot_symbol: the spot leg; spot_multiple: its
    coins in one unit of the perpetual. history_settlements, history_hours: how many settlements the mean is of, and
    the hours that they cover (null for a live rate). borrow_rate: a year's, of the coin sold short; borrow_basis: how
    it is known. book_reach: the largest notional, in quote money, that the levels read fill.
    """

    rank: int | None
    exchange: str
    symbol: str
    spot_exchange: str | None
    spot_symbol: str | None
    spot_multiple: Decimal | None
    direction: str | None
    currency: str
    notional: Decimal | None
    quote_notional: Decimal | None
    capital: Decimal | None
    leverage: Decimal | None
    rate: Decimal | None
    interval_hours: Decimal | None
    interval_basis: IntervalBasis | None
    interval_source: str | None
    rate_kind: RateKind | None
    rate_basis: RateBasis | None
    rate_source: str | None
    history_settlements: int | None
    history_hours: Decimal | None
    settlements: Decimal | None
    gross_apr_on_notional: Decimal | None
    net_apr_before_slippage: Decimal | None
    gross_funding: Decimal | None
    fees: Decimal | None
    slippage: Decimal | None
    borrow: Decimal | None
    borrow_rate: Decimal | None
    borrow_basis: BorrowBasis | None
    borrow_source: str | None
    basis_open: Decimal | None
    net: Decimal | None
    net_on_capital: Decimal | None
    net_apr_on_capital: Decimal | None
    net_apr_over_hurdle: Decimal | None
    break_even_hours: Decimal | None
    book_reach: Decimal | None
    rejected: Rejection | None
    reason: str | None
