"""Which market a typed symbol means, with the exchange asked for its lists as little as that allows."""

from __future__ import annotations

from datetime import UTC, datetime

from fundcli.errors import ExchangeError
from fundcli.exchanges import markets as market_lists
from fundcli.exchanges.market import Market, resolve, unknown_symbol
from fundcli.exchanges.venue import Venue


def find(venue: Venue, symbol: str) -> Market:
    """The market that a typed symbol means; families are asked in their order, linear ones first.

    Where a family fails, a later one is believed only if the symbol is its contract's very name: BTC would otherwise
    turn from the linear contract into the inverse one.
    """
    seen: list[Market] = []
    failure: ExchangeError | None = None
    for family in venue.families:
        try:
            seen += venue.markets(family)
        except ExchangeError as error:
            failure = failure or error
            continue
        found = resolve(symbol, seen, venue.id)
        if found is not None:
            return _sure(found, symbol, failure)
    cached = [family for family in venue.families if venue.is_kept(family)]
    for family in cached:  # a contract may have been listed since yesterday
        venue.markets(family, again=True)
    seen = [m for family in venue.families for m in venue.loaded(family)]
    found = resolve(symbol, seen, venue.id) if cached else None
    if found is not None:
        return _sure(found, symbol, failure)
    raise failure or unknown_symbol(symbol, seen, venue.id)


def _sure(found: Market, symbol: str, failure: ExchangeError | None) -> Market:
    if failure is not None and symbol.strip().lower() not in (found.symbol.lower(), found.id.lower()):
        raise failure
    return found


def listed_on_disk(venue: Venue, symbol: str) -> tuple[Market, datetime] | None:
    """A market by its unified symbol in the lists kept on disk, however old, and when that list was read.

    Asks nobody. None where no list has it, and under --refresh.
    """
    for family in () if venue.network.refresh else venue.families:
        kept = market_lists.load(venue.network, venue.id, family, Market, any_age=True)
        for market in kept.markets if kept is not None else ():
            if market.symbol == symbol and kept is not None:
                return market, datetime.fromtimestamp(kept.saved_at, UTC)
    return None
