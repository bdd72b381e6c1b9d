"""What an exchange asks for lending a coin now, as far as it says so without an account."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from fundcli.core.borrow import BorrowQuote, quoted
from fundcli.core.units import HOURS_PER_DAY, HOURS_PER_YEAR, from_ms
from fundcli.errors import ExchangeError
from fundcli.exchanges.reading import plausible_time

if TYPE_CHECKING:
    from fundcli.exchanges.venue import Venue

HOURLY, DAILY, YEARLY = Decimal(1), HOURS_PER_DAY, HOURS_PER_YEAR
# 10,000 % a year: a rate beyond it belongs to another period than the exchange says.
_MOST_PLAUSIBLE_YEARLY = Decimal(100)


class BorrowReading(msgspec.Struct, frozen=True, kw_only=True):
    """A borrow rate as the wire had it; None where it was null, missing or unreadable.

    rate belongs to period_hours. available: how much may be borrowed, in the coin itself; None where the exchange
    says nothing, or says it in another unit.
    """

    rate: Decimal | None
    period_hours: Decimal
    source: str
    available: Decimal | None = None
    observed_ms: int | None = None


def read_borrow(venue: Venue, coin: str) -> BorrowQuote | None:
    """The exchange's own rate for borrowing a coin now.

    None where the exchange answers that it does not lend the coin, or publishes no rates (`venue.lends` is False
    then). A rate that cannot be one, and an exchange that does not answer, are an ExchangeError.
    """
    try:
        found = venue.fetch_borrow(venue.client, coin)
    except Exception as error:
        raise venue.failure(error) from error
    if found is None:
        return None
    rate, available, at = found.rate, found.available, found.observed_ms
    if rate is None:
        raise ExchangeError(venue.id, f"gave no readable borrow rate for {coin}", "Give it with --borrow-rate.")
    if not 0 <= rate <= _MOST_PLAUSIBLE_YEARLY * found.period_hours / HOURS_PER_YEAR:
        raise ExchangeError(
            venue.id, f"the borrow rate '{rate}' for {coin} cannot be one", "Give it with --borrow-rate."
        )
    return quoted(
        coin,
        rate,
        found.period_hours,
        "reported",
        f"{venue.id} {found.source}",
        available if available is not None and available >= 0 else None,
        from_ms(at) if at is not None and plausible_time(at) else None,
    )
