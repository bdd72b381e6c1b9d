"""One contract on its way through a scan: what is known of it so far, and why it was rejected."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from fundcli.core.borrow import BorrowQuote
from fundcli.core.carry_answer import CarryResult
from fundcli.core.margin import MarginTable
from fundcli.core.scan_answer import Rejection, ScanRow
from fundcli.core.used import UsedRate
from fundcli.core.words import RateBasis
from fundcli.market.scan_pricing import Terms

if TYPE_CHECKING:
    from fundcli.exchanges import Market, SpotPair, SpotVenue, Venue


@dataclass(kw_only=True)
class Candidate:
    """A contract, its rate and spot market once they are known, and what it comes to before and after slippage.

    used: the rate now until a mean is known. settlements, hours: of the mean, of which `holes` are missing. notional:
    in quote money.
    """

    terms: Terms
    venue: Venue
    spot: SpotVenue | None
    market: Market
    pair: SpotPair | None = None
    used: UsedRate | None = None
    rate_basis: RateBasis | None = None
    settlements: int | None = None
    hours: Decimal | None = None
    holes: int = 0
    borrow: BorrowQuote | None = None
    borrow_note: str = ""
    tiers: MarginTable | None = None
    tiers_basis: Literal["reported", "profile"] | None = None
    before: CarryResult | None = None
    result: CarryResult | None = None
    notional: Decimal | None = None
    reach: Decimal | None = None
    rejected: Rejection | None = None
    reason: str = ""

    @property
    def name(self) -> str:
        """Exchange and symbol."""
        return f"{self.terms.profile.id} {self.market.symbol}"

    def reject(self, word: Rejection, reason: str) -> None:
        """Out, and why; the first reason stands."""
        if self.rejected is None:
            self.rejected, self.reason = word, reason

    def row(self, rank: int | None) -> ScanRow:
        """The row of the answer."""
        used, pair, result = self.used, self.pair, self.result
        known = result or self.before
        return ScanRow(
            rank=rank,
            exchange=self.terms.profile.id,
            symbol=self.market.symbol,
            spot_exchange=None if pair is None else self.terms.spot_profile.id,
            spot_symbol=None if pair is None else pair.market.symbol,
            spot_multiple=None if pair is None else pair.multiple,
            direction=None if used is None else self.terms.direction(used),
            currency=self.market.settle,
            notional=None if result is None else result.notional,
            quote_notional=self.notional,
            capital=None if result is None else result.capital,
            leverage=None if result is None else result.leverage,
            rate=None if used is None else used.rate,
            interval_hours=None if used is None else used.interval_hours,
            interval_basis=None if used is None else used.interval_basis,
            interval_source=None if used is None else used.interval_source,
            rate_kind=None if used is None else used.kind,
            rate_basis=self.rate_basis,
            rate_source=None if used is None else used.source,
            history_settlements=self.settlements,
            history_hours=self.hours,
            settlements=None if known is None else known.settlements,
            gross_apr_on_notional=None if used is None else self.terms.gross_apr(used),
            net_apr_before_slippage=None if self.before is None else self.before.net_apr_on_capital,
            gross_funding=None if result is None else result.gross_funding,
            fees=None if result is None else result.fees,
            slippage=None if result is None else result.slippage,
            borrow=None if result is None else result.borrow,
            borrow_rate=None if self.borrow is None else self.borrow.yearly_rate,
            borrow_basis=None if self.borrow is None else self.borrow.basis,
            borrow_source=None if self.borrow is None else self.borrow.source,
            basis_open=None if result is None else result.basis_open,
            net=None if result is None else result.net,
            net_on_capital=None if result is None else result.net_on_capital,
            net_apr_on_capital=None if result is None else result.net_apr_on_capital,
            net_apr_over_hurdle=None if result is None else result.net_apr_over_hurdle,
            break_even_hours=None if known is None else known.break_even_hours,
            book_reach=self.reach,
            rejected=self.rejected,
            reason=self.reason or None,
        )
