"""The order books of a carry's two legs, both exchanges at once."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from fundcli.core.depth import Book
from fundcli.core.symbols import is_one_coin
from fundcli.errors import ExchangeError, FundcliError, UsageError
from fundcli.market.gather import Progress
from fundcli.profiles import Profile

if TYPE_CHECKING:
    from fundcli.exchanges import Deadline, Market, Network


class Books(msgspec.Struct):
    """The books of both legs in units of the perp, and what to say about them; no spot book where there is no market.

    spot_symbol: the spot market; `multiple` of its coins are one unit of the perp (1000PEPE).
    """

    perp: Book
    spot: Book | None = None
    spot_symbol: str = ""
    multiple: Decimal = Decimal(1)
    warnings: list[str] = []
    unreported: list[str] = []


def read_books(
    profile: Profile, spot_profile: Profile, symbol: str, network: Network, progress: Progress, named: bool
) -> Books:
    """The book of a perpetual and of the spot market that belongs to it.

    named: the spot exchange was asked for by name, so that a missing market is an error and not a warning.
    """
    from fundcli.exchanges import Deadline, find, open_venue, run_all

    progress.begin(f"order books of {symbol} from {profile.id}")
    deadline = Deadline(network.timeout_seconds)
    try:
        venue = open_venue(profile, network, deadline)
        market = find(venue, symbol)
        jobs: list[Callable[[], Book | Books | str]] = [
            lambda: Book(*venue.book(market)),
            partial(_spot, spot_profile, market, network, deadline, named),
        ]
        perp, spot = run_all(jobs, 2, deadline)
    finally:
        progress.end()
    for answer, of in ((perp, profile), (spot, spot_profile)):
        if isinstance(answer, FundcliError):
            raise answer
        if isinstance(answer, OSError):
            raise ExchangeError(of.id, f"no answer within {deadline.seconds:g} s", "Allow more with --timeout 60s.")
        if isinstance(answer, BaseException):
            raise answer
    assert isinstance(perp, Book)
    assert isinstance(spot, Books | str)
    if isinstance(spot, str):
        found = Books(perp=perp, unreported=[spot])
        found.warnings.append(f"{spot}: its slippage is taken as 0 (--spot-exchange names another)")
        return found
    spot.perp = perp
    if spot.spot is not None and not is_one_coin(perp.mid, spot.spot.mid):
        raise UsageError(
            f"{spot.spot_symbol} on {spot_profile.id} stands at {spot.spot.mid:.8g} and {symbol} at {perp.mid:.8g}: by "
            "their prices they are not the same coin",
            "Name another --spot-exchange, or give --slippage and --basis-open.",
        )
    return spot


def _spot(profile: Profile, perp: Market, network: Network, deadline: Deadline, named: bool) -> Books | str:
    """The spot book, or in words that there is none."""
    from fundcli.exchanges import SpotIndex, book_in_units, has_spot, open_spot

    pair, venue = None, None
    if has_spot(profile):
        venue = open_spot(profile, network, deadline)
        pair = SpotIndex(venue.markets()).of(perp)
    if pair is None or venue is None:
        missing = f"{profile.id} has no spot market of {perp.base} that is known here"
        if named:
            raise UsageError(missing, "Name another --spot-exchange.")
        return missing
    book = Book(*book_in_units(venue.book(pair.market), pair.multiple))
    found = Books(perp=book, spot=book, spot_symbol=pair.market.symbol, multiple=pair.multiple)
    if not pair.same_quote:
        found.warnings.append(
            f"the spot leg is {pair.market.symbol} on {profile.id} and the perp is quoted in {perp.quote}: they are "
            "taken at par, and what one costs in the other is not counted"
        )
    return found
