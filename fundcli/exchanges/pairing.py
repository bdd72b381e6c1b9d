"""Which spot market stands behind a perpetual, and how many of its coins a unit of the perpetual is.

A name is all that pairs them: an exchange may call two coins alike, so whoever relies on a pair compares its prices.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

import msgspec

from fundcli.core.numbers import exact
from fundcli.core.symbols import coin_names, is_dollar, written_base
from fundcli.exchanges.market import Market
from fundcli.exchanges.samples import Levels
from fundcli.exchanges.spot import SpotMarket

# In this order where the perpetual's own quote has no spot market.
_QUOTES = ("USDT", "USDC", "USD")


class SpotPair(msgspec.Struct, frozen=True):
    """A spot market, the coins of its base in one base unit of the perpetual, and whether both have one quote."""

    market: SpotMarket
    multiple: Decimal
    same_quote: bool


class SpotIndex:
    """Active spot markets by base, for looking up many perpetuals."""

    def __init__(self, markets: Iterable[SpotMarket]) -> None:
        self._by_base: dict[str, dict[str, SpotMarket]] = {}
        for market in markets:
            if market.active:
                self._by_base.setdefault(market.base, {})[market.quote] = market

    def find(self, base: str, quote: str) -> SpotPair | None:
        """The pair of a perpetual of this base and quote; see `spot_for`."""
        for name, multiple in coin_names(base):
            by_quote = self._by_base.get(name)
            if by_quote is None:
                continue
            others = _QUOTES if is_dollar(quote) else ()
            found = next((by_quote[q] for q in (quote, *others) if q in by_quote), None)
            return None if found is None else SpotPair(found, Decimal(multiple), found.quote == quote)
        return None

    def of(self, market: Market) -> SpotPair | None:
        """The pair of a perpetual; the exchange's own name of its base tells kPEPE from KPEPE."""
        return self.find(own_base(market), market.quote)


def own_base(market: Market) -> str:
    """The base of a perpetual as its exchange writes it, where that tells kPEPE from KPEPE."""
    return written_base(market.base, *(market.extra.get(key, "") for key in ("baseName", "baseId")))


def spot_for(markets: Sequence[SpotMarket] | SpotIndex, base: str, quote: str) -> SpotPair | None:
    """The spot market to hold against a perpetual: in its own quote, else in another dollar; None if there is none.

    A base that no spot market has is read as a count of coins: 1000PEPE is 1,000 PEPE, 1MBABYDOGE a million BABYDOGE,
    and kPEPE, with a small k, 1,000 PEPE. Dollars are USDT, USDC and USD, in that order. Inactive markets do not count.

    >>> pepe = SpotMarket("PEPEUSDC", "PEPE/USDC", "PEPE", "USDC", True)
    >>> pair = spot_for([pepe], "1000PEPE", "USDT")
    >>> pair.market.symbol, pair.multiple, pair.same_quote
    ('PEPE/USDC', Decimal('1000'), False)
    """
    index = markets if isinstance(markets, SpotIndex) else SpotIndex(markets)
    return index.find(base, quote)


@exact
def book_in_units(book: tuple[Levels, Levels], multiple: Decimal) -> tuple[Levels, Levels]:
    """A spot book in units of the perpetual: price x multiple, size / multiple.

    >>> one = Decimal("0.00001"), Decimal(5000000)
    >>> book_in_units(([one], [one]), Decimal(1000))[0]
    [(Decimal('0.01000'), Decimal('5000'))]
    """
    bids, asks = ([(price * multiple, size / multiple) for price, size in side] for side in book)
    return bids, asks
