"""On what terms a position of a book is held: its margin tiers and closing fee, and what its borrowed coins cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from fundcli.core.book_answer import MaintenanceBasis
from fundcli.core.book_holding import Holding
from fundcli.core.borrow import BorrowQuote, quoted
from fundcli.core.liquidation import notional
from fundcli.core.margin import most_leverage
from fundcli.core.numbers import plain
from fundcli.core.position import Position
from fundcli.core.units import HOURS_PER_YEAR
from fundcli.errors import UsageError
from fundcli.market.book_live import Loan
from fundcli.market.borrowing import borrow_quote, shortage
from fundcli.market.margins import Margins
from fundcli.market.positions import BORROW_KEY, Written
from fundcli.profiles.liquidation import LiquidationTerms, beyond_tiers, liquidation_terms


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What is known of a position's margin, or why its liquidation price is not.

    doubts: what nobody reported. missing: what an exchange failed to tell, where nothing stands in for it.
    """

    found: LiquidationTerms | None
    basis: MaintenanceBasis | None = None
    unknown: str | None = None
    warnings: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


def terms_of(each: Written, position: Position, margins: Margins | None, on_spot: bool) -> Terms:
    """The file's maintenance rate; else the exchange's tiers; else those on record; else the reason why there are none.

    margins: what the exchange was asked for; None where it was not. on_spot: spot is collateral of its account.
    """
    entry = each.entry
    rate, amount, fee = (
        None if value is None else Decimal(value)
        for value in (entry.maintenance_rate, entry.maintenance_amount, entry.fee)
    )
    table = None if margins is None or margins.table is None else (margins.table, margins.source)
    warnings = [] if margins is None else margins.warnings
    if rate is None and margins is not None and table is None:
        unknown = "; ".join(warnings)
        missing = [unknown] if margins.failure is not None else []
        return Terms(found=None, unknown=unknown, warnings=[] if missing else [_not_known(unknown)], missing=missing)
    try:
        found = liquidation_terms(
            each.profile, position, rate=rate, amount=amount, fee=fee, spot_is_collateral=on_spot, spot_level=None,
            in_file=True, margins=table,
        )  # fmt: skip
    except UsageError as error:
        return Terms(found=None, unknown=error.message, warnings=[_not_known(error.message)])
    basis: MaintenanceBasis = "given" if rate is not None else "profile"
    if rate is None and margins is not None and margins.basis is not None:
        basis = margins.basis
    if margins is not None and basis == "profile":  # nobody reported these now, and the warnings say why
        return Terms(found=found, basis=basis, doubts=[*found.doubts, *warnings])
    return Terms(found=found, basis=basis, warnings=warnings, doubts=found.doubts)


def beyond_last(held: Holding, dies_at: Decimal | None, ends_at: Decimal) -> list[str]:
    """A doubt, where the position has now, or is liquidated at, a notional beyond the end of its last tier."""
    margined = held.margined()
    prices = [each for each in (held.price, dies_at, margined.entry) if each is not None]
    if max(notional(margined, price) for price in prices) <= ends_at:
        return []
    return [f"{held.position.exchange}: {beyond_tiers(held.position.symbol, ends_at, in_file=True)}"]


def too_much_leverage(held: Holding, margins: Margins | None) -> list[str]:
    """A warning, where the exchange does not offer the leverage at this size."""
    if margins is None or margins.table is None or held.price is None:
        return []
    margined, leverage = held.margined(), held.position.leverage
    most = most_leverage(margins.table.at(margined.size), notional(margined, held.price))
    if leverage <= most:
        return []
    given = plain(round(leverage, 2))
    return [f"{held.label}: {held.position.exchange} offers at most {plain(most)}x at this size, not {given}x"]


def borrowed(each: Written, told: Loan | None) -> Loan:
    """The rate at which the coins of spot sold short are borrowed: the file's, else what was told of it.

    Where nobody was asked it is the profile's, if that has one.
    """
    if each.entry.borrow_rate is not None:
        return quoted(each.coin, Decimal(each.entry.borrow_rate), HOURS_PER_YEAR, "given", "given in the file"), []
    return told if told is not None else borrow_quote(each.profile, each.coin, typed_with=BORROW_KEY)


def borrow_notes(held: Holding, quote: BorrowQuote | None, notes: Sequence[str]) -> list[str]:
    """What is to be said of a loan, with what it leaves unknown."""
    if quote is None:
        return [f"{held.label}: what borrowing costs is not known: {'; '.join(notes)}"]
    short = shortage(quote, held.margined().size)
    return [*notes, *([short] if short else [])]


def _not_known(reason: str) -> str:
    return f"{reason}: its liquidation price is not known (`maintenance_rate`)"
