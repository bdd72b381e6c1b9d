"""Which market a typed symbol means, with the exchange asked for its lists as little as that allows."""

from __future__ import annotations

from fundcli.errors import ExchangeError
from fundcli.exchanges.market import Market, resolve, unknown_symbol
from fundcli.exchanges.venue import Venue


def find(venue: Venue, symbol: str) -> Market:
    """The market that a typed symbol means; families are asked in their order, linear ones first."""
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
            return found
    cached = [family for family in venue.families if venue.is_kept(family)]
    for family in cached:  # a contract may have been listed since yesterday
        venue.markets(family, again=True)
    seen = [m for family in venue.families for m in venue.loaded(family)]
    found = resolve(symbol, seen, venue.id) if cached else None
    if found is not None:
        return found
    raise failure or unknown_symbol(symbol, seen, venue.id)
