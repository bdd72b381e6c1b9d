"""What borrowing a coin costs: typed, the exchange's own public rate, or the profile's, each with its own period."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from fundcli.core.borrow import BorrowQuote, quoted
from fundcli.core.numbers import plain
from fundcli.core.units import HOURS_PER_DAY, HOURS_PER_YEAR
from fundcli.core.wording import percent
from fundcli.errors import FundcliError
from fundcli.profiles import Profile

if TYPE_CHECKING:
    from fundcli.exchanges import Network, Venue

_PERIODS = {Decimal(1): "an hour", HOURS_PER_DAY: "a day", HOURS_PER_YEAR: "a year"}
_OPTION = "--borrow-rate"


def borrow_quote(
    profile: Profile,
    coin: str,
    network: Network | None = None,
    given: Decimal | None = None,
    venue: Venue | None = None,
    typed_with: str = _OPTION,
) -> tuple[BorrowQuote | None, list[str]]:
    """The rate at which a coin may be borrowed, and what the reader should know about it.

    In this order: `given` (of a year, as --borrow-rate is read), the exchange's own where a network is at hand, the
    profile's. Whatever is taken in place of another is said, and None comes with the reason. An exchange that answers
    that it does not lend the coin is taken at its word: the profile's rate would be for nothing that can be had.
    venue: the exchange, where it is at hand. typed_with: where a rate of one's own is typed.
    """
    if given is not None:
        return quoted(coin, given, HOURS_PER_YEAR, "given", f"given with {typed_with}"), []
    reason = ""
    warnings: list[str] = []
    if network is not None:
        found, reason, warnings = _reported(profile, coin, network, venue, typed_with)
        if found is not None or not reason:
            return found, warnings
    quote = _of_profile(profile, coin)
    if quote is None:
        why = reason or f"the {profile.id} profile has no borrow rate for {coin}"
        return None, [*warnings, f"{why}: give it with {typed_with}"]
    before = f"{reason}; " if reason else ""
    return quote, [*warnings, f"{before}borrowing {coin} is taken at {_words(profile, coin, typed_with)}"]


def shortage(quote: BorrowQuote, wanted: Decimal) -> str | None:
    """A warning where more is wanted than may be borrowed; None where it is enough, or not known."""
    if quote.available is None or wanted <= quote.available:
        return None
    amounts = f"{plain(wanted)} {quote.coin} would be borrowed, and {plain(quote.available)}"
    return f"{amounts} may be ({quote.source})"


def _reported(
    profile: Profile, coin: str, network: Network, venue: Venue | None, typed_with: str
) -> tuple[BorrowQuote | None, str, list[str]]:
    """The exchange's own quote, or why there is none; without a reason the exchange does not lend the coin."""
    from fundcli.exchanges import open_venue, read_borrow

    try:
        venue = venue or open_venue(profile, network)
        if not venue.lends:
            return None, f"{profile.id} publishes no borrow rates", []
        quote = read_borrow(venue, coin)
    except FundcliError as error:
        return None, f"the borrow rate of {coin} could not be read ({error.message})", []
    if quote is None:
        return (
            None,
            "",
            [f"{profile.id} does not lend {coin}, by what it publishes; a rate of your own: give it with {typed_with}"],
        )
    return quote, "", list(venue.notes)


def _of_profile(profile: Profile, coin: str) -> BorrowQuote | None:
    borrow = profile.borrow
    if borrow is None or coin not in borrow.rates or borrow.rates_source is None:
        return None
    entry, source = borrow.rates[coin], borrow.rates_source
    said = f"{profile.id} profile ({source.what}, {source.date})"
    return quoted(coin, Decimal(entry.rate), Decimal(entry.per_hours), "profile", said)


def _words(profile: Profile, coin: str, typed_with: str) -> str:
    """The profile's rate as a person reads it: with its period, its range and its date."""
    borrow = profile.borrow
    assert borrow is not None and borrow.rates_source is not None
    entry = borrow.rates[coin]
    hours = Decimal(entry.per_hours)
    period = _PERIODS.get(hours, f"per {plain(hours)} h")
    top = "" if entry.up_to is None else f" (up to {percent(Decimal(entry.up_to))} by the same source)"
    dated = f"of the {profile.id} profile of {borrow.rates_source.date}"
    return f"{percent(Decimal(entry.rate))} {period}{top} {dated}, not today's; today's goes in with {typed_with}"
